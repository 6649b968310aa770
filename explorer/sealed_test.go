package explorer

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/assert"

	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

// TestSealedStep: a sealed record is shown with who, when and what its party discloses, and says what isn't public and who
// has it; nothing else of it is on the page.
func TestSealedStep(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 2, 3, 4, 5, 0, time.UTC)
	step := func(policy string, shown ...trace.DisclosedField) *trace.Step {
		return &trace.Step{EventTime: at, RecordTime: at, Local: at.Format(time.RFC3339), EventID: "12-0",
			Signer: trace.Signer{Party: trace.Party{Name: "Chenxi", Address: common.Address{1}}}, Relation: trace.RelationOwn,
			Sealed: &trace.Sealed{Policy: policy, Fields: 12, Withheld: 12 - len(shown), Disclosed: shown}}
	}
	pages := func(st *trace.Step) (zh, en string) {
		var out [2]string
		for i, l := range []Lang{ZH, EN} {
			v := newStep(l, st)
			list := []string{v.What, v.Sealed}
			for _, d := range v.Details {
				list = append(list, d.Name+": "+d.Value)
			}
			out[i] = strings.Join(list, "\n")
		}
		return out[0], out[1]
	}
	zh, en := pages(step("chain"))
	assert.Contains(t, en, "A sealed record\n12 of its 12 fields are not public: shared only with the parties on its way. The time is that of the record.")
	assert.Contains(t, zh, "一条封存的记录\n12 项内容中有 12 项不公开，只与这件货品流转链上的各方共享。所示时间为登记时间。")
	assert.NotContains(t, en, "12-0", "it has no ID that everybody may know")

	st := step("private", trace.DisclosedField{Pointer: "/bizStep", Value: json.RawMessage(`"shipping"`)},
		trace.DisclosedField{Pointer: "/eventTime", Value: json.RawMessage(`"2026-11-02T03:04:05Z"`)})
	st.BizStep = "shipping"
	zh, en = pages(st)
	assert.Contains(t, en, "10 of its 12 fields are not public: Chenxi keeps them.")
	assert.Contains(t, en, "Disclosed /bizStep: shipping")
	assert.Contains(t, en, "Not public: 10 of 12 fields")
	assert.NotContains(t, en, "that of the record")
	assert.Contains(t, zh, "由Chenxi自己保存")
	assert.NotContains(t, en, "A sealed record")

	st.Sealed.Opened = true
	_, en = pages(st)
	assert.NotContains(t, en, "not public")
}

// TestWhoRegisteredASealedUnitIsNotDenied: the page says that it can't be known here.
func TestWhoRegisteredASealedUnitIsNotDenied(t *testing.T) {
	t.Parallel()
	for lang, want := range map[Lang]string{
		EN: "Who registered it isn&#39;t known here: a record of it is sealed",
		ZH: "由谁登记，在此无从得知：它有封存的记录",
	} {
		srv := newServer(t, func(d *Deps) { d.Stories = allSealed{fixtures{t}} })
		_, body := get(t, srv.URL+palletPath+"?lang="+string(lang))
		assert.Contains(t, body, `<p class="by">`+want)
	}
}

// allSealed tells the stories of the fixtures with all records sealed.
type allSealed struct{ fixtures }

func (c allSealed) Story(ctx context.Context, id gs1.ID, opts StoryOptions) (*trace.Story, error) {
	st, err := c.fixtures.Story(ctx, id, opts)
	if st != nil {
		for i := range st.Journey {
			st.Journey[i].Sealed = &trace.Sealed{Policy: "private", Fields: 9, Withheld: 9}
		}
	}
	return st, err
}
