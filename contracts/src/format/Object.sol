// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Names one thing on the ledger.
/// @param kind 1 instance GTIN+serial, 2 lot GTIN+lot, 3 class GTIN, 4 SSCC, 5 GRAI, 6 GIAI, 7 CPID, 8 GDTI,
/// 9 other GS1 key, 20 URI, 30 prefix, 40 registry, 41 master data, 255 blinded
/// @param primary The canonical ASCII key, left-aligned and padded with zeros; for a URI keccak256 of its licensed
/// namespace; for a registry or master data object the party's address as a number
/// @param suffix keccak256 of the UTF-8 remainder, 0 if there is none
struct Object {
    uint8 kind;
    bytes32 primary;
    bytes32 suffix;
}
