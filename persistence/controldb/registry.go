// Package controldb keeps the register of operations in the control database, and
// looks at that database's own schema.
package controldb

import (
	"context"
	"embed"

	"athena/persistence"
	"athena/wire"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

//go:embed *.sql
var files embed.FS

var sql = persistence.Load(files)

// Store reads and writes the control database.
type Store struct{ DB persistence.DB }

// Register has the registry hold these operations and no others. Where servers of
// several versions share a database, the one that started last has the word.
func (s Store) Register(ctx context.Context, entries []wire.RegistryEntry) error {
	var ids []uuid.UUID
	var columns [6][]string
	var rights []*string
	for i := range entries {
		e := &entries[i]
		ids, rights = append(ids, e.ID), append(rights, e.RequiredRight)
		for n, value := range []string{e.Method, e.Path, e.Summary, e.Tag, e.Access, e.Version} {
			columns[n] = append(columns[n], value)
		}
	}
	err := pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, sql.Get("lock_registry")); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sql.Get("drop_others"), ids); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, sql.Get("put_entry"), ids, columns[0], columns[1], columns[2], columns[3], columns[4], rights, columns[5])
		return err
	})
	return persistence.Explain(err)
}

// Registry gives the operations of the registry by path and method.
func (s Store) Registry(ctx context.Context) ([]wire.RegistryEntry, error) {
	return persistence.All[wire.RegistryEntry](ctx, s.DB, sql.Get("list_entries"))
}
