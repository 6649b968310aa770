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
whether they were entitled to. FILE is a proof (- reads it from the input). URL of a proof is fetched as it is. For an
identifier (a Digital Link path or URI, an EPC URN, element strings), an address or "block/NUMBER" the proof is asked
from the node of --node; without --node, for the address of a scan page from the node that serves it. None need be
believed.

What you trust is in the file of --trust, which suyuan trust show explains. After a good proof the file remembers the
header, so that the next one can't be older without a word, and two headers signed at one height are caught.

Exit codes: 0 good, 6 good with a warning (old, recalled, omitted, ...), 5 refused, 3 the file of --trust can't be read,
4 the node knows no such thing, or the ledger is proven to hold no record of it, 1 it could not be fetched.`,
		Example: `  suyuan verify /01/09521141012345/21/2017 --trust trust.json
  suyuan verify https://other.example/01/09521141012345/21/2017 --trust trust.json
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
			file, asked, from, err := a.fetchProof(cmd.Context(), given[0])
			if err != nil {
				return err
			}
			if opts.Want == "" {
				opts.Want = asked
			}
			result := verify.Verify(file, trust, opts)
			if err := a.print(result, func(w io.Writer) {
				if from != "" {
					fmt.Fprintf(w, "Proof from %s\n\n", from)
				}
				writeResult(w, result)
			}); err != nil {
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

// fetchProof gets a proof file, and says what it must be about and which address it came from, if from any.
func (a *app) fetchProof(ctx context.Context, given string) (file []byte, want, from string, err error) {
	if given == "-" {
		file, err = io.ReadAll(io.LimitReader(a.in, verify.MaxFile+1))
		return file, "", "", err
	}
	if info, err := os.Stat(given); err == nil && !info.IsDir() {
		file, err = os.ReadFile(given)
		return file, "", "", err
	}
	if strings.Contains(given, "/proof/") && strings.HasPrefix(given, "http") {
		from, want = given, subjectOf(given)
	} else if from, want, err = a.proofDoor(given); err != nil {
		return nil, "", "", err
	}
	file, err = a.get(ctx, from)
	return file, want, from, err
}

// proofDoor is the address at which a node proves something, and what that proof must be about.
func (a *app) proofDoor(given string) (door, want string, err error) {
	base, err := a.proofNode(given)
	if err != nil {
		return "", "", err
	}
	switch {
	case strings.HasPrefix(given, "0x"):
		return base + "/proof/party/" + given, strings.ToLower(given), nil
	case strings.HasPrefix(given, "block/"):
		return base + "/proof/" + given, strings.TrimPrefix(strings.TrimPrefix(given, "block/"), "latest"), nil
	}
	id, err := parseID(given)
	if err != nil {
		return "", "", exit(exitInvalid, fmt.Errorf("%q is no file, and %w", given, err))
	}
	id = id.Canonical()
	door = base + "/proof/object" + id.Path()
	if id.Key() == "" {
		door = base + "/proof/object/?id=" + url.QueryEscape(id.String())
	}
	return door, id.String(), nil
}

// proofNode is the node to ask: the one of --node, else the one whose page a link opens, else the one of the home folder.
// GS1's own domain is that of links which no node serves.
func (a *app) proofNode(given string) (string, error) {
	u, err := url.Parse(given)
	if a.node != "" || err != nil || !strings.HasPrefix(u.Scheme, "http") || u.Host == "" || u.Host == "id.gs1.org" {
		return a.nodeURL()
	}
	return u.Scheme + "://" + u.Host, nil
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
	case resp.StatusCode == http.StatusNotFound && strings.HasPrefix(resp.Header.Get("Content-Type"), "application/problem+json"):
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
