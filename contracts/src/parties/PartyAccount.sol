// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Predeploys} from "../predeploy/Predeploys.sol";
import {IParties} from "./interfaces/IParties.sol";
import {Scopes} from "./Scopes.sol";

/// @title PartyAccount
/// @notice The account that is a party: it holds what belongs to the organisation and acts when a key that may
/// administer the party tells it to. Every account runs the code that Parties names as beacon.
contract PartyAccount {
    /// @notice The account made a call.
    event Executed(address indexed key, address indexed target, uint256 value, bytes4 selector);

    /// @notice The caller is no live key of this party that may administer. Reason as in {IParties-admission}.
    error NotAdministrator(address caller, uint8 reason);

    /// @notice Calls `target` as the party. Reverts with what the call reverts with.
    function execute(address target, uint256 value, bytes calldata data)
        external
        payable
        returns (bytes memory answer)
    {
        (address party, uint32 scopes, uint8 reason) = IParties(Predeploys.PARTIES).acting(msg.sender);
        require(
            reason == 0 && party == address(this) && scopes & Scopes.ADMINISTER != 0,
            NotAdministrator(msg.sender, reason)
        );
        bool ok;
        (ok, answer) = target.call{value: value}(data);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(answer, 0x20), mload(answer))
            }
        }
        emit Executed(msg.sender, target, value, data.length >= 4 ? bytes4(data) : bytes4(0));
    }

    receive() external payable {}
}
