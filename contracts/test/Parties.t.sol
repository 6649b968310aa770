// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Format} from "../src/format/Format.sol";
import {Object} from "../src/format/Object.sol";
import {IHeads} from "../src/heads/interfaces/IHeads.sol";
import {IMembers, Key, Kyc, Node, Party, PartyDetails} from "../src/parties/interfaces/IParties.sol";
import {Parties} from "../src/parties/Parties.sol";
import {PartyAccount} from "../src/parties/PartyAccount.sol";
import {Prefixes} from "../src/parties/Prefixes.sol";
import {Scopes} from "../src/parties/Scopes.sol";
import {Predeploys} from "../src/predeploy/Predeploys.sol";
import {Vm} from "forge-std/Vm.sol";
import {Base} from "./Base.sol";

contract PartiesTest is Base {
    address internal key = makeAddr("second key");

    function _reason(address k, address to) private view returns (uint8 reason) {
        (,, reason) = parties.admission(k, to);
    }

    function _addKey(uint32 scopes, uint64 from, uint64 until) private {
        vm.prank(brandKey);
        parties.setKey(key, 1, scopes, from, until);
    }

    // ---- registration ----

    function test_register() public {
        PartyDetails memory details;
        details.name = "Farm";
        details.country = "CN";
        details.gln = 4012345000009;
        address expected = parties.partyAddress(ops[2], "ref");
        vm.prank(opKeys[2]);
        address farm = parties.registerParty("ref", details, key, Scopes.CAPTURE);
        assertEq(farm, expected);
        assertGt(farm.code.length, 0);
        Party memory p = parties.party(farm);
        assertEq(p.sponsor, ops[2]);
        assertEq(p.since, block.timestamp);
        assertEq(p.details.name, "Farm");
        assertEq(p.details.country, "CN");
        assertFalse(p.operator);
        assertEq(parties.partyByGLN(4012345000009), farm);
        Key memory k = parties.keyInfo(key);
        assertEq(k.party, farm);
        assertEq(k.agent, 1);
        assertEq(k.scopes, Scopes.CAPTURE | Scopes.ADMINISTER);
        assertEq(key.balance, 1);
        (address[] memory page, uint256 total) = parties.parties(8, 5);
        assertEq(page.length, 1);
        assertEq(page[0], farm);
        (page, total) = parties.parties(0, 3);
        assertEq(page.length, 3);
        assertEq(total, 9);
        (page, total) = parties.keysOf(farm, 0, 10);
        assertEq(page[0], key);
        assertEq(total, 1);

        vm.expectRevert(abi.encodeWithSelector(IMembers.PartyExists.selector, farm));
        vm.prank(opKeys[2]);
        parties.registerParty("ref", details, makeAddr("third"), 0);
        vm.expectRevert(abi.encodeWithSelector(IMembers.GLNTaken.selector, 4012345000009, farm));
        vm.prank(opKeys[2]);
        parties.registerParty("ref 2", details, makeAddr("third"), 0);
    }

    function test_register_refuses() public {
        PartyDetails memory details;
        vm.startPrank(opKeys[0]);
        vm.expectRevert(abi.encodeWithSelector(IMembers.BadName.selector, 0));
        parties.registerParty("r", details, key, 0);
        details.name = "X";
        details.gln = 4012345000000;
        vm.expectRevert(abi.encodeWithSelector(IMembers.BadGLN.selector, 4012345000000));
        parties.registerParty("r", details, key, 0);
        details.gln = 40123450000002;
        vm.expectRevert(abi.encodeWithSelector(IMembers.BadGLN.selector, 40123450000002));
        parties.registerParty("r", details, key, 0);
        details.gln = 0;
        vm.expectRevert(abi.encodeWithSelector(IMembers.KeyTaken.selector, brandKey));
        parties.registerParty("r", details, brandKey, 0);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMembers.ScopesNotGrantable.selector, Scopes.DEPLOY | Scopes.ADMINISTER, Scopes.DEFAULT_GRANTABLE
            )
        );
        parties.registerParty("r", details, key, Scopes.DEPLOY);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(IMembers.NotAllowed.selector, brandKey, Scopes.REGISTER, 0));
        vm.prank(brandKey);
        parties.registerParty("r", details, key, 0);
        vm.expectRevert(abi.encodeWithSelector(IMembers.NotAllowed.selector, address(this), Scopes.REGISTER, 1));
        parties.registerParty("r", details, key, 0);
    }

    function test_register_accountAddressIsNobodysKey() public {
        address account = parties.partyAddress(ops[2], "ref");
        _takeKey(account);
        PartyDetails memory details;
        details.name = "Farm";
        vm.expectRevert(abi.encodeWithSelector(IMembers.KeyTaken.selector, account));
        vm.prank(opKeys[2]);
        parties.registerParty("ref", details, key, 0);
    }

    function _takeKey(address k) private {
        vm.prank(brandKey);
        parties.setKey(k, 1, Scopes.ADMINISTER, 0, 0);
    }

    function testFuzz_checkDigit(uint64 n) public pure {
        n = uint64(bound(n, 0, 10 ** 12 - 1));
        uint256 good = 0;
        for (uint64 d = 0; d < 10; ++d) {
            if (Prefixes.hasCheckDigit(n * 10 + d)) ++good;
        }
        assertEq(good, 1);
        assertTrue(Prefixes.hasCheckDigit(4012345000009));
        assertTrue(Prefixes.hasCheckDigit(9506000134352));
    }

    // ---- who acts ----

    function test_sponsorActs() public {
        PartyDetails memory details;
        details.name = "Brand Ltd";
        details.gln = 4012345000009;
        vm.startPrank(opKeys[0]);
        parties.setDetails(brand, details);
        details.gln = 0;
        parties.setDetails(brand, details);
        parties.attest(brand, Kyc(2, 1, 2, 3));
        vm.stopPrank();
        assertEq(parties.partyByGLN(4012345000009), address(0));
        assertEq(parties.party(brand).kyc.level, 2);

        vm.expectRevert(abi.encodeWithSelector(IMembers.NotSponsor.selector, brand, ops[0]));
        vm.prank(opKeys[1]);
        parties.attest(brand, Kyc(0, 0, 0, 0));
        vm.expectRevert(abi.encodeWithSelector(IMembers.UnknownParty.selector, address(1)));
        vm.prank(opKeys[1]);
        parties.attest(address(1), Kyc(0, 0, 0, 0));
    }

    function test_agentsAndKeys() public {
        vm.startPrank(brandKey);
        assertEq(parties.addAgent(), 2);
        parties.setKey(key, 2, Scopes.CAPTURE, 0, 0);
        assertEq(_reason(key, address(heads)), 0);
        parties.setAgent(2, false);
        assertEq(_reason(key, address(heads)), 4);
        vm.expectRevert(abi.encodeWithSelector(IMembers.UnknownAgent.selector, brand, 2));
        parties.setKey(makeAddr("k"), 2, 0, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IMembers.UnknownAgent.selector, brand, 3));
        parties.setAgent(3, true);
        parties.setAgent(2, true);
        assertEq(_reason(key, address(heads)), 0);

        parties.revokeKey(key);
        assertEq(_reason(key, address(heads)), 4);
        vm.expectRevert(abi.encodeWithSelector(IMembers.KeyRevoked.selector, key));
        parties.revokeKey(key);
        vm.expectRevert(abi.encodeWithSelector(IMembers.KeyRevoked.selector, key));
        parties.setKey(key, 2, Scopes.CAPTURE, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IMembers.KeyTaken.selector, carrierKey));
        parties.setKey(carrierKey, 1, Scopes.CAPTURE, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IMembers.KeyTaken.selector, brand));
        parties.setKey(brand, 1, Scopes.CAPTURE, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IMembers.UnknownKey.selector, carrierKey));
        parties.revokeKey(carrierKey);
        vm.expectRevert(abi.encodeWithSelector(IMembers.BadValidity.selector, 5, 5));
        parties.setKey(makeAddr("k"), 1, 0, 5, 5);
    }

    // ---- admission ----

    function test_admission_validity() public {
        uint64 t = uint64(block.timestamp);
        _addKey(Scopes.CAPTURE, t + 10, t + 20);
        (address p, uint64 until, uint8 reason) = parties.admission(key, address(heads));
        assertEq(p, brand);
        assertEq(until, t + 10);
        assertEq(reason, 2);
        vm.warp(t + 10);
        (, until, reason) = parties.admission(key, address(heads));
        assertEq(until, t + 20);
        assertEq(reason, 0);
        vm.warp(t + 20);
        assertEq(_reason(key, address(heads)), 3);
        (p,, reason) = parties.admission(makeAddr("stranger"), address(heads));
        assertEq(p, address(0));
        assertEq(reason, 1);
    }

    function test_admission_suspensions() public {
        uint64 t = uint64(block.timestamp);
        vm.prank(opKeys[0]);
        parties.suspend(brand, t + 5);
        (, uint64 until, uint8 reason) = parties.admission(brandKey, address(heads));
        assertEq(until, t + 5);
        assertEq(reason, 5);
        assertFalse(parties.isActive(brand));
        vm.warp(t + 5);
        assertEq(_reason(brandKey, address(heads)), 0);

        vm.prank(Predeploys.GOVERNANCE);
        parties.bar(ops[0], type(uint64).max);
        (, until, reason) = parties.admission(brandKey, address(heads));
        assertEq(until, 0);
        assertEq(reason, 6);
        assertEq(_reason(opKeys[0], address(parties)), 5);
        // Nobody is kept from governing.
        (address p,, uint8 r) = parties.admission(opKeys[0], Predeploys.GOVERNANCE);
        assertEq(p, ops[0]);
        assertEq(r, 0);
    }

    function test_admission_barredStays() public {
        vm.prank(Predeploys.GOVERNANCE);
        parties.bar(brand, type(uint64).max);
        vm.expectRevert(abi.encodeWithSelector(IMembers.Barred.selector, brand));
        vm.prank(opKeys[0]);
        parties.suspend(brand, 0);
        vm.prank(Predeploys.GOVERNANCE);
        parties.bar(brand, 0);
        assertEq(_reason(brandKey, address(heads)), 0);
    }

    function test_admission_targets() public {
        assertEq(_reason(brandKey, address(0x1234)), 7);
        assertEq(_reason(brandKey, address(0)), 8);
        assertEq(_reason(brandKey, carrier), 0);
        assertEq(_reason(brandKey, _reserved(0xff)), 0);
        assertEq(_reason(brandKey, address(uint160(_reserved(0)) - 1)), 7);
        assertEq(_reason(brandKey, address(uint160(_reserved(0)) + 0x100)), 7);
        vm.prank(Predeploys.GOVERNANCE);
        parties.setTarget(address(0x1234), true);
        assertEq(_reason(brandKey, address(0x1234)), 0);

        vm.prank(Predeploys.GOVERNANCE);
        parties.setGrantable(brand, Scopes.ALL);
        _addKey(Scopes.DEPLOY, 0, 0);
        assertEq(_reason(key, address(0)), 0);
        assertEq(_reason(key, address(0x5678)), 0);
    }

    /// P16: the question chain asks every transaction is cheap, whatever is asked.
    function testFuzz_admissionCost(address k, address to) public view {
        uint256 before = gasleft();
        parties.admission(k, to);
        assertLt(before - gasleft(), 60_000);
    }

    // ---- party accounts ----

    function test_account_executes() public {
        vm.prank(brandKey);
        bytes memory answer =
            PartyAccount(payable(brand)).execute(address(parties), 0, abi.encodeCall(parties.addAgent, ()));
        assertEq(abi.decode(answer, (uint64)), 2);

        vm.expectRevert(abi.encodeWithSelector(PartyAccount.NotAdministrator.selector, carrierKey, 0));
        vm.prank(carrierKey);
        PartyAccount(payable(brand)).execute(address(parties), 0, "");
        _addKey(Scopes.CAPTURE, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(PartyAccount.NotAdministrator.selector, key, 0));
        vm.prank(key);
        PartyAccount(payable(brand)).execute(address(parties), 0, "");

        vm.prank(opKeys[0]);
        parties.suspend(brand, type(uint64).max);
        vm.expectRevert(abi.encodeWithSelector(PartyAccount.NotAdministrator.selector, brandKey, 5));
        vm.prank(brandKey);
        PartyAccount(payable(brand)).execute(address(parties), 0, "");
        vm.expectRevert(abi.encodeWithSelector(IMembers.NotAllowed.selector, brand, Scopes.ADMINISTER, 5));
        vm.prank(brand);
        parties.addAgent();
    }

    function test_account_passesErrorsOn() public {
        vm.expectRevert(abi.encodeWithSelector(IMembers.UnknownAgent.selector, brand, 9));
        vm.prank(brandKey);
        PartyAccount(payable(brand)).execute(address(parties), 0, abi.encodeCall(parties.setAgent, (9, true)));
    }

    // ---- nodes ----

    function test_nodes() public {
        (Node[] memory page, uint256 total) = parties.nodes(1, 2);
        assertEq(total, 4);
        assertEq(page.length, 2);
        assertEq(page[0].operator, ops[1]);
        vm.prank(opKeys[1]);
        parties.setNode("replica", true);
        (page, total) = parties.nodes(4, 10);
        assertEq(page[0].peerId, "replica");
        vm.startPrank(opKeys[2]);
        vm.expectRevert(IMembers.BadNode.selector);
        parties.setNode("replica", false); // not its own
        vm.expectRevert(IMembers.BadNode.selector);
        parties.setNode("", true);
        vm.expectRevert(IMembers.BadNode.selector);
        parties.setNode(abi.encodePacked("peer", uint256(2)), false); // a validator
    }

    // ---- governance's acts ----

    function test_governanceActsAreRestricted() public {
        bytes[10] memory calls = [
            abi.encodeCall(parties.bar, (brand, 1)),
            abi.encodeCall(parties.hold, (brand, 1)),
            abi.encodeCall(parties.recover, (brand, key, 1)),
            abi.encodeCall(parties.setGrantable, (brand, 1)),
            abi.encodeCall(parties.setAuthority, (brand, 1)),
            abi.encodeCall(parties.setTarget, (brand, true)),
            abi.encodeCall(parties.setSponsor, (brand, ops[1])),
            abi.encodeCall(parties.setAccountImplementation, (brand)),
            abi.encodeCall(parties.setValidatorNode, ("p", ops[0], bytes32(uint256(1)), true)),
            abi.encodeCall(parties.setOperatorParty, (brand, true))
        ];
        address[3] memory callers = [opKeys[0], brandKey, Predeploys.ACCESS];
        for (uint256 i = 0; i < calls.length; ++i) {
            for (uint256 j = 0; j < callers.length; ++j) {
                vm.prank(callers[j]);
                (bool ok,) = address(parties).call(calls[i]);
                assertFalse(ok);
            }
            vm.prank(Predeploys.GOVERNANCE);
            (bool done,) = address(parties).call(calls[i]);
            assertTrue(done);
        }
    }

    function test_recover() public {
        vm.prank(brandKey);
        parties.revokeKey(brandKey);
        vm.prank(Predeploys.GOVERNANCE);
        parties.recover(brand, key, Scopes.ADMINISTER);
        vm.prank(key);
        assertEq(parties.addAgent(), 3);
    }

    // ---- leaves ----

    /// P13: every change of party, key or licence is one leaf on its registry object, committing to its log.
    function test_changesAreLeaves() public {
        bytes32 me = bytes32(uint256(uint160(brand)));
        Object memory ofParty = Object(40, me, 0);

        vm.startPrank(brandKey);
        _oneLeaf(ofParty, 9, abi.encodeCall(parties.setKey, (key, 1, Scopes.CAPTURE, 0, 0)));
        _oneLeaf(ofParty, 9, abi.encodeCall(parties.revokeKey, (key)));
        _oneLeaf(ofParty, 8, abi.encodeCall(parties.addAgent, ()));
        _oneLeaf(ofParty, 8, abi.encodeCall(parties.setAgent, (2, false)));
        _oneLeaf(ofParty, 10, abi.encodeCall(parties.setOpen, (brandLicence, true)));
        _oneLeaf(ofParty, 10, abi.encodeCall(parties.setMember, (brandLicence, carrier, 1)));
        vm.stopPrank();
        vm.startPrank(opKeys[0]);
        _oneLeaf(ofParty, 8, abi.encodeCall(parties.attest, (brand, Kyc(1, 1, 1, 1))));
        _oneLeaf(ofParty, 8, abi.encodeCall(parties.suspend, (brand, 1)));
        _oneLeaf(ofParty, 10, abi.encodeCall(parties.renewLicence, (brandLicence, 0, 0, 0)));
        _oneLeaf(ofParty, 10, abi.encodeCall(parties.revokeLicence, (brandLicence)));
    }

    /// P13: behind the first 16 a key, or a party listed under a licence, has an object of its own.
    function test_manyKeysAndMembersStandApart() public {
        bytes32 me = bytes32(uint256(uint160(brand)));
        Object memory ofParty = Object(40, me, 0);
        for (uint160 i = 1; i <= 20; ++i) {
            address k = address(0xbeef00 + i);
            bool apart = i >= 16; // the brand has one key
            assertEq(parties.keyInfo(k).apart, false);
            vm.startPrank(brandKey);
            Object memory at = apart ? Object(40, me, keccak256(abi.encodePacked(k))) : ofParty;
            _oneLeaf(at, 9, abi.encodeCall(parties.setKey, (k, 1, Scopes.CAPTURE, 0, 0)));
            _oneLeaf(at, 9, abi.encodeCall(parties.setKey, (k, 1, Scopes.RECALL, 0, 0)));
            _oneLeaf(at, 9, abi.encodeCall(parties.revokeKey, (k)));
            vm.stopPrank();
            assertEq(parties.keyInfo(k).apart, apart);
        }
        for (uint256 i = 1; i <= 18; ++i) {
            address member = _register(1, string(abi.encode(i)), address(uint160(0xcafe00 + i)));
            bytes32 suffix = keccak256(abi.encode(uint256(brandLicence), member));
            vm.startPrank(brandKey);
            Object memory at = i > 16 ? Object(40, me, suffix) : ofParty;
            _oneLeaf(at, 10, abi.encodeCall(parties.setMember, (brandLicence, member, 1)));
            _oneLeaf(at, 10, abi.encodeCall(parties.setMember, (brandLicence, member, 0)));
            _oneLeaf(at, 10, abi.encodeCall(parties.setMember, (brandLicence, member, 2)));
            vm.stopPrank();
            assertEq(parties.member(brandLicence, member), 2);
        }
    }

    function _oneLeaf(Object memory o, uint8 kind, bytes memory call) private {
        uint256 count = _count(TRUNK, o);
        vm.recordLogs();
        (bool ok,) = address(parties).call(call);
        assertTrue(ok);
        assertEq(_count(TRUNK, o), count + 1);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 3);
        assertEq(logs[0].emitter, address(parties));
        assertEq(logs[0].topics[1], o.primary);
        assertEq(logs[1].topics[0], IHeads.Moved.selector);
        bytes32 root = keccak256(abi.encodePacked(logs[0].topics[0], logs[0].data));
        bytes32 commitment = keccak256(abi.encode(keccak256("suyuan/commit/v1"), 3, root));
        bytes32 leaf = Format.leaf(address(heads), brand, address(parties), kind, commitment);
        assertEq(logs[1].data, abi.encode(leaf));
    }

    function test_logsDecodeAsDeclared() public {
        vm.expectEmit(address(parties));
        emit IMembers.KeyRecorded(brand, key, Key(brand, 1, Scopes.CAPTURE, 3, 4, 0, false), brandKey);
        _addKey(Scopes.CAPTURE, 3, 4);
        Party memory p = parties.party(brand);
        p.kyc = Kyc(1, 2, 3, 4);
        vm.expectEmit(address(parties));
        emit IMembers.PartyRecorded(brand, p, opKeys[0]);
        vm.prank(opKeys[0]);
        parties.attest(brand, p.kyc);
    }

    /// P14: registry leaves come from Parties alone.
    function testFuzz_nobodyElseWritesTheRegistry(address caller, uint8 kind, bytes32 suffix) public {
        vm.assume(caller != address(parties) && caller != address(vm));
        kind = uint8(bound(kind, 8, 10));
        Object[][] memory o = _one(Object(40, bytes32(uint256(uint160(brand))), suffix));
        vm.expectRevert();
        vm.prank(caller, caller);
        heads.append(TRUNK, kind, _commitments(1), o, _none(), "");
    }

    function test_storageLayoutIsShared() public view {
        // The half of Parties that is delegated to answers from the same storage.
        assertEq(parties.licenceCount(), 2);
        assertEq(parties.licence(brandLicence).holder, brand);
        assertEq(Parties(address(parties)).implementation(), _reserved(0x91));
    }
}
