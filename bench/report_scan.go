package bench

import (
	"fmt"
	"io"
)

// Write prints the report for people.
func (r *ScanReport) Write(w io.Writer) {
	r.Machine.write(w)
	fmt.Fprintf(w, "ledger      %d events, %s; popular packs: %d\n", r.Ledger.Events, network(r.Validators), r.Packs)
	r.Idle.write(w)
	for _, f := range r.Forms {
		if f.Peak > 0 {
			fmt.Fprintf(w, "%-13s peak %.0f/s\n", f.Form, f.Peak)
		}
		for _, run := range f.Runs {
			fmt.Fprintf(w, "%-13s at %.0f/s: %.0f answered a second, %d failed, %.0f bytes each; %s\n", f.Form, run.Rate, run.PerSecond, run.Failed, run.Bytes, run.Latency)
			if run.FirstFail != "" {
				fmt.Fprintf(w, "              first failure: %s\n", run.FirstFail)
			}
			fmt.Fprintf(w, "              %.3f ms of processor a request, %.3f ms in the load generator", run.CPU, run.LoadCPU)
			if f.Times != nil {
				fmt.Fprintf(w, "; %.1f times the bare look-up", *f.Times)
			}
			fmt.Fprintln(w)
		}
	}
	for _, n := range r.Nodes {
		n.write(w)
	}
}
