//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/demo"
)

// TestDemoOnce: one command does everything, checks itself and leaves nothing running; the folder can
// be taken up again, with the story on its ledger; SIGTERM ends a node with exit code 0.
func TestDemoOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	first := freePorts(4)
	at := fmt.Sprintf("127.0.0.1:%d", first)
	begin := time.Now()
	out, stderr, code := suyuan(t, "", "demo", "--once", "--dir", dir, "--http", at)
	require.Equal(t, 0, code, stderr)
	t.Logf("demo --once took %s", time.Since(begin).Round(time.Second))
	assert.Contains(t, out, "http://"+at+"/01/09521202001011/21/")
	_, err := http.Get("http://" + at + "/healthz")
	require.Error(t, err, "a validator still runs")

	_, stderr, code = suyuan(t, "", "demo", "--once", "--dir", filepath.Dir(dir), "--http", at)
	assert.Equal(t, 1, code)
	assert.Contains(t, stderr, "not empty, and holds no demo network")

	_, stderr, code = suyuan(t, "", "demo", "stop", "4", "--dir", dir)
	assert.Equal(t, 1, code)
	assert.Contains(t, stderr, "isn't running; start it with suyuan demo --dir")
	_, stderr, code = suyuan(t, "", "demo", "tour", "--dir", filepath.Dir(dir))
	assert.Equal(t, 1, code)
	assert.Contains(t, stderr, "holds no demo network")
	_, stderr, code = suyuan(t, "", "demo", "--lan=127.0.0.1", "--dir", dir)
	assert.Equal(t, 2, code)
	assert.Contains(t, stderr, "no phone can reach 127.0.0.1")

	var lan []string
	address, noLAN := demo.LANAddress(demo.LANAuto)
	if noLAN == nil {
		lan = []string{"--lan"}
	}
	again, err := startNetwork(dir, lan...)
	require.NoError(t, err)
	defer again.stop()
	require.Equal(t, at, again.Validators[0].Address(), "the network keeps its addresses")
	res, err := http.Get(again.Stories[0].ScanURL)
	require.NoError(t, err)
	res.Body.Close()
	assert.Equal(t, http.StatusOK, res.StatusCode)

	t.Run("lan", func(t *testing.T) {
		if noLAN != nil {
			t.Skip(noLAN)
		}
		phones(t, again, address)
	})
	t.Run("stop and start", func(t *testing.T) { stopAndStart(t, again) })
	t.Run("tamper", func(t *testing.T) { tamper(t, again) })
	t.Run("tour", func(t *testing.T) { tour(t, again) })
	t.Run("tour that ends early", func(t *testing.T) { tourEndsEarly(t, again) })

	require.NoError(t, again.load())
	v := again.Validators[3]
	require.NoError(t, syscall.Kill(v.PID, syscall.SIGTERM))
	again.gone(t, v.PID)
	cmd := exec.Command(binary, "start", "--home", v.Dir)
	var log strings.Builder
	cmd.Stderr = &log
	require.NoError(t, cmd.Start())
	again.ready(t, 3)
	_, stderr, code = suyuan(t, "", "start", "--home", v.Dir)
	assert.Equal(t, 1, code)
	assert.Contains(t, stderr, "another process runs this node")
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, cmd.Wait(), log.String())
}
