// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Call, IGovernance} from "../src/governance/interfaces/IGovernance.sol";
import {Policy} from "../src/policy/Policy.sol";
import {Predeploy} from "../src/predeploy/Predeploy.sol";
import {Predeploys} from "../src/predeploy/Predeploys.sol";
import {Base} from "./Base.sol";

contract GovernanceTest is Base {
    function _calls(address target, bytes memory data) private pure returns (Call[] memory calls) {
        calls = new Call[](1);
        calls[0] = Call(target, data);
    }

    function _propose(Call[] memory calls) private returns (uint256 id) {
        vm.prank(opKeys[0]);
        id = governance.propose(calls, "because");
    }

    function _approve(uint256 id, uint256 operator) private {
        vm.prank(opKeys[operator]);
        governance.approve(id);
    }

    /// @dev The whole road: propose, three of four, timelock, execute.
    function _decide(Call[] memory calls) private {
        uint256 id = _propose(calls);
        _approve(id, 1);
        _approve(id, 2);
        vm.warp(block.timestamp + TIMELOCK);
        vm.prank(opKeys[3]);
        governance.execute(id, calls);
    }

    function test_needsMoreThanTwoThirdsAndTheTimelock() public {
        Call[] memory calls = _calls(address(policy), abi.encodeCall(policy.setNotesPerDay, (7)));
        uint256 id = _propose(calls);
        _approve(id, 1);
        assertEq(governance.approvals(id), 2);
        assertEq(governance.proposal(id).ready, 0);
        vm.warp(block.timestamp + 10 days);
        vm.expectRevert(abi.encodeWithSelector(IGovernance.NotReady.selector, id, 0));
        vm.prank(opKeys[0]);
        governance.execute(id, calls);

        _approve(id, 2);
        uint64 ready = uint64(block.timestamp) + TIMELOCK;
        assertEq(governance.proposal(id).ready, ready);
        vm.warp(ready - 1);
        vm.expectRevert(abi.encodeWithSelector(IGovernance.NotReady.selector, id, ready));
        vm.prank(opKeys[0]);
        governance.execute(id, calls);
        vm.warp(ready);
        vm.expectRevert(abi.encodeWithSelector(IGovernance.NotOperatorKey.selector, brandKey));
        vm.prank(brandKey);
        governance.execute(id, calls);
        vm.expectRevert(abi.encodeWithSelector(IGovernance.CallsDiffer.selector, id));
        vm.prank(opKeys[0]);
        governance.execute(id, _calls(address(policy), ""));
        vm.prank(opKeys[0]);
        governance.execute(id, calls);
        assertEq(policy.notesPerDay(), 7);
        vm.expectRevert(abi.encodeWithSelector(IGovernance.NotOpen.selector, id, 2));
        vm.prank(opKeys[0]);
        governance.execute(id, calls);
    }

    /// P17: quorum is the least number above two thirds.
    /// forge-config: default.fuzz.runs = 32
    function testFuzz_quorum(uint8 n) public {
        n = uint8(bound(n, 1, 64));
        for (uint256 i = 4; i < n; ++i) {
            address key = makeAddr(vm.toString(i));
            address party = _register(0, vm.toString(i), key);
            vm.prank(Predeploys.GOVERNANCE);
            governance.addOperator(party, key);
        }
        for (uint256 i = n; i < 4; ++i) {
            vm.prank(Predeploys.GOVERNANCE);
            governance.removeOperator(ops[i]);
        }
        assertEq(governance.operators().length, n);
        uint256 q = governance.quorum();
        assertGt(q * 3, uint256(n) * 2);
        assertLe((q - 1) * 3, uint256(n) * 2);
    }

    function test_withdrawals() public {
        Call[] memory calls = _calls(address(policy), abi.encodeCall(policy.setNotesPerDay, (7)));
        uint256 id = _propose(calls);
        _approve(id, 1);
        _approve(id, 2);
        vm.expectRevert(abi.encodeWithSelector(IGovernance.AlreadyApproved.selector, id, ops[1]));
        _approve(id, 1);
        vm.prank(opKeys[1]);
        governance.withdrawApproval(id);
        assertEq(governance.proposal(id).ready, 0);
        vm.warp(block.timestamp + TIMELOCK);
        _approve(id, 3);
        assertEq(governance.proposal(id).ready, block.timestamp + TIMELOCK);
        vm.expectRevert(abi.encodeWithSelector(IGovernance.NotProposer.selector, id, ops[1]));
        vm.prank(opKeys[1]);
        governance.withdraw(id);
        vm.prank(opKeys[0]);
        governance.withdraw(id);
        vm.expectRevert(abi.encodeWithSelector(IGovernance.NotOpen.selector, id, 3));
        _approve(id, 1);
    }

    /// P18: who left doesn't count, though it had approved.
    function test_approvalsOfTheMoment() public {
        Call[] memory calls = _calls(address(policy), abi.encodeCall(policy.setNotesPerDay, (7)));
        uint256 id = _propose(calls);
        _approve(id, 1);
        _approve(id, 2);
        vm.startPrank(Predeploys.GOVERNANCE);
        governance.removeOperator(ops[2]);
        governance.removeOperator(ops[3]);
        governance.addOperator(brand, brandKey);
        vm.stopPrank();
        assertEq(governance.approvals(id), 2);
        assertEq(governance.quorum(), 3);
        vm.warp(block.timestamp + TIMELOCK);
        vm.expectRevert();
        vm.prank(opKeys[0]);
        governance.execute(id, calls);
    }

    function test_operatorsJoinAndLeave() public {
        _decide(_calls(address(governance), abi.encodeCall(governance.addOperator, (brand, brandKey))));
        assertTrue(governance.isOperator(brand));
        assertEq(governance.operatorKeys(brandKey), uint256(uint160(brand)));
        assertEq(parties.party(brand).sponsor, brand);
        assertTrue(parties.party(brand).operator);
        assertEq(governance.quorum(), 4);

        vm.startPrank(Predeploys.GOVERNANCE);
        governance.removeOperator(ops[1]);
        vm.expectRevert(abi.encodeWithSelector(IGovernance.UnknownOperator.selector, ops[1]));
        governance.removeOperator(ops[1]);
        vm.stopPrank();
        assertEq(governance.operatorKeys(opKeys[1]), 0);
        (,, uint8 reason) = parties.admission(carrierKey, address(heads));
        assertEq(reason, 6); // its sponsor left
        vm.prank(Predeploys.GOVERNANCE);
        parties.setSponsor(carrier, ops[0]);
        (,, reason) = parties.admission(carrierKey, address(heads));
        assertEq(reason, 0);
    }

    function test_operatorKeysSlotIsZero() public view {
        bytes32 slot = keccak256(abi.encode(opKeys[0], uint256(0)));
        assertEq(vm.load(address(governance), slot), bytes32(uint256(uint160(ops[0]))));
    }

    function test_rotateKey() public {
        address fresh = makeAddr("fresh");
        vm.prank(opKeys[0]);
        governance.rotateKey(fresh);
        assertEq(governance.operatorKeys(opKeys[0]), 0);
        assertEq(governance.operatorKeys(fresh), uint256(uint160(ops[0])));
        vm.expectRevert(abi.encodeWithSelector(IGovernance.KeyInUse.selector, opKeys[1]));
        vm.prank(fresh);
        governance.rotateKey(opKeys[1]);
    }

    // ---- emergency ----

    function test_emergency() public {
        uint64 t = uint64(block.timestamp);
        vm.prank(opKeys[2]);
        governance.emergencySuspend(brand, "stolen key");
        assertEq(parties.party(brand).heldUntil, t + 1 days);
        (, uint64 until, uint8 reason) = parties.admission(brandKey, address(heads));
        assertEq(until, t + 1 days);
        assertEq(reason, 5);
        vm.expectRevert(abi.encodeWithSelector(IGovernance.TooSoon.selector, brand, ops[2], t + 30 days));
        vm.prank(opKeys[2]);
        governance.emergencySuspend(brand, "again");
        vm.prank(opKeys[3]);
        governance.emergencySuspend(brand, "yes");
        assertEq(parties.party(brand).heldUntil, t + 7 days);
        vm.warp(t + 7 days);
        assertTrue(parties.isActive(brand));
        vm.expectRevert(abi.encodeWithSelector(IGovernance.OperatorNotSuspendable.selector, ops[0]));
        vm.prank(opKeys[3]);
        governance.emergencySuspend(ops[0], "no");
    }

    // ---- itself ----

    function test_selfOnly() public {
        bytes[4] memory calls = [
            abi.encodeCall(governance.addOperator, (brand, brandKey)),
            abi.encodeCall(governance.removeOperator, (ops[0])),
            abi.encodeCall(governance.setOperatorKey, (ops[0], brandKey)),
            abi.encodeCall(governance.setTimelock, (0))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(opKeys[0]);
            (bool ok, bytes memory answer) = address(governance).call(calls[i]);
            assertFalse(ok);
            assertEq(answer, abi.encodeWithSelector(IGovernance.NotGovernance.selector, opKeys[0]));
        }
    }

    function test_lastOperatorStays() public {
        vm.startPrank(Predeploys.GOVERNANCE);
        for (uint256 i = 0; i < 3; ++i) {
            governance.removeOperator(ops[i]);
        }
        vm.expectRevert(IGovernance.LastOperator.selector);
        governance.removeOperator(ops[3]);
    }

    function test_timelockBound() public {
        vm.prank(Predeploys.GOVERNANCE);
        vm.expectRevert(abi.encodeWithSelector(IGovernance.BadTimelock.selector, 30 days + 1));
        governance.setTimelock(30 days + 1);
    }

    function test_failedCallTakesAllBack() public {
        Call[] memory calls = new Call[](2);
        calls[0] = Call(address(policy), abi.encodeCall(policy.setNotesPerDay, (7)));
        calls[1] = Call(address(policy), "nonsense");
        uint256 id = _propose(calls);
        _approve(id, 1);
        _approve(id, 2);
        vm.warp(block.timestamp + TIMELOCK);
        vm.expectRevert();
        vm.prank(opKeys[0]);
        governance.execute(id, calls);
        assertEq(policy.notesPerDay(), NOTES_PER_DAY);
        assertEq(governance.proposal(id).state, 1);
    }

    // ---- upgrades ----

    /// P5, P6: proxies are upgraded by Governance alone; Heads has nothing to upgrade.
    function test_upgrade() public {
        address next = address(new Policy());
        address[5] memory all =
            [Predeploys.ACCESS, Predeploys.GOVERNANCE, Predeploys.PARTIES, Predeploys.POLICY, Predeploys.TRACE_LOG];
        for (uint256 i = 0; i < all.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Predeploy.NotGovernanceCaller.selector, opKeys[0]));
            vm.prank(opKeys[0]);
            Predeploy(all[i]).upgradeToAndCall(next, "");
        }
        _decide(_calls(address(policy), abi.encodeWithSignature("upgradeToAndCall(address,bytes)", next, "")));
        bytes32 slot = bytes32(uint256(keccak256("eip1967.proxy.implementation")) - 1);
        assertEq(vm.load(address(policy), slot), bytes32(uint256(uint160(next))));
        assertEq(policy.notesPerDay(), NOTES_PER_DAY);

        vm.prank(Predeploys.GOVERNANCE);
        (bool ok,) = address(heads).call(abi.encodeWithSignature("upgradeToAndCall(address,bytes)", next, ""));
        assertFalse(ok);
        assertEq(address(heads).code, vm.getDeployedCode("Heads.sol:Heads"));
    }
}
