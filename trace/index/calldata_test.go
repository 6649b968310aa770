package index

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPackIsTheABIs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		hash := func(label string) common.Hash {
			return common.BytesToHash(rapid.SliceOfN(rapid.Byte(), 0, 32).Draw(r, label))
		}
		c := Call{Lane: rapid.Byte().Draw(r, "lane"), Kind: rapid.Byte().Draw(r, "kind"), Payload: rapid.SliceOfN(rapid.Byte(), 0, 70).Draw(r, "payload")}
		for range rapid.IntRange(0, 4).Draw(r, "events") {
			c.Commitments = append(c.Commitments, hash("commitment"))
		}
		for range rapid.IntRange(0, 4).Draw(r, "lists") {
			var list []Object
			for range rapid.IntRange(0, 3).Draw(r, "objects") {
				list = append(list, Object{Kind: rapid.Byte().Draw(r, "object"), Primary: hash("primary"), Suffix: hash("suffix")})
			}
			c.Objects = append(c.Objects, list)
		}
		for range rapid.IntRange(0, 3).Draw(r, "next") {
			c.Next = append(c.Next, common.BytesToAddress(rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(r, "party")))
		}
		key := common.BytesToAddress(rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(r, "key"))

		commitments := make([][32]byte, len(c.Commitments))
		for i, h := range c.Commitments {
			commitments[i] = h
		}
		want, err := headsABI.Pack("append", c.Lane, c.Kind, commitments, c.ledgerObjects(), c.receivers(), c.Payload)
		require.NoError(r, err)
		got, err := c.Pack()
		require.NoError(r, err)
		assert.Equal(r, want, got)

		inputs, err := checkMethod.Inputs.Pack(key, c.Lane, c.Kind, c.ledgerObjects(), c.receivers())
		require.NoError(r, err)
		got, err = c.PackCheck(key)
		require.NoError(r, err)
		assert.Equal(r, append(checkMethod.ID, inputs...), got)
	})
}
