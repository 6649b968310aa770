// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BeaconProxy} from "@openzeppelin/contracts/proxy/beacon/BeaconProxy.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {IGovernance} from "../governance/interfaces/IGovernance.sol";
import {Predeploys} from "../predeploy/Predeploys.sol";
import {IMembers, Key, Kyc, Party, PartyDetails} from "./interfaces/IParties.sol";
import {Prefixes} from "./Prefixes.sol";
import {Register} from "./Register.sol";
import {Scopes} from "./Scopes.sol";

/// @title Members
/// @notice The part of Parties about organisations, their agents and keys, and who is admitted.
abstract contract Members is Register, IMembers {
    uint8 internal constant TARGET_NOT_APPROVED = 7;
    uint8 internal constant DEPLOY_SCOPE_MISSING = 8;
    uint256 internal constant MAX_NAME = 200;

    // ---- answers ----

    function admission(address key, address to)
        external
        view
        returns (address account, uint64 validUntil, uint8 reason)
    {
        // Nobody can be kept from governing by a suspension.
        if (to == Predeploys.GOVERNANCE) {
            uint256 operator = IGovernance(Predeploys.GOVERNANCE).operatorKeys(key);
            if (operator != 0) return (address(uint160(operator)), 0, ADMITTED);
        }
        Key storage k = _keys[key];
        account = k.party;
        (validUntil, reason) = _state(k);
        if (reason != ADMITTED || k.scopes & Scopes.DEPLOY != 0) return (account, validUntil, reason);
        if (to == address(0)) reason = DEPLOY_SCOPE_MISSING;
        else if (!isApprovedTarget(to)) reason = TARGET_NOT_APPROVED;
    }

    function acting(address key) external view returns (address account, uint32 scopes, uint8 reason) {
        Key storage k = _keys[key];
        (, reason) = _state(k);
        return (k.party, k.scopes, reason);
    }

    function keyInfo(address key) external view returns (Key memory) {
        return _keys[key];
    }

    function party(address account) external view returns (Party memory) {
        return _parties[account];
    }

    function isParty(address account) public view returns (bool) {
        return _parties[account].since != 0;
    }

    function isActive(address account) external view returns (bool) {
        return isParty(account) && _suspendedUntil(_parties[account]) == 0;
    }

    function partyByGLN(uint64 gln) external view returns (address) {
        return _byGLN[gln];
    }

    function authorityOf(address account) external view returns (uint32) {
        return _parties[account].authority;
    }

    function partyAddress(address sponsor, bytes32 ref) public view returns (address) {
        return Create2.computeAddress(keccak256(abi.encode(sponsor, ref)), keccak256(_accountCode()));
    }

    function parties(uint256 offset, uint256 limit) external view returns (address[] memory page, uint256 total) {
        return _page(_list, offset, limit);
    }

    function keysOf(address account, uint256 offset, uint256 limit)
        external
        view
        returns (address[] memory page, uint256 total)
    {
        return _page(_keysOf[account], offset, limit);
    }

    function agentActive(address account, uint64 agent) public view returns (bool) {
        return agent != 0 && agent <= _parties[account].agents && !_agentOff[account][agent];
    }

    function isApprovedTarget(address target) public view returns (bool) {
        return Predeploys.contains(target) || _targets[target] || isParty(target);
    }

    // ---- acts of operators ----

    function registerParty(bytes32 ref, PartyDetails calldata details, address adminKey, uint32 scopes)
        external
        returns (address account)
    {
        address sponsor = _operatorActor();
        account = _createParty(sponsor, ref, details, false);
        _addAgentWithKey(account, adminKey, scopes | Scopes.ADMINISTER);
    }

    function setDetails(address account, PartyDetails calldata details) external {
        _sponsorOf(account);
        _setDetails(account, details);
        _recordParty(account);
    }

    function attest(address account, Kyc calldata kyc) external {
        _sponsorOf(account);
        _parties[account].kyc = kyc;
        _recordParty(account);
    }

    function suspend(address account, uint64 until) external {
        _sponsorOf(account);
        require(!_parties[account].barred, Barred(account));
        _parties[account].suspendedUntil = until;
        _recordParty(account);
    }

    // ---- acts of a party ----

    function addAgent() external returns (uint64 agent) {
        return _addAgent(_actor(Scopes.ADMINISTER));
    }

    function setAgent(uint64 agent, bool active) external {
        address account = _actor(Scopes.ADMINISTER);
        require(agent != 0 && agent <= _parties[account].agents, UnknownAgent(account, agent));
        _agentOff[account][agent] = !active;
        _record(LEAF_PARTY, account, 0, AgentRecorded.selector, abi.encode(agent, active, msg.sender));
    }

    function setKey(address key, uint64 agent, uint32 scopes, uint64 validFrom, uint64 validUntil) external {
        _setKey(_actor(Scopes.ADMINISTER), key, agent, scopes, validFrom, validUntil);
    }

    function revokeKey(address key) external {
        address account = _actor(Scopes.ADMINISTER);
        Key storage k = _keys[key];
        require(k.party == account, UnknownKey(key));
        require(k.revokedAt == 0, KeyRevoked(key));
        k.revokedAt = uint64(block.timestamp);
        _recordKey(account, key);
    }

    // ---- internal ----

    function _createParty(address sponsor, bytes32 ref, PartyDetails calldata details, bool operator)
        internal
        returns (address account)
    {
        account = partyAddress(sponsor, ref);
        require(!isParty(account), PartyExists(account));
        // Somebody may have registered the address-to-be as a key: then another ref must be chosen.
        require(_keys[account].party == address(0), KeyTaken(account));
        Create2.deploy(0, keccak256(abi.encode(sponsor, ref)), _accountCode());
        Party storage p = _parties[account];
        p.sponsor = operator ? account : sponsor;
        p.operator = operator;
        p.since = uint64(block.timestamp);
        p.grantable = operator ? Scopes.ALL : Scopes.DEFAULT_GRANTABLE;
        _setDetails(account, details);
        _list.push(account);
        _recordParty(account);
    }

    function _setDetails(address account, PartyDetails calldata details) private {
        uint256 length = bytes(details.name).length;
        require(length != 0 && length <= MAX_NAME, BadName(length));
        uint64 old = _parties[account].details.gln;
        uint64 gln = details.gln;
        if (gln != old) {
            if (old != 0) delete _byGLN[old];
            if (gln != 0) {
                require(gln < 10 ** 13 && Prefixes.hasCheckDigit(gln), BadGLN(gln));
                require(_byGLN[gln] == address(0), GLNTaken(gln, _byGLN[gln]));
                _byGLN[gln] = account;
            }
        }
        _parties[account].details = details;
    }

    function _addAgentWithKey(address account, address key, uint32 scopes) internal {
        _setKey(account, key, _addAgent(account), scopes, uint64(block.timestamp), 0);
    }

    function _addAgent(address account) private returns (uint64 agent) {
        agent = ++_parties[account].agents;
        _record(LEAF_PARTY, account, 0, AgentRecorded.selector, abi.encode(agent, true, msg.sender));
    }

    function _setKey(address account, address key, uint64 agent, uint32 scopes, uint64 validFrom, uint64 validUntil)
        private
    {
        require(agentActive(account, agent), UnknownAgent(account, agent));
        uint32 grantable = _parties[account].grantable;
        require(scopes & ~grantable == 0, ScopesNotGrantable(scopes, grantable));
        _checkValidity(validFrom, validUntil);
        Key storage k = _keys[key];
        if (k.party == address(0)) {
            require(key != address(0) && !isParty(key) && !Predeploys.contains(key), KeyTaken(key));
            k.apart = _keysOf[account].length >= BESIDE;
            _keysOf[account].push(key);
            _touch(key);
        } else {
            require(k.party == account, KeyTaken(key));
            require(k.revokedAt == 0, KeyRevoked(key));
        }
        _keys[key] = Key(account, agent, scopes, validFrom, validUntil, 0, k.apart);
        _recordKey(account, key);
    }

    function _recordKey(address account, address key) private {
        Key storage k = _keys[key];
        bytes32 suffix = k.apart ? keccak256(abi.encodePacked(key)) : bytes32(0);
        _record(LEAF_KEY, account, suffix, KeyRecorded.selector, abi.encode(key, k, msg.sender));
    }

    /// @dev The pool allows an account that doesn't exist one transaction in flight: one wei of the pre-mint makes it
    /// exist. No gas is passed on and failure doesn't matter.
    function _touch(address key) private {
        if (key.balance != 0) return;
        assembly ("memory-safe") {
            pop(call(0, key, 1, 0, 0, 0, 0))
        }
    }

    function _accountCode() private view returns (bytes memory) {
        return abi.encodePacked(type(BeaconProxy).creationCode, abi.encode(address(this), ""));
    }

    function _page(address[] storage all, uint256 offset, uint256 limit)
        private
        view
        returns (address[] memory page, uint256 total)
    {
        total = all.length;
        if (offset > total) offset = total;
        if (limit > total - offset) limit = total - offset;
        page = new address[](limit);
        for (uint256 i = 0; i < limit; ++i) {
            page[i] = all[offset + i];
        }
    }
}
