package dynamodb

import (
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are the figures of a guard's listeners, as Prometheus reads them.
type Metrics struct {
	registry   *prometheus.Registry
	added      prometheus.Histogram
	requests   *prometheus.CounterVec
	throttled  *prometheus.CounterVec
	unwritable prometheus.Counter
}

// NewMetrics makes figures that start at zero.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		added: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "bailey_guard_added_seconds", Help: "Time that the guard itself adds to a request.",
			Buckets: []float64{.0001, .0002, .0003, .0005, .001, .002, .003, .005, .01, .03, .1, .3, 1},
		}),
		requests:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "bailey_guard_requests_total", Help: "Requests by what the guard said and by action."}, []string{"verdict", "action"}),
		throttled:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "bailey_guard_limited_total", Help: "Requests refused for being too many, by what the limit is on."}, []string{"limit"}),
		unwritable: prometheus.NewCounter(prometheus.CounterOpts{Name: "bailey_guard_unaudited_total", Help: "Requests whose audit record could not be written."}),
	}
	m.registry.MustRegister(m.added, m.requests, m.throttled, m.unwritable)
	return m
}

// Handler serves the figures.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *Metrics) served(verdict, action string, added time.Duration) {
	if verdict == "" {
		verdict = "refused"
	}
	if name, ok := strings.CutPrefix(action, "dynamodb:"); ok {
		if _, known := operations[name]; !known {
			action = "dynamodb:other" // what strangers write is no label
		}
	}
	m.requests.WithLabelValues(verdict, action).Inc()
	m.added.Observe(added.Seconds())
}

func (m *Metrics) limited(by string) { m.throttled.WithLabelValues(by).Inc() }

func (m *Metrics) unaudited() { m.unwritable.Inc() }
