package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

func (a *app) captureCmd() *cobra.Command {
	var lane, behaviour, policy string
	var disclose []string
	cmd := &cobra.Command{
		Use:   "capture FILE...",
		Short: "Put EPCIS documents on the ledger and wait until they are final",
		Long: `Sends EPCIS 2.0 documents in JSON to a node, which validates them, signs them for the party of the
API key and puts them on the ledger. A file name of - reads standard input.

The command ends when every event is final: what it acknowledges survives any crash.

A document is recorded as a whole or not at all, which the ledger can for some 500 new things; a larger one is refused.
--errors proceed takes every event for itself: those that break a rule don't keep the others from being recorded.
An event that names more than 256 things becomes a sealed list on their lot or container: see suyuan list --help.

--policy says who may have the bodies: public (open on the ledger), chain (sealed; shared with the parties on the way of
the things) or private (sealed; stays with the party's operator). Of a sealed event everybody sees that it is, by whom,
when, and the fields that --disclose names.

Exit code 3 says that a document breaks a rule; nothing of it was recorded then, but with --errors proceed.`,
		Example: `  suyuan capture --api-key sy_1_... harvest.json packing.json
  cat event.json | suyuan capture -
  suyuan capture --errors proceed shipment.json
  suyuan capture --policy chain --disclose /type,/bizStep,/eventTime shipment.json
  suyuan capture --lane notes observation.json   # about a product of others, who don't expect it`,
		Args:              args(cobra.MinimumNArgs(1)),
		ValidArgsFunction: files("json", "jsonld"),
		RunE: func(cmd *cobra.Command, files []string) error {
			if cmd.Flags().Changed("disclose") && len(disclose) == 0 {
				disclose = []string{"none"}
			}
			return a.capture(cmd.Context(), files, map[string]string{"Suyuan-Lane": lane, "GS1-Capture-Error-Behaviour": behaviour,
				"Suyuan-Policy": policy, "Suyuan-Disclose": strings.Join(disclose, ",")})
		},
	}
	cmd.Flags().StringVar(&policy, "policy", "", "public, chain or private; the party's default on the node if not given")
	_ = cmd.RegisterFlagCompletionFunc("policy", cobra.FixedCompletions([]string{"public", "chain", "private"}, cobra.ShellCompDirectiveNoFileComp))
	cmd.Flags().StringSliceVar(&disclose, "disclose", nil, "fields of sealed events that everybody may see, as JSON pointers; empty: none")
	cmd.Flags().StringVar(&behaviour, "errors", "", "rollback (as if not given) or proceed: GS1-Capture-Error-Behaviour")
	_ = cmd.RegisterFlagCompletionFunc("errors", cobra.FixedCompletions([]string{"rollback", "proceed"}, cobra.ShellCompDirectiveNoFileComp))
	cmd.Flags().StringVar(&lane, "lane", "trunk", "trunk, or notes for an observation by someone the object doesn't concern")
	_ = cmd.RegisterFlagCompletionFunc("lane", cobra.FixedCompletions([]string{"trunk", "notes"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// captured is what the command says of one file.
type captured struct {
	File    string  `json:"file"`
	Job     string  `json:"job"`
	Seconds float64 `json:"seconds"`
	Success bool    `json:"success"`
	// Behaviour is how the document was taken, Final how many of its events are on the ledger by it.
	Behaviour string `json:"captureErrorBehaviour"`
	Events    int    `json:"events"`
	Final     int    `json:"final"`
	Already   int    `json:"already"`
	// MasterData says that the document declared master data.
	MasterData bool `json:"masterData"`
}

func (a *app) capture(ctx context.Context, files []string, how map[string]string) error {
	if a.key() == "" {
		return exit(exitUsage, errors.New("writing needs an API key: --api-key or SUYUAN_API_KEY (make one with suyuan key api)"))
	}
	n := a.remote()
	bar := a.progress(len(files), "capture")
	var done []captured
	for _, file := range files {
		body, err := a.read(file)
		if err != nil {
			return err
		}
		start := time.Now()
		job, err := n.CaptureAs(ctx, body, how)
		if err != nil {
			_ = bar.Exit()
			return fmt.Errorf("%s: %w", file, err)
		}
		done = append(done, captured{file, job.CaptureID, time.Since(start).Seconds(), job.Success, job.Behaviour,
			job.Events, job.Final, job.Already, job.Master})
		_ = bar.Add(1)
	}
	return a.print(done, func(w io.Writer) {
		for _, d := range done {
			if d.Events == 0 && !d.MasterData {
				fmt.Fprintf(w, "%s: has no events and no master data: nothing was recorded (job %s)\n", d.File, d.Job)
				continue
			}
			fmt.Fprintf(w, "%s: final after %.1f s (job %s)\n", d.File, d.Seconds, d.Job)
		}
	})
}

// read returns a file's bytes, or those of standard input for "-".
func (a *app) read(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(a.in)
	}
	return os.ReadFile(file)
}

// progress is a bar on a terminal and nothing elsewhere.
func (a *app) progress(n int, what string) *progressbar.ProgressBar {
	f, ok := a.err.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || a.output == "json" {
		return progressbar.DefaultSilent(int64(n), what)
	}
	return progressbar.NewOptions(n, progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
}
