// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {Predeploys} from "./Predeploys.sol";

/// @title Predeploy
/// @notice Base of the contracts behind the predeployed proxies: upgraded by Governance alone, and with restricted
/// functions whose callers AccessManager decides (Governance, unless it gave a role for the function away).
/// @dev Both bases keep their state outside of the ordinary storage slots, so heirs start at slot 0.
abstract contract Predeploy is Initializable, UUPSUpgradeable {
    error NotGovernanceCaller(address caller);
    error AccessDenied(address caller, bytes4 selector);

    modifier restricted() {
        (bool immediate,) = IAccessManager(Predeploys.ACCESS).canCall(msg.sender, address(this), msg.sig);
        require(immediate, AccessDenied(msg.sender, msg.sig));
        _;
    }

    constructor() {
        _disableInitializers();
    }

    /// @notice The contract that decides who may call restricted functions.
    function authority() external pure returns (address) {
        return Predeploys.ACCESS;
    }

    /// @dev Asks no other contract: even a broken AccessManager can be replaced.
    function _authorizeUpgrade(address) internal view override {
        require(msg.sender == Predeploys.GOVERNANCE, NotGovernanceCaller(msg.sender));
    }
}
