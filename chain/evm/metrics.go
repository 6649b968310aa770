package evm

import "github.com/prometheus/client_golang/prometheus"

// metrics counts what the service does. Without a registerer it counts into the void.
type metrics struct {
	reg        prometheus.Registerer
	collectors []prometheus.Collector

	build, execute, commit prometheus.Histogram
}

func newMetrics(reg prometheus.Registerer, s *Service) (*metrics, error) {
	buckets := prometheus.ExponentialBuckets(0.001, 2, 14)
	hist := func(name, help string) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "suyuan", Subsystem: "evm", Name: name, Help: help, Buckets: buckets})
	}
	gauge := func(name, help string, f func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "suyuan", Subsystem: "evm", Name: name, Help: help}, f)
	}
	m := &metrics{
		reg:     reg,
		build:   hist("build_seconds", "Time to build a block proposal."),
		execute: hist("execute_seconds", "Time to execute a block of another proposer, once a block and node."),
		commit:  hist("commit_seconds", "Time to make a block the head and durable."),
	}
	m.collectors = []prometheus.Collector{
		m.build, m.execute, m.commit,
		gauge("block_number", "Number of the latest final EVM block.", func() float64 { return float64(s.Final().Number) }),
		gauge("block_time_seconds", "Time of the latest final EVM block.", func() float64 { return float64(s.Final().Time) }),
		gauge("pool_pending", "Executable transactions in the pool.", func() float64 { n, _, _ := s.Pool(); return float64(n) }),
		gauge("pool_queued", "Transactions that wait for an earlier nonce.", func() float64 { _, n, _ := s.Pool(); return float64(n) }),
		gauge("pool_dead", "Transactions in the pool that became inadmissible.", func() float64 { _, _, n := s.Pool(); return float64(n) }),
	}
	if reg == nil {
		return m, nil
	}
	for _, c := range m.collectors {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *metrics) unregister() {
	if m.reg == nil {
		return
	}
	for _, c := range m.collectors {
		m.reg.Unregister(c)
	}
}
