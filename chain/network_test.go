package chain

import (
	"context"
	"fmt"
	"testing"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

func fourNodes(t testing.TB, transport Transport) []Config {
	t.Helper()
	cfgs := makeNetwork(t, 4, openAlloc(2))
	for i := range cfgs {
		cfgs[i].TimeoutCommit = 200 * time.Millisecond
		cfgs[i].Transport = transport
	}
	if transport == TransportClassic {
		ids := make([]Identity, len(cfgs))
		for i := range cfgs {
			var err error
			ids[i], err = ReadIdentity(cfgs[i].Dir)
			require.NoError(t, err)
		}
		for i := range cfgs {
			cfgs[i].Peers = nil
			for j := range cfgs {
				if i != j {
					cfgs[i].Peers = append(cfgs[i].Peers, Peer{ID: ids[j].NodeID, Address: cfgs[j].Listen})
				}
			}
		}
	}
	return cfgs
}

// TestNetworkLosesNodes stops validators of a network under load: one may be missing; with two missing
// reads go on and writes wait; when they are back everything that was sent is there.
func TestNetworkLosesNodes(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	t.Parallel()
	for _, transport := range []Transport{TransportLibp2p, TransportClassic} {
		t.Run(string(transport), func(t *testing.T) {
			t.Parallel()
			cfgs := fourNodes(t, transport)
			nodes := startNetwork(t, cfgs)
			l := nodes[0]
			send := func(nonce uint64) {
				t.Helper()
				require.NoError(t, l.Send(signed(t, testKey(0), nonce, &counterAddr, nil)))
			}
			send(0)
			waitFor(t, l, "a block with all four", 30*time.Second, func() bool { return counter(t, l) == 1 })

			require.NoError(t, nodes[3].Stop())
			send(1)
			waitFor(t, l, "a block with three", 30*time.Second, func() bool { return counter(t, l) == 2 })

			require.NoError(t, nodes[2].Stop())
			send(2)
			_, _, err := l.EVM().Nonce(t.Context(), common.Address{}) // reads go on
			require.NoError(t, err)

			var g errgroup.Group
			for _, i := range []int{2, 3} {
				again, err := Open(cfgs[i])
				require.NoError(t, err)
				t.Cleanup(func() { _ = again.Stop() })
				nodes[i] = again
			}
			require.Equal(t, uint64(2), counter(t, l), "two of four can't decide")
			for _, i := range []int{2, 3} {
				g.Go(func() error { return nodes[i].Start(context.Background()) })
			}
			require.NoError(t, g.Wait())
			waitFor(t, l, "the write that waited", 60*time.Second, func() bool { return counter(t, l) == 3 })
			for i, n := range nodes {
				waitFor(t, n, fmt.Sprintf("node %d catching up", i), 3*time.Minute, func() bool { return counter(t, n) == 3 })
			}
			sameBlocks(t, nodes)
		})
	}
}

func TestCertificatesProveBlocksFinal(t *testing.T) {
	t.Parallel()
	nodes := startNetwork(t, fourNodes(t, TransportLibp2p))
	l := nodes[0]
	feed(t, l, 0)
	waitFor(t, l, "blocks", 30*time.Second, func() bool { return l.Final().Number >= 3 })
	genesis := l.Genesis()
	for n := uint64(1); n <= 3; n++ {
		b, err := l.Block(n)
		require.NoError(t, err)
		var cert *cmttypes.LightBlock
		waitFor(t, l, "the certificate", 10*time.Second, func() bool {
			cert, err = l.Certificate(b.Height + 1)
			return err == nil
		})
		require.NoError(t, cert.ValidateBasic(genesis.ChainID))
		require.Equal(t, b.Hash, common.BytesToHash(cert.AppHash), "the header after the block names it")
		require.NoError(t, cert.ValidatorSet.VerifyCommitLight(genesis.ChainID, cert.Commit.BlockID, cert.Height, cert.Commit))
	}
	// Stored ones are canonical and outlive CometBFT's own.
	waitFor(t, l, "the follower", 10*time.Second, func() bool {
		b, err := l.Block(3)
		require.NoError(t, err)
		_, closer, err := l.store.Get(certificateKey(b.Height + 1))
		if err == nil {
			_ = closer.Close()
		}
		return err == nil
	})
	_, err := l.Certificate(l.Height() + 100)
	require.ErrorIs(t, err, ErrNoCertificate)
	_, err = l.Certificate(0)
	require.ErrorIs(t, err, ErrNoCertificate)
}
