package chain

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/crypto/secp256k1"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/evm"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

func validators(n int) (keys []crypto.PubKey) {
	for range n {
		keys = append(keys, ed25519.GenPrivKey().PubKey())
	}
	return keys
}

func TestGenesisSplitsAnOperatorsPower(t *testing.T) {
	for n := 1; n <= 6; n++ {
		doc, err := NewGenesis(GenesisConfig{ChainID: 7, Operators: []Operator{{Name: "many", Validators: validators(n)}, {Name: "one", Validators: validators(1)}}})
		require.NoError(t, err)
		power := map[string]int64{}
		for _, v := range doc.Validators {
			power[v.Name] += v.Power
		}
		require.Equal(t, map[string]int64{"many": OperatorPower, "one": OperatorPower}, power)
	}
}

func TestGenesisBlockFollowsTheFormats(t *testing.T) {
	at := time.Unix(1_800_000_000, 900_000_000)
	doc, err := NewGenesis(GenesisConfig{ChainID: DemoChainID, Time: at, Operators: []Operator{{Name: "a", Validators: validators(1)}}})
	require.NoError(t, err)
	require.Equal(t, "suyuan-789826", doc.ChainID)
	genesis, err := evmGenesis(doc)
	require.NoError(t, err)
	h := genesis.ToBlock().Header()
	require.Equal(t, format.Extra(0), h.Extra)
	require.Equal(t, uint64(1_800_000_000), h.Time)
	require.Equal(t, uint64(20_000_000_000), h.GasLimit)
	require.Zero(t, h.BaseFee.Sign())
	require.Equal(t, common.Address{}, h.Coinbase)
	for _, addr := range []common.Address{params.BeaconRootsAddress, params.HistoryStorageAddress, params.WithdrawalQueueAddress, params.ConsolidationQueueAddress} {
		require.NotEmpty(t, genesis.Alloc[addr].Code, addr)
	}
}

func TestGenesisRefuses(t *testing.T) {
	shared := validators(1)
	tests := map[string]struct {
		cfg  GenesisConfig
		want string
	}{
		"no chain id":      {GenesisConfig{Operators: []Operator{{Validators: validators(1)}}}, "chain id is 0"},
		"no operators":     {GenesisConfig{ChainID: 1}, "no validators"},
		"no validators":    {GenesisConfig{ChainID: 1, Operators: []Operator{{Name: "a"}}}, "0 validators, want 1 to 6"},
		"seven validators": {GenesisConfig{ChainID: 1, Operators: []Operator{{Name: "a", Validators: validators(7)}}}, "7 validators, want 1 to 6"},
		"a shared key":     {GenesisConfig{ChainID: 1, Operators: []Operator{{Name: "a", Validators: shared}, {Name: "b", Validators: shared}}}, "share a validator key"},
		"another key type": {GenesisConfig{ChainID: 1, Operators: []Operator{{Name: "a", Validators: []crypto.PubKey{secp256k1.GenPrivKey().PubKey()}}}}, "want ed25519"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := NewGenesis(tt.cfg)
			require.ErrorContains(t, err, tt.want)
		})
	}
}

func TestOpenRefusesAChangedGenesisDocument(t *testing.T) {
	tests := map[string]struct {
		change func(*cmttypes.GenesisDoc)
		want   string
	}{
		"another allocation": {func(d *cmttypes.GenesisDoc) {
			var app appGenesis
			require.NoError(t, json.Unmarshal(d.AppState, &app))
			app.Alloc[common.Address{9}] = types.Account{Balance: big.NewInt(1)}
			d.AppState, _ = json.Marshal(app)
		}, "the allocation gives EVM block"},
		"Heads of another version": {func(d *cmttypes.GenesisDoc) {
			var app appGenesis
			require.NoError(t, json.Unmarshal(d.AppState, &app))
			app.Alloc[contracts.HeadsAddr] = types.Account{Code: []byte{0x5f}, Balance: new(big.Int)}
			app.BlockHash = evm.Genesis(app.ChainID, d.GenesisTime, app.Alloc).ToBlock().Hash()
			d.AppState, _ = json.Marshal(app)
		}, "Heads at " + contracts.HeadsAddr.Hex() + " has code that this version doesn't know"},
		"another chain id": {func(d *cmttypes.GenesisDoc) { d.ChainID = "suyuan-1" }, `want "suyuan-900001"`},
		"another time":     {func(d *cmttypes.GenesisDoc) { d.GenesisTime = d.GenesisTime.Add(time.Hour) }, "the allocation gives EVM block"},
		"unknown field": {func(d *cmttypes.GenesisDoc) {
			d.AppState = json.RawMessage(strings.Replace(string(d.AppState), "{", `{"x":1,`, 1))
		}, "unknown field"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			cfg := makeNetwork(t, 1, openAlloc(1))[0]
			doc, err := ReadGenesis(cfg.Dir)
			require.NoError(t, err)
			tt.change(doc)
			require.NoError(t, WriteGenesis(cfg.Dir, doc))
			_, err = Open(cfg)
			require.ErrorContains(t, err, tt.want)
		})
	}
}
