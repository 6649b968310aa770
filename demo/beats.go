package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/suyuan-ledger/suyuan/demo/stories"
	"github.com/suyuan-ledger/suyuan/node"
	"github.com/suyuan-ledger/suyuan/node/remote"
	"github.com/suyuan-ledger/suyuan/trace"
)

// Stations of the tour, in order.
var beats = []beat{
	{
		name:  "operators",
		title: stories.Text{ZH: "四家运营方", EN: "Four operators"},
		sentences: []stories.Text{
			{ZH: "这本账由 {count} 家机构共同运行：{names}。", EN: "{count} organisations run this ledger together: {names}."},
			{ZH: "每个区块要有其中 {needed} 家签名，谁也不能独自改动它。", EN: "Every block needs the signatures of {needed} of them: none can change it alone."},
		},
		act: seeOperators,
	},
	{
		name:  "scan",
		title: stories.Text{ZH: "在门店扫码", EN: "A scan in the shop"},
		sentences: []stories.Text{
			{ZH: "{product}，{shop}货架上的一瓶：瓶身印的批号 {lot} 与账上登记的一致。", EN: "{product}, a bottle on the shelf of {shop}: the lot printed on it, {lot}, is the one on record."},
			{ZH: "{laboratory}于 {date} 出具该批次的合格报告 {report}。", EN: "{laboratory} found the lot conformant on {date}, in report {report}."},
		},
		act: scanInTheShop,
	},
	{
		name:  "cold-chain",
		title: stories.Text{ZH: "{minutes} 分钟，{peak} °C", EN: "{minutes} minutes at {peak} °C"},
		sentences: []stories.Text{
			{ZH: "{carrier}运输途中，温度有 {minutes} 分钟高于 {limit} °C 的上限，最高 {peak} °C。", EN: "On the way with {carrier} it was above the limit of {limit} °C for {minutes} minutes, up to {peak} °C."},
			{ZH: "{accepter}测得中心温度 {core} °C，接受了这批货。", EN: "{accepter} measured {core} °C at the core and accepted the goods."},
		},
		act: seeTheExcursion,
	},
	{
		name:  "on-your-phone",
		title: stories.Text{ZH: "在这台手机上核对", EN: "Checked on this phone"},
		sentences: []stories.Text{
			{ZH: "不必相信{operator}的节点：这一页在您的浏览器里自己核对 {steps} 项，看「在这台手机上核对」那张卡；{all} 位验证者中 {signers} 位的签名涵盖全部 {records} 条记录，一条不少。", EN: "You needn't believe the node of {operator}: in your browser its page takes {steps} checks, on the card “Checked on this phone”. The signatures of {signers} of {all} validators cover all {records} records, and none is missing."},
			{ZH: "卡片下方「信任的账本」里的指纹是 {fingerprint}，四家运营方公布的都一样，可以念给别人对照。", EN: "The fingerprint under “Trusted ledger” is {fingerprint}, the same at all four operators: read it out to somebody else."},
		},
		act: checkOnThePhone,
	},
	{
		name:  "hidden-excursion",
		title: stories.Text{ZH: "隐瞒的 {peak} °C", EN: "The {peak} °C, hidden"},
		sentences: []stories.Text{
			{ZH: "{liar}在自己的库里把 {peak} °C 改成了 {told} °C。打开它的页面：手机上的核对变红，点名没有通过的一项「每条内容与承诺相符」。", EN: "{liar} has changed the {peak} °C into {told} °C in its own store. On its page the phone's check turns red and names what failed: “Each content is the one committed to”."},
			{ZH: "{honest}的页面照样通过，{peak} °C 还在：{other}", EN: "The page of {honest} passes, and the {peak} °C is there: {other}"},
		},
		act:   hideTheExcursion,
		after: stopHiding,
	},
	{
		name:  "sealed-sale",
		title: stories.Text{ZH: "密封的价格", EN: "A sealed price"},
		sentences: []stories.Text{
			{ZH: "{seller}把一托盘货交给{carrier}，价格 {price} 不上账：内容密封，只有{holders}的节点有，也只给有份的人看。", EN: "{seller} hands a pallet to {carrier}. The price, {price}, isn't on the ledger: the body is sealed, and only the nodes of {holders} have it and show it to those who have a part in it."},
			{ZH: "{outsider}与此无关：它的页面说有一条密封记录、谁记的、什么时候，内容却没有；在它的 {files} 个文件里逐个查找，价格和事件编号一处也没有。", EN: "{outsider} has no part in it: its page says that there is a sealed record, by whom and when, and nothing of what it says. We looked through all {files} files of its node: neither the price nor the event's ID is in any."},
		},
		act: sealTheSale,
	},
	{
		name:  "copied-label",
		title: stories.Text{ZH: "复制的标签", EN: "A copied label"},
		sentences: []stories.Text{
			{ZH: "复制一张标签，打开的是同一个页面；在{operator}的节点上也一样。", EN: "A copy of the label opens the same page, and so it does at the node of {operator}."},
			{ZH: "页面不变绿：记录属实，但手里这一瓶「未核验」，印刷的码谁都能复制。", EN: "The page doesn't turn green: the record holds, but this bottle is “not checked”. Anybody can copy a printed code."},
		},
		act: copyTheLabel,
	},
	{
		name:  "recall",
		title: stories.Text{ZH: "召回", EN: "A recall"},
		sentences: []stories.Text{
			{ZH: "序列号 {serial} 刚刚登记，页面是中性的；记下召回 {seconds} 秒后，页面变红：{reason}。", EN: "Serial {serial} was registered a moment ago and its page was neutral; {seconds} s after a recall was recorded it is red: {reason}."},
			{ZH: "{operator}的节点也显示同样的召回。", EN: "The node of {operator} shows the same recall."},
		},
		act: recall,
	},
	{
		name:  "one-stopped",
		title: stories.Text{ZH: "停掉一家", EN: "One is stopped"},
		sentences: []stories.Text{
			{ZH: "{stopped}的节点停了，其余 {present} 家照常记账：一条新记录 {seconds} 秒后定案。", EN: "The validator of {stopped} is stopped. The other {present} go on: a new record was final after {seconds} s."},
		},
		act: stopOne,
	},
	{
		name:  "two-stopped",
		title: stories.Text{ZH: "停掉两家", EN: "Two are stopped"},
		sentences: []stories.Text{
			{ZH: "{stopped}也停了。{readers}的节点上，扫码页照常打开。", EN: "{stopped} is stopped too. At the nodes of {readers} the scan page opens as before."},
			{ZH: "写入等待：{total} 家只有 {present} 家在投票，需要超过三分之二；节点点名缺席者：{missing}。", EN: "Writing waits: {present} of {total} vote and more than two thirds are needed. The node names who is missing: {missing}."},
		},
		act: stopTwo,
	},
	{
		name:  "started",
		title: stories.Text{ZH: "重新启动", EN: "Started again"},
		sentences: []stories.Text{
			{ZH: "两家都回来了：等待的记录已经定案，停机期间写下的 {written} 条记录在 {count} 个节点上都有，一条不少。", EN: "Both are back: the record that waited is final, and the {written} records made meanwhile are at all {count} nodes. Nothing is lost."},
			{ZH: "四家在第 {block} 块上一致。", EN: "All agree on block {block}."},
		},
		act: startBoth,
	},
}

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

func recall(ctx context.Context, t *Tour) (string, Facts, error) {
	serial := "RECALL-" + t.tag
	path := "/01/" + tourGTIN + "/21/" + serial
	if _, err := t.at(0).Capture(ctx, commissioning(serial), "trunk"); err != nil {
		return "", nil, err
	}
	if err := t.unit(ctx, 0, path, trace.UnitNotChecked); err != nil {
		return "", nil, fmt.Errorf("before the recall: %w", err)
	}
	begin := time.Now()
	if _, err := t.at(0).Capture(ctx, recalled(serial), "trunk"); err != nil {
		return "", nil, err
	}
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
	if _, err := t.at(0).Capture(ctx, commissioning(serial), "trunk"); err != nil {
		return "", nil, fmt.Errorf("with one validator stopped: %w", err)
	}
	t.written = append(t.written, serial)
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
	res, err := t.at(0).Do(ctx, http.MethodPost, "/epcis/capture", commissioning(serial), map[string]string{"Content-Type": "application/json"})
	if err != nil {
		return "", nil, fmt.Errorf("the node takes no job: %w", err)
	}
	job, err := url.Parse(res.Header.Get("Location"))
	if err != nil {
		return "", nil, err
	}
	t.waiting, t.written = job.RequestURI(), append(t.written, serial)
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
	for _, serial := range t.written {
		for i := range t.net.Validators {
			if err := t.unit(ctx, i, "/01/"+tourGTIN+"/21/"+serial, trace.UnitNotChecked); err != nil {
				return "", nil, fmt.Errorf("%s doesn't have %s: %w", t.operator(i), serial, err)
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

// commissioning registers a unit of the tour's own.
func commissioning(serial string) []byte {
	return tourDocument(serial, `"action":"ADD","bizStep":"commissioning","disposition":"active"`)
}

// recalled recalls it.
func recalled(serial string) []byte {
	return tourDocument(serial, `"action":"OBSERVE","bizStep":"holding","disposition":"recalled","persistentDisposition":{"set":["recalled"]},
"tour:recallReason":[{"@language":"zh","@value":"导览演示"},{"@language":"en","@value":"shown on the tour"}]`)
}

func tourDocument(serial, what string) []byte {
	now := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	return fmt.Appendf(nil, `{"@context":["https://ref.gs1.org/standards/epcis/epcis-context.jsonld",{"tour":"https://ns.suyuan.example/tour/"}],
"type":"EPCISDocument","schemaVersion":"2.0","creationDate":%q,
"epcisHeader":{"epcisMasterData":{"vocabularyList":[{"type":"urn:epcglobal:epcis:vtype:EPCClass","vocabularyElementList":[
{"id":"https://id.gs1.org/01/%s","attributes":[
{"id":"urn:epcglobal:cbv:mda#descriptionShort","attribute":{"@language":"zh","@value":"导览样品"}},
{"id":"urn:epcglobal:cbv:mda#descriptionShort","attribute":{"@language":"en","@value":"Sample of the tour"}}]}]}]}},
"epcisBody":{"eventList":[{"type":"ObjectEvent","eventTime":%q,"eventTimeZoneOffset":"+00:00",
"epcList":["https://id.gs1.org/01/%s/21/%s"],%s}]}}`, now, tourGTIN, now, tourGTIN, serial, what)
}
