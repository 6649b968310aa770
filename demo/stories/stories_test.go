package stories

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

// parse reads every document of a story, in capture order.
func parse(t *testing.T, s *Story) []*epcis.Document {
	t.Helper()
	var docs []*epcis.Document
	for _, st := range s.Steps {
		d, err := epcis.Parse(st.Document)
		require.NoError(t, err, st.File)
		docs = append(docs, d)
	}
	return docs
}

func load(t *testing.T, name string) *Story {
	t.Helper()
	s, err := Load(name)
	require.NoError(t, err)
	return s
}

func TestDocumentsAreValid(t *testing.T) {
	t.Parallel()
	parties := byID(t)
	for _, name := range Names {
		s := load(t, name)
		total := 0
		for i, d := range parse(t, s) {
			st := s.Steps[i]
			assert.Contains(t, parties, st.Party, st.File)
			assert.Contains(t, []string{"", "notes"}, st.Lane, st.File)
			assert.Len(t, d.Events, st.Events, "%s: events as the manifest counts them", st.File)
			assert.NotEmpty(t, st.Title.ZH, st.File)
			assert.NotEmpty(t, st.Title.EN, st.File)
			for _, e := range d.Events {
				assert.False(t, e.EventTime.After(d.CreationDate), "%s: an event at %s is in the future of its document", st.File, e.EventTime)
			}
			total += len(d.Events)
		}
		assert.Equal(t, total, s.Events())
		assert.GreaterOrEqual(t, total, 40)
		links := []string{s.DigitalLink}
		if s.RecalledDigitalLink != "" {
			links = append(links, s.RecalledDigitalLink)
		}
		for _, l := range s.Links {
			links = append(links, l.DigitalLink)
		}
		for _, link := range links {
			id, err := gs1.Parse(link)
			require.NoError(t, err)
			assert.Equal(t, link, id.String(), "links are canonical")
		}
	}
}

func byID(t *testing.T) map[string]Party {
	t.Helper()
	list, err := Parties()
	require.NoError(t, err)
	m := map[string]Party{}
	for _, p := range list {
		require.NotContains(t, m, p.ID)
		m[p.ID] = p
	}
	return m
}

func TestParties(t *testing.T) {
	t.Parallel()
	parties := byID(t)
	require.GreaterOrEqual(t, len(parties), 12)
	var prefixes []string
	operators := 0
	for _, p := range parties {
		id, err := gs1.ParsePath("/417/" + p.GLN)
		require.NoError(t, err, p.ID)
		assert.False(t, id.Restricted(), p.ID)
		assert.True(t, parties[p.Sponsor].Operator, "%s is sponsored by an operator", p.ID)
		if p.Operator {
			operators++
			assert.Equal(t, p.ID, p.Sponsor)
		}
		assert.NotEmpty(t, p.Name.ZH)
		assert.NotEmpty(t, p.Name.EN)
		for _, l := range p.Licences {
			prefixes = append(prefixes, l.Prefix)
			assert.True(t, strings.HasPrefix(l.Prefix, "952"), "%s: %s is not a demonstration prefix", p.ID, l.Prefix)
			for _, c := range l.Contributors {
				assert.Contains(t, parties, c)
			}
		}
	}
	assert.Equal(t, 4, operators)
	for i, a := range prefixes {
		for j, b := range prefixes {
			assert.False(t, i != j && strings.HasPrefix(a, b), "prefix %s begins with %s", a, b)
		}
	}
}

// TestEntitled walks a story as the ledger decides it: a record on an object's trunk needs the holder or a contributor
// of its licence, or a party named as receiver by an earlier record on that object; a notice needs the holder.
func TestEntitled(t *testing.T) {
	t.Parallel()
	parties := byID(t)
	byGLN := map[string]string{}
	for _, p := range parties {
		byGLN[p.GLN] = p.ID
	}
	for _, name := range Names {
		s := load(t, name)
		handed := map[string][]string{} // object: parties named on it
		for i, d := range parse(t, s) {
			st := s.Steps[i]
			for _, e := range d.Events {
				recalled := e.Disposition == "recalled"
				var next []string
				for _, to := range e.Destinations {
					if to.Type == "possessing_party" || to.Type == "owning_party" {
						id := byGLN[to.ID.GLN()]
						require.NotEmpty(t, id, "%s: nobody has the GLN of %s", st.File, to.ID)
						next = append(next, id)
					}
				}
				for _, o := range e.Objects() {
					if st.Lane == "notes" || o.ID.Level() == gs1.LevelPlace {
						continue
					}
					holder, contributor := licence(parties, o.ID, st.Party)
					if recalled {
						assert.True(t, holder, "%s: %s may not recall %s", st.File, st.Party, o.ID)
						continue
					}
					assert.True(t, holder || contributor || slices.Contains(handed[o.ID.String()], st.Party),
						"%s: %s may not write %s", st.File, st.Party, o.ID)
				}
				if st.Lane != "notes" && !recalled {
					for _, o := range e.Objects() {
						handed[o.ID.String()] = append(handed[o.ID.String()], next...)
					}
				}
			}
		}
	}
}

// licence says whether party holds, or contributes to, the licence that id falls under.
func licence(parties map[string]Party, id gs1.ID, party string) (holder, contributor bool) {
	for _, p := range parties {
		for _, l := range p.Licences {
			if strings.HasPrefix(id.PrefixDigits(), l.Prefix) {
				return p.ID == party, slices.Contains(l.Contributors, party)
			}
		}
	}
	return false, false
}

// TestWhatTheStoryShows keeps the turns of the plot.
func TestWhatTheStoryShows(t *testing.T) {
	t.Parallel()
	s := load(t, "orange-juice")
	types, errs, recalls, alarms := map[string]int{}, 0, 0, 0
	known := map[string]bool{}
	var newest time.Time
	late := 0
	for i, d := range parse(t, s) {
		for _, e := range d.Events {
			types[e.Type]++
			if e.EventTime.Before(newest) && d.CreationDate.Sub(e.EventTime) > 24*time.Hour && !e.IsError() {
				late++
			}
			if e.EventTime.After(newest) {
				newest = e.EventTime
			}
			if e.IsError() {
				errs++
				assert.True(t, known[e.EventID], "an error declaration names an event captured before")
				assert.NotEmpty(t, e.ErrorDeclaration.CorrectiveEventIDs)
			}
			known[e.EventID] = true
			if e.Disposition == "recalled" {
				recalls++
				assert.Equal(t, "brand", s.Steps[i].Party)
			}
			for _, el := range e.SensorElements {
				for _, r := range el.Reports {
					if r.Exception == "ALARM_CONDITION" {
						alarms++
						assert.Equal(t, "9.4", r.Value)
						assert.Equal(t, 47*time.Minute, el.Metadata.EndTime.Sub(el.Metadata.StartTime))
					}
				}
			}
		}
	}
	assert.Len(t, types, 5, "all event types occur: %v", types)
	assert.Equal(t, 2, errs)
	assert.Equal(t, 1, recalls)
	assert.Equal(t, 1, alarms)
	assert.GreaterOrEqual(t, late, 2)
}

// TestPartiesNameThemselves: the register holds a name in one language, so every party declares its own in both. The
// operators are among them: they are named wherever one of them is.
func TestPartiesNameThemselves(t *testing.T) {
	t.Parallel()
	declared := map[string]map[string]string{} // party: name of each GLN it declared
	for _, name := range Names {
		s := load(t, name)
		for i, d := range parse(t, s) {
			if d.MasterData == nil {
				continue
			}
			for _, v := range d.MasterData.Vocabularies {
				for _, e := range v.Elements {
					names := declared[s.Steps[i].Party]
					if names == nil {
						names = map[string]string{}
						declared[s.Steps[i].Party] = names
					}
					for _, a := range e.Attributes {
						if a.Local() == "name" {
							names[e.ID+" "+a.Value.Get("@language").Text()] = a.Value.Get("@value").Text()
						}
					}
				}
			}
		}
	}
	for _, p := range byID(t) {
		id := "https://id.gs1.org/417/" + p.GLN
		assert.Equal(t, p.Name.ZH, declared[p.ID][id+" zh"], p.ID)
		assert.Equal(t, p.Name.EN, declared[p.ID][id+" en"], p.ID)
	}
}

func TestPlacesAndProductsHaveNames(t *testing.T) {
	t.Parallel()
	for _, name := range Names {
		t.Run(name, func(t *testing.T) { everythingIsNamed(t, load(t, name)) })
	}
}

func everythingIsNamed(t *testing.T, s *Story) {
	t.Helper()
	named := map[string]bool{}
	docs := parse(t, s)
	for _, d := range docs {
		if d.MasterData == nil {
			continue
		}
		for _, v := range d.MasterData.Vocabularies {
			for _, e := range v.Elements {
				id, err := gs1.Parse(e.ID)
				require.NoError(t, err)
				named[id.String()] = true
				langs := map[string]bool{}
				for _, a := range e.Attributes {
					if a.Local() == "name" || a.Local() == "descriptionShort" {
						var text struct {
							Language string `json:"@language"`
							Value    string `json:"@value"`
						}
						raw, err := json.Marshal(a.Value)
						require.NoError(t, err)
						if json.Unmarshal(raw, &text) == nil && text.Value != "" {
							langs[text.Language] = true
						}
					}
				}
				assert.True(t, langs["zh"] && langs["en"], "%s is named in both languages: %v", e.ID, langs)
			}
		}
	}
	for i, d := range docs {
		for _, e := range d.Events {
			for _, place := range []gs1.ID{e.ReadPoint, e.BizLocation} {
				assert.True(t, place.IsZero() || named[place.String()], "%s: %s has no name", s.Steps[i].File, place)
			}
			for _, o := range e.Objects() {
				if class, ok := o.ID.Class(); ok {
					assert.True(t, named[class.String()], "%s: %s has no name", s.Steps[i].File, class)
				}
			}
		}
	}
}

func TestAt(t *testing.T) {
	t.Parallel()
	s := load(t, "orange-juice")
	for _, now := range []time.Time{
		time.Date(2027, 3, 1, 4, 0, 0, 0, time.UTC), time.Date(2025, 1, 31, 23, 59, 0, 0, time.UTC), time.Date(2026, 11, 9, 5, 0, 0, 0, time.UTC),
	} {
		moved, err := s.At(now)
		require.NoError(t, err)
		before, after := parse(t, s), parse(t, moved)
		var newest time.Time
		shift := after[0].CreationDate.Sub(before[0].CreationDate)
		assert.Zero(t, shift%(24*time.Hour))
		for i := range after {
			assert.Equal(t, shift, after[i].CreationDate.Sub(before[i].CreationDate))
			for j := range after[i].Events {
				assert.Equal(t, shift, after[i].Events[j].EventTime.Sub(before[i].Events[j].EventTime))
				assert.Equal(t, before[i].Events[j].EventID, after[i].Events[j].EventID)
			}
			if after[i].CreationDate.After(newest) {
				newest = after[i].CreationDate
			}
		}
		assert.False(t, newest.After(now))
		assert.Less(t, now.Sub(newest), 24*time.Hour)
		ilmd := regexp.MustCompile(`"cbvmda:itemExpirationDate": "(\d{4}-\d{2}-\d{2})"`)
		want, err := time.Parse(time.DateOnly, string(ilmd.FindSubmatch(s.Steps[9].Document)[1]))
		require.NoError(t, err)
		assert.Equal(t, want.Add(shift).Format(time.DateOnly), string(ilmd.FindSubmatch(moved.Steps[9].Document)[1]))
	}
}
