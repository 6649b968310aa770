// Package contracts carries the ledger's contracts: their Solidity sources and tests (this folder is a
// Foundry project), and for Go the ABIs, creation bytecode and typed calls that build.sh writes, the
// fixed addresses, and the genesis allocation they start from. Using it needs no Node and no compiler.
package contracts

import "github.com/ethereum/go-ethereum/common"

// Addresses of the predeployed contracts, the same on every chain. All but Heads are ERC-1967 proxies
// that Governance alone can upgrade.
var (
	AccessAddr     = predeploy(0x01) // OpenZeppelin's AccessManager
	GovernanceAddr = predeploy(0x02)
	PartiesAddr    = predeploy(0x03)
	HeadsAddr      = predeploy(0x04) // immutable
	PolicyAddr     = predeploy(0x05)
	TraceLogAddr   = predeploy(0x06)
	CalendarAddr   = predeploy(0x07) // reserved
	SettlementAddr = predeploy(0x08) // reserved

	Multicall3Addr = common.HexToAddress("0xcA11bde05977b3631167028862bE2a173976CA11")
	Create2Addr    = common.HexToAddress("0x4e59b44847b379578588920cA78FbF26c0B4956C")
)

func predeploy(n byte) common.Address {
	return common.Address{0: 0x53, 1: 0x59, 19: n}
}

// IsPredeploy says whether the address lies in the reserved range 0x5359…0000 to 0x5359…00ff.
func IsPredeploy(a common.Address) bool {
	a[19] = 0
	return a == predeploy(0)
}

// Scope is a set of things a key may do, one bit each.
type Scope uint32

// The scopes of keys.
const (
	ScopeAdminister Scope = 1 << iota // manage the party's agents, keys and licences
	ScopeRegister                     // operators: register parties, licences and nodes
	ScopeCapture
	ScopeInspect
	ScopeCertify
	ScopeRecall
	ScopeRead
	ScopeOrder
	ScopePropose
	ScopeApprove
	ScopeSettle
	ScopeLend
	ScopeIssue
	ScopeRedeem
	ScopeRelay
	ScopeDeploy // create contracts, call unlisted ones

	ScopeAll = ScopeDeploy<<1 - 1
)

// Why Parties.admission refuses a transaction.
const (
	Admitted           uint8 = 0
	UnknownKey         uint8 = 1
	KeyNotYetValid     uint8 = 2
	KeyExpired         uint8 = 3
	KeyRevoked         uint8 = 4
	PartySuspended     uint8 = 5
	SponsorSuspended   uint8 = 6
	TargetNotApproved  uint8 = 7
	DeployScopeMissing uint8 = 8
)

// OperatorKeysSlot is the storage slot of Governance's mapping from operators' voting keys to a nonzero
// word. Admission falls back on it when Parties can't answer.
const OperatorKeysSlot = 0
