// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Object} from "../../format/Object.sol";

/// @notice The append-only record: for every lane of every object one word with count and hash chain.
/// @dev Not upgradeable. Storage is part of the format: slot 0 `head`, slot 1 `checkpoint`, slot 2 `leaves`.
interface IHeads {
    /// @notice Events of one call were appended.
    /// @param party The party Policy answered for
    /// @param key The caller: an agent's key; or Parties for registry leaves, or TraceLog for a sealed document
    /// @param first Number of leaves this contract had built before, hence the number of the call's first leaf. Every
    /// leaf ever built has a number, without gaps: who follows these logs can tell that none is missing
    /// @param payload keccak256 of the payload
    event Appended(address indexed party, address indexed key, uint256 first, bytes32 payload);

    /// @notice A leaf was appended to a lane by a call that isn't at the top level of its transaction.
    /// @dev The call data of top-level calls is in the transaction; what others append is in these logs, one per
    /// object and in order, before the Appended log of the call.
    event Moved(bytes32 indexed laneKey, bytes32 leaf);

    /// @notice The lists of commitments and of objects differ in length.
    error LengthMismatch(uint256 commitments, uint256 objects);
    /// @notice The call has no event.
    error NoEvents();
    /// @notice An event names no object.
    error NoObjects(uint256 eventIndex);

    /// @notice Appends one leaf per commitment to the lanes of its objects.
    /// @dev The caller is the key the leaves will name. `payload` carries the bodies for who reads the call data; it
    /// isn't looked at, only its hash is logged. `next` names the parties the objects are handed over to; the leaves
    /// then commit to them beside the event, so that a hand-over is as provable as what came with it.
    /// @param lane 0 trunk, 1 notice, 2 notes
    /// @param kind 1 event, 2 error declaration, 3 recall, 4 lift, 5 certificate, 6 revocation, 7 list, 8 party, 9 key,
    /// 10 licence, 11 master data
    /// @return first Number of the first leaf
    function append(
        uint8 lane,
        uint8 kind,
        bytes32[] calldata commitments,
        Object[][] calldata objects,
        address[] calldata next,
        bytes calldata payload
    ) external returns (uint256 first);

    /// @notice `noticed << 255 | uint47 count << 208 | uint208 chain` of a lane. Noticed is set in the word of a trunk from
    /// the first leaf on its object's notice lane on: who sees the trunk's word sees that there is no recall.
    function head(bytes32 laneKey) external view returns (uint256);

    /// @notice Count and chain that a lane had at `count`, kept for multiples of 64; without the mark.
    function checkpoint(bytes32 laneKey, uint256 count) external view returns (uint256);

    /// @notice How many leaves were ever built.
    function leaves() external view returns (uint256);
}
