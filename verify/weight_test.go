package verify_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"testing"

	"github.com/ethereum/go-ethereum/ethdb/memorydb"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/verify"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// BenchmarkWeight reports what the demo's proofs would weigh, packed, if Heads had a million slots: their nodes are made
// anew over a trie filled with others. The account's nodes are left out, some 1 kB.
func BenchmarkWeight(b *testing.B) {
	values := map[format.Hash][]byte{}
	for i := range uint64(1_000_000) {
		k := format.Keccak(binary.BigEndian.AppendUint64(nil, i))
		values[k] = append([]byte{0xa0}, k[:]...)
	}
	for _, file := range []string{"bottle.json", "handbag.json", "pallet.json", "lot.json"} {
		for _, names := range []bool{true, false} {
			name := file
			if !names {
				name += " without names"
			}
			b.Run(name, func(b *testing.B) {
				p := readProof(b, file)
				var paths []format.Hash
				var lanes []verify.Lane
				for _, l := range p.Lanes {
					o := &p.Objects[l.Object]
					if !names && o.Kind == int(format.KindMasterData) {
						continue
					}
					slot := mapSlot(format.LaneKey(format.Lane(l.Lane), o.Key()), word(0))
					path := format.Keccak(slot[:])
					if l.Head != (verify.Word{}) {
						values[path] = append([]byte{0xa0}, path[:]...)
					}
					paths, lanes = append(paths, path), append(lanes, l)
				}
				nodes := memorydb.New()
				buildTrie(b, values, paths, nodes)
				p.Lanes, p.Nodes = lanes, nil
				it := nodes.NewIterator(nil, nil)
				defer it.Release()
				for it.Next() {
					p.Nodes = append(p.Nodes, bytes.Clone(it.Value()))
				}
				raw := p.Encode()
				var packed bytes.Buffer
				w := gzip.NewWriter(&packed)
				_, err := w.Write(raw)
				require.NoError(b, err)
				require.NoError(b, w.Close())
				b.ReportMetric(float64(packed.Len()), "bytes-gzip")
				b.ReportMetric(float64(len(lanes)), "lanes")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}
