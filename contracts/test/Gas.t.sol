// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Object} from "../src/format/Object.sol";
import {Base} from "./Base.sol";

/// @dev A cheat code that forge-std 1.9.3 doesn't declare.
interface Cool {
    function cool(address target) external;
}

/// @notice Named costs, kept in .gas-snapshot. Execution only: a transaction adds 21,000 and its call data.
contract GasTest is Base {
    function _batch(uint256 events, uint256 each, string memory gtin) private pure returns (Object[][] memory all) {
        all = new Object[][](events);
        for (uint256 i = 0; i < events; ++i) {
            all[i] = new Object[](each);
            for (uint256 j = 0; j < each; ++j) {
                all[i][j] = _unit(gtin, string(abi.encode(i, j)));
            }
        }
    }

    /// @dev Gas of one call from a fresh account of the state: everything it touches is cold.
    function _measure(Object[][] memory objects, address[] memory next, string memory name) private {
        bytes32[] memory c = _commitments(objects.length);
        bytes memory data = abi.encodeCall(heads.append, (TRUNK, 1, c, objects, next, new bytes(300 * objects.length)));
        _cool();
        vm.prank(brandKey, brandKey);
        uint256 before = gasleft();
        (bool ok,) = address(heads).call(data);
        uint256 used = before - gasleft();
        assertTrue(ok);
        emit log_named_uint(string.concat(name, ": execution gas"), used);
        emit log_named_uint(string.concat(name, ": with call data and 21000"), used + _intrinsic(data));
        before = gasleft();
        policy.check(brandKey, TRUNK, 1, objects, next);
        emit log_named_uint(string.concat(name, ": of which policy, warm"), before - gasleft());
        assertLt(used + _intrinsic(data), 16_777_216, "must fit in a transaction");
    }

    function _cool() private {
        address[6] memory all = [
            address(heads),
            address(policy),
            address(parties),
            address(uint160(address(policy)) | 0x80),
            address(uint160(address(parties)) | 0x80),
            _reserved(0x90)
        ];
        for (uint256 i = 0; i < all.length; ++i) {
            Cool(address(vm)).cool(all[i]);
        }
    }

    function _intrinsic(bytes memory data) private pure returns (uint256 gas) {
        gas = 21_000;
        for (uint256 i = 0; i < data.length; ++i) {
            gas += data[i] == 0 ? 4 : 16;
        }
    }

    function test_append1event2objects() public {
        _measure(_batch(1, 2, BRAND_GTIN), _none(), "1 event of 2 new objects");
    }

    function test_append100events2objects() public {
        _measure(_batch(100, 2, BRAND_GTIN), _none(), "100 events of 2 new objects");
    }

    function test_append100events2objectsHandedOver() public {
        _measure(_batch(100, 2, BRAND_GTIN), _to(carrier), "100 events of 2 new objects, handed over");
    }

    function test_append1event256objects() public {
        _measure(_batch(1, 256, BRAND_GTIN), _none(), "1 event of 256 new objects");
    }

    function test_appendAgain100events2objects() public {
        Object[][] memory objects = _batch(100, 2, BRAND_GTIN);
        vm.prank(brandKey, brandKey);
        heads.append(TRUNK, 1, _commitments(100), objects, _none(), "");
        _measure(objects, _none(), "100 events of 2 known objects");
    }

    function test_admission() public view {
        parties.admission(brandKey, address(heads));
    }
}
