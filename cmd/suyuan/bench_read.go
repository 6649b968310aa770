package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/suyuan-ledger/suyuan/bench"
)

func (a *app) benchFillCmd() *cobra.Command {
	var net benchNet
	f := bench.Fill{Version: version}
	cmd := &cobra.Command{
		Use:   "fill",
		Short: "Build a ledger of many events, to measure how cost grows",
		Long: `Founds a network in --dir, or takes up the one that is there, and captures events of production runs (raw lots, packs,
cases, pallets, transport, sale) until the ledger holds --events of them. All goes through POST /epcis/capture.

It may be ended with Ctrl-C at any time; the same command goes on where it stopped. The events follow from
the seed, so ledgers of different size hold the same first events: suyuan bench query asks about those.`,
		Example: `  suyuan bench fill --events 100000 --dir ledger-5
  suyuan bench fill --events 1000000 --dir ledger-6`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if net.dir == "" {
				return exit(exitUsage, errors.New("--dir: name the folder of the ledger to fill"))
			}
			return a.bench(cmd.Context(), net, func(ctx context.Context, n *bench.Network) error {
				bar := progressbar.NewOptions(f.Events, progressbar.OptionSetWriter(a.err), progressbar.OptionSetDescription("events"),
					progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("events"),
					progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(200e6), progressbar.OptionClearOnFinish())
				f.Progress = func(done, _ int) { _ = bar.Set(min(done, f.Events)) } // a bar that can't be drawn stops nothing
				r, err := n.Fill(ctx, f)
				_ = bar.Finish()
				if err != nil {
					return err
				}
				return a.print(r, r.Write)
			})
		},
	}
	cmd.Flags().IntVar(&net.validators, "validators", 1, "size of the network, when it is founded")
	cmd.Flags().StringVar(&net.dir, "dir", "", "folder of the ledger")
	cmd.Flags().IntVar(&f.Events, "events", 100_000, "events the ledger shall hold")
	cmd.Flags().Uint64Var(&f.Seed, "seed", 1, "what the events follow from, when the folder is new")
	cmd.Flags().IntVar(&f.Workers, "workers", 80, "documents of 100 events on their way at once")
	return cmd
}

// filledNet are the flags of commands that need a filled ledger.
func (b *benchNet) filledFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&b.dir, "dir", "", "folder of a ledger that bench fill made; default: a throw-away one of --events events")
	cmd.Flags().StringVar(&b.profiles, "profile-dir", "", "folder for processor and memory profiles of each node under load")
	cmd.Flags().IntVar(&b.validators, "validators", 1, "size of the throw-away network")
	cmd.Flags().IntVar(&b.events, "events", 10_000, "events the throw-away ledger is filled with")
}

// benchFilled measures the filled ledger of --dir, or one made for the purpose.
func (a *app) benchFilled(ctx context.Context, b benchNet, measure func(context.Context, *bench.Network) error) error {
	if b.dir != "" {
		if _, err := os.Stat(b.dir); err != nil {
			return exit(exitUsage, fmt.Errorf("--dir: %w", err))
		}
		return a.bench(ctx, b, measure)
	}
	return a.bench(ctx, b, func(ctx context.Context, n *bench.Network) error {
		fmt.Fprintf(a.err, "filling a throw-away ledger with %d events\n", b.events)
		if _, err := n.Fill(ctx, bench.Fill{Events: b.events, Seed: 1, Workers: 80, Version: version}); err != nil {
			return err
		}
		return measure(ctx, n)
	})
}

func (a *app) benchScanCmd() *cobra.Command {
	var net benchNet
	var baseline bool
	s := bench.Scan{Version: version}
	cmd := &cobra.Command{
		Use:   "scan",
		Short: "Scan packs at a rate, or find the peak and measure at half of it",
		Long: `Asks for the scan pages and stories of packs of a filled ledger, over HTTP, in an open loop: each scan has a time at
which it is meant to leave, and its latency counts from there. Popular packs are scanned again and again; of
fresh ones each is scanned for the first time.

Without --rates the rate rises until it no longer holds (p99 above --p99, a backlog, a failure); then half of
the highest that held is measured. --baseline measures in the same run what a look-up costs at least: an echo
server that sends an event it finds in a Pebble store, in a process of its own.`,
		Example: `  suyuan bench scan
  suyuan bench scan --dir ledger-5 --baseline --profile-dir profiles
  suyuan bench scan --dir ledger-5 --rates 100,500,1000 --form "fresh page"`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s.Profiles = net.profiles
			s.Say = func(format string, args ...any) { fmt.Fprintf(a.err, format+"\n", args...) }
			if baseline {
				var err error
				if s.Bare, err = os.Executable(); err != nil {
					return err
				}
			}
			return a.benchFilled(cmd.Context(), net, func(ctx context.Context, n *bench.Network) error {
				r, err := n.Scan(ctx, s)
				if err != nil {
					return err
				}
				return a.print(r, r.Write)
			})
		},
	}
	net.filledFlags(cmd)
	f := cmd.Flags()
	f.Float64SliceVar(&s.Rates, "rates", nil, "scans a second, one run each; default: find the peak")
	f.DurationVar(&s.Duration, "duration", 20*time.Second, "length of each run, warm-up included")
	f.DurationVar(&s.Warmup, "warmup", 4*time.Second, "first part of it that doesn't count")
	f.DurationVar(&s.Step, "step", 4*time.Second, "length of each rate tried on the way to the peak")
	f.DurationVar(&s.P99, "p99", 100*time.Millisecond, "a rate with a higher 99th percentile doesn't hold")
	f.IntVar(&s.Packs, "packs", 500, "number of popular packs")
	f.Uint64Var(&s.Seed, "seed", 1, "of the choice of packs")
	f.StringSliceVar(&s.Forms, "form", nil, "what to scan: "+strings.Join(bench.ScanForms(), ", ")+"; default: all")
	f.BoolVar(&baseline, "baseline", false, "measure a bare echo + Pebble look-up too, and compare processor time with it")
	return cmd
}

func (a *app) benchQueryCmd() *cobra.Command {
	var net benchNet
	q := bench.Query{Version: version}
	cmd := &cobra.Command{
		Use:   "query",
		Short: "Ask a filled ledger the same questions, to see whether cost grows with it",
		Long: `Asks a ledger that bench fill made for pages, stories and events, one after another, and reports latency and processor
time by kind. The questions follow from the seed and are about the first --within events, which ledgers of
different size share. bench compare sets two reports side by side.`,
		Example: `  suyuan bench query --dir ledger-5 --output json > 5.json
  suyuan bench query --dir ledger-6 --output json > 6.json
  suyuan bench compare 5.json 6.json`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			q.Profiles = net.profiles
			if net.dir == "" && !cmd.Flags().Changed("within") {
				q.Within = net.events
			}
			return a.benchFilled(cmd.Context(), net, func(ctx context.Context, n *bench.Network) error {
				r, err := n.Query(ctx, q)
				if err != nil {
					return err
				}
				return a.print(r, r.Write)
			})
		},
	}
	net.filledFlags(cmd)
	f := cmd.Flags()
	f.IntVar(&q.Queries, "queries", 500, "number of questions")
	f.Uint64Var(&q.Seed, "seed", 1, "what the questions follow from")
	f.IntVar(&q.Within, "within", 100_000, "ask about the first so many events")
	f.IntVar(&q.Rounds, "rounds", 4, "how often each question is asked; the first time is reported apart")
	return cmd
}

func (a *app) benchCompareCmd() *cobra.Command {
	within := 1.3
	cmd := &cobra.Command{
		Use:   "compare REPORT REPORT",
		Short: "Tell from two reports of bench query whether cost is flat",
		Long: `Reads two reports of bench query --output json about the same questions on ledgers of different size, and tells how much
more the larger one takes. The exit code is 1 if processor time of all questions grew more than --within times.`,
		Example: `  suyuan bench compare 5.json 6.json --within 1.3`,
		Args:    args(cobra.ExactArgs(2)),
		RunE: func(_ *cobra.Command, files []string) error {
			var reports [2]*bench.QueryReport
			for i, f := range files {
				var err error
				if reports[i], err = bench.ReadQueryReport(f); err != nil {
					return exit(exitInvalid, err)
				}
			}
			c, err := bench.Compare(reports[0], reports[1], within)
			if err != nil {
				return exit(exitInvalid, err)
			}
			if err := a.print(c, c.Write); err != nil {
				return err
			}
			if !c.Flat {
				return errors.New("cost is not flat")
			}
			return nil
		},
	}
	cmd.Flags().Float64Var(&within, "within", within, "how many times as much still counts as flat")
	return cmd
}

// benchBareCmd is the baseline's process.
func (a *app) benchBareCmd() *cobra.Command {
	var dir, address string
	cmd := &cobra.Command{
		Use:     "bare",
		Short:   "Serve bare look-ups: the baseline of bench scan",
		Example: `  suyuan bench bare --dir store --http 127.0.0.1:9000`,
		Hidden:  true,
		Args:    args(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return bench.ServeBare(cmd.Context(), dir, address) },
	}
	cmd.Flags().StringVar(&dir, "dir", "", "the store")
	cmd.Flags().StringVar(&address, "http", "127.0.0.1:0", "where to serve")
	return cmd
}
