package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

func (a *app) captureCmd() *cobra.Command {
	var lane string
	cmd := &cobra.Command{
		Use:   "capture FILE...",
		Short: "Put EPCIS documents on the ledger and wait until they are final",
		Long: `Sends EPCIS 2.0 documents in JSON to a node, which validates them, signs them for the party of the
API key and puts them on the ledger. A file name of - reads standard input.

The command ends when every event is final: what it acknowledges survives any crash.
Exit code 3 says that a document breaks a rule; nothing of it was recorded then.`,
		Example: `  suyuan capture --api-key sy_1_... harvest.json packing.json
  cat event.json | suyuan capture -
  suyuan capture --lane notes observation.json   # about a product of others, who don't expect it`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, files []string) error { return a.capture(cmd.Context(), files, lane) },
	}
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
}

// captureJob is EPCISCaptureJob of GS1's OpenAPI.
type captureJob struct {
	CaptureID string    `json:"captureID"`
	Running   bool      `json:"running"`
	Success   bool      `json:"success"`
	Errors    []problem `json:"errors"`
}

func (a *app) capture(ctx context.Context, files []string, lane string) error {
	if a.key() == "" {
		return exit(exitUsage, errors.New("writing needs an API key: --api-key or SUYUAN_API_KEY (make one with suyuan key api)"))
	}
	c := a.client()
	bar := a.progress(len(files), "capture")
	var done []captured
	for _, file := range files {
		body, err := a.read(file)
		if err != nil {
			return err
		}
		start := time.Now()
		job, err := c.capture(ctx, body, lane)
		if err != nil {
			_ = bar.Exit()
			return fmt.Errorf("%s: %w", file, err)
		}
		done = append(done, captured{file, job.CaptureID, time.Since(start).Seconds(), job.Success})
		_ = bar.Add(1)
	}
	return a.print(done, func(w io.Writer) {
		for _, d := range done {
			fmt.Fprintf(w, "%s: final after %.1f s (job %s)\n", d.File, d.Seconds, d.Job)
		}
	})
}

// capture sends one document and waits for its job to end.
func (c *client) capture(ctx context.Context, body []byte, lane string) (*captureJob, error) {
	res, err := c.do(ctx, http.MethodPost, "/epcis/capture", body, map[string]string{
		"Content-Type": "application/json", "Suyuan-Lane": lane,
	})
	if err != nil {
		return nil, err
	}
	path, err := pathOf(res.header.Get("Location"))
	if err != nil {
		return nil, err
	}
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		var job captureJob
		if err := c.get(ctx, path, &job); err != nil {
			return nil, err
		}
		if !job.Running {
			if !job.Success {
				return nil, exit(exitInvalid, jobFailure(&job))
			}
			return &job, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(wait):
		}
	}
}

func jobFailure(job *captureJob) error {
	msgs := make([]string, len(job.Errors))
	for i := range job.Errors {
		msgs[i] = job.Errors[i].Error()
	}
	return fmt.Errorf("capture job %s failed: %s", job.CaptureID, strings.Join(msgs, "; "))
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
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
}

