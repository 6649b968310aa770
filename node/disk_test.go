package node

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRoom(t *testing.T) {
	dir := t.TempDir()
	free, err := freeSpace(dir)
	require.NoError(t, err)
	assert.NotZero(t, free)
	assert.NoError(t, enoughRoom(dir, 1))
	err = enoughRoom(dir, math.MaxUint64-1)
	assert.ErrorContains(t, err, "disk full")
	assert.ErrorContains(t, err, dir)
	assert.Error(t, enoughRoom(dir+"/none", 1))
}
