package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/suyuan-ledger/suyuan/node/remote"
	"github.com/suyuan-ledger/suyuan/trace"
)

func recall(ctx context.Context, t *Tour) (string, Facts, error) {
	serial := "RECALL-" + t.tag
	path := sample(serial)
	if _, err := t.at(0).Capture(ctx, tourDocument(sampleNames, serial, commissioned), "trunk"); err != nil {
		return "", nil, err
	}
	t.recorded(path)
	if err := t.unit(ctx, 0, path, trace.UnitNotChecked); err != nil {
		return "", nil, fmt.Errorf("before the recall: %w", err)
	}
	begin := time.Now()
	if _, err := t.at(0).Capture(ctx, tourDocument("", serial, recalled), "trunk"); err != nil {
		return "", nil, err
	}
	t.recorded(path)
	if err := t.unit(ctx, 0, path, trace.UnitRecalled); err != nil {
		return "", nil, fmt.Errorf("after the recall: %w", err)
	}
	took := time.Since(begin)
	if err := t.unit(ctx, 1, path, trace.UnitRecalled); err != nil {
		return "", nil, fmt.Errorf("at another node: %w", err)
	}
	s, err := t.story(ctx, 0, path)
	if err != nil || len(s.Recalls) != 1 {
		return "", nil, errors.Join(err, fmt.Errorf("%d recalls are shown", len(s.Recalls)))
	}
	return t.page(0, path), Facts{"serial": serial, "seconds": seconds(took), "reason": s.Recalls[0].Reason, "operator": t.operator(1)}, nil
}

// unit waits until validator i says that of the unit behind a path: a record is final before it is in the index.
func (t *Tour) unit(ctx context.Context, i int, path string, want trace.UnitState) error {
	return until(ctx, 20*time.Second, func() error {
		s, err := t.story(ctx, i, path)
		if err == nil && s.Unit.State != want {
			err = fmt.Errorf("the unit is %s, not %s", s.Unit.State, want)
		}
		return err
	})
}

func stopOne(ctx context.Context, t *Tour) (string, Facts, error) {
	last := len(t.net.Validators) - 1
	if err := t.stop(ctx, last); err != nil {
		return "", nil, err
	}
	serial := "ONE-" + t.tag
	begin := time.Now()
	if _, err := t.at(0).Capture(ctx, tourDocument("", serial, commissioned), "trunk"); err != nil {
		return "", nil, fmt.Errorf("with one validator stopped: %w", err)
	}
	t.recorded(sample(serial))
	t.written = append(t.written, sample(serial))
	return t.net.Validators[0].HTTP + "/explorer?lang=" + t.lang, Facts{"stopped": t.operator(last), "present": strconv.Itoa(last),
		"seconds": seconds(time.Since(begin))}, nil
}

func stopTwo(ctx context.Context, t *Tour) (string, Facts, error) {
	second := len(t.net.Validators) - 2
	if err := t.stop(ctx, second); err != nil {
		return "", nil, err
	}
	// The job is on the node's disk when it answers; its event is not acknowledged until a block is final.
	serial := "TWO-" + t.tag
	res, err := t.at(0).Do(ctx, http.MethodPost, "/epcis/capture", tourDocument("", serial, commissioned), map[string]string{"Content-Type": "application/json"})
	if err != nil {
		return "", nil, fmt.Errorf("the node takes no job: %w", err)
	}
	job, err := url.Parse(res.Header.Get("Location"))
	if err != nil {
		return "", nil, err
	}
	t.recorded(sample(serial))
	t.waiting, t.written = job.RequestURI(), append(t.written, sample(serial))
	var missing []string
	err = until(ctx, time.Minute, func() error {
		s, err := t.status(ctx, 0)
		if err != nil {
			return err
		}
		if missing = nil; s.WaitingFor == "" {
			return errors.New("writes don't wait")
		}
		for _, v := range s.Validators {
			if v.Missing {
				missing = append(missing, v.Name)
			}
		}
		if len(missing) != 2 {
			return fmt.Errorf("named as missing: %v", missing)
		}
		return nil
	})
	if err != nil {
		return "", nil, err
	}
	var running remote.Job
	if err := t.at(0).Get(ctx, t.waiting, &running); err != nil || !running.Running {
		return "", nil, errors.Join(err, errors.New("the record was written without two thirds of the votes"))
	}
	path, err := t.pathOf(0, "")
	if err != nil {
		return "", nil, err
	}
	var readers []string
	for i := range second {
		if _, err := t.story(ctx, i, path); err != nil {
			return "", nil, err
		}
		readers = append(readers, t.operator(i))
	}
	for i, v := range t.net.Validators {
		for j := range missing {
			if missing[j] == v.Operator.EN {
				missing[j] = t.operator(i)
			}
		}
	}
	return t.page(0, path), Facts{"stopped": t.operator(second), "readers": t.names(readers), "missing": t.names(missing),
		"present": strconv.Itoa(second), "total": strconv.Itoa(len(t.net.Validators))}, nil
}

func startBoth(ctx context.Context, t *Tour) (string, Facts, error) {
	if err := t.startAll(ctx); err != nil {
		return "", nil, err
	}
	err := until(ctx, time.Minute, func() error {
		var job remote.Job
		if err := t.at(0).Get(ctx, t.waiting, &job); err != nil {
			return err
		}
		if !job.Success {
			return fmt.Errorf("the record that waited is not written: %v", job.Errors)
		}
		return nil
	})
	if err != nil {
		return "", nil, err
	}
	for _, path := range t.written {
		for i := range t.net.Validators {
			if err := t.unit(ctx, i, path, trace.UnitNotChecked); err != nil {
				return "", nil, fmt.Errorf("%s doesn't have %s: %w", t.operator(i), path, err)
			}
		}
	}
	var block uint64
	err = until(ctx, time.Minute, func() error {
		first, err := t.status(ctx, 0)
		if err != nil {
			return err
		}
		for i := range t.net.Validators {
			s, err := t.status(ctx, i)
			if err != nil {
				return err
			}
			if s.Block.Hash != first.Block.Hash {
				return fmt.Errorf("%s: block %d %s, not %d %s", t.operator(i), s.Block.Number, s.Block.Hash, first.Block.Number, first.Block.Hash)
			}
		}
		block = first.Block.Number
		return nil
	})
	if err != nil {
		return "", nil, err
	}
	return t.net.Validators[0].HTTP + "/explorer?lang=" + t.lang, Facts{"written": strconv.Itoa(len(t.written)),
		"count": strconv.Itoa(len(t.net.Validators)), "block": strconv.FormatUint(block, 10)}, nil
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) }

// tourGTIN is of GS1's own prefix for examples, which nobody holds here: the sandbox may write to it.
const tourGTIN = "09506000134376"

// sample is the path of a unit of the tour's own.
func sample(serial string) string { return "/01/" + tourGTIN + "/21/" + serial }

// What happens to a sample, and what its class is called; one document that says so is enough for a tour.
const (
	commissioned = `"action":"ADD","bizStep":"commissioning","disposition":"active"`
	recalled     = `"action":"OBSERVE","bizStep":"holding","disposition":"recalled","persistentDisposition":{"set":["recalled"]},
"tour:recallReason":[{"@language":"zh","@value":"导览演示"},{"@language":"en","@value":"shown on the tour"}]`
	sampleNames = `"epcisHeader":{"epcisMasterData":{"vocabularyList":[{"type":"urn:epcglobal:epcis:vtype:EPCClass","vocabularyElementList":[
{"id":"https://id.gs1.org/01/` + tourGTIN + `","attributes":[
{"id":"urn:epcglobal:cbv:mda#descriptionShort","attribute":{"@language":"zh","@value":"导览样品"}},
{"id":"urn:epcglobal:cbv:mda#descriptionShort","attribute":{"@language":"en","@value":"Sample of the tour"}}]}]}]}},`
)

func tourDocument(names, serial, what string) []byte {
	now := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	return fmt.Appendf(nil, `{"@context":["https://ref.gs1.org/standards/epcis/epcis-context.jsonld",{"tour":"https://ns.suyuan.example/tour/"}],
"type":"EPCISDocument","schemaVersion":"2.0","creationDate":%q,%s
"epcisBody":{"eventList":[{"type":"ObjectEvent","eventTime":%q,"eventTimeZoneOffset":"+00:00",
"epcList":["https://id.gs1.org%s"],%s}]}}`, now, names, now, sample(serial), what)
}
