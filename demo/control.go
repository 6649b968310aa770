package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Acts that can be asked of a running network.
const (
	ActStop   = "stop"
	ActStart  = "start"
	ActTamper = "tamper"
	ActUndo   = "undo"
)

// maxSocketPath is what the address of a Unix socket may be long, in bytes, on every system we know.
const maxSocketPath = 100

// Serve lets other processes of this user act on the network, over a socket in its folder, until ctx is done.
func (n *Network) Serve(ctx context.Context) error {
	path := filepath.Join(n.dir, "control.sock")
	if len(path) > maxSocketPath {
		dir, err := os.MkdirTemp("", "suyuan-demo-")
		if err != nil {
			return err
		}
		path = filepath.Join(dir, "control.sock")
	}
	// Left behind by a process that was killed; a living one would still hold the validators' folders.
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("control socket: %w", err)
	}
	n.mu.Lock()
	n.Control = path
	err = n.save()
	n.mu.Unlock()
	if err != nil {
		return errors.Join(err, l.Close())
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /network", func(w http.ResponseWriter, _ *http.Request) {
		n.mu.Lock()
		defer n.mu.Unlock()
		for i, p := range n.processes {
			if !p.running() {
				n.Validators[i].PID = 0 // it may have been killed
			}
		}
		answer(w, http.StatusOK, n.File)
	})
	mux.HandleFunc("POST /validators/{n}/{act}", n.act)
	server := &http.Server{Handler: mux} //nolint:gosec // only this user can connect
	go func() {
		<-ctx.Done()
		_ = server.Close() // whoever still waits learns that the network is going
	}()
	go func() { _ = server.Serve(l) }() // ends with Close
	return nil
}

// act does what was asked to one validator. It doesn't stop half-way when the caller goes away.
func (n *Network) act(w http.ResponseWriter, r *http.Request) {
	i, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || i < 0 || i >= len(n.Validators) {
		answer(w, http.StatusNotFound, refusal{"no such validator"})
		return
	}
	ctx := context.WithoutCancel(r.Context())
	var v Validator
	switch r.PathValue("act") {
	case ActStop:
		v, err = n.StopValidator(i)
	case ActStart:
		v, err = n.StartValidator(ctx, i)
	case ActTamper:
		v, err = n.Tamper(ctx, i)
	case ActUndo:
		v, err = n.Restore(ctx, i)
	default:
		answer(w, http.StatusNotFound, refusal{"no such act"})
		return
	}
	if err != nil {
		answer(w, http.StatusConflict, refusal{err.Error()})
		return
	}
	answer(w, http.StatusOK, v)
}

type refusal struct {
	Error string `json:"error"`
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the caller is gone if this fails
}

// Control acts on a network that another process runs.
type Control struct {
	File
	dir  string
	http *http.Client
}

// Dial finds the network that runs in dir.
func Dial(ctx context.Context, dir string) (*Control, error) {
	n := &Network{dir: dir}
	if err := n.load(); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("folder %s holds no demo network; make one with suyuan demo --dir %[1]s", dir)
	} else if err != nil {
		return nil, err
	}
	socket := n.Control
	c := &Control{dir: dir, http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		}}}}
	if socket == "" {
		return nil, c.notRunning()
	}
	if err := c.Refresh(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Control) notRunning() error {
	return fmt.Errorf("the demo network in %s isn't running; start it with suyuan demo --dir %[1]s", c.dir)
}

// Refresh reads anew what runs.
func (c *Control) Refresh(ctx context.Context) error {
	c.File = File{}
	return c.do(ctx, http.MethodGet, "/network", &c.File)
}

// Find is the validator that s names: by number from 1, or by name.
func (c *Control) Find(s string) (int, error) {
	names := make([]string, len(c.Validators))
	for i, v := range c.Validators {
		if s == v.Name || s == strconv.Itoa(i+1) {
			return i, nil
		}
		names[i] = fmt.Sprintf("%d (%s)", i+1, v.Name)
	}
	return 0, fmt.Errorf("validator %q: must be one of %s", s, strings.Join(names, ", "))
}

// Act does one of the acts to validator i and waits until it is done.
func (c *Control) Act(ctx context.Context, act string, i int) (Validator, error) {
	var v Validator
	err := c.do(ctx, http.MethodPost, fmt.Sprintf("/validators/%d/%s", i, act), &v)
	return v, err
}

func (c *Control) do(ctx context.Context, method, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, "http://demo"+path, bytes.NewReader(nil))
	if err != nil {
		return err
	}
	res, err := c.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return c.notRunning()
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		var r refusal
		if err := json.NewDecoder(res.Body).Decode(&r); err != nil {
			return fmt.Errorf("the demo answers %s", res.Status)
		}
		return errors.New(r.Error)
	}
	return json.NewDecoder(res.Body).Decode(into)
}
