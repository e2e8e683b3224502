package managementdb

import (
	"context"
	"fmt"
	"slices"

	"athena/persistence"
	"athena/persistence/ddl"
	"athena/persistence/sqltext"
	"athena/wire"
)

// Schema changes the schema of a client's database.
type Schema struct{ DB persistence.DB }

// settings hold for one transaction: names are looked for where the object lies,
// the text is read as the parser read it, and nobody who has a lock is waited for
// so long that all others queue up behind.
const settings = `SELECT set_config('search_path', $1, true), set_config('standard_conforming_strings', 'on', true),
	set_config('lock_timeout', '5s', true)`

// Apply makes a change, all of it or none. before gets the definition that a
// function had until now; after runs when everything is done but the commit. What
// either refuses is not done.
func (s Schema) Apply(ctx context.Context, c *ddl.Change, before func(definition string) error, after func() error) error {
	tx, err := s.DB.Begin(ctx)
	if err != nil {
		return persistence.Explain(err)
	}
	// After the commit there is nothing to undo, before it the first error counts.
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if _, err := tx.Exec(ctx, settings, path(c.Schema)); err != nil {
		return persistence.Explain(err)
	}
	if c.Function != nil {
		if err := previous(ctx, tx, c, before); err != nil {
			return err
		}
	}
	for _, statement := range c.Statements {
		if err := run(ctx, tx, statement); err != nil {
			return explain(c, err)
		}
	}
	if err := after(); err != nil {
		return err
	}
	return persistence.Explain(tx.Commit(ctx))
}

// path looks in the object's schema, then in public.
func path(schema string) string {
	if schema == "" || schema == "public" {
		return sqltext.Ident("public")
	}
	return sqltext.Ident(schema) + ", " + sqltext.Ident("public")
}

func previous(ctx context.Context, tx persistence.Tx, c *ddl.Change, before func(string) error) error {
	var definition string
	if err := tx.QueryRow(ctx, sql.Get("definition"), c.Function.Signature).Scan(&definition); err != nil {
		return explain(c, err)
	}
	if definition == "" {
		return nil
	}
	return before(definition)
}

// run sends a statement so that the server takes it for one, whatever it holds.
func run(ctx context.Context, tx persistence.Tx, statement string) error {
	return tx.Conn().PgConn().ExecParams(ctx, statement, nil, nil, nil, nil).Read().Err
}

// explain tells what is not there from what is in the way.
func explain(c *ddl.Change, err error) error {
	state := persistence.SQLState(err)
	err = persistence.Explain(err)
	problem, ok := wire.AsProblem(err)
	if !ok {
		return err
	}
	switch {
	case slices.Contains(c.Absent, state):
		problem.Code = wire.NotFound
	case slices.Contains(taken, state):
		problem.Code = wire.Conflict
	case state == "2BP01":
		problem.Code = wire.DependentObjects
	}
	return problem
}

// taken says that there is a relation, column, object or function of the name.
var taken = []string{"42P07", "42701", "42710", "42723"}

// Functions gives the functions of a database.
func (s Schema) Functions(ctx context.Context, in *wire.ListFunctions) ([]wire.ManagedFunction, error) {
	list, err := persistence.All[wire.ManagedFunction](ctx, s.DB, sql.Get("functions"), in.Schema, in.NameLike, in.IncludeSystem, in.IncludeDefinition)
	if err != nil {
		return nil, fmt.Errorf("list functions: %w", err)
	}
	return list, nil
}
