// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Prefixes
/// @notice Digits of GS1 company prefixes and keys as left-aligned ASCII words.
library Prefixes {
    uint256 internal constant MIN = 4;
    uint256 internal constant MAX = 13;

    /// @notice The first `length` characters of a word.
    function head(bytes32 word, uint256 length) internal pure returns (bytes32) {
        return length == 0 ? bytes32(0) : word & bytes32(type(uint256).max << (256 - 8 * length));
    }

    /// @notice The text as a word; false unless it is 4 to 13 ASCII digits.
    function parse(string calldata text) internal pure returns (bool, bytes32) {
        bytes calldata b = bytes(text);
        if (b.length < MIN || b.length > MAX) return (false, 0);
        for (uint256 i = 0; i < b.length; ++i) {
            if (b[i] < "0" || b[i] > "9") return (false, 0);
        }
        return (true, bytes32(b));
    }

    /// @notice Numbers used inside one company or region only, so unique nowhere else: GS1 prefixes 02, 04 and 2, and
    /// of the GTIN-8 (five zeros first) those that begin with 0 or 2.
    function isRestricted(bytes32 digits) internal pure returns (bool) {
        if (bytes5(digits) == "00000") return digits[5] == "0" || digits[5] == "2";
        return digits[0] == "2" || bytes2(digits) == "02" || bytes2(digits) == "04";
    }

    /// @notice What can't be registered: restricted numbers, coupons (05, 981 to 984, 99), refund receipts (980), and
    /// prefixes too short to tell the GTIN-8 ranges apart.
    function isRegistrable(bytes32 digits, uint256 length) internal pure returns (bool) {
        if (isRestricted(digits) || bytes2(digits) == "05" || bytes2(digits) == "99") return false;
        if (bytes2(digits) == "98" && digits[2] <= "4") return false;
        if (bytes4(digits) == "0000" && length < 8) return length > 4 && digits[4] != "0";
        return true;
    }

    /// @notice Whether a number of 13 digits at most ends with its GS1 check digit.
    function hasCheckDigit(uint64 number) internal pure returns (bool) {
        uint256 sum = 0;
        uint256 rest = number / 10;
        for (uint256 weight = 3; rest != 0; weight = 4 - weight) {
            sum += rest % 10 * weight;
            rest /= 10;
        }
        return (sum + number % 10) % 10 == 0;
    }
}
