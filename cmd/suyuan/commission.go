package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/suyuan-ledger/suyuan/node/remote"
	"github.com/suyuan-ledger/suyuan/trace/capture"
)

// commissionOptions are the flags of suyuan commission.
type commissionOptions struct {
	capture.Commissioning
	time string
	csv  string
}

func (a *app) commissionCmd() *cobra.Command {
	var o commissionOptions
	cmd := &cobra.Command{
		Use:   "commission --gtin GTIN --lot LOT --count N",
		Short: "Bring units of a lot into being, each with a serial that nobody can guess",
		Long: `Draws serials for the units of one lot (16 characters, 71 bits, none that look alike), puts one commissioning
event and one sealed list on the ledger, and writes the serials and their links for the packs as CSV, with the list's
root, count and salt in each row: a row proves its unit's place in the list, with the path that the node gives for it.

Serials and the list's salt are not on the ledger: the node keeps them, and proves a unit's place in the list to
whoever presents its serial. Back up the list with suyuan list export.

All or nothing: once the node has accepted, the units are recorded whatever happens to this command. The request's
name is printed first; the same command with --request and that name makes nothing twice and writes the CSV again.
Exit code 3: the GTIN, lot, count or licence isn't right; nothing was made.`,
		Example: `  suyuan commission --gtin 09521202001011 --lot L7 --count 10000 --csv l7.csv
  suyuan commission --gtin 09521202001011 --lot L7 --count 1000000 --expiry 2027-05-31 --output json`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.commission(cmd.Context(), &o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.GTIN, "gtin", "", "GTIN of the product, 8, 12, 13 or 14 digits")
	f.StringVar(&o.Lot, "lot", "", "lot or batch number, up to 20 characters")
	f.IntVar(&o.Count, "count", 0, "number of units, up to 1,048,576")
	f.StringVar(&o.csv, "csv", "", "file for serials and links, which must not exist yet; - is standard output (default GTIN-LOT.csv)")
	f.StringVar(&o.Location, "location", "", "where the units are, as Digital Link or EPC URN")
	f.StringVar(&o.Expiry, "expiry", "", "expiry date of the lot, YYYY-MM-DD")
	f.StringVar(&o.BestBefore, "best-before", "", "best-before date of the lot, YYYY-MM-DD")
	f.StringVar(&o.Production, "production", "", "production date of the lot, YYYY-MM-DD")
	f.StringVar(&o.time, "time", "", "when the units came into being, RFC 3339 (default now)")
	f.StringVar(&o.Request, "request", "", "name of an earlier request to go on with (a UUID)")
	for _, name := range []string{"gtin", "lot", "count"} {
		_ = cmd.MarkFlagRequired(name)
	}
	return cmd
}

// commissioned is what the command says at its end.
type commissioned struct {
	Request string  `json:"request"`
	GTIN    string  `json:"gtin"`
	Lot     string  `json:"lot"`
	Count   uint64  `json:"count"`
	Event   string  `json:"eventID"`
	Root    string  `json:"root"`
	Salt    string  `json:"salt"`
	CSV     string  `json:"csv"`
	Again   bool    `json:"again"`
	Seconds float64 `json:"seconds"`
}

func (a *app) commission(ctx context.Context, o *commissionOptions) error {
	if a.key() == "" {
		return exit(exitUsage, errors.New("writing needs an API key: --api-key or SUYUAN_API_KEY (make one with suyuan key api)"))
	}
	if err := o.when(); err != nil {
		return err
	}
	if err := o.place(); err != nil {
		return err
	}
	if o.Request == "" {
		o.Request = newUUID()
	}
	fmt.Fprintf(a.err, "request %s (if this is interrupted: --request %s)\n", o.Request, o.Request)
	start := time.Now()
	made, err := a.makeUnits(ctx, &o.Commissioning)
	if err != nil {
		return err
	}
	file, err := a.writeSerials(ctx, o, made)
	if err != nil {
		return fmt.Errorf("the units are recorded, but their serials couldn't be written (run again with --request %s): %w", o.Request, err)
	}
	out := commissioned{o.Request, o.GTIN, o.Lot, made.Count, made.Event, made.Root.Hex(), made.Salt.Hex(), file, made.Again,
		time.Since(start).Seconds()}
	if file == "-" { // standard output holds the serials
		fmt.Fprintf(a.err, "%d units, list %s\n", out.Count, out.Root)
		return nil
	}
	return a.print(out, func(w io.Writer) {
		if out.Again {
			fmt.Fprintln(w, "The request was made before; nothing new was made.")
		}
		fmt.Fprintf(w, "%d units of lot %s are final after %.1f s\n", out.Count, out.Lot, out.Seconds)
		fmt.Fprintf(w, "serials and links  %s\nlist               %s\nevent              %s\n", out.CSV, out.Root, out.Event)
		fmt.Fprintf(w, "back up the list   suyuan list export %s --file %s.list\n", out.Root, out.Lot)
	})
}

// place settles which file the serials go to, before there are any: it can be made, and holds no serials of another
// request.
func (o *commissionOptions) place() error {
	if o.csv == "-" {
		return nil
	}
	if o.csv == "" {
		o.csv = url.PathEscape(o.GTIN + "-" + o.Lot + ".csv")
	}
	if _, err := os.Stat(o.csv); err == nil && o.Request == "" {
		return exit(exitUsage, fmt.Errorf("--csv %s: exists, and may hold the serials of other units; name another file", o.csv))
	}
	probe, err := os.CreateTemp(filepath.Dir(o.csv), ".suyuan-*")
	if err != nil {
		return exit(exitUsage, fmt.Errorf("--csv: %w", err))
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// when reads --time.
func (o *commissionOptions) when() error {
	at := time.Now()
	if o.time != "" {
		var err error
		if at, err = time.Parse(time.RFC3339, o.time); err != nil {
			return exit(exitUsage, fmt.Errorf("--time %q: must be RFC 3339, as 2026-11-20T08:00:00+08:00", o.time))
		}
	}
	o.Time, o.Offset = at, at.Format("-07:00")
	return nil
}

// makeUnits asks the node and waits until the units are final.
func (a *app) makeUnits(ctx context.Context, r *capture.Commissioning) (*capture.Commissioned, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	n := a.remote()
	bar := a.progress(r.Count, "making units")
	defer func() { _ = bar.Exit() }()
	working, done := context.WithCancel(ctx)
	defer done()
	go watchUnits(working, n, r.Request, bar)
	res, err := n.Do(ctx, http.MethodPost, "/api/v1/commissions", body, map[string]string{"Content-Type": "application/json"})
	if err != nil {
		return nil, err
	}
	made := new(capture.Commissioned)
	if err := json.Unmarshal(res.Body, made); err != nil {
		return nil, fmt.Errorf("answer of the node: %w", err)
	}
	if made.Job != "" {
		if _, err := n.Follow(ctx, "/epcis/capture/"+made.Job); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// watchUnits moves a bar by the units that are made.
func watchUnits(ctx context.Context, n *remote.Node, request string, bar *progressbar.ProgressBar) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		var far capture.Making
		if n.Get(ctx, "/api/v1/commissions/"+request, &far) == nil { // not begun, or busy: only for looking at
			_ = bar.Set(far.Made)
		}
	}
}

// writeSerials writes the CSV beside its place first, so that a file of that name is whole.
func (a *app) writeSerials(ctx context.Context, o *commissionOptions, made *capture.Commissioned) (string, error) {
	path := "/api/v1/lists/" + made.Root.Hex() + "/serials?lot=" + url.QueryEscape(o.Lot)
	if o.csv == "-" {
		return "-", a.remote().Stream(ctx, http.MethodGet, path, nil, a.out)
	}
	bar := a.progress(int(made.Count), "serials")
	defer func() { _ = bar.Exit() }()
	return o.csv, a.download(ctx, path, o.csv, bar)
}

// download streams an answer into a file that is whole or not there. Lines are counted on the bar.
func (a *app) download(ctx context.Context, path, file string, bar *progressbar.ProgressBar) error {
	tmp, err := os.CreateTemp(filepath.Dir(file), ".suyuan-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone if it was renamed
	err = a.remote().Stream(ctx, http.MethodGet, path, nil, io.MultiWriter(tmp, lineCounter{bar}))
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), file)
}

// lineCounter moves a bar by the lines written.
type lineCounter struct{ bar *progressbar.ProgressBar }

func (l lineCounter) Write(p []byte) (int, error) {
	_ = l.bar.Add(bytes.Count(p, []byte{'\n'})) // only for looking at
	return len(p), nil
}

// newUUID is a random UUID, version 4.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
