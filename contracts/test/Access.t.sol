// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Access} from "../src/predeploy/Access.sol";
import {Predeploys} from "../src/predeploy/Predeploys.sol";
import {Base} from "./Base.sol";

contract AccessTest is Base {
    /// P6: only Governance can give roles.
    function testFuzz_rolesComeFromGovernance(address caller, uint64 role, address to) public {
        vm.assume(caller != Predeploys.GOVERNANCE);
        vm.expectRevert();
        vm.prank(caller);
        access.grantRole(role, to, 0);
    }

    function test_governanceMayGiveAFunctionAway() public {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = policy.setNotesPerDay.selector;
        vm.startPrank(Predeploys.GOVERNANCE);
        access.setTargetFunctionRole(address(policy), selectors, 7);
        access.grantRole(7, opKeys[0], 0);
        vm.stopPrank();
        vm.prank(opKeys[0]);
        policy.setNotesPerDay(5);
        assertEq(policy.notesPerDay(), 5);
    }

    function test_initialiseOnce() public {
        vm.expectRevert();
        access.initialize();
        vm.expectRevert();
        Access(address(uint160(address(access)) | 0x80)).initialize();
    }
}
