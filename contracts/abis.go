package contracts

import "github.com/ethereum/go-ethereum/accounts/abi"

// Errors are the custom errors of all predeployed contracts of ours, to put reverts into words.
func Errors() []abi.Error {
	var out []abi.Error
	for _, a := range []abi.ABI{NewParties().GetABI(), NewGovernance().GetABI(), NewPolicy().GetABI(), NewHeads().GetABI(), NewTraceLog().GetABI()} {
		for _, e := range a.Errors {
			out = append(out, e)
		}
	}
	return out
}
