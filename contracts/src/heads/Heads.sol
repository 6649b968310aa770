// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Format} from "../format/Format.sol";
import {Object} from "../format/Object.sol";
import {IPolicy} from "../policy/interfaces/IPolicy.sol";
import {Predeploys} from "../predeploy/Predeploys.sol";
import {IHeads} from "./interfaces/IHeads.sol";

/// @title Heads
/// @notice The append-only record. It has no owner, can't be upgraded and never forgets: a lane's word only ever moves
/// to the word that follows it, and what a leaf says of its key is who called.
contract Heads is IHeads {
    /// @inheritdoc IHeads
    mapping(bytes32 laneKey => uint256 word) public head;

    /// @inheritdoc IHeads
    mapping(bytes32 laneKey => mapping(uint256 count => uint256 word)) public checkpoint;

    /// @inheritdoc IHeads
    uint256 public leaves;

    /// @inheritdoc IHeads
    function append(
        uint8 lane,
        uint8 kind,
        bytes32[] calldata commitments,
        Object[][] calldata objects,
        address[] calldata next,
        bytes calldata payload
    ) external returns (uint256 first) {
        require(commitments.length != 0, NoEvents());
        require(commitments.length == objects.length, LengthMismatch(commitments.length, objects.length));
        address party = IPolicy(Predeploys.POLICY).authorize(msg.sender, lane, kind, objects, next);

        bytes32 receivers = next.length == 0 ? bytes32(0) : keccak256(abi.encodePacked(next));
        _appendAll(party, lane, kind, commitments, objects, receivers);
        first = leaves;
        leaves = first + commitments.length;
        emit Appended(party, msg.sender, first, keccak256(payload));
    }

    function _appendAll(
        address party,
        uint8 lane,
        uint8 kind,
        bytes32[] calldata commitments,
        Object[][] calldata objects,
        bytes32 receivers
    ) private {
        for (uint256 i = 0; i < commitments.length; ++i) {
            require(objects[i].length != 0, NoObjects(i));
            bytes32 commitment = commitments[i];
            if (receivers != 0) commitment = Format.handOver(commitment, receivers);
            _appendLeaf(lane, Format.leaf(address(this), party, msg.sender, kind, commitment), objects[i]);
        }
    }

    function _appendLeaf(uint8 lane, bytes32 leaf, Object[] calldata objects) private {
        // Nothing but the need for a log hangs on tx.origin: top-level call data can be read in the transaction.
        bool nested = msg.sender != tx.origin;
        for (uint256 j = 0; j < objects.length; ++j) {
            Object calldata o = objects[j];
            bytes32 objKey = Format.objectKey(o.kind, o.primary, o.suffix);
            bytes32 laneKey = Format.laneKey(lane, objKey);
            uint256 word = head[laneKey];
            if (lane == Format.NOTICE && word == 0) head[Format.laneKey(Format.TRUNK, objKey)] |= Format.NOTICED;
            uint256 mark = word & Format.NOTICED;
            word = Format.nextHead(laneKey, word ^ mark, leaf);
            head[laneKey] = word | mark;
            uint256 count = word >> 208;
            if (count % Format.CHECKPOINT_EVERY == 0) checkpoint[laneKey][count] = word;
            if (nested) emit Moved(laneKey, leaf);
        }
    }
}
