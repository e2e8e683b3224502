// Package deferreddb keeps writes that were accepted to be done later, each with
// its job in the queue. Every attempt at one claims it; what a claim writes counts
// only until the next one, so that of two who believe that a write is theirs one
// alone can finish it.
package deferreddb

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"time"

	"athena/persistence"
	"athena/persistence/queue"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

//go:embed *.sql
var files embed.FS

var sql = persistence.Load(files)

// Kind is the name of the jobs.
const Kind = "deferred"

// ErrLost says that another attempt has claimed the write meanwhile.
var ErrLost = errors.New("deferreddb: another attempt has claimed the write")

// Store keeps deferred writes in the control database.
type Store struct {
	DB    persistence.DB
	Queue *queue.Queue
}

// Write is one deferred write as it is stored.
type Write struct {
	ID            uuid.UUID  `db:"id"`
	Client        string     `db:"client_name"`
	Status        string     `db:"status"`
	Reason        string     `db:"reason"`
	RequestID     string     `db:"request_id"`
	Method        string     `db:"method"`
	Route         string     `db:"route"`
	Schema        string     `db:"schema_name"`
	Table         string     `db:"table_name"`
	Request       []byte     `db:"request"`
	Body          []byte     `db:"body"`
	Rights        []string   `db:"rights"`
	Job           *int64     `db:"job_id"`
	Claim         *uuid.UUID `db:"claim"`
	Attempts      int        `db:"attempts"`
	Error         []byte     `db:"error"`
	Answered      *int       `db:"response_status"`
	Headers       []byte     `db:"response_headers"`
	Answer        []byte     `db:"response_body"`
	Xact          *string    `db:"xact"`
	XactServer    *string    `db:"xact_server"`
	XactResult    []byte     `db:"xact_result"`
	XactRows      *int64     `db:"xact_rows"`
	XactTag       *string    `db:"xact_tag"`
	CreatedAt     time.Time  `db:"created_at"`
	UpdatedAt     time.Time  `db:"updated_at"`
	StartedAt     *time.Time `db:"started_at"`
	NextAttemptAt *time.Time `db:"next_attempt_at"`
	CompletedAt   *time.Time `db:"completed_at"`
}

// Noted is what an attempt is about to commit.
type Noted struct {
	// Xact is the transaction in the client's database, and Server that database's
	// server with its history.
	Xact, Server string
	// JSON, Rows and Tag are what the write gives.
	JSON []byte
	Rows int64
	Tag  string
}

// Noted gives what an earlier attempt was about to commit, if any.
func (w *Write) Noted() (n Noted, any bool) {
	if w.Xact == nil {
		return n, false
	}
	return Noted{*w.Xact, *w.XactServer, w.XactResult, *w.XactRows, *w.XactTag}, true
}

// Accept keeps a write and its job. A client with as many open writes as most is
// refused.
func (s Store) Accept(ctx context.Context, w *Write, most int) error {
	return s.inside(ctx, func(tx pgx.Tx) error {
		job, err := s.Queue.Add(ctx, tx, Kind, w.ID)
		if err != nil {
			return err
		}
		n, err := persistence.Exec(ctx, tx, sql.Get("accept"), w.ID, w.Client, w.Reason, w.RequestID, w.Method, w.Route, w.Schema, w.Table,
			string(w.Request), w.Body, w.Rights, job, most)
		if err == nil && n == 0 {
			err = wire.Fail(wire.Overloaded, "%d deferred writes of the client %s wait already", most, w.Client).After(10 * time.Second)
		}
		return err
	})
}

// inside runs do in a transaction.
func (s Store) inside(ctx context.Context, do func(pgx.Tx) error) error {
	tx, err := s.DB.Begin(ctx)
	if err != nil {
		return persistence.Explain(err)
	}
	if err := do(tx); err != nil {
		rollback, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = tx.Rollback(rollback) // it goes with its connection otherwise
		return err
	}
	return persistence.Explain(tx.Commit(ctx))
}

// Find gives a write.
func (s Store) Find(ctx context.Context, id uuid.UUID) (Write, error) {
	return persistence.One[Write](ctx, s.DB, "the deferred request", sql.Get("find"), id)
}

// Claim begins an attempt; open is false for a write that is done with.
func (s Store) Claim(ctx context.Context, id uuid.UUID) (w Write, open bool, err error) {
	w, err = persistence.One[Write](ctx, s.DB, "the deferred request", sql.Get("claim"), id, uuid.New())
	if p, ok := wire.AsProblem(err); ok && p.Code == wire.NotFound {
		return w, false, nil
	}
	return w, err == nil, err
}

// Note keeps what the attempt is about to commit.
func (s Store) Note(ctx context.Context, w *Write, n Noted) error {
	return s.mine(ctx, "note", w.ID, w.Claim, n.Xact, n.Server, n.JSON, n.Rows, n.Tag)
}

// Answer is what a write was answered.
type Answer struct {
	// Status is 0 for an answer that was lost.
	Status  int
	Headers map[string]string
	Body    []byte
}

// End ends a write: completed, or failed with an error, which is an envelope. Where
// undecided says that the last attempt may have been committed, that stays noted.
func (s Store) End(ctx context.Context, w *Write, a Answer, failure []byte, undecided bool) error {
	headers, err := json.Marshal(a.Headers)
	if err != nil {
		return fmt.Errorf("encode headers: %w", err)
	}
	status := wire.DeferredCompleted
	if failure != nil {
		status = wire.DeferredFailed
	}
	return s.mine(ctx, "end", w.ID, w.Claim, status, a.Status, string(headers), a.Body, text(failure), undecided)
}

// Again ends an attempt that is followed by another one after a pause.
func (s Store) Again(ctx context.Context, w *Write, failure []byte, pause time.Duration) error {
	return s.mine(ctx, "again", w.ID, w.Claim, text(failure), pause)
}

func text(document []byte) *string {
	if document == nil {
		return nil
	}
	s := string(document)
	return &s
}

func (s Store) mine(ctx context.Context, statement string, args ...any) error {
	n, err := persistence.Exec(ctx, s.DB, sql.Get(statement), args...)
	if err == nil && n == 0 {
		return ErrLost
	}
	return err
}

// Requeue has a write done again that is done with, or one that waits done now.
func (s Store) Requeue(ctx context.Context, id uuid.UUID) (w Write, err error) {
	err = s.inside(ctx, func(tx pgx.Tx) error {
		if w, err = persistence.One[Write](ctx, tx, "the deferred request", sql.Get("find")+" FOR UPDATE", id); err != nil {
			return err
		}
		if w.Status == wire.DeferredRunning {
			return wire.Fail(wire.State, "the deferred request is running").At("request_id").WithHint("wait for its end")
		}
		if w.Status == wire.DeferredQueued {
			return s.Queue.Hurry(ctx, []int64{*w.Job})
		}
		job, err := s.Queue.Add(ctx, tx, Kind, id)
		if err != nil {
			return err
		}
		w, err = persistence.One[Write](ctx, tx, "the deferred request", sql.Get("requeue"), id, job)
		return err
	})
	return w, err
}

// State is how far a write is.
type State struct {
	ID       uuid.UUID `db:"id"`
	Client   string    `db:"client_name"`
	Schema   string    `db:"schema_name"`
	Table    string    `db:"table_name"`
	Status   string    `db:"status"`
	Attempts int       `db:"attempts"`
	Job      int64     `db:"job_id"`
}

// Open gives the writes that are not done with, of one client or of all, the
// oldest first.
func (s Store) Open(ctx context.Context, client string) ([]State, error) {
	return persistence.All[State](ctx, s.DB, sql.Get("open"), client)
}

// States tells how far writes are.
func (s Store) States(ctx context.Context, ids []uuid.UUID) ([]State, error) {
	return persistence.All[State](ctx, s.DB, sql.Get("states"), ids)
}

// Count counts the writes that are not done with.
func (s Store) Count(ctx context.Context) (int64, error) {
	return persistence.One[int64](ctx, s.DB, "the count", sql.Get("count_open"))
}

// Prune removes completed and failed writes that ended so long ago; zero keeps
// them.
func (s Store) Prune(ctx context.Context, completed, failed time.Duration) (removed int64, err error) {
	for status, age := range map[string]time.Duration{wire.DeferredCompleted: completed, wire.DeferredFailed: failed} {
		for n := int64(1); age > 0 && n > 0 && err == nil; removed += n {
			n, err = persistence.Exec(ctx, s.DB, sql.Get("prune"), status, age)
		}
	}
	return removed, err
}
