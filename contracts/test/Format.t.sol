// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Format} from "../src/format/Format.sol";
import {Base} from "./Base.sol";

/// @notice The permanent bytes, against abi.encode and against the vectors that Go and TypeScript check too.
contract FormatTest is Base {
    function setUp() public override {}

    function _vectors(string memory name) private view returns (string memory) {
        return vm.readFile(string.concat("../testdata/vectors/", name, ".json"));
    }

    function _at(string memory list, uint256 i, string memory field) private pure returns (string memory) {
        return string.concat(".", list, "[", vm.toString(i), "].", field);
    }

    function test_constants() public view {
        string memory json = _vectors("constants");
        assertEq(vm.parseJsonBytes32(json, ".OBJECT_V1"), Format.OBJECT_V1);
        assertEq(vm.parseJsonBytes32(json, ".LANE_V1"), Format.LANE_V1);
        assertEq(vm.parseJsonBytes32(json, ".LEAF_V1"), Format.LEAF_V1);
        assertEq(vm.parseJsonBytes32(json, ".HEAD_V1"), Format.HEAD_V1);
        assertEq(vm.parseJsonBytes32(json, ".COMMIT_V1"), Format.COMMIT_V1);
        assertEq(vm.parseJsonBytes32(json, ".BLIND_V1"), Format.BLIND_V1);
        assertEq(vm.parseJsonBytes32(json, ".LIST_V1"), Format.LIST_V1);
    }

    function test_objectVectors() public view {
        string memory json = _vectors("objects");
        uint256 n = vm.parseJsonUint(json, ".count");
        assertGt(n, 0);
        for (uint256 i = 0; i < n; ++i) {
            bytes32 key = Format.objectKey(
                uint8(vm.parseJsonUint(json, _at("vectors", i, "kind"))),
                vm.parseJsonBytes32(json, _at("vectors", i, "primary")),
                vm.parseJsonBytes32(json, _at("vectors", i, "suffix"))
            );
            assertEq(key, vm.parseJsonBytes32(json, _at("vectors", i, "key")));
            assertEq(Format.laneKey(0, key), vm.parseJsonBytes32(json, _at("vectors", i, "trunk_lane")));
            assertEq(Format.laneKey(1, key), vm.parseJsonBytes32(json, _at("vectors", i, "notice_lane")));
            assertEq(Format.laneKey(2, key), vm.parseJsonBytes32(json, _at("vectors", i, "notes_lane")));
        }
    }

    function test_headVectors() public {
        string memory json = _vectors("heads");
        vm.chainId(vm.parseJsonUint(json, ".chain_id"));
        address headsAddress = vm.parseJsonAddress(json, ".heads");
        address party = vm.parseJsonAddress(json, ".party");
        address key = vm.parseJsonAddress(json, ".key");
        bytes32 lane = vm.parseJsonBytes32(json, ".lane_key");
        uint256 n = vm.parseJsonUint(json, ".count");
        assertGt(n, 0);
        uint256 word = 0;
        for (uint256 i = 0; i < n; ++i) {
            vm.warp(vm.parseJsonUint(json, _at("vectors", i, "block_time")));
            bytes32 leaf = Format.leaf(
                headsAddress,
                party,
                key,
                uint8(vm.parseJsonUint(json, _at("vectors", i, "kind"))),
                vm.parseJsonBytes32(json, _at("vectors", i, "commitment"))
            );
            assertEq(leaf, vm.parseJsonBytes32(json, _at("vectors", i, "leaf")));
            word = Format.nextHead(lane, word, leaf);
            assertEq(bytes32(word), vm.parseJsonBytes32(json, _at("vectors", i, "word")));
        }
    }

    function test_handOverVectors() public view {
        string memory json = _vectors("commitments");
        for (uint256 i = 1; i < 4; ++i) {
            address[] memory next = vm.parseJsonAddressArray(json, _at("hand_overs", i, "next"));
            assertEq(next.length, i);
            bytes32 c = vm.parseJsonBytes32(json, _at("hand_overs", i, "commitment"));
            bytes32 receivers = keccak256(abi.encodePacked(next));
            assertEq(Format.handOver(c, receivers), vm.parseJsonBytes32(json, _at("hand_overs", i, "committed")));
        }
    }

    function testFuzz_objectKeyIsAbiEncode(uint8 kind, bytes32 primary, bytes32 suffix) public pure {
        assertEq(
            Format.objectKey(kind, primary, suffix), keccak256(abi.encode(Format.OBJECT_V1, kind, primary, suffix))
        );
    }

    function testFuzz_laneKeyIsAbiEncode(uint8 lane, bytes32 objKey) public pure {
        assertEq(Format.laneKey(lane, objKey), keccak256(abi.encode(Format.LANE_V1, lane, objKey)));
    }

    function testFuzz_leafIsAbiEncode(address h, address party, address key, uint8 kind, bytes32 c, uint64 time)
        public
    {
        vm.warp(time);
        bytes memory encoded = abi.encode(Format.LEAF_V1, block.chainid, h, party, key, kind, uint256(time), c);
        assertEq(Format.leaf(h, party, key, kind, c), keccak256(encoded));
    }

    function testFuzz_nextHeadIsAbiEncode(bytes32 lane, uint48 count, uint208 chain, bytes32 leaf) public pure {
        vm.assume(count < type(uint48).max);
        uint256 word = Format.nextHead(lane, uint256(count) << 208 | chain, leaf);
        bytes32 h = keccak256(abi.encode(Format.HEAD_V1, lane, uint256(count) + 1, uint256(chain), leaf));
        assertEq(word >> 208, uint256(count) + 1);
        assertEq(uint208(word), uint208(uint256(h)));
    }
}
