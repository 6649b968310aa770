// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Format} from "../format/Format.sol";
import {Object} from "../format/Object.sol";
import {Fault} from "./interfaces/IPolicy.sol";

/// @title Wellformed
/// @notice Checks that an object is one of FORMATS' kinds in its canonical form. Check digits are left to Go: a wrong
/// one names nothing, it doesn't name something else.
library Wellformed {
    uint8 internal constant INSTANCE = 1;
    uint8 internal constant LOT = 2;
    uint8 internal constant CLASS = 3;
    uint8 internal constant SSCC = 4;
    uint8 internal constant GRAI = 5;
    uint8 internal constant GIAI = 6;
    uint8 internal constant CPID = 7;
    uint8 internal constant GDTI = 8;
    uint8 internal constant OTHER = 9;
    uint8 internal constant URI = 20;
    uint8 internal constant PREFIX = 30;
    uint8 internal constant REGISTRY = 40;
    uint8 internal constant MASTER_DATA = 41;
    uint8 internal constant BLINDED = 255;

    uint256 private constant HIGH = 0xf0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0;
    uint256 private constant LOW = 0x0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f;
    uint256 private constant THREES = 0x3030303030303030303030303030303030303030303030303030303030303030;
    uint256 private constant SIXES = 0x0606060606060606060606060606060606060606060606060606060606060606;
    uint256 private constant TENS = 0x1010101010101010101010101010101010101010101010101010101010101010;

    /// @notice The first fault of kind and primary key, which objects of one class share.
    function primaryFault(uint8 kind, bytes32 primary) internal pure returns (Fault) {
        if (kind == INSTANCE || kind == LOT || kind == CLASS || kind == GRAI) return _digits(primary, 14);
        if (kind == SSCC) return _digits(primary, 18);
        if (kind == GDTI) return _digits(primary, 13);
        if (kind == GIAI || kind == CPID) return primary == 0 ? Fault.None : _prefix(primary);
        if (kind == PREFIX) return _prefix(primary);
        if (kind == OTHER) return _key(primary);
        if (kind == URI || kind == BLINDED) return primary == 0 ? Fault.PrimaryZero : Fault.None;
        if (kind == REGISTRY || kind == MASTER_DATA) {
            if (primary == 0) return Fault.PrimaryZero;
            return uint256(primary) >> 160 == 0 ? Fault.None : Fault.WrongLength;
        }
        return Fault.UnknownKind;
    }

    /// @notice Whether the suffix is there where the kind needs one, and only there.
    function suffixFault(uint8 kind, bytes32 suffix) internal pure returns (Fault) {
        if (kind == INSTANCE || kind == LOT || kind == GIAI || kind == CPID || kind == OTHER) {
            return suffix == 0 ? Fault.SuffixMissing : Fault.None;
        }
        if (kind == CLASS || kind == SSCC || kind == PREFIX || kind == MASTER_DATA || kind == BLINDED) {
            return suffix == 0 ? Fault.None : Fault.SuffixNotZero;
        }
        return Fault.None;
    }

    /// @notice Whether an object is named before in the list, and the place of the second naming.
    function hasDuplicate(Object[] calldata objects) internal pure returns (bool, uint256 index) {
        uint256 n = objects.length;
        if (n <= 8) return _hasDuplicatePair(objects);
        // A hash table with room to spare: comparing all pairs of 256 would cost more than appending them.
        uint256 size = 16;
        while (size < 2 * n) size *= 2;
        bytes32[] memory table = new bytes32[](size);
        for (uint256 i = 0; i < n; ++i) {
            Object calldata o = objects[i];
            bytes32 key = Format.objectKey(o.kind, o.primary, o.suffix);
            uint256 spot = uint256(key) & (size - 1);
            while (table[spot] != 0) {
                if (table[spot] == key) return (true, i);
                spot = (spot + 1) & (size - 1);
            }
            table[spot] = key;
        }
        return (false, 0);
    }

    function _hasDuplicatePair(Object[] calldata objects) private pure returns (bool, uint256 index) {
        for (uint256 i = 1; i < objects.length; ++i) {
            bytes32 suffix = objects[i].suffix;
            for (uint256 j = 0; j < i; ++j) {
                // Suffixes are hashes: nearly always the only comparison made.
                if (objects[j].suffix != suffix) continue;
                if (objects[j].primary == objects[i].primary && objects[j].kind == objects[i].kind) return (true, i);
            }
        }
        return (false, 0);
    }

    /// @notice Number of ASCII digits a left-aligned word begins with.
    function digitCount(bytes32 word) internal pure returns (uint256 n) {
        while (n < 32 && word[n] >= "0" && word[n] <= "9") ++n;
    }

    function _digits(bytes32 primary, uint256 n) private pure returns (Fault) {
        uint256 x = uint256(primary);
        uint256 rest = 256 - 8 * n;
        uint256 mask = type(uint256).max << rest;
        if (x & ~mask != 0) return Fault.WrongLength;
        // Every byte is 0x30 to 0x39: high half 3, and low half + 6 doesn't carry into bit 4.
        if (x & HIGH != THREES & mask || ((x & LOW) + (SIXES & mask)) & TENS != 0) {
            // a zero byte inside means the key is too short
            return x & (0xff << rest) == 0 ? Fault.WrongLength : Fault.NotDigits;
        }
        return Fault.None;
    }

    function _prefix(bytes32 primary) private pure returns (Fault) {
        uint256 n = digitCount(primary);
        if (n < 32 && uint256(primary) << (8 * n) != 0) return Fault.NotDigits;
        return n >= 4 && n <= 13 ? Fault.None : Fault.WrongLength;
    }

    /// @dev Of a GS1 key of another type its digits: GSRN, GSIN, GCN, the GTIN of a piece, what a GINC begins with.
    function _key(bytes32 primary) private pure returns (Fault) {
        uint256 n = digitCount(primary);
        if (n < 32 && uint256(primary) << (8 * n) != 0) return Fault.NotDigits;
        if (n == 0) return Fault.PrimaryZero;
        return n >= 4 && n <= 18 ? Fault.None : Fault.WrongLength;
    }
}
