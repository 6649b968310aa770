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
	"github.com/suyuan-ledger/suyuan/verify/format"
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

// headline is the outcome in a word. A good proof that there is nothing must not read as good news of the thing.
func headline(r *verify.Result) string {
	if unrecorded(r.Facts) {
		return "NO RECORD"
	}
	return strings.ToUpper(string(r.Outcome))
}

func writeResult(w io.Writer, r *verify.Result) {
	for _, s := range r.Steps {
		mark := map[verify.Status]string{verify.StatusOK: "ok", verify.StatusWarning: "WARNING", verify.StatusFailed: "FAILED",
			verify.StatusSkipped: "-"}[s.Status]
		line := fmt.Sprintf("%-8s %-11s %s", mark, s.Step, stepText[s.Step])
		for _, code := range s.Warnings {
			line += "; " + warningText[code]
		}
		if s.Detail != "" {
			line += ": " + s.Detail
		}
		fmt.Fprintln(w, line)
	}
	f := r.Facts
	if f == nil {
		fmt.Fprintf(w, "\nREFUSED at step %s. Don't believe what this file shows.\n", r.Failed.Step)
		return
	}
	fmt.Fprintf(w, "\n%s\n", headline(r))
	fmt.Fprintf(w, "%s %s, EVM block %d of %s\n", f.Kind, f.Subject, uint64(f.Number), f.Time.Format(time.RFC3339))
	if f.Signed != nil {
		fmt.Fprintf(w, "signed by %d of %d validators at height %d, %s\n", f.Signed.Signers, f.Signed.Validators, uint64(f.Signed.Height),
			f.Signed.Time.Format(time.RFC3339))
	}
	for _, rec := range f.Recalls {
		state := "RECALLED"
		if !rec.Active {
			state = "recall lifted"
		}
		fmt.Fprintf(w, "%s: %s (%s)\n", state, rec.Object, rec.Relation)
	}
	for _, o := range f.Objects {
		fmt.Fprintf(w, "%-10s %-40s %d of %d records shown\n", o.Relation, o.Name, o.Shown, uint64(o.Records))
	}
	if unrecorded(f) {
		fmt.Fprintf(w, "The ledger holds no record of %s itself: that is what is proven.\n", f.Subject)
	}
	for _, e := range f.Events {
		what := "content withheld"
		if e.Kind == int(format.LeafList) {
			what = "a list of things"
		}
		if e.Sealed != nil {
			what = sealedText(e.Sealed)
		}
		if ev, ok := verify.ReadEvent(e.Body); ok {
			what = time.UnixMilli(ev.Time).UTC().Format(time.RFC3339) + " " + ev.Type
		}
		fmt.Fprintf(w, "  %s by %s, recorded %s\n", what, e.Name, e.Time.Format(time.RFC3339))
	}
	if n := sealedCount(f); n > 0 {
		fmt.Fprintf(w, "%d of %d records are sealed: what they say is with their parties, and what they refer to is not followed\n", n, len(f.Events))
	}
	if f.Notes > 0 {
		fmt.Fprintf(w, "%d notes by others, which count for nothing\n", uint64(f.Notes))
	}
}

// sealedText says what a file shows of a sealed event.
func sealedText(s *verify.Sealed) string {
	text := "sealed event"
	for _, f := range s.Fields {
		text += fmt.Sprintf(" %s=%s", f.Pointer, f.Value)
	}
	return text + fmt.Sprintf(" (%d of %d fields withheld)", s.Count-len(s.Fields), s.Count)
}

func sealedCount(f *verify.Facts) (n int) {
	for _, e := range f.Events {
		if e.Sealed != nil {
			n++
		}
	}
	return n
}

// stepText says in one line what a passed step means.
var stepText = map[verify.Step]string{
	verify.StepFormat: "the file is a proof", verify.StepNetwork: "of the trusted chain", verify.StepSubject: "about what was asked for",
	verify.StepValidators: "the validators are those you trust, or follow from them", verify.StepSignatures: "more than two thirds signed",
	verify.StepFork: "no other header of this height is known", verify.StepBlock: "the header commits to this block",
	verify.StepHeads: "the ledger's record has the trusted code", verify.StepSlots: "it holds these heads",
	verify.StepLeaves: "the records are exactly those, in order", verify.StepBodies: "each content is the one recorded",
	verify.StepParties: "each party and key was entitled then", verify.StepLicences: "and had a right to the object",
	verify.StepStory: "all that the events refer to is here", verify.StepLists: "each list that could hold it was looked into",
	verify.StepRecall: "recalls up to this block are shown", verify.StepAge: "the header is as young as it says",
}

var warningText = map[string]string{
	"withheld": "some contents are withheld or damaged", "sandbox": "under the catch-all licence of a test network",
	"omitted": "some containers or inputs are left out", "list": "a list is not opened", "recalled": "RECALLED",
	"old": "older than 10 minutes, or than what you have seen", "future": "the header's time is ahead of this clock",
	"pinned": "proven by a pin: it speaks of the past only",
}
