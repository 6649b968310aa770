// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A member of the consortium: its party, the key it votes with, and since when (block time).
struct Operator {
    address party;
    address key;
    uint64 since;
}

/// @notice A call that governance makes.
struct Call {
    address target;
    bytes data;
}

/// @notice A proposal. States: 1 open, 2 executed, 3 withdrawn.
/// @param ready Block time from which it can be executed, 0 until more than two thirds approve
struct Proposal {
    address proposer;
    uint64 created;
    uint64 ready;
    uint8 state;
    bytes32 callsHash;
}

/// @notice The operators: more than two thirds of them decide, after a timelock.
/// @dev Storage slot 0 is part of the format: `mapping(address key => uint256)` of operators' keys, nonzero = operator.
interface IGovernance {
    /// @notice `calls` were proposed; `text` says why.
    event Proposed(uint256 indexed id, address indexed operator, Call[] calls, string text);
    /// @notice An operator approved a proposal.
    event Approved(uint256 indexed id, address indexed operator);
    /// @notice An operator took its approval back.
    event ApprovalWithdrawn(uint256 indexed id, address indexed operator);
    /// @notice More than two thirds approve; executable from block time `ready`.
    event Queued(uint256 indexed id, uint64 ready);
    /// @notice Approvals fell to two thirds or less; the timelock starts anew with the next majority.
    event Unqueued(uint256 indexed id);
    /// @notice The calls were made.
    event Executed(uint256 indexed id);
    /// @notice The proposer withdrew it.
    event Withdrawn(uint256 indexed id);
    /// @notice An operator joined, or its voting key changed.
    event OperatorSet(address indexed party, address key);
    /// @notice An operator left.
    event OperatorRemoved(address indexed party);
    /// @notice An operator asked for an emergency suspension of a party, now held until that block time.
    event EmergencySuspended(address indexed party, address indexed operator, uint64 until, string reason);
    /// @notice The timelock in seconds was set.
    event TimelockSet(uint64 seconds_);

    error NotOperatorKey(address caller);
    error NotGovernance(address caller);
    error UnknownProposal(uint256 id);
    error NotOpen(uint256 id, uint8 state);
    error AlreadyApproved(uint256 id, address operator);
    error NotApproved(uint256 id, address operator);
    error NotReady(uint256 id, uint64 ready);
    error Expired(uint256 id, uint64 created);
    error CallsDiffer(uint256 id);
    error CallFailed(uint256 index, bytes reason);
    error NoCalls();
    error NotProposer(uint256 id, address operator);
    error OperatorExists(address party);
    error UnknownOperator(address party);
    error KeyInUse(address key);
    error LastOperator();
    error TooManyOperators();
    error BadTimelock(uint64 seconds_);
    error OperatorNotSuspendable(address party);
    error TooSoon(address party, address operator, uint64 again);

    /// @notice Nonzero (the operator's party as a number) for voting keys of operators.
    function operatorKeys(address key) external view returns (uint256);
    function isOperator(address party) external view returns (bool);
    function operators() external view returns (Operator[] memory);
    function timelock() external view returns (uint64);
    function proposalCount() external view returns (uint256);
    function proposal(uint256 id) external view returns (Proposal memory);
    function approvals(uint256 id) external view returns (uint256);
    function approved(uint256 id, address operator) external view returns (bool);
    /// @notice Least number of approvals that is more than two thirds of the operators.
    function quorum() external view returns (uint256);

    // ---- operators' keys ----
    function propose(Call[] calldata calls, string calldata text) external returns (uint256 id);
    function approve(uint256 id) external;
    function withdrawApproval(uint256 id) external;
    function withdraw(uint256 id) external;
    function execute(uint256 id, Call[] calldata calls) external;
    /// @notice One operator holds a party (no operator's) for a day; while it is held, each further operator makes it
    /// seven days from then. Each may do so again after thirty days.
    function emergencySuspend(address party, string calldata reason) external;
    /// @notice Replaces the caller's own voting key.
    function rotateKey(address key) external;

    // ---- governance itself ----
    function addOperator(address party, address key) external;
    function removeOperator(address party) external;
    function setOperatorKey(address party, address key) external;
    function setTimelock(uint64 seconds_) external;
}
