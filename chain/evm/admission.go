package evm

import (
	"fmt"
	"math/big"
	"sync"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"

	"github.com/suyuan-ledger/suyuan/chain/admit"
)

var (
	// PartiesAddress and GovernanceAddress are where admission looks. [genesis]
	PartiesAddress    = common.HexToAddress("0x5359000000000000000000000000000000000003")
	GovernanceAddress = common.HexToAddress("0x5359000000000000000000000000000000000002")

	admissionSelector = crypto.Keccak256([]byte("admission(address,address)"))[:4]
)

// grant is Parties' answer for one key and target.
type grant struct {
	party  common.Address // whose quota the transaction counts on
	reason admit.Reason
	asked  uint64 // block time the answer was given for
	until  uint64 // block time the answer holds to, 0 for ever
}

// holds tells whether the remembered answer is the one Parties would give at this time. At the end of
// its time the answer is asked again, so it makes no difference on which side of that second a key ends.
func (g grant) holds(at uint64) bool {
	return at >= g.asked && (g.until == 0 || at < g.until)
}

type question struct{ key, to common.Address }

// admission answers for transactions on top of one parent state. Every road into a block uses it: a
// difference between two roads would let a proposer build blocks that the others refuse.
//
// The answer is a pure function of transaction, parent state and block time; the memo only saves time.
type admission struct {
	chain  *vmContext
	parent *types.Header
	signer types.Signer

	mu    sync.Mutex // a StateDB serves one reader at a time
	state *state.StateDB
	memo  map[question]grant
}

// vmContext is what executing a call needs of the chain.
type vmContext struct {
	chain *core.BlockChain
	// open, set by tests only, admits every key while there is no code at PartiesAddress.
	open bool
}

func newAdmission(c *vmContext, parent *types.Header) (*admission, error) {
	st, err := c.chain.StateAt(parent.Root, parent.Number, parent.Time)
	if err != nil {
		return nil, fmt.Errorf("state of block %d: %w", parent.Number, err)
	}
	return &admission{
		chain:  c,
		parent: parent,
		signer: types.LatestSigner(c.chain.Config()),
		state:  st,
		memo:   make(map[question]grant),
	}, nil
}

// admissible decides whether tx may be in the block with this time on top of the parent. It returns
// sender and party, or *Inadmissible; any other error is a fault of this node's database and says
// nothing about the transaction.
func (a *admission) admissible(tx *types.Transaction, at uint64) (sender, party common.Address, err error) {
	if reason := checkShape(tx, a.chain.chain.Config().ChainID); reason != admit.Admitted {
		return sender, party, &Inadmissible{Reason: reason, To: tx.To()}
	}
	sender, err = types.Sender(a.signer, tx)
	if err != nil {
		return sender, party, &Inadmissible{Reason: admit.BadSignature, To: tx.To()}
	}
	q := question{key: sender}
	if to := tx.To(); to != nil {
		q.to = *to
	}
	g, err := a.ask(q, at)
	if err != nil {
		return sender, party, err
	}
	if g.reason != admit.Admitted {
		return sender, g.party, &Inadmissible{Reason: g.reason, Key: sender, To: tx.To()}
	}
	return sender, g.party, nil
}

// checkShape holds the rules that need no state.
func checkShape(tx *types.Transaction, chainID *big.Int) admit.Reason {
	switch tx.Type() {
	case types.LegacyTxType, types.AccessListTxType, types.DynamicFeeTxType:
	default:
		return admit.WrongType
	}
	switch {
	case !tx.Protected() || tx.ChainId().Cmp(chainID) != 0:
		return admit.WrongChain
	case tx.GasTipCap().Sign() != 0 || tx.GasFeeCap().Sign() != 0:
		return admit.FeeNotZero
	case tx.Value().Sign() != 0:
		return admit.ValueNotZero
	case tx.Gas() > MaxTxGas:
		return admit.TooMuchGas
	case tx.Size() > MaxTxBytes:
		return admit.TooLarge
	}
	return admit.Admitted
}

func (a *admission) ask(q question, at uint64) (grant, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if g, ok := a.memo[q]; ok && g.holds(at) {
		return g, nil
	}
	g, ok := a.askParties(q, at)
	if !ok {
		g = a.askGovernance(q)
	}
	// A read error turns up as a failed call or an empty slot. It must not pass for an answer.
	if err := a.state.Error(); err != nil {
		return grant{}, fmt.Errorf("reading state of block %d: %w", a.parent.Number, err)
	}
	g.asked = at
	a.memo[q] = g
	return g, nil
}

// askParties asks Parties.admission(key, to) returns (address party, uint64 validUntil, uint8 reason)
// by a static call; ok is false if it fails or the answer isn't exactly that.
func (a *admission) askParties(q question, at uint64) (g grant, ok bool) {
	input := append(append([]byte{}, admissionSelector...), common.LeftPadBytes(q.key[:], 32)...)
	input = append(input, common.LeftPadBytes(q.to[:], 32)...)
	out, err := staticCall(a.chain.chain, a.state, a.parent, at, PartiesAddress, input, admissionGas)
	if err != nil || len(out) != 96 {
		return g, false
	}
	party, okParty := word(out[:32], 20)
	until, okUntil := word(out[32:64], 8)
	reason, okReason := word(out[64:], 1)
	if !okParty || !okUntil || !okReason {
		return g, false
	}
	return grant{
		party:  common.BytesToAddress(party),
		until:  new(big.Int).SetBytes(until).Uint64(),
		reason: admit.Reason(reason[0]),
	}, true
}

// word takes the last n bytes of an ABI word and checks that the others are zero.
func word(w []byte, n int) ([]byte, bool) {
	for _, b := range w[:32-n] {
		if b != 0 {
			return nil, false
		}
	}
	return w[32-n:], true
}

// askGovernance is the way out when Parties is broken: operators' keys, read straight from the mapping
// in slot 0 of Governance, so that operators can repair Parties.
func (a *admission) askGovernance(q question) grant {
	if a.chain.open && a.state.GetCodeSize(PartiesAddress) == 0 {
		return grant{party: q.key}
	}
	slot := crypto.Keccak256Hash(common.LeftPadBytes(q.key[:], 32), make([]byte, 32))
	if a.state.GetState(GovernanceAddress, slot) == (common.Hash{}) {
		return grant{party: q.key, reason: admit.OperatorsOnly}
	}
	return grant{party: q.key}
}

// staticCall runs one read-only call on top of parent as if in a block of the given time. The state is
// left as it was. The result depends on nothing else.
func staticCall(chain *core.BlockChain, st *state.StateDB, parent *types.Header, at uint64, to common.Address, input []byte, gas uint64) ([]byte, error) {
	return staticCallWith(chain, st, parent, at, to, input, gas, func(*vm.EVM) func() { return func() {} })
}

// staticCallWith is staticCall with a hand on the machine while it runs.
func staticCallWith(chain *core.BlockChain, st *state.StateDB, parent *types.Header, at uint64, to common.Address, input []byte, gas uint64, hold func(*vm.EVM) func()) ([]byte, error) {
	header := &types.Header{
		ParentHash:    parent.Hash(),
		Number:        new(big.Int).Add(parent.Number, common.Big1),
		Time:          at,
		GasLimit:      BlockGasLimit,
		Difficulty:    new(big.Int),
		BaseFee:       new(big.Int),
		ExcessBlobGas: new(uint64),
	}
	machine := vm.NewEVM(core.NewEVMBlockContext(header, chain, &common.Address{}), st, chain.Config(), vm.Config{})
	defer machine.Release()
	machine.SetJumpDestCache(chain.JumpDestCache())
	machine.SetTxContext(vm.TxContext{GasPrice: new(uint256.Int)})
	rules := machine.GetRules()
	// Prepare empties the access list, or an earlier call would make this one cheaper.
	st.Prepare(rules, common.Address{}, common.Address{}, &to, vm.ActivePrecompiles(rules), nil)
	snapshot := st.Snapshot()
	defer st.RevertToSnapshot(snapshot)
	release := hold(machine)
	defer release()
	out, _, err := machine.StaticCall(common.Address{}, to, input, vm.NewGasBudget(gas, 0))
	if err == vm.ErrExecutionReverted {
		if why, unpackErr := abi.UnpackRevert(out); unpackErr == nil {
			return out, fmt.Errorf("%w: %s", err, why)
		}
	}
	return out, err
}

// Inadmissible is the error for a transaction that may not be in the next block.
type Inadmissible struct {
	Reason admit.Reason
	Key    common.Address  // who signed; zero when the signature is bad
	To     *common.Address // called address, nil for contract creation
}

func (e *Inadmissible) Error() string {
	switch {
	case e.Key == (common.Address{}):
		return e.Reason.String()
	case e.To == nil:
		return fmt.Sprintf("key %s, creating a contract: %s", e.Key, e.Reason)
	}
	return fmt.Sprintf("key %s, calling %s: %s", e.Key, e.To, e.Reason)
}
