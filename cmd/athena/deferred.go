package main

import (
	"context"
	"sync/atomic"
	"time"

	"athena/actors/deferral"
	"athena/actors/jobs"
	"athena/http/gateway"
	"athena/http/server"
	"athena/persistence/deferreddb"
	"athena/persistence/queue"
	"athena/wire"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
)

// DeferredConfig is about writes that are done after their answer.
type DeferredConfig struct {
	Enabled         bool          `koanf:"enabled" help:"let writes be done later; otherwise all are done at once"`
	Workers         int           `koanf:"workers" help:"deferred writes that this process does at once"`
	Attempts        int           `koanf:"attempts" help:"how often a deferred write is attempted before it is given up"`
	Timeout         time.Duration `koanf:"timeout" help:"longest that one attempt may take"`
	LongestPause    time.Duration `koanf:"longest_pause" help:"longest pause between two attempts; it doubles from half a second"`
	MaxWaiting      int           `koanf:"max_waiting" help:"deferred writes of one client that may wait; more are refused"`
	Retention       time.Duration `koanf:"retention" zero:"allowed" help:"how long deferred writes that were done are kept with their answers; 0 for ever"`
	FailedRetention time.Duration `koanf:"failed_retention" zero:"allowed" help:"how long deferred writes that were given up are kept; 0 for ever"`
}

// backlogEvery is how often the deferred writes that wait are counted.
const backlogEvery = 10 * time.Second

// stopQueueGrace is the time for deferred writes under way to finish at shutdown.
const stopQueueGrace = 5 * time.Second

// later is what does writes after their answer; nil queue for a server that does
// all at once.
type later struct {
	pool     *pgxpool.Pool
	queue    *queue.Queue
	store    deferreddb.Store
	doing    *deferral.Deferral
	most     int
	accepted atomic.Int64
	waiting  atomic.Int64
}

// openLater enters this process among those that do deferred writes.
func (s *service) openLater(ctx context.Context) error {
	c := s.config.Deferred
	s.later = &later{store: deferreddb.Store{DB: s.control.pool}, most: c.MaxWaiting}
	if !c.Enabled {
		return nil
	}
	var err error
	if s.later.pool, err = smallPool(ctx, s.control.uri, "athena jobs", int32(c.Workers)+4); err != nil {
		return err
	}
	s.later.queue, err = queue.Open(ctx, queue.Config{Pool: s.later.pool, Log: s.log, Kinds: []queue.Kind{{
		Name: deferreddb.Kind, Workers: c.Workers,
		Do: func(ctx context.Context, id uuid.UUID) (time.Duration, error) { return s.later.doing.Do(ctx, id) },
	}}})
	if err != nil {
		s.later.pool.Close()
		return err
	}
	s.later.store.Queue = s.later.queue
	s.later.doing = deferral.New(s.system, deferral.Config{
		Store: deferreddb.Store{DB: s.later.pool, Queue: s.later.queue}, Clients: s.clients,
		Serve: func(ctx context.Context, w *deferreddb.Write) (deferreddb.Answer, *wire.Problem) {
			return s.server.ServeKept(ctx, w)
		},
		Attempts: c.Attempts, Timeout: c.Timeout, LongestPause: c.LongestPause,
	})
	return nil
}

// Keep keeps a write and counts it.
func (l *later) Keep(ctx context.Context, w *deferreddb.Write) error {
	err := l.store.Accept(ctx, w, l.most)
	if err == nil {
		l.accepted.Add(1)
	}
	return err
}

func (l *later) api() gateway.Deferred {
	return gateway.Deferred{Store: l.store, Enabled: l.queue != nil}
}

// start has deferred writes done from now on.
func (l *later) start(ctx context.Context) error {
	if l.queue == nil {
		return nil
	}
	return l.queue.Start(ctx)
}

// stop lets those under way finish; the others stay for later.
func (l *later) stop() error {
	if l.queue == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopQueueGrace)
	defer cancel()
	err := l.queue.Stop(ctx)
	l.pool.Close()
	return err
}

// count notes how many writes wait, for the metrics.
func (l *later) count(ctx context.Context) error {
	n, err := l.store.Count(ctx)
	if err == nil {
		l.waiting.Store(n)
	}
	return err
}

func (l *later) metrics(m *server.Metrics) {
	if l.doing == nil {
		return
	}
	m.Counter("athena_deferred_accepted_total", "Writes that were accepted to be done later.", func() float64 { return float64(l.accepted.Load()) })
	m.Counter("athena_deferred_completed_total", "Deferred writes that were done.", func() float64 { return float64(l.doing.Completed()) })
	m.Counter("athena_deferred_failed_total", "Deferred writes that were given up.", func() float64 { return float64(l.doing.Failed()) })
	m.Counter("athena_deferred_retries_total", "Attempts at deferred writes that are followed by another one.", func() float64 { return float64(l.doing.Again()) })
	m.Gauge("athena_deferred_running", "Deferred writes that this process is doing.", func() float64 { return float64(l.doing.Running()) })
	m.Gauge("athena_deferred_waiting", "Deferred writes that wait on all nodes, counted every few seconds.", func() float64 { return float64(l.waiting.Load()) })
}

// deferredUpkeep are the jobs beside the writes themselves.
func (s *service) deferredUpkeep() []jobs.Job {
	c := s.config.Deferred
	return []jobs.Job{
		{Name: "deferred backlog", Every: backlogEvery, Do: s.later.count},
		{Name: "deferred retention", Every: upkeepEvery, Together: true, Do: func(ctx context.Context) error {
			removed, err := s.later.store.Prune(ctx, c.Retention, c.FailedRetention)
			if removed > 0 {
				s.log.Info("old deferred writes removed", "writes", removed)
			}
			return err
		}},
	}
}
