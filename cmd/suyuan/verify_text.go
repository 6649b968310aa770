package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/suyuan-ledger/suyuan/verify"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

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
		for _, l := range o.Licences {
			if o.Relation == verify.RelationSubject {
				fmt.Fprintln(w, holding(f, l))
			}
		}
	}
	if unrecorded(f) {
		fmt.Fprintf(w, "The ledger holds no record of %s itself: that is what is proven.\n", f.Subject)
	}
	writeRecords(w, f)
	if n := sealedCount(f); n > 0 {
		fmt.Fprintf(w, "%d of %d records are sealed: what they say is with their parties, and what they refer to is not followed\n", n, len(f.Events))
	}
	if f.Notes > 0 {
		fmt.Fprintf(w, "%d by others on the lane of notes, which count for nothing\n", uint64(f.Notes))
	}
}

// writeRecords lists what was recorded, in the order in which it happened; sealed and withheld records where they were recorded.
func writeRecords(w io.Writer, f *verify.Facts) {
	relation := map[string]verify.Relation{}
	for _, o := range f.Objects {
		relation[o.Name] = o.Relation
	}
	events := slices.Clone(f.Events)
	slices.SortStableFunc(events, func(a, b verify.EventFact) int { return happened(a).Compare(happened(b)) })
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, e := range events {
		of := ""
		if len(e.Objects) > 0 {
			of = string(relation[e.Objects[0]])
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\tby %s\trecorded %s\n", happened(e).Format(time.RFC3339), told(e), of, printable(e.Name), e.Time.Format(time.RFC3339))
	}
	table.Flush()
}

// happened is the time of an event, or of its record where what happened isn't shown.
func happened(e verify.EventFact) time.Time {
	if ev, ok := verify.ReadEvent(e.Body); ok {
		return time.UnixMilli(ev.Time).UTC()
	}
	return e.Time
}

// told says what a record is about: its business step, or its type where it has none.
func told(e verify.EventFact) string {
	var body struct {
		BizStep string `json:"bizStep"`
	}
	event, ok := verify.ReadEvent(e.Body)
	switch kind := format.LeafKind(e.Kind); {
	case e.Sealed != nil:
		return sealedText(e.Sealed)
	case kind == format.LeafList:
		return "a list of things"
	case leafText[kind] != "":
		return leafText[kind]
	case !ok:
		return "content withheld"
	case json.Unmarshal([]byte(e.Body), &body) != nil || body.BizStep == "":
		return event.Type
	}
	return printable(strings.TrimPrefix(body.BizStep, "https://ref.gs1.org/cbv/BizStep-"))
}

// holding says who held a licence, and when.
func holding(f *verify.Facts, l verify.LicenceFact) string {
	holder, what, until := l.Holder.String(), "licence "+l.Licence, ""
	for _, p := range f.Parties {
		if p.Address == l.Holder && p.Name != "" {
			holder = printable(p.Name)
		}
	}
	if l.Sandbox {
		what = "the catch-all licence of a test network"
	}
	if l.Until != nil {
		until = " until " + l.Until.Format(time.RFC3339)
	}
	return fmt.Sprintf("           under %s, held by %s since %s%s", printable(what), holder, l.Since.Format(time.RFC3339), until)
}

var leafText = map[format.LeafKind]string{
	format.LeafErrorDecl: "error declaration", format.LeafRecall: "RECALL", format.LeafLift: "lift of a recall",
	format.LeafCertificate: "certificate", format.LeafRevocation: "certificate revoked",
}

// printable takes out of a text by others what a terminal would obey, and what would break the table.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, s)
}

// sealedText says what a file shows of a sealed event.
func sealedText(s *verify.Sealed) string {
	text := "sealed event"
	for _, f := range s.Fields {
		text += fmt.Sprintf(" %s=%s", printable(f.Pointer), printable(f.Value))
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
	"unlicensed": "nobody holds its licence now, as far as is shown", "omitted": "some containers or inputs are left out", "list": "a list is not opened", "recalled": "RECALLED",
	"old": "older than 10 minutes, or than what you have seen", "future": "the header's time is ahead of this clock",
	"pinned": "proven by a pin: it speaks of the past only",
}
