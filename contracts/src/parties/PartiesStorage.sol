// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Key, Licence, Node, Party} from "./interfaces/IParties.sol";

/// @title PartiesStorage
/// @notice All state of Parties in one place: its two halves run on the same storage. Only ever add at the end.
abstract contract PartiesStorage {
    /// @dev A party's standing under a licence; known once it was ever listed.
    struct Listing {
        uint8 standing;
        bool known;
        bool apart;
    }

    mapping(address account => Party) internal _parties;
    mapping(address key => Key) internal _keys;
    mapping(address account => mapping(uint64 agent => bool)) internal _agentOff;
    address[] internal _list;
    mapping(address account => address[]) internal _keysOf;
    mapping(uint64 gln => address account) internal _byGLN;
    mapping(address target => bool) internal _targets;
    Node[] internal _nodes;
    mapping(bytes32 peer => uint256 place) internal _nodePlace; // place in _nodes + 1
    address internal _accountImplementation;

    uint64 internal _licenceCount;
    uint64 internal _sandbox;
    mapping(uint64 id => Licence) internal _licences;
    mapping(uint64 id => mapping(address account => Listing)) internal _members;
    mapping(uint64 id => uint256 count) internal _listed;
    mapping(bytes32 primary => uint64 id) internal _byPrimary;
    mapping(bytes3 digits => uint256 bits) internal _lengths;
    mapping(bytes32 primary => uint256 count) internal _under;
}
