package contracts

import "github.com/ethereum/go-ethereum/accounts/abi"

// ABIs are those of all predeployed contracts of ours.
func ABIs() []abi.ABI {
	return []abi.ABI{NewParties().GetABI(), NewGovernance().GetABI(), NewPolicy().GetABI(), NewHeads().GetABI(), NewTraceLog().GetABI()}
}
