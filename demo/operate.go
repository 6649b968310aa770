package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/suyuan-ledger/suyuan/node/remote"
	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/index"
)

// StopValidator ends the process of validator i in order. The others go on.
func (n *Network) StopValidator(i int) (Validator, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	v := &n.Validators[i]
	if !n.processes[i].running() {
		return *v, fmt.Errorf("validator %d (%s) isn't running", i+1, v.Operator.EN)
	}
	n.halt(i)
	return *v, n.save()
}

func (n *Network) halt(i int) {
	n.processes[i].stop(stopPatience)
	n.processes[i], n.Validators[i].PID = nil, 0
}

// StartValidator starts validator i again and waits until it answers with current facts.
func (n *Network) StartValidator(ctx context.Context, i int) (Validator, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	v := &n.Validators[i]
	if n.processes[i].running() {
		return *v, fmt.Errorf("validator %d (%s) is running", i+1, v.Operator.EN)
	}
	return *v, n.begin(ctx, i)
}

func (n *Network) begin(ctx context.Context, i int) error {
	if err := n.launch(i); err != nil {
		return err
	}
	if err := n.save(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, readyPatience)
	defer cancel()
	return n.processes[i].ready(ctx)
}

// The lie that Tamper tells: the excursion of the first story didn't happen.
var truth, lie = []byte(`"value":9.4`), []byte(`"value":4.4`)

// Tamper changes a record in the store of validator i as a dishonest operator could: its copy of the cold-chain
// reading that was too warm. The validator is stopped for it and started again; the ledger isn't touched.
func (n *Network) Tamper(ctx context.Context, i int) (Validator, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	v := &n.Validators[i]
	if v.Altered != "" {
		return *v, fmt.Errorf("the store of validator %d (%s) is altered already; undo it first", i+1, v.Operator.EN)
	}
	event, at, err := n.excursion(ctx)
	if err != nil {
		return *v, err
	}
	err = n.whileStopped(ctx, i, func() error {
		if err := index.Rewrite(n.indexOf(i), at, func(body []byte) []byte { return bytes.Replace(body, truth, lie, 1) }); err != nil {
			return err
		}
		v.Altered = event
		return nil
	})
	return *v, err
}

// Restore throws the index of validator i away; it is built again from the ledger's blocks.
func (n *Network) Restore(ctx context.Context, i int) (Validator, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	v := &n.Validators[i]
	if v.Altered == "" {
		return *v, fmt.Errorf("the store of validator %d (%s) isn't altered", i+1, v.Operator.EN)
	}
	err := n.whileStopped(ctx, i, func() error {
		if err := os.RemoveAll(n.indexOf(i)); err != nil {
			return err
		}
		v.Altered = ""
		return nil
	})
	return *v, err
}

func (n *Network) indexOf(i int) string { return filepath.Join(n.Validators[i].Dir, "trace", "index") }

// whileStopped does something to the stores of validator i, and starts it again if it was running.
func (n *Network) whileStopped(ctx context.Context, i int, do func() error) error {
	running := n.processes[i].running()
	if running {
		n.halt(i)
	}
	err := errors.Join(do(), n.save())
	if running {
		err = errors.Join(err, n.begin(ctx, i))
	}
	return err
}

// excursion finds the record of the reading that was too warm, as a running validator tells the first story.
func (n *Network) excursion(ctx context.Context) (event string, at index.Seq, err error) {
	if len(n.Stories) == 0 {
		return "", at, errors.New("this network has no story to tamper with")
	}
	last := errors.New("no validator is running")
	for i, v := range n.Validators {
		if !n.processes[i].running() || v.Altered != "" {
			continue
		}
		var story trace.Story
		if last = remote.New(v.HTTP, "").Get(ctx, strings.TrimPrefix(n.Stories[0].DigitalLink, "https://id.gs1.org"), &story); last != nil {
			continue
		}
		for _, line := range story.ColdChain {
			for _, x := range line.Excursions {
				event = x.EventID
			}
		}
		for _, step := range story.Journey {
			if event != "" && step.EventID == event {
				at, err = index.ParseSeq(step.Ledger.Cursor)
				return event, at, err
			}
		}
		return "", at, errors.New("the first story has no cold-chain excursion to hide")
	}
	return "", at, last
}
