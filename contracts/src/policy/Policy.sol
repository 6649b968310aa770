// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Format} from "../format/Format.sol";
import {Object} from "../format/Object.sol";
import {IHeads} from "../heads/interfaces/IHeads.sol";
import {IParties, Standing} from "../parties/interfaces/IParties.sol";
import {Scopes} from "../parties/Scopes.sol";
import {Predeploy} from "../predeploy/Predeploy.sol";
import {Predeploys} from "../predeploy/Predeploys.sol";
import {ITraceLog} from "../trace/interfaces/ITraceLog.sol";
import {Fault, IPolicy, Reason} from "./interfaces/IPolicy.sol";
import {Wellformed} from "./Wellformed.sol";

/// @title Policy
/// @notice Decides who may append what to which lane of which object.
contract Policy is Predeploy, IPolicy {
    /// @notice An event with more objects should be a list.
    uint256 public constant MAX_OBJECTS = 256;
    /// @notice Parties in `next`: each costs a storage word per object.
    uint256 public constant MAX_RECEIVERS = 8;

    /// @dev A party's notes of one day; day = block time / 86400.
    struct Quota {
        uint64 day;
        uint64 used;
    }

    /// @dev What doesn't change within one call, and the last answer for a primary key: batches name the same few classes.
    struct Question {
        address party;
        uint8 lane;
        uint8 kind;
        uint32 scope;
        bool authority;
        bool blinded; // an object was
        uint256 lastKind;
        bytes32 lastPrimary;
        Standing standing;
    }

    mapping(bytes32 objKey => mapping(address party => bool)) public handedOver;
    mapping(address party => Quota) private _quota;
    uint64 public notesPerDay;

    function initialize(uint64 notesPerDay_) external initializer {
        _setNotesPerDay(notesPerDay_);
    }

    /// @inheritdoc IPolicy
    function notesToday(address party) external view returns (uint64) {
        Quota memory q = _quota[party];
        return q.day == block.timestamp / 1 days ? q.used : 0;
    }

    /// @inheritdoc IPolicy
    function setNotesPerDay(uint64 quota) external restricted {
        _setNotesPerDay(quota);
    }

    /// @inheritdoc IPolicy
    function authorize(address key, uint8 lane, uint8 kind, Object[][] calldata objects, address[] calldata next)
        external
        returns (address party)
    {
        require(msg.sender == Predeploys.HEADS, NotHeads(msg.sender));
        if (key == Predeploys.PARTIES) return _registry(lane, kind, objects);
        Question memory q = _decide(key, lane, kind, objects, next);
        party = q.party;
        if (lane == Format.NOTES) {
            uint64 used = _used(party, objects);
            _quota[party] = Quota(uint64(block.timestamp / 1 days), used);
        } else if (lane == Format.TRUNK && (q.blinded || next.length != 0)) {
            _recordHandOver(party, objects, next);
        }
    }

    /// @inheritdoc IPolicy
    function check(address key, uint8 lane, uint8 kind, Object[][] calldata objects, address[] calldata next)
        external
        view
        returns (address party)
    {
        party = _decide(key, lane, kind, objects, next).party;
        if (lane == Format.NOTES) _used(party, objects);
    }

    // ---- who ----

    /// @dev Parties is trusted to name its own registry objects.
    function _registry(uint8 lane, uint8 kind, Object[][] calldata objects) private pure returns (address) {
        require(lane == Format.TRUNK && kind >= 8 && kind <= 10, BadKind(lane, kind));
        return address(uint160(uint256(objects[0][0].primary)));
    }

    function _decide(address key, uint8 lane, uint8 kind, Object[][] calldata objects, address[] calldata next)
        private
        view
        returns (Question memory q)
    {
        if (key == Predeploys.TRACE_LOG) key = ITraceLog(Predeploys.TRACE_LOG).sealing();
        q.lane = lane;
        q.kind = kind;
        q.scope = _scopeFor(lane, kind);
        q.lastKind = type(uint256).max; // no kind: the first object is always looked at
        {
            (address party, uint32 scopes, uint8 reason) = IParties(Predeploys.PARTIES).acting(key);
            require(reason == 0, KeyRefused(key, reason));
            require(scopes & q.scope != 0, ScopeMissing(key, q.scope));
            q.party = party;
        }
        if (lane == Format.NOTICE) {
            q.authority = IParties(Predeploys.PARTIES).authorityOf(q.party) & q.scope != 0;
        }
        _checkReceivers(lane, next);
        for (uint256 i = 0; i < objects.length; ++i) {
            _checkEvent(q, i, objects[i]);
        }
    }

    function _scopeFor(uint8 lane, uint8 kind) private pure returns (uint32) {
        if (lane == Format.TRUNK) {
            if (kind == 1 || kind == 2 || kind == 7 || kind == 11) return Scopes.CAPTURE;
        } else if (lane == Format.NOTICE) {
            if (kind == 3 || kind == 4) return Scopes.RECALL;
            if (kind == 5 || kind == 6) return Scopes.CERTIFY;
        } else if (lane == Format.NOTES) {
            if (kind == 1 || kind == 2) return Scopes.CAPTURE;
        }
        revert BadKind(lane, kind);
    }

    function _checkReceivers(uint8 lane, address[] calldata next) private view {
        if (next.length == 0) return;
        require(lane == Format.TRUNK, ReceiversNeedTrunk(lane));
        require(next.length <= MAX_RECEIVERS, TooManyReceivers(next.length, MAX_RECEIVERS));
        for (uint256 i = 0; i < next.length; ++i) {
            require(IParties(Predeploys.PARTIES).isParty(next[i]), UnknownReceiver(next[i]));
        }
    }

    // ---- what ----

    function _checkEvent(Question memory q, uint256 i, Object[] calldata objects) private view {
        require(objects.length <= MAX_OBJECTS, TooManyObjects(i, objects.length, MAX_OBJECTS));
        for (uint256 j = 0; j < objects.length; ++j) {
            Object calldata o = objects[j];
            (uint8 kind, bytes32 primary, bytes32 suffix) = (o.kind, o.primary, o.suffix);
            if (kind != q.lastKind || primary != q.lastPrimary) {
                Fault fault = Wellformed.primaryFault(kind, primary);
                require(fault == Fault.None, BadObject(i, j, fault));
                q.lastKind = kind;
                q.lastPrimary = primary;
                delete q.standing;
                if (kind == Wellformed.BLINDED) q.blinded = true;
                if (q.lane != Format.NOTES && !q.authority && _isLicensed(kind)) {
                    q.standing = IParties(Predeploys.PARTIES).standing(q.party, kind, primary);
                }
            }
            {
                Fault fault = Wellformed.suffixFault(kind, suffix);
                require(fault == Fault.None, BadObject(i, j, fault));
            }
            require(
                (q.kind == 11) == (q.lane == Format.TRUNK && kind == Wellformed.MASTER_DATA),
                BadObject(i, j, Fault.WrongLane)
            );
            Reason reason = Reason.None;
            if (q.lane == Format.TRUNK) reason = _trunk(q, kind, primary, suffix);
            else if (q.lane == Format.NOTICE) reason = _notice(q, kind, primary, suffix);
            require(reason == Reason.None, NotAuthorized(q.party, i, j, reason));
        }
        (bool found, uint256 index) = Wellformed.hasDuplicate(objects);
        require(!found, BadObject(i, index, Fault.Duplicate));
    }

    function _isLicensed(uint8 kind) private pure returns (bool) {
        return kind != Wellformed.REGISTRY && kind != Wellformed.MASTER_DATA && kind != Wellformed.BLINDED;
    }

    /// @dev Holder, delegate, contributor, or receiver by hand-over; a blinded trunk belongs to its first appender.
    function _trunk(Question memory q, uint8 kind, bytes32 primary, bytes32 suffix) private view returns (Reason) {
        if (kind == Wellformed.REGISTRY) return Reason.RegistryOnly;
        if (kind == Wellformed.MASTER_DATA) {
            return primary == bytes32(uint256(uint160(q.party))) ? Reason.None : Reason.NotYourMasterData;
        }
        if (q.standing.standing != 0 && q.standing.inForce) return Reason.None;
        bytes32 objKey = Format.objectKey(kind, primary, suffix);
        if (handedOver[objKey][q.party]) return Reason.None;
        if (kind == Wellformed.BLINDED) {
            bool free = IHeads(Predeploys.HEADS).head(Format.laneKey(Format.TRUNK, objKey)) & ~Format.NOTICED == 0;
            return free ? Reason.None : Reason.UseNotes;
        }
        if (q.standing.licence == 0) return Reason.NoLicence;
        return q.standing.standing == 0 ? Reason.UseNotes : Reason.LicenceNotInForce;
    }

    /// @dev The holder may always warn of what it made, even when its licence has run out; blinded objects know no
    /// licence, there it is whoever may write the trunk.
    function _notice(Question memory q, uint8 kind, bytes32 primary, bytes32 suffix) private view returns (Reason) {
        if (q.authority || q.standing.standing == 3) return Reason.None;
        if (kind == Wellformed.BLINDED && handedOver[Format.objectKey(kind, primary, suffix)][q.party]) {
            return Reason.None;
        }
        return Reason.NotHolderOrAuthority;
    }

    // ---- records ----

    function _recordHandOver(address party, Object[][] calldata objects, address[] calldata next) private {
        for (uint256 i = 0; i < objects.length; ++i) {
            for (uint256 j = 0; j < objects[i].length; ++j) {
                Object calldata o = objects[i][j];
                bool blinded = o.kind == Wellformed.BLINDED;
                if (next.length == 0 && !blinded) continue;
                if (o.kind == Wellformed.MASTER_DATA) continue;
                bytes32 objKey = Format.objectKey(o.kind, o.primary, o.suffix);
                if (blinded) _handOver(objKey, party, party);
                for (uint256 k = 0; k < next.length; ++k) {
                    _handOver(objKey, next[k], party);
                }
            }
        }
    }

    function _handOver(bytes32 objKey, address to, address by) private {
        if (handedOver[objKey][to]) return;
        handedOver[objKey][to] = true;
        emit HandedOver(objKey, to, by);
    }

    function _used(address party, Object[][] calldata objects) private view returns (uint64 used) {
        Quota memory q = _quota[party];
        if (q.day == block.timestamp / 1 days) used = q.used;
        for (uint256 i = 0; i < objects.length; ++i) {
            used += uint64(objects[i].length);
        }
        require(used <= notesPerDay, QuotaExceeded(party, notesPerDay));
    }

    function _setNotesPerDay(uint64 quota) private {
        notesPerDay = quota;
        emit NotesQuotaSet(quota);
    }
}
