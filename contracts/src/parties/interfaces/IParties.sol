// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What is publicly known of an organisation. Names of persons don't belong here.
/// @param name Legal name
/// @param country ISO 3166-1 alpha-2, 0 if not stated
/// @param gln The 13 digits of its GLN as a number, 0 if none
/// @param lei The 20 characters of its LEI, 0 if none
/// @param taxId Hash of its tax id (salted off the ledger), 0 if none
struct PartyDetails {
    string name;
    bytes2 country;
    uint64 gln;
    bytes20 lei;
    bytes32 taxId;
}

/// @notice The sponsor's statement that it has checked who the party is; no raw data. Times are seconds.
struct Kyc {
    uint8 level;
    uint64 checkedAt;
    uint64 expiry;
    uint32 listVersion;
}

/// @notice A party. Suspended while block time < suspendedUntil or heldUntil.
/// @param sponsor The operator that registered it (an operator sponsors itself)
/// @param since Block time of registration
/// @param grantable Scopes its administrator may give to keys
/// @param suspendedUntil Set by sponsor or governance, max uint64 = until lifted
/// @param heldUntil Emergency suspension by operators, runs out by itself
/// @param agents Number of agents so far; ids are 1 to agents
/// @param authority Scopes (CERTIFY, RECALL) it may use on anybody's notice lanes
/// @param barred The suspension is governance's: the sponsor can't lift it
/// @param operator The party is an operator's
struct Party {
    address sponsor;
    uint64 since;
    uint32 grantable;
    uint64 suspendedUntil;
    uint64 heldUntil;
    uint64 agents;
    uint32 authority;
    bool barred;
    bool operator;
    PartyDetails details;
    Kyc kyc;
}

/// @notice A key of an agent of a party. Never changes party; revoked for good. Times are seconds, validUntil 0 = no end.
/// @param apart Its records stand on an object of its own, not on the party's
struct Key {
    address party;
    uint64 agent;
    uint32 scopes;
    uint64 validFrom;
    uint64 validUntil;
    uint64 revokedAt;
    bool apart;
}

/// @notice The right of a party to a range of identifiers.
/// @param holder The party, for the licence's whole life
/// @param kind 1 GS1 company prefix, 2 single GS1 key, 3 URI namespace, 4 the sandbox's catch-all
/// @param length Number of digits, or of bytes of the namespace
/// @param open Every active party may write the trunk
/// @param primary The digits in ASCII, left-aligned and padded with zeros, or keccak256 of the namespace
/// @param evidence Hash of the document that shows the right
/// @param text The digits or the namespace
struct Licence {
    address holder;
    uint8 kind;
    uint16 length;
    bool open;
    uint64 validFrom;
    uint64 validUntil;
    uint64 revokedAt;
    bytes32 primary;
    bytes32 evidence;
    string text;
}

/// @notice A machine that may join the peer-to-peer network.
/// @param peerId The bytes of its libp2p peer id
/// @param operator The operator that answers for it
/// @param validatorKey ed25519 key it signs blocks with, 0 if it isn't a validator
struct Node {
    bytes peerId;
    address operator;
    bytes32 validatorKey;
    bool active;
}

/// @notice What a party may do with an identifier.
/// @param licence Licence that covers it, 0 if none
/// @param inForce The licence is valid now
/// @param standing 0 none, 1 contributor, 2 delegate, 3 holder, 4 through a licence opened to all
struct Standing {
    uint64 licence;
    bool inForce;
    uint8 standing;
}

/// @notice A founding operator's party, its first key and its nodes.
struct Founder {
    PartyDetails details;
    address key;
    Node[] nodes;
}

/// @notice The register of organisations, their keys, licences and nodes.
/// @dev Every change of a party, key or licence is also a leaf on a registry object of the party in Heads: on the
/// party's own, which every proof that names the party carries, or, so that it stays short, on one of the key or of
/// the listed party behind the first 16 of a party or licence. Its commitment is
/// `keccak256(abi.encode(COMMIT_V1, 3, keccak256(topic0 ‖ data)))` of the log that tells the change.
interface IMembers {
    /// @notice State of a party after a change made by `by` (a key, a party account, or Governance).
    event PartyRecorded(address indexed party, Party record, address by);
    /// @notice State of an agent after a change. Leaf on the party's object.
    event AgentRecorded(address indexed party, uint64 agent, bool active, address by);
    /// @notice State of a node after a change. Leaf on the operator's object.
    event NodeRecorded(address indexed party, Node record, address by);
    /// @notice State of a key after a change. Leaf on the party's object, or on the
    /// key's if it is apart.
    event KeyRecorded(address indexed party, address key, Key record, address by);
    /// @notice An address was put on or taken off the list of approved call targets.
    event TargetSet(address indexed target, bool approved);
    /// @notice Party accounts now run this code.
    event AccountImplementationSet(address implementation);

    /// @notice The caller is no live key with this scope, nor an account of a party. Reason as in {admission}.
    error NotAllowed(address caller, uint32 scope, uint8 reason);
    /// @notice The caller's party is not an operator.
    error NotOperator(address party);
    /// @notice The caller's party is not the sponsor of this one.
    error NotSponsor(address party, address sponsor);
    /// @notice No such party.
    error UnknownParty(address party);
    /// @notice No such agent, or it isn't active.
    error UnknownAgent(address party, uint64 agent);
    /// @notice No such key of the caller's party.
    error UnknownKey(address key);
    /// @notice Registered before with the same reference.
    error PartyExists(address party);
    /// @notice The address already is a key (of this or another party), or is no usable address.
    error KeyTaken(address key);
    /// @notice The key was revoked and stays so.
    error KeyRevoked(address key);
    /// @notice Scopes outside of what this party may give.
    error ScopesNotGrantable(uint32 scopes, uint32 grantable);
    /// @notice validUntil must be 0 or after validFrom.
    error BadValidity(uint64 validFrom, uint64 validUntil);
    /// @notice A GLN has 13 digits with a check digit, and belongs to one party.
    error BadGLN(uint64 gln);
    /// @notice Another party has this GLN.
    error GLNTaken(uint64 gln, address party);
    /// @notice The name is empty or longer than 200 bytes.
    error BadName(uint256 length);
    /// @notice Governance barred the party: only it can reinstate it.
    error Barred(address party);
    /// @notice Peer ids have 1 to 64 bytes; a validator's key is set by governance alone.
    error BadNode();
    /// @notice There is no contract at the address.
    error NoCode(address implementation);

    // ---- answers ----

    /// @notice May `key` send a transaction to `to` (0 = create a contract) now?
    /// @return party The key's party, 0 if unknown
    /// @return validUntil The answer for this (key, to) holds before that block time unless state changes; 0 = for ever
    /// @return reason 0 admitted, 1 unknown key, 2 not yet valid, 3 expired, 4 revoked or its agent
    /// switched off, 5 party suspended, 6 sponsor suspended or no operator any more, 7 target not approved, 8 contract
    /// creation needs the deploy scope
    function admission(address key, address to) external view returns (address party, uint64 validUntil, uint8 reason);

    /// @notice The party, scopes and agent of a key and, as in {admission}, whether it may act now.
    function acting(address key) external view returns (address party, uint32 scopes, uint8 reason);

    /// @notice A key as recorded; party 0 if it was never registered.
    function keyInfo(address key) external view returns (Key memory);

    /// @notice A party as recorded; since 0 if it was never registered.
    function party(address account) external view returns (Party memory);

    /// @notice Whether the address is a party.
    function isParty(address account) external view returns (bool);

    /// @notice Whether the party is not suspended now (its sponsor may be).
    function isActive(address account) external view returns (bool);

    /// @notice The party that registered this GLN, 0 if none.
    function partyByGLN(uint64 gln) external view returns (address);

    /// @notice Scopes the party may use on anybody's notice lanes.
    function authorityOf(address account) external view returns (uint32);

    /// @notice Where a party registered by `sponsor` under `ref` lives or would live.
    function partyAddress(address sponsor, bytes32 ref) external view returns (address);

    /// @notice Up to `limit` parties from `offset` in order of registration, and how many there are.
    function parties(uint256 offset, uint256 limit) external view returns (address[] memory page, uint256 total);

    /// @notice Up to `limit` keys of a party from `offset`, and how many there are.
    function keysOf(address account, uint256 offset, uint256 limit)
        external
        view
        returns (address[] memory page, uint256 total);

    /// @notice Whether the agent exists and is active.
    function agentActive(address account, uint64 agent) external view returns (bool);

    /// @notice Up to `limit` nodes from `offset`, and how many there are (inactive ones included).
    function nodes(uint256 offset, uint256 limit) external view returns (Node[] memory page, uint256 total);

    /// @notice Whether calls to the address are approved (predeploys, party accounts, and those governance listed).
    function isApprovedTarget(address target) external view returns (bool);

    // ---- acts of operators (keys with the scope register) ----

    /// @notice Registers a party sponsored by the caller's operator, with agent 1 and its first key, which can always
    /// administer.
    /// @param ref Any reference unique for the operator: repeating a call can't register twice
    function registerParty(bytes32 ref, PartyDetails calldata details, address adminKey, uint32 scopes)
        external
        returns (address account);

    /// @notice Replaces what is known of a sponsored party.
    function setDetails(address account, PartyDetails calldata details) external;

    /// @notice States a check of a sponsored party.
    function attest(address account, Kyc calldata kyc) external;

    /// @notice Suspends (until a block time, max uint64 = until lifted) or, with 0, reinstates a sponsored party.
    function suspend(address account, uint64 until) external;

    /// @notice Adds a node of the caller's operator, or switches it on or off.
    function setNode(bytes calldata peerId, bool active) external;

    // ---- acts of a party (keys with the scope administer, or its account) ----

    /// @notice Adds an agent and answers its id.
    function addAgent() external returns (uint64 agent);

    /// @notice Switches an agent, and with it all its keys, on or off.
    function setAgent(uint64 agent, bool active) external;

    /// @notice Registers a key, or changes agent, scopes and validity of one that isn't revoked.
    function setKey(address key, uint64 agent, uint32 scopes, uint64 validFrom, uint64 validUntil) external;

    /// @notice Revokes a key for good.
    function revokeKey(address key) external;

    // ---- acts of governance ----

    /// @notice Suspends or reinstates any party; the sponsor can't undo it.
    function bar(address account, uint64 until) external;

    /// @notice Emergency suspension that runs out by itself. Called by Governance on behalf of its operators.
    function hold(address account, uint64 until) external;

    /// @notice Sets the scopes a party's administrator may give to keys.
    function setGrantable(address account, uint32 scopes) external;

    /// @notice Sets the scopes a party may use on anybody's notice lanes.
    function setAuthority(address account, uint32 scopes) external;

    /// @notice Puts an address on the list of approved call targets or takes it off.
    function setTarget(address target, bool approved) external;

    /// @notice Sets the code all party accounts run.
    function setAccountImplementation(address implementation) external;

    /// @notice Adds or replaces a node with a validator key.
    function setValidatorNode(bytes calldata peerId, address operator, bytes32 validatorKey, bool active) external;

    /// @notice Gives a party that lost its keys a new agent with this key.
    function recover(address account, address key, uint32 scopes) external;

    /// @notice Gives a party another sponsor, for instance when an operator leaves.
    function setSponsor(address account, address sponsor) external;

    /// @notice Called by Governance when an operator joins (its party then sponsors itself and may give every scope) or
    /// leaves (the parties it sponsors are inadmissible until they have another sponsor).
    function setOperatorParty(address account, bool operator) external;
}

/// @notice Who holds which range of identifiers. Registered ranges never overlap.
/// @dev Part of {IParties}: answered at the same address.
interface ILicences {
    /// @notice State of a licence after a change. Leaf on the holder's object.
    event LicenceRecorded(address indexed party, uint64 id, Licence record, address by);
    /// @notice A party's standing under a licence: 0 none, 1 contributor, 2 delegate. Leaf on the holder's object,
    /// or, if it is apart, on that of licence and member.
    event MemberRecorded(address indexed party, uint64 id, address member, uint8 standing, bool apart, address by);
    /// @notice No such licence, or it is revoked.
    error UnknownLicence(uint64 id);
    /// @notice The caller's party does not hold this licence.
    error NotHolder(uint64 id, address party);
    /// @notice Not digits, or not 4 to 13 of them.
    error BadPrefix(string digits);
    /// @notice The prefix holds restricted-circulation, coupon or refund numbers.
    error RestrictedPrefix(string digits);
    /// @notice A namespace has 8 to 200 bytes, a colon, and ends with one of / : # ? =
    error BadNamespace(string namespace);
    /// @notice A registered prefix or namespace covers this one or lies under it.
    error Overlap(string text);
    /// @notice Licences to grant are of kind 1, 2 or 3.
    error BadLicenceKind(uint8 kind);
    /// @notice 0 none, 1 contributor, 2 delegate.
    error BadStanding(uint8 standing);
    /// @notice The catch-all licence is given in genesis or never.
    error OnlyInGenesis();

    /// @notice A licence; holder 0 if unknown.
    function licence(uint64 id) external view returns (Licence memory);

    /// @notice Number of licences so far; ids are 1 to this.
    function licenceCount() external view returns (uint64);

    /// @notice Licence whose prefix covers these digits (left-aligned ASCII, the indicator or extension digit already
    /// taken off), or the sandbox's, or 0.
    function licenceForDigits(bytes32 digits) external view returns (uint64 id);

    /// @notice Licence and length in bytes of the licensed namespace that this URI begins with; the sandbox's with
    /// length 0, or 0.
    function licenceForURI(string calldata uri) external view returns (uint64 id, uint256 length);

    /// @notice Licence for an object's kind and primary key, or 0.
    function licenceFor(uint8 kind, bytes32 primary) external view returns (uint64 id);

    /// @notice Standing of a party towards an object's kind and primary key.
    function standing(address account, uint8 kind, bytes32 primary) external view returns (Standing memory);

    /// @notice 1 contributor or 2 delegate under a licence, else 0.
    function member(uint64 id, address account) external view returns (uint8);

    /// @notice Registers a licence of a sponsored party: kind 1 or 2 with digits, kind 3 with a namespace.
    function grantLicence(
        address holder,
        uint8 kind,
        string calldata text,
        uint64 validFrom,
        uint64 validUntil,
        bytes32 evidence
    ) external returns (uint64 id);

    /// @notice Changes dates and evidence of a sponsored party's licence.
    function renewLicence(uint64 id, uint64 validFrom, uint64 validUntil, bytes32 evidence) external;

    /// @notice Ends a sponsored party's licence for good; its range is free again.
    function revokeLicence(uint64 id) external;

    /// @notice Opens a licence to all active parties, or closes it.
    function setOpen(uint64 id, bool open) external;

    /// @notice Lists a party under a licence: 1 contributor, 2 delegate, 0 takes it off.
    function setMember(uint64 id, address account, uint8 standing_) external;

    /// @notice Gives the catch-all licence of a test network, opened to all parties. Only in genesis.
    function grantSandbox(address holder) external;
}

/// @notice Everything the contract Parties answers.
interface IParties is IMembers, ILicences {}
