package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/suyuan-ledger/suyuan/demo/stories"
	"github.com/suyuan-ledger/suyuan/node"
	"github.com/suyuan-ledger/suyuan/node/remote"
	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

// Facts are what a beat found out on the network. Its sentences are filled in with them.
type Facts map[string]string

// beat is one station of the tour: it does something to the network, looks, and says what it saw. Act fails if what it
// saw isn't what the sentences claim.
type beat struct {
	name      string
	title     stories.Text
	sentences []stories.Text // {fact} is filled in
	act       func(ctx context.Context, t *Tour) (url string, facts Facts, err error)
	after     func(ctx context.Context, t *Tour) error // undoes what the audience has seen; nil: nothing
}

// Shown is a beat as the audience sees it.
type Shown struct {
	Number    int      `json:"number"`
	Of        int      `json:"of"`
	Beat      string   `json:"beat"`
	Title     string   `json:"title"`
	Sentences []string `json:"sentences"`
	URL       string   `json:"url"` // what to look at now
	Facts     Facts    `json:"facts"`
}

// Tour walks through a running network and leaves it as it found it, but for the records that its last station names.
type Tour struct {
	net  *Control
	lang string
	tag  string // makes the tour's own identifiers unlike those of other tours

	stopped []int  // validators the tour has stopped, in this order
	altered bool   // whether a store is altered
	waiting string // capture job that waits, on the first node
	written []string
	left    []string // paths of the things that the tour has recorded something about
	records int      // how many records these are
}

// NewTour makes a tour in a language, zh or en.
func NewTour(c *Control, lang string) *Tour {
	return &Tour{net: c, lang: lang, tag: strings.ToUpper(fmt.Sprintf("%x", time.Now().UnixMilli()))}
}

// Run walks the beats. After each it calls show, which waits until the audience has seen enough; its error ends the
// tour. Whatever happens, validators that the tour stopped are started again, and a store
// that it altered is built anew.
func (t *Tour) Run(ctx context.Context, show func(Shown) error) (err error) {
	for i, v := range t.net.Validators {
		switch {
		case v.PID == 0:
			return fmt.Errorf("validator %d (%s) is stopped; start it first: suyuan demo start %[1]d", i+1, v.Operator.EN)
		case v.Altered != "":
			return fmt.Errorf("the store of validator %d (%s) is altered; undo it first: suyuan demo tamper --undo", i+1, v.Operator.EN)
		}
	}
	if len(t.net.Validators) < 4 || len(t.net.Stories) == 0 {
		return errors.New("the tour needs the four validators and the stories of suyuan demo")
	}
	defer func() {
		back, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*readyPatience)
		defer cancel()
		if err != nil && t.records > 0 {
			err = fmt.Errorf("%w; %s", err, fill(t.text(leaves), Facts{"records": strconv.Itoa(t.records), "things": t.names(t.left)}))
		}
		err = errors.Join(err, stopHiding(back, t), t.startAll(back))
	}()
	for i, b := range beats {
		url, facts, err := b.act(ctx, t)
		if err != nil {
			return fmt.Errorf("beat %q: %w", b.name, err)
		}
		if i == len(beats)-1 {
			facts["records"], facts["things"] = strconv.Itoa(t.records), t.names(t.left)
		}
		s := Shown{Number: i + 1, Of: len(beats), Beat: b.name, Title: fill(t.text(b.title), facts), URL: url, Facts: facts}
		for _, sentence := range b.sentences {
			s.Sentences = append(s.Sentences, fill(t.text(sentence), facts))
		}
		if err := show(s); err != nil {
			return err
		}
		if b.after == nil {
			continue
		}
		if err := b.after(ctx, t); err != nil {
			return fmt.Errorf("after beat %q: %w", b.name, err)
		}
	}
	return nil
}

// leaves is what a tour says at its end, which may come early.
var leaves = stories.Text{
	ZH: "导览在账上留下 {records} 条记录，涉及 {things}：账本什么也不忘。再走一遍，会另记一份新的。",
	EN: "The tour leaves {records} records on the ledger, about {things}: nothing is ever forgotten there. Another tour makes its own.",
}

// recorded notes that the tour has put a record about a thing on the ledger.
func (t *Tour) recorded(path string) {
	t.records++
	if !slices.Contains(t.left, path) {
		t.left = append(t.left, path)
	}
}

func (t *Tour) text(s stories.Text) string {
	if t.lang == "zh" {
		return s.ZH
	}
	return s.EN
}

// fill puts facts into a sentence.
func fill(sentence string, facts Facts) string {
	var pairs []string
	for k, v := range facts {
		pairs = append(pairs, "{"+k+"}", v)
	}
	return strings.NewReplacer(pairs...).Replace(sentence)
}

// names joins names as the language does.
func (t *Tour) names(list []string) string {
	if t.lang == "zh" {
		return strings.Join(list, "、")
	}
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

func (t *Tour) operator(i int) string { return t.text(t.net.Validators[i].Operator) }

// at speaks to validator i, as the sandbox party.
func (t *Tour) at(i int) *remote.Node {
	p, _ := t.net.Party(sandboxID)
	return remote.New(t.net.Validators[i].HTTP, p.APIKey)
}

// page is the address of an identifier's page at validator i.
func (t *Tour) page(i int, path string) string {
	return t.net.Validators[i].HTTP + path + "?lang=" + t.lang
}

// story asks validator i for the story behind the path of a Digital Link.
func (t *Tour) story(ctx context.Context, i int, path string) (*trace.Story, error) {
	s := new(trace.Story)
	return s, t.at(i).Get(ctx, path+"?lang="+t.lang, s)
}

func (t *Tour) status(ctx context.Context, i int) (s node.Status, err error) {
	return s, t.at(i).Get(ctx, "/api/v1/status", &s)
}

// pathOf is the path of the n-th link of the first story, with a lot before its serial if lot isn't empty.
func (t *Tour) pathOf(n int, lot string) (string, error) {
	id, err := gs1.Parse(t.net.Stories[n].DigitalLink)
	if err != nil {
		return "", err
	}
	if lot == "" {
		return id.Path(), nil
	}
	return "/01/" + id.GTIN() + "/10/" + lot + "/21/" + id.Serial(), nil
}

// stop stops validator i until the tour's end, or startAll.
func (t *Tour) stop(ctx context.Context, i int) error {
	t.stopped = append(t.stopped, i)
	_, err := t.net.Act(ctx, ActStop, i)
	return err
}

func (t *Tour) startAll(ctx context.Context) error {
	var errs []error
	for _, i := range t.stopped {
		if _, err := t.net.Act(ctx, ActStart, i); err != nil {
			errs = append(errs, err)
		}
	}
	t.stopped = nil
	return errors.Join(errs...)
}

// until looks again and again until a check passes, and fails with its last word after the time.
func until(ctx context.Context, patience time.Duration, check func() error) error {
	deadline := time.Now().Add(patience)
	for {
		err := check()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond): // between two looks
		}
	}
}
