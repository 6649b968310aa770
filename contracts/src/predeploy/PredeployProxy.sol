// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";

/// @title PredeployProxy
/// @notice What stands at every predeploy's address but that of Heads.
contract PredeployProxy is ERC1967Proxy {
    constructor(address implementation) ERC1967Proxy(implementation, "") {}

    /// @dev Genesis calls the initialisers one after the other, before there is a block.
    function _unsafeAllowUninitialized() internal pure override returns (bool) {
        return true;
    }
}
