// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Format} from "../src/format/Format.sol";
import {Object} from "../src/format/Object.sol";
import {Scopes} from "../src/parties/Scopes.sol";
import {IPolicy, Reason} from "../src/policy/interfaces/IPolicy.sol";
import {Batch, ITraceLog} from "../src/trace/interfaces/ITraceLog.sol";
import {Base} from "./Base.sol";

contract TraceLogTest is Base {
    bytes32 internal constant ID = "document";

    function _stage(uint32 index, bytes memory part) private {
        vm.prank(brandKey, brandKey);
        traceLog.stage(ID, index, part);
    }

    function _rolling(bytes[] memory parts) private pure returns (bytes32 r) {
        for (uint32 i = 0; i < parts.length; ++i) {
            r = keccak256(abi.encode(r, i, keccak256(parts[i])));
        }
    }

    function _stageTwo() private returns (bytes32) {
        bytes[] memory parts = new bytes[](2);
        (parts[0], parts[1]) = ("one", "two");
        _stage(0, parts[0]);
        _stage(1, parts[1]);
        return _rolling(parts);
    }

    function _batches(Object memory o) private pure returns (Batch[] memory b) {
        b = new Batch[](2);
        b[0] = Batch(TRUNK, 1, _commitments(1), _one(o), _none());
        b[1] = Batch(TRUNK, 2, _commitments(1), _one(o), _none());
    }

    function _seal(uint32 parts, bytes32 rolling, Object memory o) private {
        vm.prank(brandKey, brandKey);
        traceLog.seal(ID, parts, rolling, _batches(o));
    }

    /// P19: a seal appends one leaf per event, for the party of who sealed, named by TraceLog as key.
    function test_seal() public {
        Object memory o = _unit(BRAND_GTIN, "a");
        bytes32 rolling = _stageTwo();
        uint256 first = heads.leaves();
        vm.expectEmit(address(traceLog));
        emit ITraceLog.DocumentSealed(brand, ID, brandKey, 2, rolling, first, 2);
        _seal(2, rolling, o);
        assertEq(_count(TRUNK, o), 2);
        bytes32 lane = _lane(TRUNK, o);
        uint256 word =
            Format.nextHead(lane, 0, Format.leaf(address(heads), brand, address(traceLog), 1, _commitments(1)[0]));
        word = Format.nextHead(lane, word, Format.leaf(address(heads), brand, address(traceLog), 2, _commitments(1)[0]));
        assertEq(heads.head(lane), word);
        assertEq(traceLog.staged(brand, ID).sealedAt, block.timestamp);
        assertEq(traceLog.sealing(), address(0));

        vm.expectRevert(abi.encodeWithSelector(ITraceLog.AlreadySealed.selector, ID));
        _seal(2, rolling, o);
        vm.expectRevert(abi.encodeWithSelector(ITraceLog.AlreadySealed.selector, ID));
        _stage(2, "three");
        vm.expectRevert(abi.encodeWithSelector(ITraceLog.AlreadySealed.selector, ID));
        vm.prank(brandKey);
        traceLog.drop(ID);
    }

    /// P20: a seal gives no right that the key doesn't have.
    function test_sealAsksPolicyForTheSealingKey() public {
        vm.startPrank(carrierKey, carrierKey);
        traceLog.stage(ID, 0, "one");
        bytes32 rolling = keccak256(abi.encode(bytes32(0), uint32(0), keccak256("one")));
        Batch[] memory b = _batches(_unit(BRAND_GTIN, "a"));
        _expectDenied(carrier, 0, 0, uint256(Reason.UseNotes));
        traceLog.seal(ID, 1, rolling, b);
        traceLog.seal(ID, 1, rolling, _batches(_unit(FREE_GTIN, "a")));
        vm.stopPrank();
        // Nobody but a sealing key writes through TraceLog.
        vm.expectRevert(abi.encodeWithSelector(IPolicy.KeyRefused.selector, address(0), 1));
        vm.prank(address(traceLog));
        heads.append(TRUNK, 1, _commitments(1), _one(_unit(FREE_GTIN, "a")), _none(), "");
    }

    function test_stageInOrderByOneKey() public {
        vm.expectRevert(abi.encodeWithSelector(ITraceLog.WrongPart.selector, ID, 1, 0));
        _stage(1, "one");
        vm.expectRevert(abi.encodeWithSelector(ITraceLog.EmptyPart.selector, ID, 0));
        _stage(0, "");
        _stage(0, "one");
        vm.expectRevert(abi.encodeWithSelector(ITraceLog.WrongPart.selector, ID, 0, 1));
        _stage(0, "one");
        address other = makeAddr("other");
        vm.prank(brandKey);
        parties.setKey(other, 1, Scopes.CAPTURE, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(ITraceLog.NotYourDocument.selector, ID, brandKey));
        vm.prank(other);
        traceLog.stage(ID, 1, "two");
        // Another party's document may have the same id.
        vm.prank(carrierKey);
        traceLog.stage(ID, 0, "mine");
    }

    function test_partsMustBeThose() public {
        bytes32 rolling = _stageTwo();
        Object memory o = _unit(BRAND_GTIN, "a");
        vm.expectRevert(abi.encodeWithSelector(ITraceLog.PartsDiffer.selector, ID, 2, rolling));
        _seal(1, rolling, o);
        vm.expectRevert(abi.encodeWithSelector(ITraceLog.PartsDiffer.selector, ID, 2, rolling));
        _seal(2, "other", o);
        vm.expectRevert(abi.encodeWithSelector(ITraceLog.NoBatches.selector));
        vm.prank(brandKey);
        traceLog.seal(ID, 2, rolling, new Batch[](0));
        vm.expectRevert(abi.encodeWithSelector(ITraceLog.UnknownDocument.selector, bytes32("x")));
        vm.prank(brandKey);
        traceLog.seal("x", 2, rolling, new Batch[](0));
    }

    /// P21: after 24 hours a document can only be dropped.
    function test_tooOld() public {
        bytes32 rolling = _stageTwo();
        uint64 opened = uint64(block.timestamp);
        vm.warp(opened + 24 hours + 1);
        vm.expectRevert(abi.encodeWithSelector(ITraceLog.TooOld.selector, ID, opened));
        _seal(2, rolling, _unit(BRAND_GTIN, "a"));
        vm.expectRevert(abi.encodeWithSelector(ITraceLog.TooOld.selector, ID, opened));
        _stage(2, "three");
        vm.prank(brandKey);
        traceLog.drop(ID);
        assertEq(traceLog.staged(brand, ID).parts, 0);
        _stage(0, "again");
    }

    function test_scopeAndStanding() public {
        vm.prank(brandKey);
        parties.setKey(brandKey, 1, Scopes.ADMINISTER, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(ITraceLog.ScopeMissing.selector, brandKey, Scopes.CAPTURE));
        _stage(0, "one");
        vm.expectRevert(abi.encodeWithSelector(ITraceLog.KeyRefused.selector, address(this), 1));
        traceLog.stage(ID, 0, "one");
    }

    // ---- lists ----

    function _object(uint256 i) private pure returns (bytes32) {
        return keccak256(abi.encodePacked("object ", vm.toString(i)));
    }

    function _sorted(bytes32 salt, uint256 n) private pure returns (bytes32[] memory entries) {
        entries = new bytes32[](n);
        for (uint256 i = 0; i < n; ++i) {
            bytes32 e = Format.listEntry(salt, _object(i));
            uint256 j = i;
            for (; j > 0 && entries[j - 1] > e; --j) {
                entries[j] = entries[j - 1];
            }
            entries[j] = e;
        }
    }

    function _root(bytes32 salt, bytes32[] memory level) private pure returns (bytes32) {
        uint64 count = uint64(level.length);
        uint256 n = count;
        while (n > 1) {
            for (uint256 i = 0; i < n / 2; ++i) {
                level[i] = Format.listNode(level[2 * i], level[2 * i + 1]);
            }
            if (n % 2 == 1) level[n / 2] = level[n - 1];
            n = (n + 1) / 2;
        }
        return Format.listRoot(count, Format.listTop(salt, level[0]));
    }

    function _proof(bytes32[] memory level, uint256 index) private pure returns (bytes32[] memory proof) {
        proof = new bytes32[](64);
        uint256 used = 0;
        uint256 n = level.length;
        while (n > 1) {
            if (index ^ 1 < n) proof[used++] = level[index ^ 1];
            for (uint256 i = 0; i < n / 2; ++i) {
                level[i] = Format.listNode(level[2 * i], level[2 * i + 1]);
            }
            if (n % 2 == 1) level[n / 2] = level[n - 1];
            n = (n + 1) / 2;
            index /= 2;
        }
        assembly {
            mstore(proof, used)
        }
    }

    function test_listVectors() public view {
        string memory json = vm.readFile("../testdata/vectors/commitments.json");
        for (uint256 i = 0; i < 4; ++i) {
            string memory path = string.concat(".vectors[", vm.toString(i), "].");
            uint8 form = uint8(vm.parseJsonUint(json, string.concat(path, "form")));
            bytes32 root = vm.parseJsonBytes32(json, string.concat(path, "root"));
            assertEq(Format.commitment(form, root), vm.parseJsonBytes32(json, string.concat(path, "commitment")));
        }
        for (uint256 i = 0; i < 8; ++i) {
            string memory path = string.concat(".lists[", vm.toString(i), "].");
            bytes32 salt = vm.parseJsonBytes32(json, string.concat(path, "salt"));
            uint256 n = vm.parseJsonUint(json, string.concat(path, "count"));
            if (n > 64) continue; // sorting that many here takes too long; Go checks it
            bytes32 root = vm.parseJsonBytes32(json, string.concat(path, "root"));
            assertEq(_root(salt, _sorted(salt, n)), root);
        }
    }

    /// P22: exactly the members of a list prove membership, each at its own place.
    function testFuzz_isListed(bytes32 salt, uint8 size, uint8 which) public view {
        uint64 n = uint64(bound(size, 1, 40));
        uint256 k = bound(which, 0, n - 1);
        bytes32[] memory entries = _sorted(salt, n);
        uint64 index = 0;
        while (entries[index] != Format.listEntry(salt, _object(k))) ++index;
        bytes32 root = _root(salt, _sorted(salt, n));
        bytes32[] memory proof = _proof(entries, index);
        assertTrue(traceLog.isListed(root, salt, _object(k), n, index, proof));
        assertFalse(traceLog.isListed(root, salt, _object(n), n, index, proof));
        assertFalse(traceLog.isListed(root, salt, _object(k), n + 1, index, proof));
        assertFalse(traceLog.isListed(root, salt, _object(k), n, n, proof));
        assertFalse(traceLog.isListed(root, keccak256(abi.encode(salt)), _object(k), n, index, proof));
        if (n > 1) {
            assertFalse(traceLog.isListed(root, salt, _object(k), n, uint64((index + 1) % n), proof));
            assertFalse(traceLog.isListed(root, salt, _object(k), n, index, new bytes32[](0)));
        }
    }
}
