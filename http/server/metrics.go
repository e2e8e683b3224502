package server

import (
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Metrics is the registry that every part of the program adds its series to.
type Metrics struct{ Registry *prometheus.Registry }

// NewMetrics makes a registry with the process's and the runtime's own series.
func NewMetrics() *Metrics {
	m := &Metrics{Registry: prometheus.NewRegistry()}
	began := time.Now()
	m.Registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "athena_uptime_seconds", Help: "Seconds since the server started."},
			func() float64 { return time.Since(began).Seconds() }),
	)
	return m
}

// Gauge adds a value that is read when it is scraped.
func (m *Metrics) Gauge(name, help string, read func() float64) {
	m.Registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
}

// Counter adds a growing value that is read when it is scraped.
func (m *Metrics) Counter(name, help string, read func() float64) {
	m.Registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, read))
}

type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

func newMetrics(registry *prometheus.Registry) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "athena_http_requests_total", Help: "Requests answered, by route and status.",
		}, []string{"route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "athena_http_request_duration_seconds", Help: "Time from the first byte read to the answer, by route.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"route"}),
	}
	registry.MustRegister(m.requests, m.duration)
	return m
}

// routeSeries are the series of one route, found once and not for each request.
type routeSeries struct {
	name     string
	requests *prometheus.CounterVec
	duration prometheus.Observer
	mu       sync.Mutex
	byStatus [600]atomic.Pointer[prometheus.Counter]
}

func (m *metrics) route(name string) *routeSeries {
	return &routeSeries{name: name, requests: m.requests, duration: m.duration.WithLabelValues(name)}
}

func (s *routeSeries) observe(status int, took time.Duration) {
	s.duration.Observe(took.Seconds())
	s.counter(min(max(status, 0), 599)).Inc()
}

func (s *routeSeries) counter(status int) prometheus.Counter {
	if c := s.byStatus[status].Load(); c != nil {
		return *c
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.requests.WithLabelValues(s.name, strconv.Itoa(status))
	s.byStatus[status].Store(&c)
	return c
}
