// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Object} from "../src/format/Object.sol";
import {Scopes} from "../src/parties/Scopes.sol";
import {Fault, IPolicy, Reason} from "../src/policy/interfaces/IPolicy.sol";
import {Policy} from "../src/policy/Policy.sol";
import {Predeploys} from "../src/predeploy/Predeploys.sol";
import {Base} from "./Base.sol";

contract PolicyTest is Base {
    Object internal unit;

    function setUp() public override {
        super.setUp();
        unit = _unit(BRAND_GTIN, "a");
    }

    // ---- trunk ----

    function test_trunk_holderWrites() public {
        _append(brandKey, TRUNK, 1, unit);
        assertEq(_count(TRUNK, unit), 1);
    }

    function test_trunk_strangerIsToldToUseNotes() public {
        _expectDenied(carrier, 0, 0, uint256(Reason.UseNotes));
        _append(carrierKey, TRUNK, 1, unit);
        _append(carrierKey, NOTES, 1, unit);
        assertEq(_count(TRUNK, unit), 0);
        assertEq(_count(NOTES, unit), 1);
    }

    function test_trunk_contributorAndDelegateWrite() public {
        for (uint8 standing = 1; standing <= 2; ++standing) {
            vm.prank(brandKey);
            parties.setMember(brandLicence, carrier, standing);
            _append(carrierKey, TRUNK, 1, unit);
        }
        vm.prank(brandKey);
        parties.setMember(brandLicence, carrier, 0);
        _expectDenied(carrier, 0, 0, uint256(Reason.UseNotes));
        _append(carrierKey, TRUNK, 1, unit);
    }

    function test_trunk_openLicence() public {
        vm.prank(brandKey);
        parties.setOpen(brandLicence, true);
        _append(carrierKey, TRUNK, 1, unit);
        vm.prank(brandKey);
        parties.setOpen(brandLicence, false);
        _expectDenied(carrier, 0, 0, uint256(Reason.UseNotes));
        _append(carrierKey, TRUNK, 1, unit);
    }

    /// P11: a hand-over opens the trunk of that object, to that party, and it may hand on.
    function test_trunk_handOver() public {
        _append(brandKey, TRUNK, 1, unit, _to(carrier));
        assertTrue(policy.handedOver(_key(unit), carrier));
        _append(carrierKey, TRUNK, 1, unit, _to(lab));
        _append(labKey, TRUNK, 1, unit);
        _expectDenied(carrier, 0, 0, uint256(Reason.UseNotes));
        _append(carrierKey, TRUNK, 1, _unit(BRAND_GTIN, "b"));
    }

    function test_trunk_handOverNeedsTheTrunk() public {
        _expectDenied(carrier, 0, 0, uint256(Reason.UseNotes));
        _append(carrierKey, TRUNK, 1, unit, _to(carrier));
        vm.expectRevert(abi.encodeWithSelector(IPolicy.ReceiversNeedTrunk.selector, NOTES));
        _append(carrierKey, NOTES, 1, unit, _to(carrier));
        vm.expectRevert(abi.encodeWithSelector(IPolicy.UnknownReceiver.selector, address(1)));
        _append(brandKey, TRUNK, 1, unit, _to(address(1)));
        vm.expectRevert(abi.encodeWithSelector(IPolicy.TooManyReceivers.selector, 9, 8));
        _append(brandKey, TRUNK, 1, unit, new address[](9));
    }

    function test_trunk_namesTheObjectRefused() public {
        Object[][] memory objects = new Object[][](2);
        objects[0] = new Object[](1);
        objects[0][0] = unit;
        objects[1] = new Object[](2);
        objects[1][0] = unit;
        objects[1][1] = _unit("00012345000058", "z");
        vm.prank(opKeys[2]);
        vm.expectRevert(); // not the sponsor
        parties.grantLicence(carrier, 1, "0012345", 0, 0, 0);
        vm.prank(opKeys[1]);
        parties.grantLicence(carrier, 1, "0012345", 0, 0, 0);
        _expectDenied(brand, 1, 1, uint256(Reason.UseNotes));
        vm.prank(brandKey, brandKey);
        heads.append(TRUNK, 1, _commitments(2), objects, _none(), "");
    }

    function test_trunk_licenceOutOfForce() public {
        vm.prank(opKeys[0]);
        parties.renewLicence(brandLicence, uint64(block.timestamp), uint64(block.timestamp + 10), 0);
        _append(brandKey, TRUNK, 1, unit);
        vm.warp(block.timestamp + 10);
        _expectDenied(brand, 0, 0, uint256(Reason.LicenceNotInForce));
        _append(brandKey, TRUNK, 1, unit);
    }

    function test_trunk_sandboxIsOpenExceptForRestrictedNumbers() public {
        _append(carrierKey, TRUNK, 1, _unit(FREE_GTIN, "a"));
        _expectDenied(carrier, 0, 0, uint256(Reason.NoLicence));
        _append(carrierKey, TRUNK, 1, _unit("02212345123451", "a")); // prefix 22
        _append(carrierKey, TRUNK, 4, 1);
    }

    function _append(address key, uint8 lane, uint8 objectKind, uint8 kind) private {
        _append(key, lane, kind, Object(objectKind, bytes32("040123450000003338"), 0));
    }

    // ---- every kind of object ----

    function test_kinds_underTheSandbox() public {
        bytes32 s = keccak256("suffix");
        Object[11] memory all = [
            Object(1, "04012345123456", s),
            Object(2, "04012345123456", s),
            Object(3, "04012345123456", 0),
            Object(4, "040123450000003338", 0),
            Object(5, "04012345123456", s),
            Object(6, 0, s),
            Object(7, 0, s),
            Object(8, "4012345123456", s),
            Object(9, "401234512345678901", s),
            Object(20, keccak256(""), s),
            Object(30, "4012345", 0)
        ];
        for (uint256 i = 0; i < all.length; ++i) {
            _append(carrierKey, TRUNK, 1, all[i]);
            assertEq(_count(TRUNK, all[i]), 1);
        }
    }

    function test_kinds_underARegisteredPrefix() public {
        bytes32 s = keccak256("suffix");
        Object[9] memory all = [
            Object(1, "09506000134352", s),
            Object(3, "19506000134359", 0),
            Object(4, "395060001343520001", 0),
            Object(5, "09506000134352", s),
            Object(6, "9506000", s),
            Object(8, "9506000134352", s),
            Object(9, "950600013435200011", s),
            Object(9, "09506000134352", s), // third party serial of a GTIN
            Object(30, "95060001", 0)
        ];
        for (uint256 i = 0; i < all.length; ++i) {
            _append(brandKey, TRUNK, 1, all[i]);
            _expectDenied(carrier, 0, 0, uint256(Reason.UseNotes));
            _append(carrierKey, TRUNK, 1, all[i]);
        }
        // An asset number must name the registered prefix itself.
        _expectDenied(brand, 0, 0, uint256(Reason.NoLicence));
        _append(brandKey, TRUNK, 1, Object(6, "95060001", s));
    }

    function test_faults() public {
        bytes32 s = keccak256("suffix");
        _fault(Object(0, 0, 0), Fault.UnknownKind);
        _fault(Object(10, "1", s), Fault.UnknownKind);
        _fault(Object(1, "0401234512345", s), Fault.WrongLength);
        _fault(Object(1, "040123451234567", s), Fault.WrongLength);
        _fault(Object(1, "0401234512345x", s), Fault.NotDigits);
        _fault(Object(1, "0401234512345:", s), Fault.NotDigits);
        _fault(Object(1, "0401234512345/", s), Fault.NotDigits);
        _fault(Object(1, "04012345123456", 0), Fault.SuffixMissing);
        _fault(Object(3, "04012345123456", s), Fault.SuffixNotZero);
        _fault(Object(4, "04012345000000333", 0), Fault.WrongLength);
        _fault(Object(4, "040123450000003338", s), Fault.SuffixNotZero);
        _fault(Object(6, "950", s), Fault.WrongLength);
        _fault(Object(6, "9506x", s), Fault.NotDigits);
        _fault(Object(9, "ABC", s), Fault.NotDigits);
        _fault(Object(9, "4012x", s), Fault.NotDigits);
        _fault(Object(9, "401", s), Fault.WrongLength);
        _fault(Object(9, "4012345123456789012", s), Fault.WrongLength);
        _fault(Object(9, "", s), Fault.PrimaryZero);
        _fault(Object(20, 0, s), Fault.PrimaryZero);
        _fault(Object(255, 0, 0), Fault.PrimaryZero);
        _fault(Object(255, s, s), Fault.SuffixNotZero);
        _fault(Object(40, bytes32(type(uint256).max), 0), Fault.WrongLength);
        _fault(Object(41, bytes32(type(uint256).max), 0), Fault.WrongLength);
        _fault(Object(41, bytes32(uint256(1)), s), Fault.SuffixNotZero);
    }

    function _fault(Object memory o, Fault fault) private {
        for (uint8 lane = TRUNK; lane <= NOTES; lane += 2) {
            _expectFault(0, 0, uint256(fault));
            _append(brandKey, lane, 1, o);
        }
    }

    /// P8: whatever bytes are offered as a GTIN, only 14 ASCII digits and zeros are taken.
    function testFuzz_gtinIsDigits(bytes32 primary) public {
        bool ok = true;
        for (uint256 i = 0; i < 32; ++i) {
            ok = ok && (i < 14 ? primary[i] >= "0" && primary[i] <= "9" : primary[i] == 0);
        }
        Object memory o = Object(1, primary, keccak256("s"));
        vm.prank(brandKey, brandKey);
        try heads.append(NOTES, 1, _commitments(1), _one(o), _none(), "") {
            assertTrue(ok);
        } catch {
            assertFalse(ok);
        }
    }

    function testFuzz_gtinDigitsAreTaken(uint256 seed) public {
        bytes memory digits = new bytes(14);
        for (uint256 i = 0; i < 14; ++i) {
            digits[i] = bytes1(uint8(48 + (seed >> (8 * i)) % 10));
        }
        _append(brandKey, NOTES, 1, Object(1, bytes32(digits), keccak256("s")));
    }

    /// P9: no event names an object twice, however long its list.
    function testFuzz_duplicates(uint8 n, uint8 a, uint8 b) public {
        n = uint8(bound(n, 2, 60));
        a = uint8(bound(a, 0, n - 1));
        b = uint8(bound(b, 0, n - 1));
        Object[][] memory objects = new Object[][](1);
        objects[0] = new Object[](n);
        for (uint256 i = 0; i < n; ++i) {
            objects[0][i] = _unit(BRAND_GTIN, vm.toString(i));
        }
        objects[0][a] = objects[0][b];
        if (a != b) _expectFault(0, a > b ? a : b, uint256(Fault.Duplicate));
        vm.prank(brandKey, brandKey);
        heads.append(TRUNK, 1, _commitments(1), objects, _none(), "");
    }

    function test_tooManyObjects() public {
        Object[][] memory objects = new Object[][](1);
        objects[0] = new Object[](257);
        vm.expectRevert(abi.encodeWithSelector(IPolicy.TooManyObjects.selector, 0, 257, 256));
        vm.prank(brandKey, brandKey);
        heads.append(TRUNK, 1, _commitments(1), objects, _none(), "");
    }

    // ---- kinds of leaves and lanes ----

    function test_kindsOfLeaves() public {
        uint256[3] memory allowed =
            [uint256(1 << 1 | 1 << 2 | 1 << 7 | 1 << 11), 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6, 1 << 1 | 1 << 2];
        for (uint8 lane = 0; lane < 4; ++lane) {
            for (uint8 kind = 0; kind < 14; ++kind) {
                if (lane < 3 && allowed[lane] >> kind & 1 == 1) continue;
                vm.expectRevert(abi.encodeWithSelector(IPolicy.BadKind.selector, lane, kind));
                _append(brandKey, lane, kind, unit);
            }
        }
    }

    function test_scopes() public {
        vm.prank(brandKey);
        parties.setKey(brandKey, 1, Scopes.ADMINISTER, 0, 0);
        _scopeMissing(TRUNK, 1, Scopes.CAPTURE);
        _scopeMissing(NOTES, 1, Scopes.CAPTURE);
        _scopeMissing(NOTICE, 3, Scopes.RECALL);
        _scopeMissing(NOTICE, 5, Scopes.CERTIFY);
    }

    function _scopeMissing(uint8 lane, uint8 kind, uint32 scope) private {
        vm.expectRevert(abi.encodeWithSelector(IPolicy.ScopeMissing.selector, brandKey, scope));
        _append(brandKey, lane, kind, unit);
    }

    function test_refusesKeysThatMayNotAct() public {
        vm.expectRevert(abi.encodeWithSelector(IPolicy.KeyRefused.selector, address(this), 1));
        _append(address(this), TRUNK, 1, unit);
        vm.prank(opKeys[0]);
        parties.suspend(brand, type(uint64).max);
        vm.expectRevert(abi.encodeWithSelector(IPolicy.KeyRefused.selector, brandKey, 5));
        _append(brandKey, TRUNK, 1, unit);
        // a party's account is no key
        vm.expectRevert(abi.encodeWithSelector(IPolicy.KeyRefused.selector, carrier, 1));
        _append(carrier, NOTES, 1, unit);
    }

    // ---- notice ----

    function test_notice_holderOnly() public {
        _append(brandKey, NOTICE, 3, _class(BRAND_GTIN));
        _append(brandKey, NOTICE, 3, Object(30, "9506000", 0));
        vm.prank(brandKey);
        parties.setMember(brandLicence, carrier, 2);
        _expectDenied(carrier, 0, 0, uint256(Reason.NotHolderOrAuthority));
        _append(carrierKey, NOTICE, 3, _class(BRAND_GTIN));
        // nor may anybody recall what only the sandbox covers, but the sandbox itself
        _expectDenied(carrier, 0, 0, uint256(Reason.NotHolderOrAuthority));
        _append(carrierKey, NOTICE, 3, _class(FREE_GTIN));
        _append(sandboxKey, NOTICE, 3, _class(FREE_GTIN));
    }

    function test_notice_authorityByScope() public {
        vm.prank(Predeploys.GOVERNANCE);
        parties.setAuthority(lab, Scopes.CERTIFY);
        _append(labKey, NOTICE, 5, unit);
        _append(labKey, NOTICE, 6, Object(40, bytes32(uint256(uint160(brand))), 0));
        _expectDenied(lab, 0, 0, uint256(Reason.NotHolderOrAuthority));
        _append(labKey, NOTICE, 3, unit);
    }

    function test_notice_holderMayRecallAfterItsLicenceRanOut() public {
        vm.prank(opKeys[0]);
        parties.renewLicence(brandLicence, 0, uint64(block.timestamp), 0);
        _append(brandKey, NOTICE, 3, unit);
    }

    // ---- notes ----

    function test_notes_quota() public {
        vm.prank(Predeploys.GOVERNANCE);
        policy.setNotesPerDay(2);
        _append(carrierKey, NOTES, 1, unit);
        _append(carrierKey, NOTES, 1, unit);
        vm.expectRevert(abi.encodeWithSelector(IPolicy.QuotaExceeded.selector, carrier, 2));
        _append(carrierKey, NOTES, 1, unit);
        _append(labKey, NOTES, 1, unit);
        vm.warp(block.timestamp + 1 days);
        assertEq(policy.notesToday(carrier), 0);
        _append(carrierKey, NOTES, 1, unit);
        assertEq(policy.notesToday(carrier), 1);
    }

    // ---- registry and blinded objects ----

    function test_registry_masterDataOnOwnObjectOnly() public {
        bytes32 me = bytes32(uint256(uint160(brand)));
        _append(brandKey, TRUNK, 11, Object(41, me, 0));
        _append(brandKey, TRUNK, 11, Object(41, me, 0), _to(carrier));
        _expectDenied(carrier, 0, 0, uint256(Reason.NotYourMasterData));
        _append(carrierKey, TRUNK, 11, Object(41, me, 0));
        _expectDenied(brand, 0, 0, uint256(Reason.RegistryOnly));
        _append(brandKey, TRUNK, 1, Object(40, me, 0));
        _expectFault(0, 0, uint256(Fault.WrongLane));
        _append(brandKey, TRUNK, 11, Object(40, me, 0));
        _expectFault(0, 0, uint256(Fault.WrongLane));
        _append(brandKey, TRUNK, 1, Object(41, me, 0));
        _expectFault(0, 0, uint256(Fault.WrongLane));
        _append(brandKey, TRUNK, 11, unit);
    }

    /// P12: a blinded trunk belongs to its first appender and those it hands it to.
    function test_blinded_firstAppenderOwns() public {
        Object memory o = Object(255, keccak256("blind"), 0);
        _append(carrierKey, TRUNK, 1, o);
        _append(carrierKey, TRUNK, 1, o);
        _expectDenied(lab, 0, 0, uint256(Reason.UseNotes));
        _append(labKey, TRUNK, 1, o);
        _append(carrierKey, TRUNK, 1, o, _to(lab));
        _append(labKey, TRUNK, 1, o);
        _append(labKey, NOTICE, 3, o);
        _expectDenied(brand, 0, 0, uint256(Reason.NotHolderOrAuthority));
        _append(brandKey, NOTICE, 3, o);
    }

    /// P12b: nor does an authority's notice take a blinded trunk that nobody has yet.
    function test_blinded_noticeLeavesTheTrunkFree() public {
        vm.prank(Predeploys.GOVERNANCE);
        parties.setAuthority(lab, Scopes.RECALL);
        Object memory o = Object(255, keccak256("blind"), 0);
        _append(labKey, NOTICE, 3, o);
        _append(carrierKey, TRUNK, 1, o);
        _expectDenied(brand, 0, 0, uint256(Reason.UseNotes));
        _append(brandKey, TRUNK, 1, o);
    }

    // ---- check and authorize ----

    function test_checkAnswersAsAuthorizeAndRecordsNothing() public {
        assertEq(policy.check(brandKey, TRUNK, 1, _one(unit), _to(carrier)), brand);
        assertFalse(policy.handedOver(_key(unit), carrier));
        _expectDenied(carrier, 0, 0, uint256(Reason.UseNotes));
        policy.check(carrierKey, TRUNK, 1, _one(unit), _none());
        vm.expectRevert(abi.encodeWithSelector(IPolicy.NotHeads.selector, address(this)));
        policy.authorize(brandKey, TRUNK, 1, _one(unit), _none());
    }

    function test_setNotesPerDayIsRestricted() public {
        vm.expectRevert();
        policy.setNotesPerDay(1);
    }

    function test_initialiseOnce() public {
        vm.expectRevert();
        Policy(address(policy)).initialize(1);
        vm.expectRevert();
        Policy(address(uint160(address(policy)) | 0x80)).initialize(1);
    }
}
