package contracts_test

import (
	"crypto/sha256"
	"encoding/json"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

func addr(name string) (a common.Address) {
	copy(a[:], crypto.Keccak256([]byte(name)))
	return a
}

// four is a consortium of four operators with one validator each, and a sandbox.
func four() contracts.GenesisConfig {
	cfg := contracts.GenesisConfig{
		ChainID: 789826, Time: 1_790_000_000, Timelock: 60,
		Sandbox: &contracts.GenesisSandbox{Name: "Sandbox", Key: addr("sandbox")},
	}
	for _, name := range []string{"Growers", "Juice", "Logistics", "Market"} {
		cfg.Operators = append(cfg.Operators, contracts.GenesisOperator{
			Name: name, Country: "CN", Key: addr(name),
			Nodes: []contracts.GenesisNode{{
				PeerID:       append([]byte{0, 36, 8, 1, 18, 32}, crypto.Keccak256([]byte(name))...),
				ValidatorKey: crypto.Keccak256Hash([]byte(name + " validator")),
			}},
		})
	}
	return cfg
}

func TestGenesisIsDeterministic(t *testing.T) {
	t.Parallel()
	hash := func() [32]byte {
		alloc, err := contracts.Genesis(four())
		require.NoError(t, err)
		out, err := json.Marshal(alloc)
		require.NoError(t, err)
		return sha256.Sum256(out)
	}
	assert.Equal(t, hash(), hash())
}

func TestGenesisAllocation(t *testing.T) {
	t.Parallel()
	alloc, err := contracts.Genesis(four())
	require.NoError(t, err)
	assert.True(t, contracts.IsHeads(alloc[contracts.HeadsAddr].Code))
	assert.False(t, contracts.IsHeads(nil))
	assert.False(t, contracts.IsHeads(alloc[contracts.PartiesAddr].Code))

	// EIP-1967: keccak256("eip1967.proxy.implementation") - 1
	slot := common.BigToHash(new(big.Int).Sub(crypto.Keccak256Hash([]byte("eip1967.proxy.implementation")).Big(), big.NewInt(1)))
	for name, a := range map[string]common.Address{
		"Access": contracts.AccessAddr, "Governance": contracts.GovernanceAddr, "Parties": contracts.PartiesAddr,
		"Policy": contracts.PolicyAddr, "TraceLog": contracts.TraceLogAddr,
	} {
		code := common.BytesToAddress(alloc[a].Storage[slot].Bytes())
		assert.NotEmpty(t, alloc[code].Code, "%s: no implementation behind its proxy", name)
		assert.True(t, contracts.IsPredeploy(code), "%s: implementation outside of the reserved range", name)
	}
	assert.Empty(t, alloc[contracts.HeadsAddr].Storage[slot], "Heads has no proxy")
	for a, account := range alloc {
		assert.LessOrEqual(t, len(account.Code), params.MaxCodeSize, "code at %s", a)
		if len(account.Code) != 0 {
			assert.NotZero(t, account.Nonce, "nonce of contract %s", a)
		}
	}

	assert.Equal(t, params.BeaconRootsCode, alloc[params.BeaconRootsAddress].Code)
	assert.Equal(t, params.HistoryStorageCode, alloc[params.HistoryStorageAddress].Code)
	assert.Equal(t, params.WithdrawalQueueCode, alloc[params.WithdrawalQueueAddress].Code)
	assert.Equal(t, params.ConsolidationQueueCode, alloc[params.ConsolidationQueueAddress].Code)
	// The code hash it has on public chains.
	assert.Equal(t, common.HexToHash("0x2fa86add0aed31f33a762c9d88e807c475bd51d0f52bd0955754b2608f7e4989"),
		crypto.Keccak256Hash(alloc[contracts.Create2Addr].Code))
	assert.NotEmpty(t, alloc[contracts.Multicall3Addr].Code)

	for _, name := range []string{"Growers", "Juice", "Logistics", "Market"} {
		key := addr(name)
		word := alloc[contracts.GovernanceAddr].Storage[mapSlot(common.BytesToHash(key[:]), contracts.OperatorKeysSlot)]
		assert.NotEmpty(t, word, "operator %s in slot 0 of Governance", name)
		assert.NotEmpty(t, alloc[common.BytesToAddress(word[:])].Code, "account of operator %s", name)
		assert.Equal(t, big.NewInt(1), alloc[key].Balance, "touched key of operator %s", name)
	}
}

// Every change of the registry is a leaf; the heads in the allocation are what the format package makes of the logs.
func TestGenesisHeadsFollowFromItsLogs(t *testing.T) {
	t.Parallel()
	cfg := four()
	alloc, err := contracts.Genesis(cfg)
	require.NoError(t, err)
	logs, err := contracts.GenesisLogs(cfg)
	require.NoError(t, err)

	heads := contracts.NewHeads()
	lanes := map[format.Hash]*format.Head{}
	leaves, appended := uint64(0), uint64(0)
	var want format.Hash // the leaf that the latest registry log stands for
	var lane format.Hash
	for _, l := range logs {
		if object, kind, commitment, ok := contracts.RegistryLeaf(l); ok {
			leaf := format.LeafFields{
				ChainID: cfg.ChainID, Heads: format.Address(contracts.HeadsAddr),
				Party: format.Address(common.BytesToAddress(l.Topics[1][:])), Key: format.Address(contracts.PartiesAddr),
				Kind: kind, BlockTime: cfg.Time, Commitment: commitment,
			}
			want, lane = leaf.Hash(), format.LaneKey(format.Trunk, object.Key())
			continue
		}
		if e, err := heads.UnpackMovedEvent(l); err == nil {
			require.Equal(t, want, format.Hash(e.Leaf), "leaf %d", leaves)
			require.Equal(t, common.Hash(lane), common.Hash(e.LaneKey), "lane of leaf %d", leaves)
			if lanes[lane] == nil {
				lanes[lane] = &format.Head{}
			}
			*lanes[lane] = lanes[lane].Append(lane, want)
			leaves++
		} else if e, err := heads.UnpackAppendedEvent(l); err == nil {
			require.Equal(t, appended, e.First.Uint64(), "leaf numbers have no gaps")
			appended++
		}
	}
	require.Equal(t, leaves, appended)
	require.Greater(t, leaves, uint64(4*4), "party, agent, key and node of each operator")

	words := map[common.Hash]common.Hash{}
	for lane, head := range lanes {
		words[mapSlot(common.Hash(lane), 0)] = common.Hash(head.Word())
	}
	words[common.BigToHash(big.NewInt(2))] = common.BigToHash(new(big.Int).SetUint64(leaves))
	assert.Equal(t, words, alloc[contracts.HeadsAddr].Storage, "slot 0 of Heads maps lanes to heads, slot 2 counts leaves")
}

func mapSlot(key common.Hash, slot uint64) common.Hash {
	return crypto.Keccak256Hash(key[:], common.BigToHash(new(big.Int).SetUint64(slot)).Bytes())
}

func TestGenesisRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*contracts.GenesisConfig)
		want  string
	}{
		"no chain id":     {func(c *contracts.GenesisConfig) { c.ChainID = 0 }, "chain id"},
		"no operators":    {func(c *contracts.GenesisConfig) { c.Operators = nil }, "0 operators"},
		"same key":        {func(c *contracts.GenesisConfig) { c.Operators[1].Key = c.Operators[0].Key }, "is zero or that of"},
		"same peer":       {func(c *contracts.GenesisConfig) { c.Operators[1].Nodes = c.Operators[0].Nodes }, "peer id"},
		"empty name":      {func(c *contracts.GenesisConfig) { c.Operators[2].Name = "" }, "BadName"},
		"bad GLN":         {func(c *contracts.GenesisConfig) { c.Operators[2].GLN = 4012345000000 }, "BadGLN"},
		"long timelock":   {func(c *contracts.GenesisConfig) { c.Timelock = 1 << 40 }, "timelock"},
		"sandbox no key":  {func(c *contracts.GenesisConfig) { c.Sandbox.Key = common.Address{} }, "sandbox"},
		"unknown country": {func(c *contracts.GenesisConfig) { c.Operators[0].Country = "China" }, "country"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := four()
			c.spoil(&cfg)
			_, err := contracts.Genesis(cfg)
			require.ErrorContains(t, err, c.want)
		})
	}
}
