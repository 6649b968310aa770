package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/suyuan-ledger/suyuan/node"
)

func (a *app) statusCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show how a node and the validators do, and what writes wait for",
		Example: `  suyuan status
  suyuan status --node http://127.0.0.1:8081 --output json | jq .waiting_for`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var s node.Status
			if err := a.remote().Get(cmd.Context(), "/api/v1/status", &s); err != nil {
				return err
			}
			return a.print(s, func(w io.Writer) { writeStatus(w, s) })
		},
	}
}

func writeStatus(w io.Writer, s node.Status) {
	ready := "ready"
	if !s.Ready {
		ready = "not ready: " + s.Reason
	}
	fmt.Fprintf(w, "%s  %s\nchain    %d (%s)\nheight   %d\nblock    %d  %s  %s\nindexed  %d\npeers    %d\n\n", s.Name, ready,
		s.ChainID, s.CometChain, s.Height, s.Block.Number, s.Block.Time.Format("2006-01-02 15:04:05Z"), s.Block.Hash, s.Indexed, s.Peers)
	for _, v := range s.Validators {
		state := "signs"
		if v.Missing {
			state = "MISSING"
		}
		fmt.Fprintf(w, "%-8s %-34s power %d, last signed %d\n", state, v.Name, v.Power, v.LastSigned)
	}
	if s.WaitingFor != "" {
		fmt.Fprintf(w, "\nwrites wait: %s\n", s.WaitingFor)
	}
}
