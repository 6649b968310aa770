package demo

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/suyuan-ledger/suyuan/verify"
)

// liar is the validator whose operator tampers on the tour: the carrier, whose van was too warm.
const liar = 1

// trust is what validator i says a verifier must know of the network.
func (t *Tour) trust(ctx context.Context, i int) (*verify.Trust, error) {
	res, err := t.at(i).Do(ctx, "GET", "/trust.json", nil, nil)
	if err != nil {
		return nil, err
	}
	return verify.ParseTrust(res.Body)
}

// checked fetches from validator i the proof that a scan page fetches, and checks it as the phone does.
func (t *Tour) checked(ctx context.Context, i int, trust *verify.Trust) (file []byte, r *verify.Result, err error) {
	path, err := t.pathOf(0, "")
	if err != nil {
		return nil, nil, err
	}
	res, err := t.at(i).Do(ctx, "GET", "/proof/object"+path, nil, nil)
	if err != nil {
		return nil, nil, err
	}
	return res.Body, verify.Verify(res.Body, trust, verify.Options{Want: t.net.Stories[0].DigitalLink}), nil
}

// checkOnThePhone: the page's own check, repeated by the tour over the same proof.
func checkOnThePhone(ctx context.Context, t *Tour) (string, Facts, error) {
	const from = 2 // a node whose operator has no part in the story
	trust, err := t.trust(ctx, from)
	if err != nil {
		return "", nil, err
	}
	for i := range t.net.Validators {
		other, err := t.trust(ctx, i)
		if err != nil {
			return "", nil, err
		}
		if other.Fingerprint() != trust.Fingerprint() {
			return "", nil, fmt.Errorf("%s tells the fingerprint %s, not %s", t.operator(i), other.Fingerprint(), trust.Fingerprint())
		}
	}
	_, r, err := t.checked(ctx, from, trust)
	if err != nil {
		return "", nil, err
	}
	if r.Outcome != verify.OutcomeGood {
		return "", nil, fmt.Errorf("the proof by %s is %s: %+v", t.operator(from), r.Outcome, r.Failed)
	}
	path, err := t.pathOf(0, "")
	if err != nil {
		return "", nil, err
	}
	return t.page(from, path), Facts{"operator": t.operator(from), "steps": strconv.Itoa(len(r.Steps)), "records": strconv.Itoa(len(r.Facts.Events)),
		"signers": strconv.Itoa(r.Facts.Signed.Signers), "all": strconv.Itoa(r.Facts.Signed.Validators), "fingerprint": trust.Fingerprint()}, nil
}

// hideTheExcursion has one operator alter its own copy of the reading that was too warm; stopHiding takes it back.
func hideTheExcursion(ctx context.Context, t *Tour) (string, Facts, error) {
	const honest = 0
	trust, err := t.trust(ctx, honest) // what the phone has pinned
	if err != nil {
		return "", nil, err
	}
	t.altered = true
	if _, err := t.net.Act(ctx, ActTamper, liar); err != nil {
		return "", nil, err
	}
	file, r, err := t.checked(ctx, liar, trust)
	if err != nil {
		return "", nil, err
	}
	if r.OK() || r.Failed.Step != verify.StepBodies || !strings.Contains(string(file), escaped(lie)) {
		return "", nil, fmt.Errorf("the proof by %s, who altered a record: %s, failed %+v", t.operator(liar), r.Outcome, r.Failed)
	}
	_, r, err = t.checked(ctx, honest, trust)
	if err != nil {
		return "", nil, err
	}
	if r.Outcome != verify.OutcomeGood {
		return "", nil, fmt.Errorf("the proof by %s is %s: %+v", t.operator(honest), r.Outcome, r.Failed)
	}
	shown := 0
	for _, e := range r.Facts.Events {
		shown += strings.Count(e.Body, string(truth))
	}
	if shown != 1 {
		return "", nil, errors.New("the reading that was too warm isn't in the verified records")
	}
	path, err := t.pathOf(0, "")
	if err != nil {
		return "", nil, err
	}
	value := func(pair []byte) string { _, v, _ := strings.Cut(string(pair), ":"); return v }
	return t.page(liar, path), Facts{"liar": t.operator(liar), "honest": t.operator(honest), "peak": value(truth), "told": value(lie),
		"other": t.page(honest, path)}, nil
}

func stopHiding(ctx context.Context, t *Tour) error {
	if !t.altered {
		return nil
	}
	t.altered = false
	_, err := t.net.Act(ctx, ActUndo, liar)
	return err
}

// escaped is a piece of a record's body as it stands in a proof file.
func escaped(body []byte) string { return strings.ReplaceAll(string(body), `"`, `\"`) }
