// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBeacon} from "@openzeppelin/contracts/proxy/beacon/IBeacon.sol";
import {Predeploys} from "../predeploy/Predeploys.sol";
import {Founder, Node, Party, PartyDetails} from "./interfaces/IParties.sol";
import {Members} from "./Members.sol";
import {Scopes} from "./Scopes.sol";

/// @title Parties
/// @notice The register of organisations, their keys, licences and nodes. IParties says what each function promises;
/// those of ILicences are delegated to Licences, on the same storage.
contract Parties is Members, IBeacon {
    address private immutable _licencesCode;

    constructor(address licencesCode) {
        _licencesCode = licencesCode;
    }

    fallback() external {
        address code = _licencesCode;
        assembly {
            calldatacopy(0, 0, calldatasize())
            let ok := delegatecall(gas(), code, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if ok { return(0, returndatasize()) }
            revert(0, returndatasize())
        }
    }

    /// @notice Sets up the founding operators and, on a test network, the sandbox party (a name of length 0: none).
    function initialize(
        address implementation_,
        Founder[] calldata founders,
        PartyDetails calldata sandbox,
        address sandboxKey
    ) external initializer {
        _setImplementation(implementation_);
        for (uint256 i = 0; i < founders.length; ++i) {
            address account = _createParty(address(0), bytes32(i + 1), founders[i].details, true);
            _addAgentWithKey(account, founders[i].key, Scopes.ALL);
            for (uint256 j = 0; j < founders[i].nodes.length; ++j) {
                Node calldata n = founders[i].nodes[j];
                _setNode(n.peerId, account, n.validatorKey, true);
            }
        }
        if (bytes(sandbox.name).length != 0) {
            address account = _createParty(_list[0], bytes32(0), sandbox, false);
            _addAgentWithKey(account, sandboxKey, Scopes.DEFAULT_GRANTABLE);
        }
    }

    /// @notice The code that all party accounts run: Parties is their beacon.
    function implementation() external view returns (address) {
        return _accountImplementation;
    }

    // ---- nodes ----

    function nodes(uint256 offset, uint256 limit) external view returns (Node[] memory page, uint256 total) {
        total = _nodes.length;
        if (offset > total) offset = total;
        if (limit > total - offset) limit = total - offset;
        page = new Node[](limit);
        for (uint256 i = 0; i < limit; ++i) {
            page[i] = _nodes[offset + i];
        }
    }

    function setNode(bytes calldata peerId, bool active) external {
        address operator = _operatorActor();
        uint256 place = _nodePlace[keccak256(peerId)];
        bytes32 validatorKey = place == 0 ? bytes32(0) : _nodes[place - 1].validatorKey;
        require(validatorKey == 0 && (place == 0 || _nodes[place - 1].operator == operator), BadNode());
        _setNode(peerId, operator, validatorKey, active);
    }

    function setValidatorNode(bytes calldata peerId, address operator, bytes32 validatorKey, bool active)
        external
        restricted
    {
        require(_parties[operator].operator, NotOperator(operator));
        _setNode(peerId, operator, validatorKey, active);
    }

    function _setNode(bytes calldata peerId, address operator, bytes32 validatorKey, bool active) private {
        require(peerId.length != 0 && peerId.length <= 64, BadNode());
        uint256 place = _nodePlace[keccak256(peerId)];
        if (place == 0) {
            _nodes.push();
            place = _nodes.length;
            _nodePlace[keccak256(peerId)] = place;
        }
        Node memory n = Node(peerId, operator, validatorKey, active);
        _nodes[place - 1] = n;
        _record(LEAF_PARTY, operator, 0, NodeRecorded.selector, abi.encode(n, msg.sender));
    }

    // ---- acts of governance ----

    function bar(address account, uint64 until) external restricted {
        _known(account);
        _parties[account].suspendedUntil = until;
        _parties[account].barred = until != 0;
        _recordParty(account);
    }

    function hold(address account, uint64 until) external restricted {
        _known(account);
        _parties[account].heldUntil = until;
        _recordParty(account);
    }

    function recover(address account, address key, uint32 scopes) external restricted {
        _known(account);
        _addAgentWithKey(account, key, scopes);
    }

    function setGrantable(address account, uint32 scopes) external restricted {
        _known(account);
        _parties[account].grantable = scopes;
        _recordParty(account);
    }

    function setAuthority(address account, uint32 scopes) external restricted {
        _known(account);
        _parties[account].authority = scopes & (Scopes.CERTIFY | Scopes.RECALL);
        _recordParty(account);
    }

    function setTarget(address target, bool approved) external restricted {
        _targets[target] = approved;
        emit TargetSet(target, approved);
    }

    function setSponsor(address account, address sponsor) external restricted {
        _known(account);
        require(_parties[sponsor].operator, NotOperator(sponsor));
        _parties[account].sponsor = sponsor;
        _recordParty(account);
    }

    function setAccountImplementation(address implementation_) external restricted {
        _setImplementation(implementation_);
    }

    function setOperatorParty(address account, bool operator) external {
        require(msg.sender == Predeploys.GOVERNANCE, NotGovernanceCaller(msg.sender));
        _known(account);
        Party storage p = _parties[account];
        p.operator = operator;
        p.grantable = operator ? Scopes.ALL : Scopes.DEFAULT_GRANTABLE;
        if (operator) p.sponsor = account;
        _recordParty(account);
    }

    function _setImplementation(address implementation_) private {
        require(implementation_.code.length != 0, NoCode(implementation_));
        _accountImplementation = implementation_;
        emit AccountImplementationSet(implementation_);
    }
}
