// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Format} from "../../src/format/Format.sol";
import {Object} from "../../src/format/Object.sol";
import {Scopes} from "../../src/parties/Scopes.sol";
import {Predeploys} from "../../src/predeploy/Predeploys.sol";
import {Base} from "../Base.sol";

/// @notice Appends whatever it is told to and keeps its own account of what the heads must be.
contract Appender is Base {
    address[3] internal keys;
    bytes32[] public lanes;
    mapping(bytes32 lane => bool) internal known;
    mapping(bytes32 lane => uint256 word) public model;
    mapping(bytes32 lane => mapping(uint256 count => uint256 word)) public modelKept;
    mapping(bytes32 trunk => bool) public noticed;
    uint256 public built;

    constructor(address[3] memory keys_) {
        keys = keys_;
    }

    function setUp() public override {}

    function append(uint256 seed, bytes32 salt) external {
        uint8 lane = uint8(seed % 3);
        address key = keys[lane == NOTICE ? 2 : (seed >> 8) % 3];
        uint8 kind = lane == NOTICE ? 5 : 1;
        uint256 events = 1 + (seed >> 16) % 4;
        Object[][] memory objects = new Object[][](events);
        bytes32[] memory commitments = new bytes32[](events);
        for (uint256 i = 0; i < events; ++i) {
            commitments[i] = keccak256(abi.encode(salt, i));
            objects[i] = _some(seed >> 24);
        }
        (address party,,) = parties.acting(key);
        vm.prank(key, key);
        bool handsOver = seed >> 255 == 1 && lane == TRUNK;
        heads.append(lane, kind, commitments, objects, handsOver ? _to(party) : _none(), "");
        for (uint256 i = 0; i < events; ++i) {
            bytes32 commitment = commitments[i];
            if (handsOver) commitment = Format.handOver(commitment, keccak256(abi.encode(party)));
            bytes32 leaf = Format.leaf(address(heads), party, key, kind, commitment);
            for (uint256 j = 0; j < objects[i].length; ++j) {
                _follow(_lane(lane, objects[i][j]), leaf);
                if (lane == NOTICE) noticed[_lane(TRUNK, objects[i][j])] = true;
            }
        }
        built += events;
    }

    /// @dev One to three of four objects: few, so that lanes grow past a checkpoint.
    function _some(uint256 seed) private pure returns (Object[] memory objects) {
        objects = new Object[](1 + seed % 3);
        for (uint256 j = 0; j < objects.length; ++j) {
            objects[j] = _unit(FREE_GTIN, vm.toString(((seed >> 8) + j) % 4));
        }
    }

    function pass(uint16 time) external {
        vm.warp(block.timestamp + time);
    }

    function laneCount() external view returns (uint256) {
        return lanes.length;
    }

    function _follow(bytes32 lane, bytes32 leaf) private {
        if (!known[lane]) {
            known[lane] = true;
            lanes.push(lane);
        }
        uint256 count = (model[lane] >> 208) + 1;
        bytes32 h = keccak256(abi.encode(Format.HEAD_V1, lane, count, uint256(uint208(model[lane])), leaf));
        model[lane] = count << 208 | uint208(uint256(h));
        if (count % 64 == 0) modelKept[lane][count] = model[lane];
    }
}

contract HeadsInvariants is Base {
    Appender internal appender;
    uint256 internal before;

    function setUp() public override {
        super.setUp();
        vm.prank(Predeploys.GOVERNANCE);
        policy.setNotesPerDay(type(uint64).max);
        vm.prank(Predeploys.GOVERNANCE);
        parties.setAuthority(lab, Scopes.CERTIFY);
        appender = new Appender([brandKey, carrierKey, labKey]);
        before = heads.leaves();
        targetContract(address(appender));
        bytes4[] memory selectors = new bytes4[](2);
        (selectors[0], selectors[1]) = (Appender.append.selector, Appender.pass.selector);
        targetSelector(FuzzSelector(address(appender), selectors));
    }

    /// P1, P2: after any history every head and every kept word is what FORMATS makes of it, and a trunk is marked if and
    /// only if there are notices.
    function invariant_headsFollowTheirHistory() public view {
        for (uint256 i = 0; i < appender.laneCount(); ++i) {
            bytes32 lane = appender.lanes(i);
            uint256 word = appender.model(lane);
            assertEq(heads.head(lane), appender.noticed(lane) ? word | Format.NOTICED : word);
            for (uint256 c = 64; c <= word >> 208; c += 64) {
                assertEq(heads.checkpoint(lane, c), appender.modelKept(lane, c));
            }
        }
    }

    /// P3: leaves are numbered without gaps.
    function invariant_leavesAreCounted() public view {
        assertEq(heads.leaves(), before + appender.built());
    }
}
