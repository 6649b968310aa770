package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/suyuan-ledger/suyuan/bench"
)

// benchNet are the flags that say what is measured.
type benchNet struct {
	validators int
	dir        string
	profiles   string
	nodes      []string
	events     int // of a throw-away ledger
}

func (b *benchNet) flags(cmd *cobra.Command) {
	cmd.Flags().IntVar(&b.validators, "validators", 1, "size of the throw-away network that is started")
	cmd.Flags().StringVar(&b.dir, "dir", "", "folder of the throw-away network, kept; default: a temporary one, removed")
	cmd.Flags().StringVar(&b.profiles, "profile-dir", "", "folder for processor and memory profiles of each node under load")
}

func (a *app) benchCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure: captured events, commit latency, scans, queries, growth",
		Long: `Measures a throw-away network that it starts for the purpose, or a running one, through the doors that
everybody uses. How the figures are taken is in docs/reference/benchmarks.md.`,
		Args: args(cobra.NoArgs),
	}
	cmd.AddCommand(a.benchCaptureCmd(), a.benchCommitCmd(), a.benchScanCmd(), a.benchFillCmd(),
		a.benchQueryCmd(), a.benchCompareCmd(), a.benchBareCmd())
	return cmd
}

func (a *app) benchCaptureCmd() *cobra.Command {
	var net benchNet
	c := bench.Capture{Version: version}
	var grid bench.CaptureGrid
	cmd := &cobra.Command{
		Use:   "capture",
		Short: "Capture EPCIS events at a rate, or find the peak",
		Long: `Sends valid EPCIS documents of object events to POST /epcis/capture and waits for their jobs: an event counts
when it is final and in the index.

With --rate the load is an open loop: each document has a time at which it is meant to leave, and its
latency counts from there; --rates measures several, one after another. --peak raises the rate until it no
longer holds (p99 above --p99, a backlog, a failure) and measures at half of the highest that held. With
--rate 0 a closed loop of --workers documents sends as much as is taken.`,
		Example: `  suyuan bench capture --validators 1
  suyuan bench capture --validators 4 --rate 1000 --duration 60s --restarts
  suyuan bench capture --rates 100,200,400
  suyuan bench capture --peak
  suyuan bench capture --rate 10 --events-per-document 1
  suyuan bench capture --target http://10.0.0.1:8080 --target http://10.0.0.2:8080 --api-key sy_1_... --rate 100`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.Profiles = net.profiles
			return a.bench(cmd.Context(), net, func(ctx context.Context, n *bench.Network) error {
				if !grid.Peak && len(grid.Rates) == 0 {
					r, err := n.Capture(ctx, c)
					if err != nil {
						return err
					}
					return a.print(r, r.Write)
				}
				grid.Capture = c
				grid.Say = func(format string, args ...any) { fmt.Fprintf(a.err, format+"\n", args...) }
				r, err := n.CaptureGrid(ctx, grid)
				if err != nil {
					return err
				}
				return a.print(r, r.Write)
			})
		},
	}
	net.flags(cmd)
	f := cmd.Flags()
	f.Float64SliceVar(&grid.Rates, "rates", nil, "several rates, one after another on the same network")
	f.BoolVar(&grid.Peak, "peak", false, "find the highest rate that holds, and measure at half of it")
	f.DurationVar(&grid.Step, "step", 15*time.Second, "length of each rate tried on the way to the peak")
	f.DurationVar(&grid.P99, "p99", 5*time.Second, "on that way, a rate with a higher 99th percentile of commit latency doesn't hold")
	f.StringSliceVar(&net.nodes, "target", nil, "URL of a running node to measure instead; may be repeated (needs --api-key)")
	f.Float64Var(&c.Rate, "rate", 0, "events a second; 0 finds the peak")
	f.DurationVar(&c.Duration, "duration", 30*time.Second, "how long to send, warm-up included")
	f.DurationVar(&c.Warmup, "warmup", 5*time.Second, "first part of it that doesn't count")
	f.DurationVar(&c.Idle, "idle", 5*time.Second, "how long the throw-away network is watched idle before")
	f.IntVar(&c.Events, "events-per-document", 100, "events in a document")
	f.IntVar(&c.Objects, "objects-per-event", 2, "serial numbers of an event")
	f.IntVar(&c.Workers, "workers", 300, "documents on their way at once, to find the peak")
	f.BoolVar(&c.Restarts, "restarts", false, "kill, stop and restart the throw-away network afterwards, and time it")
	cmd.MarkFlagsMutuallyExclusive("rate", "rates", "peak")
	return cmd
}

func (a *app) benchCommitCmd() *cobra.Command {
	var net benchNet
	c := bench.Commit{Version: version}
	cmd := &cobra.Command{
		Use:   "commit",
		Short: "Send transactions at a rate and time their way into a block",
		Long: `Sends signed transactions, each the append of one event for one object, to /rpc of a throw-away network and waits
until the node that took one shows the block with it. Blocks are final as soon as they exist.

With --rate the load is an open loop. With --rate 0 --in-flight transactions are kept waiting to find the peak.`,
		Example: `  suyuan bench commit --validators 4 --rate 100
  suyuan bench commit --validators 4 --rate 0`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.Profiles = net.profiles
			return a.bench(cmd.Context(), net, func(ctx context.Context, n *bench.Network) error {
				r, err := n.Commit(ctx, c)
				if err != nil {
					return err
				}
				return a.print(r, r.Write)
			})
		},
	}
	net.flags(cmd)
	f := cmd.Flags()
	f.Lookup("validators").DefValue = "4"
	net.validators = 4
	f.Float64Var(&c.Rate, "rate", 10, "transactions a second; 0 finds the peak")
	f.DurationVar(&c.Duration, "duration", 30*time.Second, "how long to send, warm-up included")
	f.DurationVar(&c.Warmup, "warmup", 5*time.Second, "first part of it that doesn't count")
	f.DurationVar(&c.Idle, "idle", 5*time.Second, "how long the network is watched idle before")
	f.IntVar(&c.InFlight, "in-flight", 2000, "transactions that wait for a block at once, to find the peak")
	return cmd
}

// bench starts or names the network, measures it and ends it.
func (a *app) bench(ctx context.Context, b benchNet, measure func(context.Context, *bench.Network) error) (err error) {
	if len(b.nodes) > 0 {
		if a.key() == "" {
			return exit(exitUsage, errors.New("--target needs --api-key or SUYUAN_API_KEY"))
		}
		var targets []bench.Target
		for _, url := range b.nodes {
			targets = append(targets, bench.Target{URL: url, APIKey: a.key()})
		}
		return measure(ctx, bench.Remote(targets))
	}
	binary, err := os.Executable()
	if err != nil {
		return err
	}
	begin := time.Now()
	n, err := bench.Start(ctx, bench.Own{Validators: b.validators, Binary: binary, Dir: b.dir,
		Say: func(format string, args ...any) {
			fmt.Fprintf(a.err, "%5.1f s  %s\n", time.Since(begin).Seconds(), fmt.Sprintf(format, args...))
		}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	return measure(ctx, n)
}
