// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {Object} from "../src/format/Object.sol";
import {Governance} from "../src/governance/Governance.sol";
import {Operator} from "../src/governance/interfaces/IGovernance.sol";
import {IHeads} from "../src/heads/interfaces/IHeads.sol";
import {Founder, IParties, Node, PartyDetails} from "../src/parties/interfaces/IParties.sol";
import {Parties} from "../src/parties/Parties.sol";
import {Scopes} from "../src/parties/Scopes.sol";
import {IPolicy} from "../src/policy/interfaces/IPolicy.sol";
import {Policy} from "../src/policy/Policy.sol";
import {Access} from "../src/predeploy/Access.sol";
import {Predeploys} from "../src/predeploy/Predeploys.sol";
import {ITraceLog} from "../src/trace/interfaces/ITraceLog.sol";
import {TraceLog} from "../src/trace/TraceLog.sol";

/// @notice A chain as the Go genesis builder makes it: four operators, a sandbox, and three parties to play with.
abstract contract Base is Test {
    IHeads internal constant heads = IHeads(Predeploys.HEADS);
    IPolicy internal constant policy = IPolicy(Predeploys.POLICY);
    IParties internal constant parties = IParties(Predeploys.PARTIES);
    Governance internal constant governance = Governance(Predeploys.GOVERNANCE);
    Access internal constant access = Access(Predeploys.ACCESS);
    ITraceLog internal constant traceLog = ITraceLog(Predeploys.TRACE_LOG);

    uint64 internal constant TIMELOCK = 1 days;
    uint64 internal constant NOTES_PER_DAY = 1000;

    uint8 internal constant TRUNK = 0;
    uint8 internal constant NOTICE = 1;
    uint8 internal constant NOTES = 2;

    address[4] internal opKeys;
    address[4] internal ops;

    address internal sandboxKey = makeAddr("sandbox key");
    address internal sandboxParty;

    // A brand that holds the prefix 9506000 and is sponsored by operator 0, a carrier and a lab of operator 1.
    address internal brand;
    address internal brandKey = makeAddr("brand key");
    uint64 internal brandLicence;
    address internal carrier;
    address internal carrierKey = makeAddr("carrier key");
    address internal lab;
    address internal labKey = makeAddr("lab key");

    function setUp() public virtual {
        vm.warp(1_790_000_000);
        vm.roll(0);
        vm.chainId(789826);
        _genesis(true);
        vm.roll(1);
        _cast();
    }

    // ---- genesis ----

    function _genesis(bool withSandbox) internal {
        _deploy(Predeploys.HEADS, vm.getCode("Heads.sol:Heads"));
        address licencesCode = _reserved(0x90);
        address accountCode = _reserved(0x91);
        _deploy(licencesCode, vm.getCode("Licences.sol:Licences"));
        _deploy(accountCode, vm.getCode("PartyAccount.sol:PartyAccount"));
        _proxy(Predeploys.ACCESS, vm.getCode("Access.sol:Access"));
        _proxy(Predeploys.GOVERNANCE, vm.getCode("Governance.sol:Governance"));
        _proxy(Predeploys.PARTIES, abi.encodePacked(vm.getCode("Parties.sol:Parties"), abi.encode(licencesCode)));
        _proxy(Predeploys.POLICY, vm.getCode("Policy.sol:Policy"));
        _proxy(Predeploys.TRACE_LOG, vm.getCode("TraceLog.sol:TraceLog"));
        vm.deal(Predeploys.PARTIES, 1 ether);

        access.initialize();
        Policy(Predeploys.POLICY).initialize(NOTES_PER_DAY);
        TraceLog(Predeploys.TRACE_LOG).initialize();
        Founder[] memory founders = new Founder[](4);
        for (uint256 i = 0; i < 4; ++i) {
            opKeys[i] = makeAddr(string.concat("operator ", vm.toString(i)));
            founders[i].details.name = string.concat("Operator ", vm.toString(i));
            founders[i].key = opKeys[i];
            founders[i].nodes = new Node[](1);
            founders[i].nodes[0].peerId = abi.encodePacked("peer", i);
            founders[i].nodes[0].validatorKey = keccak256(abi.encodePacked("validator", i));
        }
        PartyDetails memory sandbox;
        if (withSandbox) sandbox.name = "Sandbox";
        Parties(Predeploys.PARTIES).initialize(accountCode, founders, sandbox, sandboxKey);
        (address[] memory list,) = parties.parties(0, 10);
        Operator[] memory operators = new Operator[](4);
        for (uint256 i = 0; i < 4; ++i) {
            ops[i] = list[i];
            operators[i] = Operator(list[i], opKeys[i], 0);
        }
        governance.initialize(operators, TIMELOCK);
        if (withSandbox) {
            sandboxParty = list[4];
            vm.prank(Predeploys.GOVERNANCE);
            parties.grantSandbox(sandboxParty);
        }
    }

    function _cast() private {
        brand = _register(0, "Brand", brandKey);
        carrier = _register(1, "Carrier", carrierKey);
        lab = _register(1, "Lab", labKey);
        vm.prank(opKeys[0]);
        brandLicence = parties.grantLicence(brand, 1, "9506000", uint64(block.timestamp), 0, "evidence");
    }

    function _register(uint256 operator, string memory name, address key) internal returns (address) {
        PartyDetails memory details;
        details.name = name;
        vm.prank(opKeys[operator]);
        return parties.registerParty(keccak256(bytes(name)), details, key, Scopes.DEFAULT_GRANTABLE);
    }

    function _reserved(uint8 n) internal pure returns (address) {
        return address(0x5359 << 144 | uint160(n));
    }

    /// @dev Code comes from the artifacts: with it inlined, every test contract would take seconds to compile.
    ///
    /// Runs creation code at the address, as the genesis builder does.
    function _deploy(address where, bytes memory creation) internal {
        vm.etch(where, creation);
        (bool ok, bytes memory code) = where.call("");
        require(ok, "constructor failed");
        vm.etch(where, code);
    }

    function _proxy(address where, bytes memory creation) private {
        address code = address(uint160(where) | 0x80);
        _deploy(code, creation);
        _deploy(where, abi.encodePacked(vm.getCode("PredeployProxy.sol:PredeployProxy"), abi.encode(code)));
    }

    // ---- words ----

    /// @dev GTIN 09506000134352 is under the brand's prefix, 04012345123456 under none.
    string internal constant BRAND_GTIN = "09506000134352";
    string internal constant FREE_GTIN = "04012345123456";

    function _unit(string memory gtin, string memory serial) internal pure returns (Object memory) {
        return Object(1, bytes32(bytes(gtin)), keccak256(bytes(serial)));
    }

    function _class(string memory gtin) internal pure returns (Object memory) {
        return Object(3, bytes32(bytes(gtin)), 0);
    }

    function _key(Object memory o) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256("suyuan/object/v1"), o.kind, o.primary, o.suffix));
    }

    function _lane(uint8 lane, Object memory o) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256("suyuan/lane/v1"), lane, _key(o)));
    }

    function _count(uint8 lane, Object memory o) internal view returns (uint256) {
        return uint48(heads.head(_lane(lane, o)) >> 208) & ~uint48(1 << 47);
    }

    function _one(Object memory o) internal pure returns (Object[][] memory all) {
        all = new Object[][](1);
        all[0] = new Object[](1);
        all[0][0] = o;
    }

    function _none() internal pure returns (address[] memory) {
        return new address[](0);
    }

    function _to(address a) internal pure returns (address[] memory all) {
        all = new address[](1);
        all[0] = a;
    }

    function _commitments(uint256 n) internal pure returns (bytes32[] memory all) {
        all = new bytes32[](n);
        for (uint256 i = 0; i < n; ++i) {
            all[i] = keccak256(abi.encode("commitment", i));
        }
    }

    /// @dev One event on one object, as a top-level transaction of the key.
    function _append(address key, uint8 lane, uint8 kind, Object memory o, address[] memory next) internal {
        vm.prank(key, key);
        heads.append(lane, kind, _commitments(1), _one(o), next, "");
    }

    function _append(address key, uint8 lane, uint8 kind, Object memory o) internal {
        _append(key, lane, kind, o, _none());
    }

    function _expectDenied(address party, uint256 i, uint256 j, uint256 reason) internal {
        vm.expectRevert(abi.encodeWithSelector(IPolicy.NotAuthorized.selector, party, i, j, reason));
    }

    function _expectFault(uint256 i, uint256 j, uint256 fault) internal {
        vm.expectRevert(abi.encodeWithSelector(IPolicy.BadObject.selector, i, j, fault));
    }
}
