package node

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

type metrics struct {
	requests    *prometheus.HistogramVec
	keyRequests *prometheus.CounterVec
	limited     *prometheus.CounterVec
	crowded     prometheus.Counter
}

func newMetrics(reg *prometheus.Registry) *metrics {
	m := &metrics{
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "suyuan", Subsystem: "http", Name: "request_seconds",
			Help:    "Time to answer a request, by door, method and class of status.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 3, 10)}, []string{"door", "method", "status"}),
		keyRequests: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "suyuan", Subsystem: "http", Name: "key_requests_total",
			Help: "Requests by API key, named by the first 16 digits of its hash."}, []string{"key"}),
		limited: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "suyuan", Subsystem: "http", Name: "limited_requests_total",
			Help: "Requests refused because a key or an address sent too many."}, []string{"by"}),
		crowded: prometheus.NewCounter(prometheus.CounterOpts{Namespace: "suyuan", Subsystem: "http", Name: "refused_connections_total",
			Help: "Connections refused because their address, or the node, had too many open."}),
	}
	for _, by := range []string{limitedByKey, limitedByAddress} { // told from the start: nobody refused yet is a figure too
		m.limited.WithLabelValues(by)
	}
	reg.MustRegister(m.requests, m.keyRequests, m.limited, m.crowded, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}
