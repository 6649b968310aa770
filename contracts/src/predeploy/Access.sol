// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {Predeploys} from "./Predeploys.sol";

/// @title Access
/// @notice OpenZeppelin's AccessManager behind a proxy. Its admin is Governance, and nobody else is ever given the role
/// except by Governance itself.
contract Access is AccessManager, Initializable, UUPSUpgradeable {
    error NotGovernanceCaller(address caller);

    /// @dev The admin set here belongs to the implementation's own storage, which no proxy uses.
    constructor() AccessManager(Predeploys.GOVERNANCE) {
        _disableInitializers();
    }

    function initialize() external initializer {
        _grantRole(ADMIN_ROLE, Predeploys.GOVERNANCE, 0, 0);
    }

    function _authorizeUpgrade(address) internal view override {
        require(msg.sender == Predeploys.GOVERNANCE, NotGovernanceCaller(msg.sender));
    }
}
