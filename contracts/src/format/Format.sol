// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Format
/// @notice The ledger's permanent bytes. Each function is keccak256(abi.encode(DOMAIN, ...)) of its arguments, hashed in
/// scratch memory that isn't kept: a batch calls them hundreds of times. The tests compare them with abi.encode and with
/// the vectors shared with Go.
library Format {
    bytes32 internal constant OBJECT_V1 = keccak256("suyuan/object/v1");
    bytes32 internal constant LANE_V1 = keccak256("suyuan/lane/v1");
    bytes32 internal constant LEAF_V1 = keccak256("suyuan/leaf/v1");
    bytes32 internal constant HEAD_V1 = keccak256("suyuan/head/v1");
    bytes32 internal constant COMMIT_V1 = keccak256("suyuan/commit/v1");
    bytes32 internal constant BLIND_V1 = keccak256("suyuan/blind/v1");
    bytes32 internal constant LIST_V1 = keccak256("suyuan/list/v1");

    uint8 internal constant TRUNK = 0;
    uint8 internal constant NOTICE = 1;
    uint8 internal constant NOTES = 2;

    uint8 internal constant FORM_REGISTRY = 3;
    uint8 internal constant FORM_HAND_OVER = 4;

    uint256 internal constant CHAIN_MASK = (1 << 208) - 1;
    /// @dev In the head of a trunk: the object's notice lane has leaves. Beside count and chain, in neither of them.
    uint256 internal constant NOTICED = 1 << 255;
    /// @dev Every 64th head is kept.
    uint256 internal constant CHECKPOINT_EVERY = 64;

    function objectKey(uint8 kind, bytes32 primary, bytes32 suffix) internal pure returns (bytes32) {
        return _hash4(OBJECT_V1, bytes32(uint256(kind)), primary, suffix);
    }

    function laneKey(uint8 lane, bytes32 objKey) internal pure returns (bytes32 h) {
        bytes32 domain = LANE_V1;
        assembly ("memory-safe") {
            let m := mload(0x40)
            mstore(m, domain)
            mstore(add(m, 0x20), lane)
            mstore(add(m, 0x40), objKey)
            h := keccak256(m, 0x60)
        }
    }

    function leaf(address heads, address party, address key, uint8 kind, bytes32 commitment_)
        internal
        view
        returns (bytes32 h)
    {
        bytes32 domain = LEAF_V1;
        assembly ("memory-safe") {
            let m := mload(0x40)
            mstore(m, domain)
            mstore(add(m, 0x20), chainid())
            mstore(add(m, 0x40), heads)
            mstore(add(m, 0x60), party)
            mstore(add(m, 0x80), key)
            mstore(add(m, 0xa0), kind)
            mstore(add(m, 0xc0), timestamp())
            mstore(add(m, 0xe0), commitment_)
            h := keccak256(m, 0x100)
        }
    }

    /// @notice The head word that follows `word`, both without mark, when `leaf_` is appended to the lane.
    function nextHead(bytes32 lane, uint256 word, bytes32 leaf_) internal pure returns (uint256) {
        uint256 count = (word >> 208) + 1;
        bytes32 domain = HEAD_V1;
        uint256 chain = word & CHAIN_MASK;
        bytes32 h;
        assembly ("memory-safe") {
            let m := mload(0x40)
            mstore(m, domain)
            mstore(add(m, 0x20), lane)
            mstore(add(m, 0x40), count)
            mstore(add(m, 0x60), chain)
            mstore(add(m, 0x80), leaf_)
            h := keccak256(m, 0xa0)
        }
        return count << 208 | (uint256(h) & CHAIN_MASK);
    }

    function commitment(uint8 form, bytes32 root) internal pure returns (bytes32) {
        return keccak256(abi.encode(COMMIT_V1, form, root));
    }

    /// @notice What a leaf commits to whose objects are handed over: the event's own commitment, and to whom, as
    /// keccak256(abi.encodePacked(next)).
    function handOver(bytes32 commitment_, bytes32 receivers) internal pure returns (bytes32) {
        return commitment(FORM_HAND_OVER, keccak256(abi.encodePacked(commitment_, receivers)));
    }

    function blind(bytes32 objKey, bytes32 secret) internal pure returns (bytes32) {
        return keccak256(abi.encode(BLIND_V1, objKey, secret));
    }

    function listEntry(bytes32 salt, bytes32 objKey) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(bytes1(0x00), LIST_V1, salt, objKey));
    }

    function listNode(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(bytes1(0x01), left, right));
    }

    /// @notice Binds the list's salt to its tree: under another salt an object's entry would fall anywhere.
    function listTop(bytes32 salt, bytes32 tree) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(bytes1(0x02), LIST_V1, salt, tree));
    }

    function listRoot(uint64 count, bytes32 top) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(LIST_V1, count, top));
    }

    function _hash4(bytes32 a, bytes32 b, bytes32 c, bytes32 d) private pure returns (bytes32 h) {
        assembly ("memory-safe") {
            let m := mload(0x40)
            mstore(m, a)
            mstore(add(m, 0x20), b)
            mstore(add(m, 0x40), c)
            mstore(add(m, 0x60), d)
            h := keccak256(m, 0x80)
        }
    }
}
