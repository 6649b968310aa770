// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Multicall3} from "../src/system/Multicall3.sol";
import {Base} from "./Base.sol";

contract Multicall3Test is Base {
    Multicall3 internal multicall;

    function setUp() public override {
        super.setUp();
        multicall = new Multicall3();
    }

    function test_aggregate3() public {
        Multicall3.Call3[] memory calls = new Multicall3.Call3[](2);
        calls[0] = Multicall3.Call3(address(heads), false, abi.encodeCall(heads.leaves, ()));
        calls[1] = Multicall3.Call3(address(heads), true, "nonsense");
        Multicall3.Result[] memory r = multicall.aggregate3(calls);
        assertTrue(r[0].success);
        assertEq(abi.decode(r[0].returnData, (uint256)), heads.leaves());
        assertFalse(r[1].success);
        calls[1].allowFailure = false;
        vm.expectRevert("Multicall3: call failed");
        multicall.aggregate3(calls);
    }

    /// @dev The selectors that libraries have built in.
    function test_selectors() public pure {
        assertEq(Multicall3.aggregate3.selector, bytes4(0x82ad56cb));
        assertEq(Multicall3.aggregate.selector, bytes4(0x252dba42));
        assertEq(Multicall3.tryAggregate.selector, bytes4(0xbce38bd7));
        assertEq(Multicall3.blockAndAggregate.selector, bytes4(0xc3077fa9));
        assertEq(Multicall3.tryBlockAndAggregate.selector, bytes4(0x399542e9));
        assertEq(Multicall3.aggregate3Value.selector, bytes4(0x174dea71));
        assertEq(Multicall3.getEthBalance.selector, bytes4(0x4d2301cc));
        assertEq(Multicall3.getCurrentBlockTimestamp.selector, bytes4(0x0f28c97d));
    }
}
