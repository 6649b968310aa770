package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

func (a *app) traceCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "trace ID",
		Short: "Show the recorded life of a product, lot, case or pallet",
		Long: `Shows what the ledger holds about an identifier: who recorded what, when and where, what it was packed in
and made of, recalls, and the two verdicts. ID is a GS1 Digital Link (path or URI), an EPC URN, or element
strings such as "(01)09506000134352(21)ABC". Exit code 4: the ledger holds no record of it.`,
		Example: `  suyuan trace /01/09506000134352/21/ABC
  suyuan trace "(00)395060001343520012" --output json`,
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: once(nothing),
		RunE: func(cmd *cobra.Command, given []string) error {
			id, err := parseID(given[0])
			if err != nil {
				return exit(exitInvalid, err)
			}
			var story trace.Story
			if err := a.remote().Get(cmd.Context(), id.Path(), &story); err != nil {
				return err
			}
			return a.print(&story, func(w io.Writer) { writeStory(w, &story) })
		},
	}
}

// parseID reads an identifier as people type it.
func parseID(s string) (gs1.ID, error) {
	id, _, err := gs1.ParseInput(s)
	return id, err
}

func writeStory(w io.Writer, s *trace.Story) {
	name := "name not declared"
	if s.Identity.Name != nil {
		name = s.Identity.Name.Text
	}
	fmt.Fprintf(w, "%s\n%s\n\n", name, s.ID)
	for _, r := range s.Recalls {
		state := "RECALLED"
		if !r.Active {
			state = "recall lifted"
		}
		fmt.Fprintf(w, "%s  %s by %s\n\n", state, r.Scope, partyName(r.Step.Signer.Party))
	}
	fmt.Fprintf(w, "RECORD  %s\nUNIT    %s\n\n", s.Record.State, s.Unit.State)
	for _, step := range s.Journey {
		writeStep(w, step)
	}
	for _, c := range s.ColdChain {
		fmt.Fprintf(w, "\n%s %s to %s %s in %d reports", c.Type, c.Min, c.Max, c.Unit, c.Reports)
		for _, e := range c.Excursions {
			fmt.Fprintf(w, "; out of limits for %d minutes, up to %s %s", e.Minutes, e.Peak, c.Unit)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "\nRecords: %d, all that this ledger holds; it can't know what nobody recorded. ", s.Records)
	fmt.Fprintf(w, "Height %d, %s\n", s.Ledger.Height, s.Ledger.Time.UTC().Format("2006-01-02 15:04:05Z"))
}

func writeStep(w io.Writer, step trace.Step) {
	what := step.BizStep
	if what == "" {
		what = step.Type
	}
	if step.Disposition != "" {
		what += ", " + step.Disposition
	}
	place := ""
	if step.Place != nil {
		place = " at " + step.Place.Code
		if step.Place.Name != nil {
			place = " at " + step.Place.Name.Text
		}
	}
	var marks []string
	if step.Relation != trace.RelationOwn {
		marks = append(marks, string(step.Relation)+" "+step.Via)
	}
	if step.Late {
		marks = append(marks, "recorded "+step.RecordTime.Format("2006-01-02 15:04"))
	}
	if step.Corrected != nil {
		marks = append(marks, "declared an error: "+step.Corrected.Reason)
	}
	if step.Damaged {
		marks = append(marks, "withheld or damaged")
	}
	note := ""
	if len(marks) > 0 {
		note = "  [" + strings.Join(marks, "; ") + "]"
	}
	fmt.Fprintf(w, "%-26s %s%s, by %s%s\n", step.Local, what, place, partyName(step.Signer.Party), note)
}

func partyName(p trace.Party) string {
	if p.Name != "" {
		return p.Name
	}
	return p.Address.Hex()
}
