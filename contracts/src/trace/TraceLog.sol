// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Format} from "../format/Format.sol";
import {IHeads} from "../heads/interfaces/IHeads.sol";
import {IParties} from "../parties/interfaces/IParties.sol";
import {Scopes} from "../parties/Scopes.sol";
import {Predeploy} from "../predeploy/Predeploy.sol";
import {Predeploys} from "../predeploy/Predeploys.sol";
import {Batch, ITraceLog, Staged} from "./interfaces/ITraceLog.sol";

/// @title TraceLog
/// @notice Stages documents that don't fit in one transaction and makes them take effect with a seal.
contract TraceLog is Predeploy, ITraceLog {
    uint64 public constant MAX_AGE = 24 hours;

    mapping(address party => mapping(bytes32 id => Staged)) private _staged;

    /// @inheritdoc ITraceLog
    address public transient sealing;

    function initialize() external initializer {}

    /// @inheritdoc ITraceLog
    function stage(bytes32 id, uint32 index, bytes calldata part) external {
        address party = _capturer();
        Staged storage s = _staged[party][id];
        require(s.sealedAt == 0, AlreadySealed(id));
        require(index == s.parts, WrongPart(id, index, s.parts));
        require(part.length != 0, EmptyPart(id, index));
        if (index == 0) {
            s.key = msg.sender;
            s.opened = uint64(block.timestamp);
        } else {
            require(s.key == msg.sender, NotYourDocument(id, s.key));
            require(block.timestamp <= s.opened + MAX_AGE, TooOld(id, s.opened));
        }
        s.rolling = keccak256(abi.encode(s.rolling, index, keccak256(part)));
        s.parts = index + 1;
        emit PartStaged(party, id, index, s.rolling);
    }

    /// @inheritdoc ITraceLog
    function seal(bytes32 id, uint32 parts, bytes32 rolling, Batch[] calldata batches) external {
        address party = _capturer();
        Staged storage s = _staged[party][id];
        require(s.parts != 0, UnknownDocument(id));
        require(s.sealedAt == 0, AlreadySealed(id));
        require(s.key == msg.sender, NotYourDocument(id, s.key));
        require(block.timestamp <= s.opened + MAX_AGE, TooOld(id, s.opened));
        require(s.parts == parts && s.rolling == rolling, PartsDiffer(id, s.parts, s.rolling));
        require(batches.length != 0, NoBatches());
        s.sealedAt = uint64(block.timestamp);

        uint256 first = IHeads(Predeploys.HEADS).leaves();
        sealing = msg.sender;
        uint256 count = _appendBatches(batches, abi.encodePacked(party, id, rolling));
        sealing = address(0);
        emit DocumentSealed(party, id, msg.sender, parts, rolling, first, count);
    }

    /// @inheritdoc ITraceLog
    function drop(bytes32 id) external {
        (address party,, uint8 reason) = IParties(Predeploys.PARTIES).acting(msg.sender);
        require(reason == 0, KeyRefused(msg.sender, reason));
        Staged storage s = _staged[party][id];
        require(s.parts != 0, UnknownDocument(id));
        require(s.sealedAt == 0, AlreadySealed(id));
        delete _staged[party][id];
        emit DocumentDropped(party, id);
    }

    /// @inheritdoc ITraceLog
    function staged(address party, bytes32 id) external view returns (Staged memory) {
        return _staged[party][id];
    }

    /// @inheritdoc ITraceLog
    function isListed(bytes32 root, bytes32 salt, bytes32 objKey, uint64 count, uint64 index, bytes32[] calldata proof)
        external
        pure
        returns (bool)
    {
        if (index >= count) return false;
        bytes32 node = Format.listEntry(salt, objKey);
        uint256 used = 0;
        uint256 place = index;
        for (uint256 width = count; width > 1; width = (width + 1) / 2) {
            if (place % 2 == 1) {
                if (used == proof.length) return false;
                node = Format.listNode(proof[used++], node);
            } else if (place + 1 < width) {
                if (used == proof.length) return false;
                node = Format.listNode(node, proof[used++]);
            } // else the odd one out moves up as it is
            place /= 2;
        }
        return used == proof.length && Format.listRoot(count, Format.listTop(salt, node)) == root;
    }

    function _appendBatches(Batch[] calldata batches, bytes memory claim) private returns (uint256 count) {
        for (uint256 i = 0; i < batches.length; ++i) {
            Batch calldata b = batches[i];
            IHeads(Predeploys.HEADS).append(b.lane, b.kind, b.commitments, b.objects, b.next, claim);
            count += b.commitments.length;
        }
    }

    function _capturer() private view returns (address party) {
        uint32 scopes;
        uint8 reason;
        (party, scopes, reason) = IParties(Predeploys.PARTIES).acting(msg.sender);
        require(reason == 0, KeyRefused(msg.sender, reason));
        require(scopes & Scopes.CAPTURE != 0, ScopeMissing(msg.sender, Scopes.CAPTURE));
    }
}
