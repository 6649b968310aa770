package chain

import (
	"context"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"
)

// A node must answer any bytes a peer or proposer sends, without a panic and without an error to
// CometBFT, which would stop it.

func FuzzProcessProposal(f *testing.F) {
	l, err := Open(makeNetwork(f, 1, openAlloc(1))[0])
	require.NoError(f, err)
	f.Cleanup(func() { _ = l.Stop() })
	require.NoError(f, l.Send(signed(f, testKey(0), 0, &counterAddr, nil)))
	at := time.Now().Add(time.Second)
	_, raw, err := l.evm.Build(2, at, 1<<20)
	require.NoError(f, err)
	require.NotEmpty(f, raw)
	f.Add(raw)
	f.Add(raw[:len(raw)/2])
	f.Add(append(append([]byte{}, raw...), 0))
	f.Add([]byte{})
	f.Add([]byte{0xc0})
	f.Add([]byte{0xf8, 0xff})
	f.Fuzz(func(t *testing.T, raw []byte) {
		res, err := l.app.ProcessProposal(context.Background(), &abci.RequestProcessProposal{Height: 2, Time: at, Txs: [][]byte{raw}})
		require.NoError(t, err)
		require.NotEqual(t, abci.ResponseProcessProposal_UNKNOWN, res.Status)
	})
}

func FuzzInsertTx(f *testing.F) {
	l, err := Open(makeNetwork(f, 1, openAlloc(1))[0])
	require.NoError(f, err)
	f.Cleanup(func() { _ = l.Stop() })
	raw, err := signed(f, testKey(0), 0, &counterAddr, []byte{1}).MarshalBinary()
	require.NoError(f, err)
	f.Add(raw)
	f.Add(raw[1:])
	f.Add([]byte{})
	f.Add([]byte{2})
	f.Add([]byte{3, 0xc0})
	f.Add([]byte{0xc0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, err := l.app.InsertTx(context.Background(), &abci.RequestInsertTx{Tx: raw})
		require.NoError(t, err)
	})
}
