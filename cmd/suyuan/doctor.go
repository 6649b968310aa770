package main

import (
	"errors"
	"fmt"
	"io"
	"os"

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

Where only a node is named, by --node or SUYUAN_NODE, and no folder, that node is asked and the rest can't be seen.
The configuration is read as the node would read it here: file, SUYUAN_ variables, flags.

It ends with 0 if nothing failed; warnings are for you to know.`,
		Example: `  suyuan doctor --home /var/lib/suyuan
  suyuan doctor --node https://trace.example.com
  suyuan doctor --output json | jq '.checks[] | select(.outcome != "ok")'`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := a.diagnose(cmd)
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

// diagnose looks at what was named: a folder, or else a node from outside. A flag says more than a variable.
func (a *app) diagnose(cmd *cobra.Command) (*node.Diagnosis, error) {
	byFlag := cmd.Flags().Changed
	if byFlag("home") && byFlag("node") {
		return nil, exit(exitUsage, errors.New("doctor: --home looks at the node in a folder, --node at one from outside: give one of them"))
	}
	folder := byFlag("home") || os.Getenv("SUYUAN_HOME") != "" && !byFlag("node")
	if !folder && (byFlag("node") || os.Getenv("SUYUAN_NODE") != "") {
		return node.DiagnoseRemote(cmd.Context(), a.remote(), version), nil
	}
	cfg, err := node.LoadConfig(a.home, cmd.Flags())
	if err != nil {
		return nil, exit(exitUsage, err)
	}
	return node.Diagnose(cmd.Context(), a.home, cfg, version)
}

func writeDiagnosis(w io.Writer, d *node.Diagnosis) {
	switch {
	case d.Home == "":
		fmt.Fprintf(w, "node at %s, seen from outside; its clock, disk, keys and stores: where it is, with --home\n\n", d.Node)
	case d.Running:
		fmt.Fprintf(w, "node in %s, running\n\n", d.Home)
	default:
		fmt.Fprintf(w, "node in %s, stopped\n\n", d.Home)
	}
	for _, c := range d.Checks {
		fmt.Fprintf(w, "%-8s %-12s %s\n", c.Outcome, c.Name, c.Detail)
		if c.Advice != "" {
			fmt.Fprintf(w, "%-8s %-12s -> %s\n", "", "", c.Advice)
		}
	}
}
