package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/verify"
)

// Exit codes of verify beside the common ones.
const (
	exitRefused = 5 // a step failed: the proof must not be believed
	exitWarned  = 6 // every step passed, one with a warning
)

func (a *app) verifyCmd() *cobra.Command {
	var trustFile, want string
	var at string
	cmd := &cobra.Command{
		Use:   "verify FILE|URL|ID",
		Short: "Check a proof without trusting the server that made it",
		Long: `Takes the steps of a proof one by one and tells how each came out: whether the validators you trust signed
the header, whether it commits to this state, whether the records are complete and unaltered, who made them, and
whether they were entitled to. FILE is a proof (- reads it from the input). URL is fetched as it is. For an identifier
(a Digital Link path or URI, an EPC URN, element strings), an address or "block/NUMBER" the proof is asked from the
node of --node, which need not be believed.

What you trust is in the file of --trust, which suyuan trust show explains. After a good proof the file remembers the
header, so that the next one can't be older without a word, and two headers signed at one height are caught.

Exit codes: 0 good, 6 good with a warning (old, recalled, omitted, ...), 5 refused, 3 the file of --trust can't be read,
4 the node knows no such thing, or the ledger is proven to hold no record of it, 1 it could not be fetched.`,
		Example: `  suyuan verify /01/09521141012345/21/2017 --trust trust.json
  suyuan verify proof.json --trust trust.json --want https://brand.example/01/09521141012345/21/2017
  suyuan verify https://other.example/proof/object/01/09521141012345/21/2017 --trust trust.json --output json`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			trust, err := readTrust(trustFile)
			if err != nil {
				return exit(exitInvalid, err)
			}
			opts := verify.Options{Want: want}
			if at != "" {
				if opts.Now, err = time.Parse(time.RFC3339, at); err != nil {
					return exit(exitUsage, fmt.Errorf("--at: %q is no time such as 2026-11-24T08:00:00Z", at))
				}
			}
			file, asked, err := a.fetchProof(cmd.Context(), given[0])
			if err != nil {
				return err
			}
			if opts.Want == "" {
				opts.Want = asked
			}
			result := verify.Verify(file, trust, opts)
			if err := a.print(result, func(w io.Writer) { writeResult(w, result) }); err != nil {
				return err
			}
			if result.Failed != nil && result.Failed.Step == verify.StepFork {
				if err := keepEvidence(a.err, trustFile, file); err != nil {
					return err
				}
			}
			if trust.Advance(result) {
				if err := writeTrust(trustFile, trust); err != nil {
					return err
				}
			}
			switch {
			case result.Outcome == verify.OutcomeRefused:
				return exit(exitRefused, fmt.Errorf("refused at step %s: %s", result.Failed.Step, result.Failed.Detail))
			case unrecorded(result.Facts):
				return exit(exitUnknown, fmt.Errorf("the ledger holds no record of %s", result.Facts.Subject))
			case result.Outcome == verify.OutcomeWarning:
				return exit(exitWarned, errors.New("good with a warning"))
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&trustFile, "trust", "trust.json", "file with what you trust; suyuan trust fetch makes one")
	cmd.Flags().StringVar(&want, "want", "", "what the proof must be about; the default is what was asked for")
	cmd.Flags().StringVar(&at, "at", "", "time to compare the proof's age with, RFC 3339 (default: now)")
	return cmd
}

// fetchProof gets a proof file, and says what it must be about.
func (a *app) fetchProof(ctx context.Context, from string) (file []byte, want string, err error) {
	if from == "-" {
		file, err = io.ReadAll(io.LimitReader(a.in, verify.MaxFile+1))
		return file, "", err
	}
	if info, err := os.Stat(from); err == nil && !info.IsDir() {
		file, err = os.ReadFile(from)
		return file, "", err
	}
	if strings.Contains(from, "/proof/") && strings.HasPrefix(from, "http") {
		file, err = a.get(ctx, from)
		return file, subjectOf(from), err
	}
	base, err := a.nodeURL()
	if err != nil {
		return nil, "", err
	}
	base += "/proof"
	switch {
	case strings.HasPrefix(from, "0x"):
		file, err = a.get(ctx, base+"/party/"+from)
		return file, strings.ToLower(from), err
	case strings.HasPrefix(from, "block/"):
		file, err = a.get(ctx, base+"/"+from)
		return file, strings.TrimPrefix(strings.TrimPrefix(from, "block/"), "latest"), err
	}
	id, err := parseID(from)
	if err != nil {
		return nil, "", exit(exitInvalid, fmt.Errorf("%q is no file, and %w", from, err))
	}
	id = id.Canonical()
	door := base + "/object" + id.Path()
	if id.Key() == "" {
		door = base + "/object/?id=" + url.QueryEscape(id.String())
	}
	file, err = a.get(ctx, door)
	return file, id.String(), err
}

// subjectOf is what a proof's address promises.
func subjectOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(u.EscapedPath(), "/proof/")
	kind, rest, _ := strings.Cut(rest, "/")
	switch kind {
	case verify.KindObject:
		if id := u.Query().Get("id"); id != "" {
			return id
		}
		if id, err := gs1.ParsePath("/" + rest); err == nil {
			return id.Canonical().String()
		}
	case verify.KindParty:
		return strings.ToLower(rest)
	case verify.KindBlock:
		return strings.TrimPrefix(rest, "latest")
	}
	return ""
}

// get fetches an address, at most as many bytes as a proof may have.
func (a *app) get(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, verify.MaxFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", address, err)
	case resp.StatusCode == http.StatusNotFound:
		return nil, exit(exitUnknown, fmt.Errorf("%s: %s", address, problemText(body)))
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%s answered %s: %s", address, resp.Status, problemText(body))
	}
	return body, nil
}

// keepEvidence saves the proof of the second header signed at one height.
func keepEvidence(say io.Writer, trustFile string, file []byte) error {
	name := fmt.Sprintf("%s.evidence-%d.json", strings.TrimSuffix(trustFile, ".json"), time.Now().Unix())
	if err := os.WriteFile(name, file, 0o644); err != nil {
		return err
	}
	fmt.Fprintf(say, "Two headers were signed at one height. Evidence kept in %s: show it to the operators.\n", name)
	return nil
}

// unrecorded says whether what is proven is that the ledger holds no record of the subject: neither one of its own nor a
// list that names it. That of a product as such, without lot or serial, is no news: it has records only when recalled.
func unrecorded(f *verify.Facts) bool {
	if f == nil || f.Kind != verify.KindObject || len(f.Objects) == 0 || f.Objects[0].Records > 0 {
		return false
	}
	for _, l := range f.Lists {
		if l.Member {
			return false
		}
	}
	id, err := gs1.Parse("https://id.gs1.org/" + f.Subject)
	return err != nil || id.Level() != gs1.LevelClass
}
