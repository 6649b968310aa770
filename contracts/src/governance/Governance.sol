// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IParties} from "../parties/interfaces/IParties.sol";
import {Predeploy} from "../predeploy/Predeploy.sol";
import {Predeploys} from "../predeploy/Predeploys.sol";
import {Call, IGovernance, Operator, Proposal} from "./interfaces/IGovernance.sol";

/// @title Governance
/// @notice The consortium's operators: more than two thirds of them decide, after a timelock.
/// @dev Approvals are counted over the operators of the moment, so who left doesn't count any more.
contract Governance is Predeploy, IGovernance {
    uint8 internal constant OPEN = 1;
    uint8 internal constant EXECUTED = 2;
    uint8 internal constant WITHDRAWN = 3;

    uint256 public constant MAX_OPERATORS = 64;
    uint64 public constant MAX_TIMELOCK = 30 days;
    /// @notice A proposal older than this can't be executed any more.
    uint64 public constant LIFETIME = 90 days;
    uint64 public constant FIRST_HOLD = 1 days;
    uint64 public constant SECOND_HOLD = 7 days;
    /// @notice How long an operator must wait until it may ask for another hold of the same party.
    uint64 public constant HOLD_PAUSE = 30 days;

    /// @inheritdoc IGovernance
    mapping(address key => uint256 operator) public operatorKeys; // slot 0, part of the format

    Operator[] private _operators;
    mapping(address party => uint256 place) private _place; // place in _operators + 1
    Proposal[] private _proposals;
    mapping(uint256 id => mapping(address operator => bool)) public approved;
    mapping(address party => mapping(address operator => uint64)) private _lastHold;

    /// @inheritdoc IGovernance
    uint64 public timelock;

    modifier onlySelf() {
        require(msg.sender == address(this), NotGovernance(msg.sender));
        _;
    }

    function initialize(Operator[] calldata founders, uint64 timelock_) external initializer {
        for (uint256 i = 0; i < founders.length; ++i) {
            _add(founders[i].party, founders[i].key);
        }
        require(founders.length != 0, LastOperator());
        _setTimelock(timelock_);
    }

    // ---- views ----

    /// @inheritdoc IGovernance
    function isOperator(address party) public view returns (bool) {
        return _place[party] != 0;
    }

    /// @inheritdoc IGovernance
    function operators() external view returns (Operator[] memory) {
        return _operators;
    }

    /// @inheritdoc IGovernance
    function proposalCount() external view returns (uint256) {
        return _proposals.length;
    }

    /// @inheritdoc IGovernance
    function proposal(uint256 id) external view returns (Proposal memory) {
        require(id < _proposals.length, UnknownProposal(id));
        return _proposals[id];
    }

    /// @inheritdoc IGovernance
    function approvals(uint256 id) public view returns (uint256 n) {
        for (uint256 i = 0; i < _operators.length; ++i) {
            if (approved[id][_operators[i].party]) ++n;
        }
    }

    /// @inheritdoc IGovernance
    function quorum() public view returns (uint256) {
        return _operators.length * 2 / 3 + 1;
    }

    // ---- operators' keys ----

    /// @inheritdoc IGovernance
    function propose(Call[] calldata calls, string calldata text) external returns (uint256 id) {
        address operator = _operator();
        require(calls.length != 0, NoCalls());
        id = _proposals.length;
        _proposals.push(Proposal(operator, uint64(block.timestamp), 0, OPEN, keccak256(abi.encode(calls))));
        emit Proposed(id, operator, calls, text);
        _approve(id, operator);
    }

    /// @inheritdoc IGovernance
    function approve(uint256 id) external {
        _open(id);
        _approve(id, _operator());
    }

    /// @inheritdoc IGovernance
    function withdrawApproval(uint256 id) external {
        Proposal storage p = _open(id);
        address operator = _operator();
        require(approved[id][operator], NotApproved(id, operator));
        approved[id][operator] = false;
        emit ApprovalWithdrawn(id, operator);
        if (p.ready != 0 && approvals(id) < quorum()) {
            p.ready = 0;
            emit Unqueued(id);
        }
    }

    /// @inheritdoc IGovernance
    function withdraw(uint256 id) external {
        Proposal storage p = _open(id);
        address operator = _operator();
        require(p.proposer == operator, NotProposer(id, operator));
        p.state = WITHDRAWN;
        emit Withdrawn(id);
    }

    /// @inheritdoc IGovernance
    function execute(uint256 id, Call[] calldata calls) external {
        _operator();
        Proposal storage p = _open(id);
        require(block.timestamp <= p.created + LIFETIME, Expired(id, p.created));
        require(keccak256(abi.encode(calls)) == p.callsHash, CallsDiffer(id));
        // Counted again: operators may have come or gone since the proposal was queued.
        require(p.ready != 0 && block.timestamp >= p.ready && approvals(id) >= quorum(), NotReady(id, p.ready));
        p.state = EXECUTED;
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool ok, bytes memory answer) = calls[i].target.call(calls[i].data);
            require(ok, CallFailed(i, answer));
        }
        emit Executed(id);
    }

    /// @inheritdoc IGovernance
    function emergencySuspend(address party, string calldata reason) external {
        address operator = _operator();
        require(!isOperator(party), OperatorNotSuspendable(party));
        uint64 last = _lastHold[party][operator];
        require(last == 0 || block.timestamp >= last + HOLD_PAUSE, TooSoon(party, operator, last + HOLD_PAUSE));
        _lastHold[party][operator] = uint64(block.timestamp);
        uint64 held = IParties(Predeploys.PARTIES).party(party).heldUntil;
        uint64 until = uint64(block.timestamp) + (held > block.timestamp ? SECOND_HOLD : FIRST_HOLD);
        IParties(Predeploys.PARTIES).hold(party, until);
        emit EmergencySuspended(party, operator, until, reason);
    }

    /// @inheritdoc IGovernance
    function rotateKey(address key) external {
        _setKey(_operator(), key);
    }

    // ---- governance itself ----

    /// @inheritdoc IGovernance
    function addOperator(address party, address key) external onlySelf {
        _add(party, key);
        IParties(Predeploys.PARTIES).setOperatorParty(party, true);
    }

    /// @inheritdoc IGovernance
    function removeOperator(address party) external onlySelf {
        uint256 place = _place[party];
        require(place != 0, UnknownOperator(party));
        require(_operators.length > 1, LastOperator());
        delete operatorKeys[_operators[place - 1].key];
        Operator memory last = _operators[_operators.length - 1];
        _operators[place - 1] = last;
        _place[last.party] = place;
        _operators.pop();
        delete _place[party];
        emit OperatorRemoved(party);
        IParties(Predeploys.PARTIES).setOperatorParty(party, false);
    }

    /// @inheritdoc IGovernance
    function setOperatorKey(address party, address key) external onlySelf {
        require(isOperator(party), UnknownOperator(party));
        _setKey(party, key);
    }

    /// @inheritdoc IGovernance
    function setTimelock(uint64 seconds_) external onlySelf {
        _setTimelock(seconds_);
    }

    // ---- internal ----

    function _operator() private view returns (address) {
        uint256 operator = operatorKeys[msg.sender];
        require(operator != 0, NotOperatorKey(msg.sender));
        return address(uint160(operator));
    }

    function _open(uint256 id) private view returns (Proposal storage p) {
        require(id < _proposals.length, UnknownProposal(id));
        p = _proposals[id];
        require(p.state == OPEN, NotOpen(id, p.state));
    }

    function _approve(uint256 id, address operator) private {
        require(!approved[id][operator], AlreadyApproved(id, operator));
        approved[id][operator] = true;
        emit Approved(id, operator);
        Proposal storage p = _proposals[id];
        if (p.ready == 0 && approvals(id) >= quorum()) {
            p.ready = uint64(block.timestamp) + timelock;
            emit Queued(id, p.ready);
        }
    }

    function _add(address party, address key) private {
        require(party != address(0), UnknownOperator(party));
        require(!isOperator(party), OperatorExists(party));
        require(key != address(0) && operatorKeys[key] == 0, KeyInUse(key));
        require(_operators.length < MAX_OPERATORS, TooManyOperators());
        _operators.push(Operator(party, key, uint64(block.timestamp)));
        _place[party] = _operators.length;
        operatorKeys[key] = uint256(uint160(party));
        emit OperatorSet(party, key);
    }

    function _setKey(address party, address key) private {
        require(key != address(0) && operatorKeys[key] == 0, KeyInUse(key));
        Operator storage o = _operators[_place[party] - 1];
        delete operatorKeys[o.key];
        o.key = key;
        operatorKeys[key] = uint256(uint160(party));
        emit OperatorSet(party, key);
    }

    function _setTimelock(uint64 seconds_) private {
        require(seconds_ <= MAX_TIMELOCK, BadTimelock(seconds_));
        timelock = seconds_;
        emit TimelockSet(seconds_);
    }
}
