// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Object} from "../src/format/Object.sol";
import {Vm} from "forge-std/Vm.sol";
import {Scopes} from "../src/parties/Scopes.sol";
import {IHeads} from "../src/heads/interfaces/IHeads.sol";
import {Base} from "./Base.sol";

contract HeadsTest is Base {
    function _leaf(address party, address key, uint8 kind, bytes32 commitment) private view returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256("suyuan/leaf/v1"),
                block.chainid,
                address(heads),
                party,
                key,
                kind,
                block.timestamp,
                commitment
            )
        );
    }

    function _next(bytes32 lane, uint256 word, bytes32 leaf) private pure returns (uint256) {
        uint256 count = (word >> 208) + 1;
        bytes32 h = keccak256(abi.encode(keccak256("suyuan/head/v1"), lane, count, uint256(uint208(word)), leaf));
        return count << 208 | uint208(uint256(h));
    }

    /// P1: a lane's word after a call is the word FORMATS defines.
    function test_movesEveryLaneOfEveryEvent() public {
        Object[][] memory objects = new Object[][](2);
        objects[0] = new Object[](2);
        objects[0][0] = _unit(BRAND_GTIN, "a");
        objects[0][1] = _unit(BRAND_GTIN, "b");
        objects[1] = new Object[](1);
        objects[1][0] = objects[0][1];
        bytes32[] memory c = _commitments(2);

        uint256 first = heads.leaves();
        vm.expectEmit(address(heads));
        emit IHeads.Appended(brand, brandKey, first, keccak256("payload"));
        vm.prank(brandKey, brandKey);
        assertEq(heads.append(TRUNK, 1, c, objects, _none(), "payload"), first);

        bytes32 leaf0 = _leaf(brand, brandKey, 1, c[0]);
        bytes32 leaf1 = _leaf(brand, brandKey, 1, c[1]);
        bytes32 laneA = _lane(TRUNK, objects[0][0]);
        bytes32 laneB = _lane(TRUNK, objects[0][1]);
        assertEq(heads.head(laneA), _next(laneA, 0, leaf0));
        assertEq(heads.head(laneB), _next(laneB, _next(laneB, 0, leaf0), leaf1));
        assertEq(heads.leaves(), first + 2);
        // FORMATS' slots: 0 heads, 2 leaves
        assertEq(vm.load(address(heads), keccak256(abi.encode(laneA, 0))), bytes32(heads.head(laneA)));
        assertEq(uint256(vm.load(address(heads), bytes32(uint256(2)))), heads.leaves());
    }

    /// P1b: a leaf whose objects are handed over commits to the receivers.
    function test_leavesTellHandOvers() public {
        Object memory o = _unit(BRAND_GTIN, "a");
        bytes32[] memory c = _commitments(1);
        address[] memory next = new address[](2);
        (next[0], next[1]) = (carrier, brand);
        vm.prank(brandKey, brandKey);
        heads.append(TRUNK, 1, c, _one(o), next, "");
        bytes32 receivers = keccak256(abi.encode(carrier, brand));
        bytes32 root = keccak256(abi.encodePacked(c[0], receivers));
        bytes32 commitment = keccak256(abi.encode(keccak256("suyuan/commit/v1"), 4, root));
        bytes32 lane = _lane(TRUNK, o);
        assertEq(heads.head(lane), _next(lane, 0, _leaf(brand, brandKey, 1, commitment)));
    }

    /// P2: every 64th word is kept.
    function test_keepsEvery64thWord() public {
        Object memory o = _unit(BRAND_GTIN, "a");
        bytes32 lane = _lane(TRUNK, o);
        for (uint256 i = 1; i <= 130; ++i) {
            _append(brandKey, TRUNK, 1, o);
            uint256 kept = heads.checkpoint(lane, i);
            assertEq(kept, i % 64 == 0 ? heads.head(lane) : 0);
        }
        bytes32 slot = keccak256(abi.encode(uint256(128), keccak256(abi.encode(lane, 1))));
        assertEq(uint256(vm.load(address(heads), slot)) >> 208, 128);
    }

    /// P2b: the first notice marks the trunk's head, and nothing takes the mark away; checkpoints are without it.
    function test_firstNoticeMarksTheTrunk() public {
        Object memory noticed = _unit(BRAND_GTIN, "a");
        Object memory other = _unit(BRAND_GTIN, "b");
        (bytes32 trunk, bytes32 notice) = (_lane(TRUNK, noticed), _lane(NOTICE, noticed));
        uint256 mark = 1 << 255;
        _append(carrierKey, NOTES, 1, noticed);
        assertEq(heads.head(trunk), 0);
        _append(brandKey, NOTICE, 3, noticed);
        assertEq(heads.head(trunk), mark);
        bytes32 recall = _leaf(brand, brandKey, 3, _commitments(1)[0]);
        assertEq(heads.head(notice), _next(notice, 0, recall));

        uint256 word;
        bytes32 leaf = _leaf(brand, brandKey, 1, _commitments(1)[0]);
        for (uint256 i = 1; i <= 64; ++i) {
            word = _next(trunk, word, leaf);
            _append(brandKey, TRUNK, 1, noticed);
            assertEq(heads.head(trunk), word | mark);
        }
        assertEq(heads.checkpoint(trunk, 64), word);
        assertEq(heads.checkpoint(trunk, 0), 0);
        _append(brandKey, NOTICE, 4, noticed);
        assertEq(heads.head(trunk), word | mark);
        assertEq(heads.head(notice) >> 208, 2);

        _append(brandKey, TRUNK, 1, other);
        assertEq(heads.head(_lane(TRUNK, other)) >> 255, 0);
        _append(brandKey, NOTICE, 3, other);
        assertEq(heads.head(_lane(TRUNK, other)), _next(_lane(TRUNK, other), 0, leaf) | mark);
    }

    /// P4: what a call that isn't at the top level appends is in the logs.
    function test_logsMovesOfNestedCalls() public {
        Object memory o = _unit(BRAND_GTIN, "a");
        vm.recordLogs();
        _append(brandKey, TRUNK, 1, o);
        assertEq(vm.getRecordedLogs().length, 1);

        Forwarder forwarder = new Forwarder();
        vm.prank(brandKey);
        parties.setKey(address(forwarder), 1, Scopes.CAPTURE, 0, 0);
        vm.recordLogs();
        vm.prank(brandKey, brandKey);
        forwarder.append(heads, _commitments(1), _one(o));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 2);
        assertEq(logs[0].topics[0], IHeads.Moved.selector);
        assertEq(logs[0].topics[1], _lane(TRUNK, o));
        assertEq(abi.decode(logs[0].data, (bytes32)), _leaf(brand, address(forwarder), 1, _commitments(1)[0]));
        assertEq(logs[1].topics[0], IHeads.Appended.selector);
    }

    function test_refusesShapes() public {
        vm.startPrank(brandKey, brandKey);
        vm.expectRevert(IHeads.NoEvents.selector);
        heads.append(TRUNK, 1, new bytes32[](0), new Object[][](0), _none(), "");

        vm.expectRevert(abi.encodeWithSelector(IHeads.LengthMismatch.selector, 2, 1));
        heads.append(TRUNK, 1, _commitments(2), _one(_unit(BRAND_GTIN, "a")), _none(), "");

        vm.expectRevert(abi.encodeWithSelector(IHeads.NoObjects.selector, 0));
        heads.append(TRUNK, 1, _commitments(1), new Object[][](1), _none(), "");
    }

    /// P3: the payload is never looked at.
    function testFuzz_ignoresPayload(bytes calldata payload) public {
        uint256 first = heads.leaves();
        vm.expectEmit(address(heads));
        emit IHeads.Appended(brand, brandKey, first, keccak256(payload));
        vm.prank(brandKey, brandKey);
        heads.append(TRUNK, 1, _commitments(1), _one(_unit(BRAND_GTIN, "a")), _none(), payload);
    }
}

contract Forwarder {
    function append(IHeads heads, bytes32[] calldata c, Object[][] calldata o) external {
        heads.append(0, 1, c, o, new address[](0), "");
    }
}
