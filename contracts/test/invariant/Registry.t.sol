// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Key, Licence} from "../../src/parties/interfaces/IParties.sol";
import {Scopes} from "../../src/parties/Scopes.sol";
import {Predeploys} from "../../src/predeploy/Predeploys.sol";
import {Base} from "../Base.sol";

/// @notice Operators and parties doing things in any order; what is refused is refused.
contract Actors is Base {
    address[] public keys;
    address[] internal members;
    uint256 public appended;

    constructor(address[4] memory opKeys_, address[3] memory keys_, address[3] memory parties_) {
        opKeys = opKeys_;
        for (uint256 i = 0; i < 3; ++i) {
            keys.push(keys_[i]);
            members.push(parties_[i]);
        }
    }

    function setUp() public override {}

    function grant(uint8 op, uint8 who, uint256 seed) external {
        bytes memory text = new bytes(4 + seed % 6);
        text[0] = "6";
        for (uint256 i = 1; i < text.length; ++i) {
            text[i] = (seed >> (8 + i)) & 1 == 0 ? bytes1("1") : bytes1("3");
        }
        vm.prank(opKeys[op % 4]);
        try parties.grantLicence(members[who % 3], 1, string(text), 0, 0, "") {
            ++appended;
        } catch {}
    }

    function revoke(uint8 op, uint64 id) external {
        vm.prank(opKeys[op % 4]);
        try parties.revokeLicence(id % (parties.licenceCount() + 1)) {
            ++appended;
        } catch {}
    }

    function setKey(uint8 who, uint256 key, uint32 scopes, uint64 from, uint64 until) external {
        address k = vm.addr(1 + key % 20);
        vm.prank(keys[who % keys.length]);
        try parties.setKey(k, 1, scopes & Scopes.ALL, from, until) {
            keys.push(k);
            ++appended;
        } catch {}
    }

    function revokeKey(uint8 who, uint8 which) external {
        vm.prank(keys[who % keys.length]);
        try parties.revokeKey(keys[which % keys.length]) {
            ++appended;
        } catch {}
    }

    function suspend(uint8 op, uint8 who, uint64 until) external {
        vm.prank(opKeys[op % 4]);
        try parties.suspend(members[who % 3], until) {
            ++appended;
        } catch {}
    }

    function keyCount() external view returns (uint256) {
        return keys.length;
    }
}

/// forge-config: default.invariant.runs = 16
contract RegistryInvariants is Base {
    Actors internal actors;
    uint256 internal before;

    function setUp() public override {
        super.setUp();
        actors = new Actors(opKeys, [brandKey, carrierKey, labKey], [brand, carrier, lab]);
        before = heads.leaves();
        targetContract(address(actors));
        bytes4[] memory selectors = new bytes4[](5);
        selectors[0] = Actors.grant.selector;
        selectors[1] = Actors.revoke.selector;
        selectors[2] = Actors.setKey.selector;
        selectors[3] = Actors.revokeKey.selector;
        selectors[4] = Actors.suspend.selector;
        targetSelector(FuzzSelector(address(actors), selectors));
    }

    /// P13: the register never changes without a leaf.
    function invariant_everyChangeIsALeaf() public view {
        assertEq(heads.leaves(), before + actors.appended());
    }

    /// P15: no two live prefixes overlap, and each is found by its own digits.
    function invariant_prefixesNeverOverlap() public view {
        uint64 n = parties.licenceCount();
        for (uint64 a = 2; a <= n; ++a) {
            Licence memory x = parties.licence(a);
            if (x.revokedAt != 0) continue;
            assertEq(parties.licenceForDigits(x.primary), a);
            for (uint64 b = a + 1; b <= n; ++b) {
                Licence memory y = parties.licence(b);
                if (y.revokedAt != 0) continue;
                uint256 shorter = x.length < y.length ? x.length : y.length;
                assertTrue(uint256(x.primary ^ y.primary) >> (256 - 8 * shorter) != 0);
            }
        }
    }

    /// P7: no key but an operator's ever holds a scope its party may not give; a revoked key stays revoked.
    function invariant_scopesStayWithinTheGrantable() public view {
        for (uint256 i = 0; i < actors.keyCount(); ++i) {
            Key memory k = parties.keyInfo(actors.keys(i));
            assertEq(k.scopes & ~parties.party(k.party).grantable, 0);
            (,, uint8 reason) = parties.acting(actors.keys(i));
            if (k.revokedAt != 0) assertEq(reason, 4);
        }
    }

    /// P6: nobody but Governance holds the admin role, whoever acted.
    function invariant_adminIsGovernanceAlone() public view {
        uint64 admin = access.ADMIN_ROLE();
        (bool yes,) = access.hasRole(admin, Predeploys.GOVERNANCE);
        assertTrue(yes);
        address[7] memory others =
            [opKeys[0], opKeys[1], brandKey, address(parties), address(policy), address(this), address(actors)];
        for (uint256 i = 0; i < others.length; ++i) {
            (yes,) = access.hasRole(admin, others[i]);
            assertFalse(yes);
        }
        for (uint256 i = 0; i < actors.keyCount(); ++i) {
            (yes,) = access.hasRole(admin, actors.keys(i));
            assertFalse(yes);
        }
    }
}
