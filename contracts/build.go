package contracts

import (
	"fmt"
	"math"
	"math/big"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
)

// Where the code behind the proxies stands in a new chain, in the reserved part of the predeploys' range. Upgrades
// put later code elsewhere.
var (
	accessCode     = predeploy(0x81)
	governanceCode = predeploy(0x82)
	partiesCode    = predeploy(0x83)
	policyCode     = predeploy(0x85)
	traceLogCode   = predeploy(0x86)
	licencesCode   = predeploy(0x90) // the second half of Parties
	accountCode    = predeploy(0x91) // what party accounts run
)

// premint is what Parties holds to touch accounts with, one wei each. There is no other coin.
var premint = uint256.NewInt(1_000_000_000_000_000_000)

// build deploys and initialises everything and dumps what was written.
func build(cfg GenesisConfig) (types.GenesisAlloc, []*types.Log, error) {
	if err := cfg.check(); err != nil {
		return nil, nil, err
	}
	b, err := newBuilder(cfg)
	if err != nil {
		return nil, nil, err
	}
	b.system()
	b.deploy(HeadsAddr, HeadsMetaData.Bin, nil)
	b.deploy(licencesCode, LicencesMetaData.Bin, nil)
	b.deploy(accountCode, PartyAccountMetaData.Bin, nil)
	b.proxy(AccessAddr, accessCode, AccessMetaData.Bin, nil)
	b.proxy(GovernanceAddr, governanceCode, GovernanceMetaData.Bin, nil)
	b.proxy(PartiesAddr, partiesCode, PartiesMetaData.Bin, NewParties().PackConstructor(licencesCode))
	b.proxy(PolicyAddr, policyCode, PolicyMetaData.Bin, nil)
	b.proxy(TraceLogAddr, traceLogCode, TraceLogMetaData.Bin, nil)
	b.state.AddBalance(PartiesAddr, premint, tracing.BalanceIncreaseGenesisBalance)
	b.initialise(cfg)
	if b.err != nil {
		return nil, nil, b.err
	}
	return b.dump(), b.logs, nil
}

// builder runs constructors and initialisers. After an error it does nothing more.
type builder struct {
	db      *state.StateDB
	state   vm.StateDB // db, noting what is written
	evm     *vm.EVM
	rules   params.Rules
	written map[common.Address]map[common.Hash]struct{}
	logs    []*types.Log
	err     error
}

func newBuilder(cfg GenesisConfig) (*builder, error) {
	db, err := state.New(types.EmptyRootHash, state.NewDatabaseForTesting()) // in memory
	if err != nil {
		return nil, fmt.Errorf("genesis: empty state: %w", err)
	}
	b := &builder{db: db, written: map[common.Address]map[common.Hash]struct{}{}}
	b.state = state.NewHookedState(db, &tracing.Hooks{
		OnBalanceChange: func(a common.Address, _, _ *big.Int, _ tracing.BalanceChangeReason) { b.touch(a) },
		OnNonceChange:   func(a common.Address, _, _ uint64) { b.touch(a) },
		OnCodeChange:    func(a common.Address, _ common.Hash, _ []byte, _ common.Hash, _ []byte) { b.touch(a) },
		OnStorageChange: func(a common.Address, slot, _, _ common.Hash) { b.touch(a)[slot] = struct{}{} },
		OnLog:           func(l *types.Log) { b.logs = append(b.logs, l) },
	})
	config := osaka(cfg.ChainID)
	b.evm = vm.NewEVM(vm.BlockContext{
		CanTransfer: core.CanTransfer,
		Transfer:    core.Transfer,
		GetHash:     func(uint64) common.Hash { return common.Hash{} },
		BlockNumber: new(big.Int),
		Time:        cfg.Time,
		Difficulty:  new(big.Int),
		GasLimit:    math.MaxUint64,
		BaseFee:     new(big.Int),
		BlobBaseFee: new(big.Int),
		Random:      new(common.Hash),
	}, b.state, config, vm.Config{})
	b.rules = config.Rules(new(big.Int), true, cfg.Time)
	return b, nil
}

// osaka is a chain with every fork up to Osaka from its first block.
func osaka(chainID uint64) *params.ChainConfig {
	now := uint64(0)
	zero := new(big.Int)
	return &params.ChainConfig{
		ChainID: new(big.Int).SetUint64(chainID), HomesteadBlock: zero, EIP150Block: zero, EIP155Block: zero,
		EIP158Block: zero, ByzantiumBlock: zero, ConstantinopleBlock: zero, PetersburgBlock: zero, IstanbulBlock: zero,
		MuirGlacierBlock: zero, BerlinBlock: zero, LondonBlock: zero, ArrowGlacierBlock: zero, GrayGlacierBlock: zero,
		TerminalTotalDifficulty: zero, ShanghaiTime: &now, CancunTime: &now, PragueTime: &now, OsakaTime: &now,
	}
}

func (b *builder) touch(a common.Address) map[common.Hash]struct{} {
	if b.written[a] == nil {
		b.written[a] = map[common.Hash]struct{}{}
	}
	return b.written[a]
}

// setCode puts code at an address, which then counts as created (nonce 1).
func (b *builder) setCode(at common.Address, code []byte) {
	b.state.SetCode(at, code, tracing.CodeChangeGenesis)
	b.state.SetNonce(at, 1, tracing.NonceChangeGenesis)
}

// deploy runs creation code at a fixed address and leaves there what it returns. The constructor sees its own final
// address, which the proxies' upgrade guard makes a constant of.
func (b *builder) deploy(at common.Address, bin string, args []byte) {
	if b.err != nil {
		return
	}
	b.setCode(at, append(common.FromHex(bin), args...))
	code := b.call(common.Address{}, at, nil)
	if b.err == nil && len(code) > params.MaxCodeSize {
		b.err = fmt.Errorf("genesis: code for %s has %d bytes, at most %d", at, len(code), params.MaxCodeSize)
	}
	b.setCode(at, code)
}

// proxy deploys an implementation and a proxy in front of it.
func (b *builder) proxy(at, code common.Address, bin string, args []byte) {
	b.deploy(code, bin, args)
	b.deploy(at, PredeployProxyMetaData.Bin, NewPredeployProxy().PackConstructor(code))
}

// call calls as `from`, in its own transaction.
func (b *builder) call(from, to common.Address, data []byte) []byte {
	if b.err != nil {
		return nil
	}
	b.state.Prepare(b.rules, from, common.Address{}, &to, vm.ActivePrecompiles(b.rules), nil)
	b.evm.SetTxContext(vm.TxContext{GasPrice: new(uint256.Int)})
	answer, _, err := b.evm.Call(from, to, data, vm.NewGasBudget(math.MaxUint64, 0), new(uint256.Int))
	if err != nil {
		b.err = fmt.Errorf("genesis: call of %s: %w%s", to, err, reason(answer))
	}
	return answer
}

// reason renders what a call reverted with.
func reason(answer []byte) string {
	if text, err := abi.UnpackRevert(answer); err == nil {
		return ": " + text
	}
	if e, err := NewParties().UnpackError(answer); err == nil {
		return fmt.Sprintf(": %T%+v", e, e)
	}
	return fmt.Sprintf(": 0x%x", answer)
}

// system puts the contracts in place that Osaka's block processing calls, and those that wallets expect.
func (b *builder) system() {
	b.setCode(params.BeaconRootsAddress, params.BeaconRootsCode)
	b.setCode(params.HistoryStorageAddress, params.HistoryStorageCode)
	b.setCode(params.WithdrawalQueueAddress, params.WithdrawalQueueCode)
	b.setCode(params.ConsolidationQueueAddress, params.ConsolidationQueueCode)
	b.setCode(Create2Addr, params.DeterministicFactoryCode)
	b.deploy(Multicall3Addr, Multicall3MetaData.Bin, nil)
}

func (b *builder) initialise(cfg GenesisConfig) {
	nobody := common.Address{}
	notes := cfg.NotesPerDay
	if notes == 0 {
		notes = DefaultNotesPerDay
	}
	b.call(nobody, AccessAddr, NewAccess().PackInitialize())
	b.call(nobody, PolicyAddr, NewPolicy().PackInitialize(notes))
	b.call(nobody, TraceLogAddr, NewTraceLog().PackInitialize())

	parties := NewParties()
	founders := make([]Founder, len(cfg.Operators))
	for i, op := range cfg.Operators {
		founders[i] = Founder{Key: op.Key, Details: PartyDetails{Name: op.Name, Gln: op.GLN}}
		copy(founders[i].Details.Country[:], op.Country)
		for _, n := range op.Nodes {
			founders[i].Nodes = append(founders[i].Nodes, Node{PeerId: n.PeerID, ValidatorKey: n.ValidatorKey})
		}
	}
	var sandbox PartyDetails
	var sandboxKey common.Address
	if cfg.Sandbox != nil {
		sandbox.Name, sandboxKey = cfg.Sandbox.Name, cfg.Sandbox.Key
	}
	b.call(nobody, PartiesAddr, parties.PackInitialize(accountCode, founders, sandbox, sandboxKey))

	page := b.call(nobody, PartiesAddr, parties.PackParties(new(big.Int), big.NewInt(maxOperators+1)))
	if b.err != nil {
		return
	}
	list, err := parties.UnpackParties(page)
	if err != nil {
		b.err = fmt.Errorf("genesis: list of parties: %w", err)
		return
	}
	operators := make([]Operator, len(founders))
	for i := range operators {
		operators[i] = Operator{Party: list.Page[i], Key: founders[i].Key}
	}
	b.call(nobody, GovernanceAddr, NewGovernance().PackInitialize(operators, cfg.Timelock))
	if cfg.Sandbox != nil {
		b.call(GovernanceAddr, PartiesAddr, parties.PackGrantSandbox(list.Page[len(operators)]))
	}
}

// dump reads back what was written. Addresses that end empty are left out.
func (b *builder) dump() types.GenesisAlloc {
	alloc := types.GenesisAlloc{}
	for a, slots := range b.written {
		account := types.Account{
			Code:    b.db.GetCode(a),
			Balance: b.db.GetBalance(a).ToBig(),
			Nonce:   b.db.GetNonce(a),
		}
		for slot := range slots {
			if value := b.db.GetState(a, slot); value != (common.Hash{}) {
				if account.Storage == nil {
					account.Storage = map[common.Hash]common.Hash{}
				}
				account.Storage[slot] = value
			}
		}
		if len(account.Code) != 0 || account.Balance.Sign() != 0 || account.Nonce != 0 || account.Storage != nil {
			alloc[a] = account
		}
	}
	return alloc
}
