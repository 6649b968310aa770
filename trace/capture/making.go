package capture

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/lists"
)

// making is a commissioning whose units are being drawn and kept: before there is a job.
type making struct {
	count int
	steps atomic.Int64  // a unit is two: it is drawn, and it is kept
	ended chan struct{} // closed when units and job are on disk, or nothing is
}

// made is the act of commissioning that a request names.
type made struct {
	party common.Address
	event string
}

// begin makes this caller the only one that works on a request. Who comes with the same request meanwhile waits.
func (s *Service) begin(ctx context.Context, id made, count int) (m *making, end func(), err error) {
	for {
		s.mu.Lock()
		other := s.making[id]
		if other == nil {
			m = &making{count: count, ended: make(chan struct{})}
			s.making[id] = m
			s.mu.Unlock()
			return m, func() {
				s.mu.Lock()
				delete(s.making, id)
				s.mu.Unlock()
				close(m.ended)
			}, nil
		}
		s.mu.Unlock()
		select {
		case <-other.ended:
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-s.ctx.Done():
			return nil, nil, ErrClosed
		}
	}
}

// Making says how far a request for units has come: the count of units drawn and kept while it is being worked on, and
// what Commission would answer to the same request afterwards. An unknown request is a *Problem with status 404.
type Making struct {
	// Made is how many of Count units are drawn and kept.
	Made  int `json:"made" doc:"Units that are drawn and kept so far"`
	Count int `json:"count" doc:"Units asked for"`
	// Job is the capture job once the units wait to be recorded; Final says that they are.
	Job   string `json:"captureID,omitempty" doc:"Capture job, once all are kept and wait to be recorded"`
	Final bool   `json:"final" doc:"They are recorded"`
}

// Making answers how far a party's request has come.
func (s *Service) Making(party common.Address, request string) (Making, error) {
	r := Commissioning{Request: request}
	if !requestForm.MatchString(request) {
		return Making{}, r.fault("request", quote(request), "format", "must be a UUID in lower case")
	}
	s.mu.Lock()
	m := s.making[made{party, r.eventID()}]
	s.mu.Unlock()
	if m != nil {
		return Making{Made: int(m.steps.Load() / 2), Count: m.count}, nil
	}
	out := &Commissioned{Event: r.eventID()}
	again, err := s.commissioned(party, out)
	if err != nil {
		return Making{}, err
	}
	if !again {
		return Making{}, &Problem{Type: NoSuchResource, Title: "No such request", Status: http.StatusNotFound,
			Detail: request + " is no request of yours at this node: nothing was made"}
	}
	return Making{Made: int(out.Count), Count: int(out.Count), Job: out.Job, Final: out.Job == ""}, nil
}

// kept finds the list of an earlier try at a request that came no further than the list: a node that was killed in the
// middle goes on with the same serials, so that none is left over.
func (s *Service) kept(id made, gtin string, count int) (*lists.Head, error) {
	heads, err := s.Lists.Heads()
	if err != nil {
		return nil, err
	}
	for _, h := range heads {
		if h.Party != id.party || h.Event != id.event || h.Count != uint64(count) {
			continue
		}
		first, err := s.Lists.First(h.Root)
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(first, unitPrefix(gtin)) {
			return &h, nil
		}
	}
	return nil, nil
}

func unitPrefix(gtin string) string { return "https://id.gs1.org/01/" + gtin + "/21/" }
