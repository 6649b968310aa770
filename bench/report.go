package bench

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Write prints the report for people.
func (r *CaptureReport) Write(w io.Writer) {
	what := fmt.Sprintf("%.0f events/s", r.Rate)
	if r.Rate == 0 {
		what = "the peak"
	}
	r.Machine.write(w)
	fmt.Fprintf(w, "capture     %s, %s, over %.0f s; %d events a document, %d objects and %.0f bytes an event\n", network(r.Validators), what,
		r.Seconds, r.Events, r.Objects, r.EventBytes)
	fmt.Fprintf(w, "committed   %.0f events/s\n", r.PerSecond)
	fmt.Fprintf(w, "latency     to 202:    %s\n            to commit: %s\n", r.Accept, r.Commit)
	fmt.Fprintf(w, "events      %d sent, %d accepted, %d committed, %d refused, %d failed\n", r.Sent, r.Accepted, r.Committed, r.Refused, r.Failed)
	if r.FirstFail != "" {
		fmt.Fprintf(w, "            first failure: %s\n", r.FirstFail)
	}
	if r.Validators > 0 {
		fmt.Fprintf(w, "processor   %.3f ms an event in all nodes (%.2f cores busy), and %.3f ms in the load generator\n", r.NodesCPU, r.Busy, r.LoadCPU)
	}
	if b := r.Blocks; b != nil && r.Committed > 0 && b.Blocks > 0 {
		events := float64(r.Committed)
		fmt.Fprintf(w, "blocks      %d, one in %.2f s, with %.0f transactions and %.0f events each; %.0f gas and %.0f bytes an event\n", b.Blocks, b.Interval,
			float64(b.Txs)/float64(b.Blocks), events/float64(b.Blocks), float64(b.Gas)/events, float64(b.Bytes)/events)
	}
	r.Idle.write(w)
	for _, n := range r.Nodes {
		n.write(w)
	}
	r.Times.write(w)
}

func network(validators int) string {
	switch validators {
	case 0:
		return "a running network"
	case 1:
		return "1 validator"
	}
	return fmt.Sprintf("%d validators", validators)
}

func (m Machine) write(w io.Writer) {
	fmt.Fprintf(w, "machine     %d x %s, %s; %s, suyuan %s; %s; load average %.1f before, %.1f after\n", m.Cores, m.CPU, size(m.RAM), m.Go, m.Version,
		m.At.Format(time.DateTime), m.LoadBefore, m.LoadAfter)
}

func (r *IdleReport) write(w io.Writer) {
	if r == nil {
		return
	}
	fmt.Fprintf(w, "idle        %.3f cores busy over %.0f s before the load; memory", r.Busy, r.Seconds)
	for _, rss := range r.RSS {
		fmt.Fprintf(w, " %s", size(rss))
	}
	fmt.Fprintln(w)
}

func (n *NodeReport) write(w io.Writer) {
	var disk []string
	for _, s := range stores {
		disk = append(disk, s+" "+size(n.Disk[s]))
	}
	fmt.Fprintf(w, "%-11s memory %s (peak %s); disk %s\n", n.Name, size(n.RSS), size(n.PeakRSS), strings.Join(disk, ", "))
}

func (r *LifeReport) write(w io.Writer) {
	if r == nil {
		return
	}
	fmt.Fprintf(w, "times       founding %.1f s, stop %.1f s, restart %.1f s, after SIGKILL of all %.1f s, index rebuilt %.1f s; "+
		"%d EVM blocks\n", r.Founding, r.Stop, r.Restart, r.Replay, r.Reindex, r.Blocks)
}

// size is a number of bytes in words.
func size(n int64) string {
	const unit = 1 << 10
	switch {
	case n < unit:
		return fmt.Sprintf("%d B", n)
	case n < unit*unit:
		return fmt.Sprintf("%.0f KiB", float64(n)/unit)
	case n < unit*unit*unit:
		return fmt.Sprintf("%.0f MiB", float64(n)/unit/unit)
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/unit/unit/unit)
}

// Write prints the report for people.
func (r *CommitReport) Write(w io.Writer) {
	what := fmt.Sprintf("%.0f tx/s", r.Rate)
	if r.Rate == 0 {
		what = "the peak"
	}
	r.Machine.write(w)
	fmt.Fprintf(w, "commit      %s, %s, over %.0f s; one event for one object a transaction, gas limit %d\n", network(r.Validators), what, r.Seconds, r.Gas)
	fmt.Fprintf(w, "committed   %.0f tx/s in %d blocks\n", r.PerSecond, r.Blocks)
	fmt.Fprintf(w, "latency     %s\n", r.Latency)
	fmt.Fprintf(w, "txs         %d sent, %d committed, %d refused, %d lost\n", r.Sent, r.Committed, r.Refused, r.Lost)
	if r.FirstFail != "" {
		fmt.Fprintf(w, "            first failure: %s\n", r.FirstFail)
	}
	fmt.Fprintf(w, "processor   %.3f ms a transaction in all nodes (%.2f cores busy), and %.3f ms in the load generator\n", r.NodesCPU, r.Busy, r.LoadCPU)
	r.Idle.write(w)
	for _, n := range r.Nodes {
		n.write(w)
	}
}
