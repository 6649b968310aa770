package bench

import (
	"math/rand/v2"
	"net/url"
	"time"
)

// Question is one read request.
type Question struct {
	Kind   string `json:"kind"`
	Path   string `json:"path"`
	Accept string `json:"accept,omitempty"`
}

const (
	acceptHTML = "text/html"
	acceptJSON = "application/json"
)

// kinds are the questions of `bench query`, each about a random production run.
var kinds = []struct {
	name string
	ask  func(w world, r *rand.Rand, doc int) Question
}{
	{"pack page", func(w world, r *rand.Rand, doc int) Question {
		return Question{Path: w.packPath(doc, r.IntN(worldPacks)) + "?lang=en", Accept: acceptHTML}
	}},
	{"pack story", func(w world, r *rand.Rand, doc int) Question {
		return Question{Path: w.packPath(doc, r.IntN(worldPacks)), Accept: acceptJSON}
	}},
	{"lot story", func(w world, _ *rand.Rand, doc int) Question {
		return Question{Path: w.lotPath(doc), Accept: acceptJSON}
	}},
	{"case story", func(w world, r *rand.Rand, doc int) Question {
		return Question{Path: w.casePath(doc, r.IntN(worldCases)), Accept: acceptJSON}
	}},
	{"event by ID", func(w world, r *rand.Rand, doc int) Question {
		return Question{Path: "/epcis/events/" + w.eventID(doc, r.IntN(worldEvents)), Accept: acceptJSON}
	}},
	{"events of a pack", func(w world, r *rand.Rand, doc int) Question {
		return Question{Path: "/epcis/events?MATCH_anyEPC=" + url.QueryEscape(idHost+w.packPath(doc, r.IntN(worldPacks))), Accept: acceptJSON}
	}},
	{"events of a step", func(_ world, _ *rand.Rand, doc int) Question {
		at := worldStart.Add(time.Duration(doc) * time.Minute)
		return Question{Path: "/epcis/events?EQ_bizStep=shipping&GE_eventTime=" + at.Format(time.RFC3339) + "&LT_eventTime=" +
			at.Add(10*time.Minute).Format(time.RFC3339), Accept: acceptJSON}
	}},
	{"pack proof", func(w world, r *rand.Rand, doc int) Question {
		return Question{Path: "/proof/object" + w.packPath(doc, r.IntN(worldPacks)), Accept: acceptJSON}
	}},
	{"unknown pack", func(w world, r *rand.Rand, doc int) Question {
		return Question{Path: world{w.seed + 1}.packPath(doc, r.IntN(worldPacks)), Accept: acceptJSON}
	}},
}

// questions are n questions about the first so many documents, the same for the same seed whatever else a ledger holds.
func (w world) questions(n, documents int, seed uint64) []Question {
	r := rand.New(rand.NewPCG(seed, 0x61736b))
	out := make([]Question, n)
	for i := range out {
		k := kinds[i%len(kinds)]
		out[i] = k.ask(w, r, deepDocs+r.IntN(documents-deepDocs))
		out[i].Kind = k.name
	}
	return out
}

func kindNames() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	return names
}

// deepTimes is how often each question about the deep thing is asked.
const deepTimes = 30

// deepQuestions are about the thing made of 1,000 events.
func (w world) deepQuestions() (names []string, byName map[string][]Question) {
	id := "/api/v1/objects/" + url.PathEscape(idHost+w.deepPath())
	return []string{"deep graph", "deep story", "deep page"}, map[string][]Question{
		"deep graph": {{Path: id + "/graph?direction=up", Accept: acceptJSON}},
		"deep story": {{Path: w.deepPath(), Accept: acceptJSON}},
		"deep page":  {{Path: w.deepPath() + "?lang=en", Accept: acceptHTML}},
	}
}
