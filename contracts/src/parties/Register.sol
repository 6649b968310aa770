// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Format} from "../format/Format.sol";
import {Object} from "../format/Object.sol";
import {IHeads} from "../heads/interfaces/IHeads.sol";
import {Predeploy} from "../predeploy/Predeploy.sol";
import {Predeploys} from "../predeploy/Predeploys.sol";
import {IMembers, Key, Party} from "./interfaces/IParties.sol";
import {PartiesStorage} from "./PartiesStorage.sol";
import {Scopes} from "./Scopes.sol";

/// @title Register
/// @notice State shared by the parts of Parties, who acts, and how a change becomes a leaf.
abstract contract Register is Predeploy, PartiesStorage {
    uint8 internal constant LEAF_PARTY = 8;
    uint8 internal constant LEAF_KEY = 9;
    uint8 internal constant LEAF_LICENCE = 10;

    /// @dev How many keys of a party, and parties listed under a licence, have their records on the party's own object.
    uint256 internal constant BESIDE = 16;

    uint8 internal constant ADMITTED = 0;
    uint8 internal constant UNKNOWN_KEY = 1;
    uint8 internal constant NOT_YET_VALID = 2;
    uint8 internal constant EXPIRED = 3;
    uint8 internal constant REVOKED = 4;
    uint8 internal constant PARTY_SUSPENDED = 5;
    uint8 internal constant SPONSOR_SUSPENDED = 6;

    /// @dev When the answer may change by itself, 0 = never, and why the key may not act now.
    function _state(Key storage k) internal view returns (uint64 until, uint8 reason) {
        if (k.party == address(0)) return (0, UNKNOWN_KEY);
        if (k.revokedAt != 0 || _agentOff[k.party][k.agent]) return (0, REVOKED);
        if (block.timestamp < k.validFrom) return (k.validFrom, NOT_YET_VALID);
        if (k.validUntil != 0 && block.timestamp >= k.validUntil) return (0, EXPIRED);
        (until, reason) = _partyState(k.party);
        if (reason == ADMITTED) until = k.validUntil;
    }

    function _partyState(address account) internal view returns (uint64 until, uint8 reason) {
        Party storage p = _parties[account];
        until = _suspendedUntil(p);
        if (until != 0) return (until == type(uint64).max ? 0 : until, PARTY_SUSPENDED);
        Party storage s = _parties[p.sponsor];
        if (!s.operator) return (0, SPONSOR_SUSPENDED);
        until = _suspendedUntil(s);
        if (until != 0) return (until == type(uint64).max ? 0 : until, SPONSOR_SUSPENDED);
    }

    /// @dev 0 if the party isn't suspended now.
    function _suspendedUntil(Party storage p) internal view returns (uint64 until) {
        until = p.suspendedUntil > p.heldUntil ? p.suspendedUntil : p.heldUntil;
        if (until <= block.timestamp) until = 0;
    }

    /// @dev The party that the caller acts for: a key with the scope, or a party's account.
    function _actor(uint32 scope) internal view returns (address account) {
        Key storage k = _keys[msg.sender];
        uint8 reason;
        if (k.party == address(0) && _parties[msg.sender].since != 0) {
            account = msg.sender;
            (, reason) = _partyState(account);
            require(reason == ADMITTED, IMembers.NotAllowed(msg.sender, scope, reason));
        } else {
            account = k.party;
            (, reason) = _state(k);
            require(reason == ADMITTED && k.scopes & scope != 0, IMembers.NotAllowed(msg.sender, scope, reason));
        }
    }

    /// @dev The caller's operator, which must be the sponsor of `account`.
    function _sponsorOf(address account) internal view returns (address operator) {
        operator = _operatorActor();
        _known(account);
        require(_parties[account].sponsor == operator, IMembers.NotSponsor(account, _parties[account].sponsor));
    }

    function _operatorActor() internal view returns (address operator) {
        operator = _actor(Scopes.REGISTER);
        require(_parties[operator].operator, IMembers.NotOperator(operator));
    }

    function _known(address account) internal view {
        require(_parties[account].since != 0, IMembers.UnknownParty(account));
    }

    function _checkValidity(uint64 validFrom, uint64 validUntil) internal pure {
        require(validUntil == 0 || validUntil > validFrom, IMembers.BadValidity(validFrom, validUntil));
    }

    function _recordParty(address account) internal {
        _record(LEAF_PARTY, account, 0, IMembers.PartyRecorded.selector, abi.encode(_parties[account], msg.sender));
    }

    /// @dev Emits the event with this data and appends a leaf that commits to both, so that whoever has the log can
    /// prove it by the registry object's head, and whoever has the head knows that no change is missing.
    function _record(uint8 kind, address account, bytes32 suffix, bytes32 topic, bytes memory data) internal {
        assembly ("memory-safe") {
            log2(add(data, 0x20), mload(data), topic, account)
        }
        bytes32[] memory commitments = new bytes32[](1);
        commitments[0] = Format.commitment(Format.FORM_REGISTRY, keccak256(abi.encodePacked(topic, data)));
        Object[][] memory objects = new Object[][](1);
        objects[0] = new Object[](1);
        objects[0][0] = Object(40, bytes32(uint256(uint160(account))), suffix);
        IHeads(Predeploys.HEADS).append(Format.TRUNK, kind, commitments, objects, new address[](0), "");
    }
}
