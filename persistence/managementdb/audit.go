// Package managementdb makes changes of clients' schemas and keeps the record of
// them. The record lies in the control database and is begun before the change: a
// change without a row in it was never made.
package managementdb

import (
	"context"
	"embed"
	"time"

	"athena/persistence"
	"athena/persistence/ddl"
	"athena/wire"

	"github.com/google/uuid"
)

//go:embed *.sql
var files embed.FS

var sql = persistence.Load(files)

// Audit keeps the record in the control database.
type Audit struct{ DB persistence.DB }

// Actor is who asked for a change.
type Actor struct {
	// Client is whose schema it is.
	Client string
	// RequestID finds the request in the log.
	RequestID string
	// Key is the half of the API key that may be shown, empty for the admin key.
	Key string
	// From is the caller's address, empty where there is none.
	From string
}

// Begin notes that a change is about to be tried. Where that cannot be noted the
// problem says so, and nothing may be changed.
func (a Audit) Begin(ctx context.Context, who Actor, c *ddl.Change) (uuid.UUID, error) {
	statements := c.Statements
	if statements == nil {
		statements = []string{}
	}
	var id uuid.UUID
	err := a.together(ctx, func(db persistence.DB) (err error) {
		id, err = persistence.One[uuid.UUID](ctx, db, "audit row", sql.Get("begin_audit"),
			who.Client, c.Operation, c.Object, c.Schema, c.Name, statements, who.RequestID, who.Key, who.From)
		if err != nil || c.Function == nil {
			return err
		}
		types := append([]string{}, c.Function.ArgTypes...)
		_, err = persistence.Exec(ctx, db, sql.Get("begin_function_audit"), id, who.Client, c.Schema, c.Function.Name, types, c.Function.DDL)
		return err
	})
	if err != nil {
		return id, auditDown(err)
	}
	return id, nil
}

// together does several statements in a transaction.
func (a Audit) together(ctx context.Context, do func(persistence.DB) error) error {
	tx, err := a.DB.Begin(ctx)
	if err != nil {
		return persistence.Explain(err)
	}
	if err := do(tx); err != nil {
		_ = tx.Rollback(context.WithoutCancel(ctx)) // the first error is the one to tell
		return err
	}
	return persistence.Explain(tx.Commit(ctx))
}

func auditDown(err error) error {
	return wire.Fail(wire.AuditDown, "the audit log cannot be written, so nothing was changed").After(time.Second).Because(err)
}

// KeepDefinition notes what a function was before it was changed.
func (a Audit) KeepDefinition(ctx context.Context, id uuid.UUID, definition string) error {
	if _, err := persistence.Exec(ctx, a.DB, sql.Get("keep_definition"), id, definition); err != nil {
		return auditDown(err)
	}
	return nil
}

// Succeed notes that a change is made; it is for the moment before the commit.
func (a Audit) Succeed(ctx context.Context, id uuid.UUID) error {
	if _, err := persistence.Exec(ctx, a.DB, sql.Get("finish_audit"), id, "succeeded", "", ""); err != nil {
		return auditDown(err)
	}
	return nil
}

// finishTimeout is for noting an end that the request's own time may not suffice for.
const finishTimeout = 5 * time.Second

// Fail notes why a change was not made.
func (a Audit) Fail(ctx context.Context, id uuid.UUID, why error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTimeout)
	defer cancel()
	status, code, text := "failed", wire.Internal.Name, "internal error"
	if p, ok := wire.AsProblem(why); ok {
		code, text = p.Code.Name, p.Detail
		if p.Code.Status < 500 {
			status = "refused"
		}
	}
	_, err := persistence.Exec(ctx, a.DB, sql.Get("finish_audit"), id, status, code, text)
	return err
}

// Announce tells every node that a client's schema changed.
func (a Audit) Announce(ctx context.Context, client string) error {
	_, err := persistence.Exec(ctx, a.DB, sql.Get("announce"), client)
	return err
}
