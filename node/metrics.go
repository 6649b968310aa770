package node

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

type metrics struct {
	requests *prometheus.HistogramVec
}

func newMetrics(reg *prometheus.Registry) *metrics {
	m := &metrics{
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "suyuan", Subsystem: "http", Name: "request_seconds",
			Help:    "Time to answer a request, by door, method and class of status.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 3, 10)}, []string{"door", "method", "status"}),
	}
	reg.MustRegister(m.requests, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// gauge registers a value that is read when somebody looks.
func gauge(reg *prometheus.Registry, name, help string, read func() float64) {
	reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "suyuan", Name: name, Help: help}, read))
}
