package share

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// Status is how sharing does.
type Status struct {
	Held    int    `json:"held" doc:"Bodies in this node's vault"`
	Wanted  uint64 `json:"wanted,string" doc:"Bodies that this node may have and hasn't got yet"`
	Erased  int    `json:"erased" doc:"Bodies that were erased, here or elsewhere, as far as this node knows"`
	Fetched uint64 `json:"fetched,string" doc:"Bodies got from other nodes since the start"`
	Served  uint64 `json:"served,string" doc:"Bodies given to other nodes since the start"`
	Refused uint64 `json:"refused,string" doc:"Questions of nodes that may not have a body, or asked too much, since the start"`
	Lies    uint64 `json:"lies,string" doc:"Answers refused because they weren't what the ledger committed to, since the start"`
	// Operator says that this node is registered: without that it gets nothing.
	Registered bool `json:"registered" doc:"The node is on the register: without that no other node gives it anything"`
}

// Status counts.
func (s *Service) Status() Status {
	return Status{Held: s.vault.Held(), Erased: s.vault.Erasures(), Wanted: value(s.m.wanted), Fetched: value(s.m.fetched),
		Served: value(s.m.served), Refused: value(s.m.refused), Lies: value(s.m.lies), Registered: s.Operator() != [20]byte{}}
}

type metrics struct {
	reg                            prometheus.Registerer
	wanted                         prometheus.Gauge
	fetched, served, refused, lies prometheus.Counter
	all                            []prometheus.Collector
}

func newMetrics(reg prometheus.Registerer, s *Service) (*metrics, error) {
	m := &metrics{reg: reg}
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: "suyuan", Subsystem: "vault", Name: name, Help: help})
		m.all = append(m.all, c)
		return c
	}
	gauge := func(name, help string, f func() int) {
		m.all = append(m.all, prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "suyuan", Subsystem: "vault", Name: name, Help: help},
			func() float64 { return float64(f()) }))
	}
	gauge("held", "Bodies of sealed events in this node's vault.", s.vault.Held)
	gauge("erased", "Bodies of sealed events that were erased, as far as this node knows.", s.vault.Erasures)
	m.wanted = prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "suyuan", Subsystem: "vault", Name: "wanted",
		Help: "Bodies of sealed events that this node may have and hasn't got yet."})
	m.all = append(m.all, m.wanted)
	m.fetched = counter("fetched_total", "Bodies got from other nodes.")
	m.served = counter("served_total", "Bodies given to other nodes.")
	m.refused = counter("refused_total", "Questions of nodes that may not have a body, or ask too much.")
	m.lies = counter("lies_total", "Answers of other nodes refused because they weren't what the ledger committed to.")
	if reg == nil {
		return m, nil
	}
	var errs []error
	for _, c := range m.all {
		errs = append(errs, reg.Register(c))
	}
	return m, errors.Join(errs...)
}

func (m *metrics) unregister() {
	if m.reg == nil {
		return
	}
	for _, c := range m.all {
		m.reg.Unregister(c)
	}
}

// value reads a counter or gauge.
func value(m prometheus.Metric) uint64 {
	var out dto.Metric
	if err := m.Write(&out); err != nil {
		return 0
	}
	if out.Gauge != nil {
		return uint64(out.Gauge.GetValue())
	}
	return uint64(out.Counter.GetValue())
}
