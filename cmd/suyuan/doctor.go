package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/suyuan-ledger/suyuan/node"
)

func (a *app) doctorCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look at a node and its machine, and say what to do",
		Long: `Looks at clock, disk, genesis, keys, certificate and peers of the node in the home folder. Of a stopped node it
also tries the ports and compares how far its stores are; a running one it asks whether it is ready, who
is connected, who signs, and whether it runs this version. Nothing is changed.

It ends with 0 if nothing failed; warnings are for you to know.`,
		Example: `  suyuan doctor --home /var/lib/suyuan
  suyuan doctor --output json | jq '.checks[] | select(.outcome != "ok")'`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := node.LoadConfig(a.home, cmd.Flags())
			if err != nil {
				return exit(exitUsage, err)
			}
			d, err := node.Diagnose(cmd.Context(), a.home, cfg, version)
			if err != nil {
				return err
			}
			if err := a.print(d, func(w io.Writer) { writeDiagnosis(w, d) }); err != nil {
				return err
			}
			if d.Worst() == node.Fail {
				return exit(exitFailure, errors.New("doctor: at least one check failed"))
			}
			return nil
		},
	}
	node.AddFlags(cmd.Flags())
	return cmd
}

func writeDiagnosis(w io.Writer, d *node.Diagnosis) {
	state := "stopped"
	if d.Running {
		state = "running"
	}
	fmt.Fprintf(w, "node in %s, %s\n\n", d.Home, state)
	for _, c := range d.Checks {
		fmt.Fprintf(w, "%-8s %-12s %s\n", c.Outcome, c.Name, c.Detail)
		if c.Advice != "" {
			fmt.Fprintf(w, "%-8s %-12s -> %s\n", "", "", c.Advice)
		}
	}
}
