package demo

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/demo/stories"
)

// TestPlan holds what the order of capture promises, for every story.
func TestPlan(t *testing.T) {
	t.Parallel()
	for _, name := range stories.Names {
		s, err := stories.Load(name)
		require.NoError(t, err)
		needs, err := plan(s.Steps)
		require.NoError(t, err)
		for i, list := range needs {
			for _, j := range list {
				assert.Less(t, j, i, "%s waits for an earlier document", s.Steps[i].File)
				if s.Steps[i].File != "18-recall.json" && s.Steps[i].File != "24-recall.json" {
					assert.NotEqual(t, "notes", s.Steps[j].Lane, "%s waits for a note", s.Steps[i].File)
				}
			}
		}
		for i, step := range s.Steps {
			if slices.Contains([]string{"18-recall.json", "24-recall.json"}, step.File) {
				assert.Len(t, needs[i], i, "a recall comes last")
			}
		}
	}
}

func TestLANAddress(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want string }{
		"a name":          {"nas.lan", `"nas.lan" is not an IP address`},
		"nothing":         {"", `"" is not an IP address`},
		"loopback":        {"127.0.0.1", "no phone can reach 127.0.0.1"},
		"every address":   {"0.0.0.0", "no phone can reach 0.0.0.0"},
		"somebody else's": {"203.0.113.7", "203.0.113.7 is not an address of this machine"},
	} {
		_, err := LANAddress(c.in)
		assert.ErrorContains(t, err, c.want, name)
	}
	if address, err := LANAddress(LANAuto); err == nil {
		again, err := LANAddress(address)
		require.NoError(t, err)
		assert.Equal(t, address, again)
	}
	assert.Equal(t, "192.168.1.20:8081", lanAddress("192.168.1.20", "127.0.0.1:8081"))
	assert.Equal(t, "[fd00::2]:8081", lanAddress("fd00::2", "127.0.0.1:8081"))
}

// TestSentences: both languages of a station say the same facts.
func TestSentences(t *testing.T) {
	t.Parallel()
	fact := regexp.MustCompile(`\{[a-z]+\}`)
	names := map[string]bool{}
	for _, b := range beats {
		assert.False(t, names[b.name], b.name)
		names[b.name] = true
		for _, text := range append(b.sentences, b.title) {
			zh, en := fact.FindAllString(text.ZH, -1), fact.FindAllString(text.EN, -1)
			slices.Sort(zh)
			slices.Sort(en)
			assert.Equal(t, slices.Compact(zh), slices.Compact(en), b.name)
		}
	}
	assert.Equal(t, "47 minutes, {peak}", fill("{minutes} minutes, {peak}", Facts{"minutes": "47"}))
}

func TestDial(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := Dial(t.Context(), dir)
	assert.ErrorContains(t, err, "holds no demo network; make one with suyuan demo --dir "+dir)
	for name, description := range map[string]string{
		"made, never served": `{"chain_id":1}`,
		"socket gone":        `{"chain_id":1,"control":"` + filepath.Join(dir, "control.sock") + `"}`,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, describedIn), []byte(description), 0o600))
		_, err = Dial(t.Context(), dir)
		assert.ErrorContains(t, err, "isn't running; start it with suyuan demo --dir "+dir, name)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, describedIn), []byte("rubbish"), 0o600))
	_, err = Dial(t.Context(), dir)
	assert.ErrorContains(t, err, "demo.json: invalid character")
}

// TestMovedNetwork: a copy of a network must not start the validators it was copied from.
func TestMovedNetwork(t *testing.T) {
	t.Parallel()
	was := &Network{dir: t.TempDir()}
	was.Validators = []Validator{{Name: "bank", Dir: filepath.Join(was.dir, "bank")}}
	was.Parties = []Party{{ID: "bank", Home: filepath.Join(was.dir, "bank")}, {ID: "agent"}}
	require.NoError(t, was.save())
	now := &Network{dir: t.TempDir()}
	require.NoError(t, os.Rename(filepath.Join(was.dir, describedIn), filepath.Join(now.dir, describedIn)))
	require.NoError(t, now.load())
	assert.Equal(t, filepath.Join(now.dir, "bank"), now.Validators[0].Dir)
	assert.Equal(t, now.Validators[0].Dir, now.Parties[0].Home)
	assert.Empty(t, now.Parties[1].Home)
}

// TestServe acts on a network without processes over its socket.
func TestServe(t *testing.T) {
	t.Parallel()
	n := &Network{dir: t.TempDir(), File: File{Validators: []Validator{
		{Name: "bank", Operator: stories.Text{EN: "Mingchuan Bank"}, PID: 1 << 30, Dir: t.TempDir()}}}, processes: make([]*process, 1)}
	require.NoError(t, n.Serve(t.Context()))
	c, err := Dial(t.Context(), n.dir)
	require.NoError(t, err)
	assert.Zero(t, c.Validators[0].PID, "what is gone is shown as stopped")
	i, err := c.Find("bank")
	require.NoError(t, err)
	for act, want := range map[string]string{
		ActStop:   "validator 1 (Mingchuan Bank) isn't running",
		ActTamper: "this network has no story to tamper with",
		ActUndo:   "the store of validator 1 (Mingchuan Bank) isn't altered",
		"dance":   "no such act",
	} {
		_, err := c.Act(t.Context(), act, i)
		assert.EqualError(t, err, want)
	}
	_, err = c.Act(t.Context(), ActStop, 7)
	assert.EqualError(t, err, "no such validator")
	require.ErrorContains(t, NewTour(c, "en").Run(t.Context(), nil), "validator 1 (Mingchuan Bank) is stopped; start it first: suyuan demo start 1")
}
