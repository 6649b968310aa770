// Package node puts one running Suyuan node together: its folder and configuration, the keys it
// signs with, the API keys it accepts, and the HTTP server on which every door of the ledger opens.
//
// A node's folder ("home") holds everything it has:
//
//	suyuan.toml         configuration, all fields optional
//	genesis.json        the chain's genesis document, the same on every node
//	validator_key.json  ed25519 key of the validator; never run two nodes with one
//	node_key.json       ed25519 key of the peer
//	keystore/           encrypted secp256k1 keys (Web3 Secret Storage) of agents and operators
//	api_keys.json       hashes of the API keys and what each may do
//	data/               chain, state, indexes and outbox; rebuilt from peers, except for the outbox
//	                    and capture jobs not yet final
package node
