package chain

import "github.com/prometheus/client_golang/prometheus"

// ledgerMetrics are the gauges of one ledger; nil registerer, no metrics.
type ledgerMetrics struct {
	reg        prometheus.Registerer
	collectors []prometheus.Collector
}

func newLedgerMetrics(reg prometheus.Registerer, l *Ledger) (*ledgerMetrics, error) {
	m := &ledgerMetrics{reg: reg}
	if reg == nil {
		return m, nil
	}
	gauge := func(name, help string, f func() float64) {
		m.collectors = append(m.collectors, prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "suyuan", Subsystem: "ledger", Name: name, Help: help}, f))
	}
	gauge("height", "Latest committed CometBFT height.", func() float64 { return float64(l.Height()) })
	gauge("peers", "Connected peers.", func() float64 {
		if node := l.Comet(); node != nil {
			return float64(node.Switch().Peers().Size())
		}
		return 0
	})
	gauge("failed", "1 when consensus has stopped on this node for good.", func() float64 {
		select {
		case <-l.Failed():
			return 1
		default:
			return 0
		}
	})
	m.collectors = append(m.collectors, prometheus.NewCounterFunc(prometheus.CounterOpts{
		Namespace: "suyuan", Subsystem: "ledger", Name: "proposals_rejected_total", Help: "Proposals this validator refused.",
	}, func() float64 { return float64(l.app.rejected.Load()) }))
	for _, c := range m.collectors {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *ledgerMetrics) unregister() {
	if m.reg == nil {
		return
	}
	for _, c := range m.collectors {
		m.reg.Unregister(c)
	}
}
