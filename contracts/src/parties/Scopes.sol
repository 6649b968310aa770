// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a key may do, as bits.
library Scopes {
    uint32 internal constant ADMINISTER = 1 << 0;
    uint32 internal constant REGISTER = 1 << 1;
    uint32 internal constant CAPTURE = 1 << 2;
    uint32 internal constant INSPECT = 1 << 3;
    uint32 internal constant CERTIFY = 1 << 4;
    uint32 internal constant RECALL = 1 << 5;
    uint32 internal constant READ = 1 << 6;
    uint32 internal constant ORDER = 1 << 7;
    uint32 internal constant PROPOSE = 1 << 8;
    uint32 internal constant APPROVE = 1 << 9;
    uint32 internal constant SETTLE = 1 << 10;
    uint32 internal constant LEND = 1 << 11;
    uint32 internal constant ISSUE = 1 << 12;
    uint32 internal constant REDEEM = 1 << 13;
    uint32 internal constant RELAY = 1 << 14;
    uint32 internal constant DEPLOY = 1 << 15;

    uint32 internal constant ALL = (1 << 16) - 1;
    /// @dev REGISTER is an operator's act; DEPLOY reaches past the approved call targets. Governance gives them.
    uint32 internal constant DEFAULT_GRANTABLE = ALL & ~(REGISTER | DEPLOY);
}
