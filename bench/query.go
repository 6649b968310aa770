package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// Query says which questions to ask of a filled ledger.
type Query struct {
	Queries  int
	Seed     uint64 // of the questions
	Within   int    // they are about the first so many events; the same on ledgers to be compared
	Rounds   int    // how often each is asked; the first round is reported apart
	Profiles string // folder for profiles; empty: none
	Version  string
}

// QueryReport is what the questions cost.
type QueryReport struct {
	Machine Machine `json:"machine"`
	Ledger  Filled  `json:"ledger"`
	Queries int     `json:"queries"`
	Seed    uint64  `json:"seed"`
	Within  int     `json:"within_events"`
	// First is each question asked for the first time since the node started, Again every later time.
	First []Answers `json:"first"`
	Again []Answers `json:"again,omitempty"`
	// Deep are questions about the thing made of 1,000 events, each asked deepTimes; the stories are remembered by then.
	Deep  []Answers    `json:"deep"`
	Nodes []NodeReport `json:"nodes"`
}

// Answers are the answers to the questions of one kind, asked one after another.
type Answers struct {
	Kind    string  `json:"kind"`
	Latency Latency `json:"latency"`
	CPU     float64 `json:"cpu_ms_per_query"` // of all node processes, without what they use idle
	Bytes   float64 `json:"bytes_per_answer"` // on the wire
}

// allKinds is the row that sums up a round.
const allKinds = "all"

// ErrNotFilled says that a folder holds no filled ledger.
var ErrNotFilled = errors.New("holds no filled ledger: suyuan bench fill makes one")

// Query asks.
func (n *Network) Query(ctx context.Context, q Query) (*QueryReport, error) {
	filled, err := n.filled()
	if err != nil {
		return nil, err
	}
	switch {
	case q.Queries < len(kinds):
		return nil, fmt.Errorf("queries: %d is less than one of each of the %d kinds", q.Queries, len(kinds))
	case q.Rounds < 1:
		return nil, fmt.Errorf("rounds: %d is less than 1", q.Rounds)
	case q.Within > filled.Events:
		return nil, fmt.Errorf("within: the ledger holds %d events, not %d", filled.Events, q.Within)
	case q.Within <= deepDocs*worldEvents:
		return nil, fmt.Errorf("within: %d is not more than the first %d, which are one thing", q.Within, deepDocs*worldEvents)
	}
	r := &QueryReport{Machine: thisMachine(q.Version), Ledger: *filled, Queries: q.Queries, Seed: q.Seed, Within: q.Within}
	idle, err := n.rest(ctx)
	if err != nil {
		return nil, err
	}
	byKind := make(map[string][]Question)
	for _, question := range filled.world().questions(q.Queries, q.Within/worldEvents, q.Seed) {
		byKind[question.Kind] = append(byKind[question.Kind], question)
	}
	profiles := n.profile(ctx, q.Profiles, time.Now(), profileTime)
	asker := newAsker(n.Targets[0].URL, n.Targets[0].APIKey, 1)
	if r.First, err = n.round(ctx, asker, kindNames(), byKind, 1, idle.Busy); err != nil {
		return nil, err
	}
	if q.Rounds > 1 {
		if r.Again, err = n.round(ctx, asker, kindNames(), byKind, q.Rounds-1, idle.Busy); err != nil {
			return nil, err
		}
	}
	names, deep := filled.world().deepQuestions()
	if r.Deep, err = n.round(ctx, asker, names, deep, deepTimes, idle.Busy); err != nil {
		return nil, err
	}
	r.Deep = r.Deep[:len(names)] // a sum of them says nothing
	if err := <-profiles; err != nil {
		return nil, err
	}
	r.Nodes = n.nodes()
	r.Machine.LoadAfter = loadAverage()
	return r, nil
}

// filled is what an own network's ledger was filled with.
func (n *Network) filled() (*Filled, error) {
	if n.own == nil {
		return nil, errors.New("needs a network of its own")
	}
	f, err := readFilled(n.opts.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("folder %s: %w", n.opts.Dir, ErrNotFilled)
	}
	return f, err
}

// round asks all questions so many times, kind by kind.
func (n *Network) round(ctx context.Context, a *asker, names []string, byKind map[string][]Question, times int, idle float64) ([]Answers, error) {
	var out []Answers
	sum, all := Answers{Kind: allKinds}, newRecorder()
	for _, name := range names {
		row := Answers{Kind: name}
		rec, cpu, began := newRecorder(), n.cpu(), time.Now()
		for range times {
			for _, question := range byKind[name] {
				at := time.Now()
				size, err := a.ask(ctx, question)
				if err != nil {
					return nil, err
				}
				d := time.Since(at)
				rec.add(d)
				all.add(d)
				row.Bytes += float64(size)
			}
		}
		row.CPU = max(0, (n.cpu()-cpu).Seconds()-idle*time.Since(began).Seconds()) * 1000
		sum.CPU += row.CPU
		sum.Bytes += row.Bytes
		row.Latency = rec.summary()
		row.perAnswer()
		out = append(out, row)
	}
	sum.Latency = all.summary()
	sum.perAnswer()
	return append(out, sum), nil
}

// perAnswer divides the sums by the number of answers.
func (a *Answers) perAnswer() {
	a.CPU /= float64(a.Latency.Count)
	a.Bytes /= float64(a.Latency.Count)
}

// Write prints the report for people.
func (r *QueryReport) Write(w io.Writer) {
	r.Machine.write(w)
	fmt.Fprintf(w, "ledger      %d events of seed %d\n", r.Ledger.Events, r.Ledger.Seed)
	fmt.Fprintf(w, "questions   %d of seed %d about the first %d events, one after another\n", r.Queries, r.Seed, r.Within)
	for _, round := range []struct {
		name string
		rows []Answers
	}{{"first time", r.First}, {"again", r.Again}, {"deep", r.Deep}} {
		for _, a := range round.rows {
			fmt.Fprintf(w, "%-11s %-17s %7.3f ms of processor, %6.0f bytes; %s\n", round.name, a.Kind, a.CPU, a.Bytes, a.Latency)
		}
	}
	for _, n := range r.Nodes {
		n.write(w)
	}
}
