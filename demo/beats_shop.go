package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/suyuan-ledger/suyuan/node"
	"github.com/suyuan-ledger/suyuan/trace"
)

func seeOperators(ctx context.Context, t *Tour) (string, Facts, error) {
	var names []string
	for i := range t.net.Validators {
		names = append(names, t.operator(i))
	}
	// One that was started a moment ago is missed until the others have seen it sign.
	err := until(ctx, 30*time.Second, func() error {
		s, err := t.status(ctx, 0)
		if err != nil {
			return err
		}
		for _, v := range t.net.Validators {
			signs := func(x node.ValidatorState) bool { return x.Name == v.Operator.EN && !x.Missing }
			if !slices.ContainsFunc(s.Validators, signs) {
				return fmt.Errorf("%s doesn't sign", v.Operator.EN)
			}
		}
		return nil
	})
	if err != nil {
		return "", nil, err
	}
	// All have the same power, and more than two thirds of it are needed.
	return t.net.Validators[0].HTTP + "/explorer?lang=" + t.lang, Facts{"count": strconv.Itoa(len(names)), "names": t.names(names),
		"needed": strconv.Itoa(len(names)*2/3 + 1)}, nil
}

func scanInTheShop(ctx context.Context, t *Tour) (string, Facts, error) {
	plain, err := t.pathOf(0, "")
	if err != nil {
		return "", nil, err
	}
	s, err := t.story(ctx, 0, plain)
	if err != nil {
		return "", nil, err
	}
	path, err := t.pathOf(0, s.Identity.Lot)
	if err != nil {
		return "", nil, err
	}
	if s, err = t.story(ctx, 0, path); err != nil {
		return "", nil, err
	}
	if s.Identity.Name == nil || s.Identity.Printed.Lot == "" || s.Identity.Printed.Lot != s.Identity.Lot ||
		slices.ContainsFunc(s.Record.Reasons, func(r trace.Reason) bool { return r.Code == trace.ReasonLotDiffers }) {
		return "", nil, fmt.Errorf("the printed lot %q doesn't match the recorded %q", s.Identity.Printed.Lot, s.Identity.Lot)
	}
	facts := Facts{"product": s.Identity.Name.Text, "lot": s.Identity.Lot}
	for _, step := range s.Journey {
		switch {
		case step.BizStep == "stocking" && step.Place != nil && step.Place.Name != nil:
			facts["shop"] = step.Place.Name.Text
		case step.BizStep == "inspecting" && step.Disposition == "conformant" && step.Relation == trace.RelationLot:
			facts["laboratory"], facts["date"] = step.Signer.Party.Name, fmt.Sprintf("%.10s", step.Local)
			for _, f := range step.Facts {
				if f.Name == "reportNumber" {
					facts["report"] = f.Value
				}
			}
		}
	}
	if facts["shop"] == "" || facts["report"] == "" {
		return "", nil, errors.New("no shelf, or no release by a laboratory, is on record")
	}
	return t.page(0, path), facts, nil
}

func seeTheExcursion(ctx context.Context, t *Tour) (string, Facts, error) {
	path, err := t.pathOf(0, "")
	if err != nil {
		return "", nil, err
	}
	s, err := t.story(ctx, 0, path)
	if err != nil {
		return "", nil, err
	}
	if len(s.ColdChain) == 0 || len(s.ColdChain[0].Excursions) != 1 || s.ColdChain[0].Excursions[0].AcceptedBy == nil {
		return "", nil, errors.New("there is no excursion that somebody accepted")
	}
	line, x := s.ColdChain[0], s.ColdChain[0].Excursions[0]
	facts := Facts{"minutes": strconv.Itoa(x.Minutes), "peak": x.Peak, "limit": line.LimitMax, "carrier": x.By.Name}
	for _, step := range s.Journey {
		if step.EventID != x.AcceptedBy.ID {
			continue
		}
		facts["accepter"] = step.Signer.Party.Name
		for _, r := range step.Sensors {
			if strings.HasSuffix(r.Type, "CoreTemperature") {
				facts["core"] = r.Value
			}
		}
	}
	if facts["core"] == "" {
		return "", nil, errors.New("whoever accepted the goods measured nothing")
	}
	return t.page(0, path), facts, nil
}

func copyTheLabel(ctx context.Context, t *Tour) (string, Facts, error) {
	path, err := t.pathOf(0, "")
	if err != nil {
		return "", nil, err
	}
	for _, i := range []int{0, 1} {
		s, err := t.story(ctx, i, path)
		if err != nil {
			return "", nil, err
		}
		if s.Unit.State != trace.UnitNotChecked || s.Record.State == trace.RecordAltered ||
			!slices.ContainsFunc(s.Unit.NotProven, func(r trace.Reason) bool { return r.Code == trace.NotProvenGenuine }) {
			return "", nil, fmt.Errorf("%s: the unit is %s, the record %s", t.operator(i), s.Unit.State, s.Record.State)
		}
	}
	return t.page(1, path), Facts{"operator": t.operator(1)}, nil
}
