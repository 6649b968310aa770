// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILicences, IMembers, Licence, Standing} from "../src/parties/interfaces/IParties.sol";
import {Predeploys} from "../src/predeploy/Predeploys.sol";
import {Base} from "./Base.sol";

contract LicencesTest is Base {
    function _grant(uint8 kind, string memory text) private returns (uint64) {
        vm.prank(opKeys[1]);
        return parties.grantLicence(carrier, kind, text, 0, 0, "");
    }

    function test_grant() public view {
        Licence memory l = parties.licence(brandLicence);
        assertEq(l.holder, brand);
        assertEq(l.kind, 1);
        assertEq(l.length, 7);
        assertEq(l.primary, bytes32("9506000"));
        assertEq(l.text, "9506000");
        assertEq(l.evidence, bytes32("evidence"));
        assertEq(parties.licenceForDigits("9506000134352"), brandLicence);
        assertEq(parties.licenceFor(1, "09506000134352"), brandLicence);
        assertEq(parties.licenceFor(6, "9506000"), brandLicence);
    }

    function test_overlap() public {
        string[4] memory bad = ["9506000", "95060", "950600012", "9506"];
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ILicences.Overlap.selector, bad[i]));
            _grant(1, bad[i]);
        }
        _grant(1, "9506001");
        _grant(2, "950600200001");
        vm.expectRevert(abi.encodeWithSelector(ILicences.Overlap.selector, "9506002"));
        _grant(1, "9506002");
    }

    function test_revokeFreesTheRange() public {
        vm.prank(opKeys[0]);
        parties.revokeLicence(brandLicence);
        assertEq(parties.licenceForDigits("9506000134352"), 1); // the sandbox
        uint64 id = _grant(1, "95060");
        assertEq(parties.licenceForDigits("9506000134352"), id);
        vm.expectRevert(abi.encodeWithSelector(ILicences.UnknownLicence.selector, brandLicence));
        vm.prank(opKeys[0]);
        parties.renewLicence(brandLicence, 0, 0, 0);
    }

    function test_restricted() public {
        string[9] memory bad = ["0212345", "0412345", "2000", "2912345", "0512", "9801", "9812345", "9900", "000001"];
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ILicences.RestrictedPrefix.selector, bad[i]));
            _grant(1, bad[i]);
        }
        vm.expectRevert(abi.encodeWithSelector(ILicences.RestrictedPrefix.selector, "0000020000"));
        _grant(1, "0000020000");
        _grant(1, "00000400"); // GTIN-8 with GS1-8 prefix 400
        _grant(1, "0100");
        _grant(1, "9850");
    }

    function test_badText() public {
        string[5] memory bad = ["", "123", "95x6", "12345678901234", "9506 "];
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ILicences.BadPrefix.selector, bad[i]));
            _grant(1, bad[i]);
        }
        string[4] memory worse =
            ["http://", "https://example.com/a", "https://exa mple.com/", unicode"https://例.com/"];
        for (uint256 i = 0; i < worse.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ILicences.BadNamespace.selector, worse[i]));
            _grant(3, worse[i]);
        }
        vm.expectRevert(abi.encodeWithSelector(ILicences.BadLicenceKind.selector, 4));
        _grant(4, "9507");
    }

    function test_namespaces() public {
        uint64 id = _grant(3, "https://id.example.com/things/");
        (uint64 found, uint256 length) = parties.licenceForURI("https://id.example.com/things/42?x=1");
        assertEq(found, id);
        assertEq(length, 30);
        (found, length) = parties.licenceForURI("https://id.example.com/other/42");
        assertEq(found, 1);
        assertEq(length, 0);
        assertEq(parties.licenceFor(20, keccak256("https://id.example.com/things/")), id);
        assertEq(parties.licenceFor(20, keccak256("https://id.example.com/other/")), 0);
        string[3] memory bad =
            ["https://id.example.com/things/", "https://id.example.com/", "https://id.example.com/things/a/"];
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ILicences.Overlap.selector, bad[i]));
            _grant(3, bad[i]);
        }
        vm.prank(opKeys[1]);
        parties.revokeLicence(id);
        _grant(3, "https://id.example.com/");
    }

    function test_standing() public {
        Standing memory s = parties.standing(brand, 1, "09506000134352");
        assertEq(s.standing, 3);
        assertTrue(s.inForce);
        assertEq(parties.standing(carrier, 1, "09506000134352").standing, 0);
        s = parties.standing(carrier, 1, "04012345123456");
        assertEq(s.standing, 4);
        assertEq(s.licence, 1);
    }

    function test_whoManages() public {
        vm.startPrank(carrierKey);
        vm.expectRevert(abi.encodeWithSelector(ILicences.NotHolder.selector, brandLicence, carrier));
        parties.setOpen(brandLicence, true);
        vm.expectRevert(abi.encodeWithSelector(ILicences.NotHolder.selector, brandLicence, carrier));
        parties.setMember(brandLicence, carrier, 1);
        vm.stopPrank();
        vm.startPrank(brandKey);
        vm.expectRevert(abi.encodeWithSelector(ILicences.BadStanding.selector, 3));
        parties.setMember(brandLicence, carrier, 3);
        vm.expectRevert(abi.encodeWithSelector(IMembers.UnknownParty.selector, address(1)));
        parties.setMember(brandLicence, address(1), 1);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(IMembers.NotSponsor.selector, brand, ops[0]));
        vm.prank(opKeys[1]);
        parties.revokeLicence(brandLicence);
    }

    /// P10: the catch-all is given in genesis or never.
    function test_sandboxOnlyInGenesis() public {
        vm.expectRevert(ILicences.OnlyInGenesis.selector);
        vm.prank(Predeploys.GOVERNANCE);
        parties.grantSandbox(brand);
        vm.roll(0);
        vm.expectRevert();
        parties.grantSandbox(brand);
        vm.expectRevert(abi.encodeWithSelector(ILicences.UnknownLicence.selector, 1));
        vm.prank(opKeys[0]);
        parties.revokeLicence(1);
    }

    /// P15: registered prefixes never overlap: neither is a prefix of another.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_neverOverlap(uint256 seed) public {
        string[] memory granted = new string[](24);
        uint256 n = 0;
        for (uint256 i = 0; i < 24; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            string memory text = _digits(seed, 4 + seed % 10);
            bool clash = false;
            for (uint256 j = 0; j < n; ++j) {
                clash = clash || _isPrefix(granted[j], text) || _isPrefix(text, granted[j]);
            }
            if (_isPrefix("9506000", text) || _isPrefix(text, "9506000")) clash = true;
            if (clash) {
                vm.expectRevert(abi.encodeWithSelector(ILicences.Overlap.selector, text));
                _grant(1, text);
            } else {
                uint64 id = _grant(1, text);
                granted[n++] = text;
                assertEq(parties.licenceForDigits(bytes32(bytes(text)) | bytes32(uint256(0x31))), id);
            }
        }
    }

    /// @dev Few different digits, so that many clash.
    function _digits(uint256 seed, uint256 n) private pure returns (string memory) {
        bytes memory b = new bytes(n);
        b[0] = "6";
        for (uint256 i = 1; i < n; ++i) {
            b[i] = (seed >> (16 + i)) & 1 == 0 ? bytes1("1") : bytes1("3");
        }
        return string(b);
    }

    function _isPrefix(string memory a, string memory b) private pure returns (bool) {
        if (bytes(a).length > bytes(b).length) return false;
        for (uint256 i = 0; i < bytes(a).length; ++i) {
            if (bytes(a)[i] != bytes(b)[i]) return false;
        }
        return true;
    }
}
