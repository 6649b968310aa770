// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Object} from "../../format/Object.sol";

/// @notice Events of one document with equal lane, kind and receivers. Fields as in {IHeads-append}.
struct Batch {
    uint8 lane;
    uint8 kind;
    bytes32[] commitments;
    Object[][] objects;
    address[] next;
}

/// @notice A document being staged by a party.
/// @param rolling Rolling hash over its parts
/// @param parts Number of parts so far
/// @param opened Block time of the first part
/// @param key The key that stages it
/// @param sealedAt Block time of the seal, 0 while open
struct Staged {
    bytes32 rolling;
    address key;
    uint32 parts;
    uint64 opened;
    uint64 sealedAt;
}

/// @notice Documents that don't fit in one transaction, and checks of lists.
/// @dev `rolling' = keccak256(abi.encode(rolling, index, keccak256(part)))`, from 0.
interface ITraceLog {
    /// @notice A part was staged; its bytes are in the call data.
    event PartStaged(address indexed party, bytes32 indexed id, uint32 index, bytes32 rolling);
    /// @notice A document took effect. `key` is who sealed it: the leaves name this contract as key.
    /// @param first Number of its first leaf in Heads, which built `count` for it
    event DocumentSealed(
        address indexed party,
        bytes32 indexed id,
        address indexed key,
        uint32 parts,
        bytes32 rolling,
        uint256 first,
        uint256 count
    );
    /// @notice A document was given up.
    event DocumentDropped(address indexed party, bytes32 indexed id);

    error KeyRefused(address key, uint8 reason);
    error ScopeMissing(address key, uint32 scope);
    /// @notice Parts come in order from 0.
    error WrongPart(bytes32 id, uint32 index, uint32 expected);
    error EmptyPart(bytes32 id, uint32 index);
    /// @notice Another key of the party stages this document.
    error NotYourDocument(bytes32 id, address key);
    error UnknownDocument(bytes32 id);
    error AlreadySealed(bytes32 id);
    /// @notice More than 24 hours old: it can only be dropped.
    error TooOld(bytes32 id, uint64 opened);
    error PartsDiffer(bytes32 id, uint32 parts, bytes32 rolling);
    error NoBatches();

    /// @notice Adds part `index` to the document `id` of the caller's party.
    function stage(bytes32 id, uint32 index, bytes calldata part) external;

    /// @notice Makes a staged document of `parts` parts and this rolling hash take effect: one leaf per event.
    function seal(bytes32 id, uint32 parts, bytes32 rolling, Batch[] calldata batches) external;

    /// @notice Gives up an unsealed document; its id is free again.
    function drop(bytes32 id) external;

    /// @notice The document of a party, zeros if there is none.
    function staged(address party, bytes32 id) external view returns (Staged memory);

    /// @notice The key whose document is being sealed in this very call, else 0. Policy asks it.
    function sealing() external view returns (address key);

    /// @notice Whether `objKey` is entry `index` of the list of `count` objects with this root.
    /// @param proof Sibling nodes from the bottom up; none at a level where the entry's node is the odd one out
    function isListed(bytes32 root, bytes32 salt, bytes32 objKey, uint64 count, uint64 index, bytes32[] calldata proof)
        external
        pure
        returns (bool);
}
