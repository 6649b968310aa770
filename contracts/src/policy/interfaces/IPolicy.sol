// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Object} from "../../format/Object.sol";

/// @notice Why a party may not append to an object's lane.
enum Reason {
    None,
    UseNotes, // 1: neither holder, delegate, contributor nor receiver: append to the notes lane instead
    NoLicence, // 2: no licence covers the identifier (restricted-circulation numbers never have one): append to the notes lane instead
    LicenceNotInForce, // 3: the licence is not yet or no longer valid: append to the notes lane instead
    NotHolderOrAuthority, // 4: the notice lane belongs to the licence holder and to authorities
    NotYourMasterData, // 5: master data goes to the party's own object of kind 41
    RegistryOnly // 6: registry objects are written by Parties alone
}

/// @notice What is wrong with an object.
enum Fault {
    None,
    UnknownKind, // 1
    NotDigits, // 2: the primary key must be ASCII digits, left-aligned and padded with zeros
    WrongLength, // 3: the primary key has not the number of digits of its kind
    SuffixMissing, // 4: this kind needs a serial, lot or rest
    SuffixNotZero, // 5: this kind has no suffix
    PrimaryZero, // 6: the primary key is empty
    Duplicate, // 7: the event names the object twice
    WrongLane // 8: this kind of object has no such lane for this kind of leaf
}

/// @notice Decides who may append what. Upgradeable by Governance: a bad policy can let nonsense in, never rewrite.
interface IPolicy {
    /// @notice The key may not act. Reasons 1 to 6 as in {IParties-admission}.
    error KeyRefused(address key, uint8 reason);
    /// @notice The key lacks the scope the leaf kind needs (a bit of Scopes).
    error ScopeMissing(address key, uint32 scope);
    /// @notice The party may not append to this lane of the object.
    error NotAuthorized(address party, uint256 eventIndex, uint256 objectIndex, Reason reason);
    /// @notice The object isn't well formed.
    error BadObject(uint256 eventIndex, uint256 objectIndex, Fault fault);
    /// @notice Leaves of this kind don't go to this lane.
    error BadKind(uint8 lane, uint8 kind);
    /// @notice An event names more objects than one leaf may have; it should be a list.
    error TooManyObjects(uint256 eventIndex, uint256 count, uint256 limit);
    /// @notice More parties in `next` than allowed.
    error TooManyReceivers(uint256 count, uint256 limit);
    /// @notice A party in `next` isn't registered.
    error UnknownReceiver(address party);
    /// @notice `next` only goes with the trunk.
    error ReceiversNeedTrunk(uint8 lane);
    /// @notice The party's notes of today would pass its quota.
    error QuotaExceeded(address party, uint256 quota);
    /// @notice Only Heads calls this.
    error NotHeads(address caller);

    /// @notice An object's trunk was opened to a party: by hand-over, or because it appended a blinded object first.
    event HandedOver(bytes32 indexed objKey, address indexed to, address indexed by);
    /// @notice The number of notes a party may append in a day (UTC) was set.
    event NotesQuotaSet(uint64 notesPerDay);

    /// @notice Answers the party that `key` acts for, or reverts. Records hand-overs and the notes quota.
    function authorize(address key, uint8 lane, uint8 kind, Object[][] calldata objects, address[] calldata next)
        external
        returns (address party);

    /// @notice The same answer, or the same error, without recording anything.
    function check(address key, uint8 lane, uint8 kind, Object[][] calldata objects, address[] calldata next)
        external
        view
        returns (address party);

    /// @notice Whether the object's trunk was handed over to the party.
    function handedOver(bytes32 objKey, address party) external view returns (bool);

    /// @notice Notes a party may append in a day (UTC).
    function notesPerDay() external view returns (uint64);

    /// @notice Notes the party appended today (UTC).
    function notesToday(address party) external view returns (uint64);

    /// @notice Sets {notesPerDay}. Restricted to governance.
    function setNotesPerDay(uint64 quota) external;
}
