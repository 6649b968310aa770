package node

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCaptureJobsAreKeptAsConfigured(t *testing.T) {
	home := t.TempDir()
	cfg, err := LoadConfig(home, nil)
	require.NoError(t, err)
	assert.Equal(t, 7*24*time.Hour, cfg.capture().Keep)
	t.Setenv("SUYUAN_CAPTURE_KEEP_DAYS", "30")
	cfg, err = LoadConfig(home, nil)
	require.NoError(t, err)
	assert.Equal(t, 30*24*time.Hour, cfg.capture().Keep)
}
