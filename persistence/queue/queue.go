// Package queue runs durable jobs. A job is a row of its owner's, which tells what
// is to be done, and a job of River in the same transaction, which tells that it
// is: either both are there or none. River claims jobs for the nodes, a few at a
// time for each kind, and brings back those that are to be done again.
//
// A job of a node that was killed is taken back at once and given to another: each
// node holds a lock of its session for as long as it lives. It can happen that a
// node is believed dead and still works, such as when its session alone was lost.
// So what a job does must bear to be done by two at once, and again.
package queue

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"athena/persistence"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"
)

//go:embed *.sql
var files embed.FS

var sql = persistence.Load(files)

// Kind is one kind of job.
type Kind struct {
	// Name is that of the kind and of its queue: letters, digits and underscores.
	Name string
	// Workers is how many jobs of the kind this node does at once.
	Workers int
	// Do does the job whose row has the id. With a pause it is done again after that
	// time, as often as it takes; with an error, which is for the log, too.
	Do func(ctx context.Context, id uuid.UUID) (again time.Duration, err error)
}

// Config is what a queue is made of.
type Config struct {
	// Pool is the control database, with connections for all workers and four more.
	Pool *pgxpool.Pool
	Log  *slog.Logger
	// Kinds are the jobs that this node does; it may add jobs of other kinds.
	Kinds []Kind
	// FetchEvery is the shortest time between two looks for new jobs; default 100 ms.
	FetchEvery time.Duration
}

// Queue is this node's part of the queue.
type Queue struct {
	config   Config
	kinds    map[string]Kind
	client   *river.Client[pgx.Tx]
	presence *presence
	end      context.CancelFunc
	beside   sync.WaitGroup
}

const (
	// takeBackEvery is how often it is looked for jobs of nodes that are gone.
	takeBackEvery = 2 * time.Second
	// longestRetry is the longest pause after an error.
	longestRetry = 30 * time.Second
	// mostAttempts is more often than any job fails; the owners of jobs set limits.
	mostAttempts = 30_000
)

// Open enters this node among those that work on the queue. Nothing is done before
// Start.
func Open(ctx context.Context, config Config) (*Queue, error) {
	q := &Queue{config: config, kinds: map[string]Kind{}}
	queues := map[string]river.QueueConfig{}
	for _, kind := range config.Kinds {
		q.kinds[kind.Name] = kind
		queues[kind.Name] = river.QueueConfig{MaxWorkers: kind.Workers}
	}
	var err error
	if q.presence, err = appear(ctx, config.Pool); err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker{queue: q})
	q.client, err = river.NewClient(riverpgxv5.New(config.Pool), &river.Config{
		ID: strconv.Itoa(int(q.presence.node)), Logger: slog.New(warnings{config.Log.Handler()}),
		Queues: queues, Workers: workers, FetchCooldown: config.FetchEvery,
		JobTimeout: -1, MaxAttempts: mostAttempts, RetryPolicy: policy{},
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("queue: %w", err), q.presence.leave(ctx))
	}
	return q, nil
}

// Start takes back what dead nodes have left, and has the workers begin.
func (q *Queue) Start(ctx context.Context) error {
	if _, err := q.TakeBack(ctx); err != nil {
		return err
	}
	background, end := context.WithCancel(context.WithoutCancel(ctx))
	q.end = end
	if err := q.client.Start(background); err != nil {
		end()
		return fmt.Errorf("queue: start: %w", err)
	}
	q.beside.Go(func() { q.presence.keep(background, q.config.Log) })
	q.beside.Go(func() { q.lookAfter(background) })
	return nil
}

// lookAfter takes back what nodes leave that die while this one lives.
func (q *Queue) lookAfter(ctx context.Context) {
	tick := time.NewTicker(takeBackEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := q.TakeBack(ctx); err != nil && ctx.Err() == nil {
			q.config.Log.Warn("jobs of lost nodes not taken back", "error", err)
		}
	}
}

// Stop begins no more jobs and waits for those under way; when ctx ends, they are
// cancelled, and others do them again.
func (q *Queue) Stop(ctx context.Context) error {
	var err error
	if q.end != nil {
		if err = q.client.Stop(ctx); err != nil {
			hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			err = q.client.StopAndCancel(hard)
		}
		q.end()
		q.beside.Wait()
	}
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return errors.Join(err, q.presence.leave(bound))
}

// Add adds a job of a kind for the row with the id, in the transaction that writes
// the row. Its number is for Hurry.
func (q *Queue) Add(ctx context.Context, tx persistence.Tx, kind string, id uuid.UUID) (int64, error) {
	added, err := q.client.InsertTx(ctx, tx, task{id}, &river.InsertOpts{Queue: kind, MaxAttempts: mostAttempts})
	if err != nil {
		return 0, persistence.Explain(fmt.Errorf("add job: %w", err))
	}
	return added.Job.ID, nil
}

// Hurry has jobs that wait for their time done now.
func (q *Queue) Hurry(ctx context.Context, jobs []int64) error {
	_, err := persistence.Exec(ctx, q.config.Pool, sql.Get("hurry"), jobs)
	return err
}

// TakeBack gives the jobs of nodes that are gone to those that are there, and tells
// how many.
func (q *Queue) TakeBack(ctx context.Context) (int64, error) {
	return persistence.Exec(ctx, q.config.Pool, sql.Get("take_back"), int32(nodeLocks))
}

// task is what River keeps of a job; the rest is its owner's.
type task struct {
	ID uuid.UUID `json:"id"`
}

// Kind is the same for all: queues tell the kinds apart.
func (task) Kind() string { return "athena" }

type worker struct {
	river.WorkerDefaults[task]
	queue *Queue
}

// Work does one job.
func (w *worker) Work(ctx context.Context, job *river.Job[task]) error {
	kind, known := w.queue.kinds[job.Queue]
	if !known {
		return fmt.Errorf("queue: nobody does jobs of the kind %s here", job.Queue)
	}
	again, err := kind.Do(ctx, job.Args.ID)
	if err == nil && again > 0 {
		return river.JobSnooze(again)
	}
	return err
}

// policy doubles the pause after each error.
type policy struct{}

// NextRetry is when a job is done again.
func (policy) NextRetry(job *rivertype.JobRow) time.Time {
	return time.Now().Add(min(time.Second<<min(len(job.Errors), 10), longestRetry))
}

// warnings passes over what River tells of its everyday life.
type warnings struct{ slog.Handler }

// Enabled takes warnings and errors.
func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

// WithAttrs keeps passing over.
func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}

// WithGroup keeps passing over.
func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }
