// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The fixed addresses of the ledger's contracts, the same on every chain.
library Predeploys {
    address internal constant ACCESS = 0x5359000000000000000000000000000000000001;
    address internal constant GOVERNANCE = 0x5359000000000000000000000000000000000002;
    address internal constant PARTIES = 0x5359000000000000000000000000000000000003;
    address internal constant HEADS = 0x5359000000000000000000000000000000000004;
    address internal constant POLICY = 0x5359000000000000000000000000000000000005;
    address internal constant TRACE_LOG = 0x5359000000000000000000000000000000000006;

    /// @notice Whether the address lies in the reserved range 0x5359…0000 to 0x5359…00ff.
    function contains(address a) internal pure returns (bool) {
        return uint160(a) >> 8 == uint160(0x5359000000000000000000000000000000000000) >> 8;
    }
}
