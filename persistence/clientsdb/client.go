// Package clientsdb stores the catalog of Athena clients: which tenant databases
// there are and how they are reached.
package clientsdb

import (
	"context"
	"embed"

	"athena/persistence"
	"athena/wire"

	"github.com/jackc/pgx/v5"
)

//go:embed *.sql
var files embed.FS

var sql = persistence.Load(files)

// Store reads and writes the catalog in the control database.
type Store struct{ DB persistence.DB }

// List gives all clients by name. The records hold whole addresses: redact them
// before they leave the process.
func (s Store) List(ctx context.Context) ([]wire.AthenaClient, error) {
	return persistence.All[wire.AthenaClient](ctx, s.DB, sql.Get("list_clients"))
}

// Create adds a client; a name that is taken is a conflict.
func (s Store) Create(ctx context.Context, c *wire.SaveAthenaClient) (wire.AthenaClient, error) {
	active := c.IsActive == nil || *c.IsActive
	return persistence.One[wire.AthenaClient](ctx, s.DB, "client", sql.Get("create_client"),
		c.ClientName, c.Description, c.PgURI, c.PgURIEnvVar, active)
}

// Ensure adds a client or gives an existing one this address, for clients that
// the program itself keeps. One that was removed stays away.
func (s Store) Ensure(ctx context.Context, name, description, uri string) error {
	_, err := persistence.Exec(ctx, s.DB, sql.Get("ensure_client"), name, description, uri)
	return err
}

// Remove takes a client out of the catalog; its database is left alone.
func (s Store) Remove(ctx context.Context, name string) (wire.AthenaClient, error) {
	return persistence.One[wire.AthenaClient](ctx, s.DB, "client "+name, sql.Get("remove_client"), name)
}

// Update changes what the request mentions of a client.
func (s Store) Update(ctx context.Context, u *wire.UpdateAthenaClient) (client wire.AthenaClient, err error) {
	thing := "client " + u.ClientName
	err = pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		fresh, err := persistence.One[wire.AthenaClient](ctx, tx, thing, sql.Get("lock_client"), u.ClientName)
		if err != nil {
			return err
		}
		if err := u.Apply(&fresh); err != nil {
			return err
		}
		client, err = persistence.One[wire.AthenaClient](ctx, tx, thing, sql.Get("update_client"),
			fresh.ID, fresh.ClientName, fresh.Description, fresh.PgURI, fresh.PgURIEnvVar, fresh.IsActive)
		if err != nil || fresh.ClientName == u.ClientName {
			return err
		}
		return rename(ctx, tx, u.ClientName, fresh.ClientName)
	})
	return client, persistence.Explain(err)
}

func rename(ctx context.Context, tx pgx.Tx, from, to string) error {
	if _, err := persistence.Exec(ctx, tx, sql.Get("free_client_name"), to); err != nil {
		return err
	}
	_, err := persistence.Exec(ctx, tx, sql.Get("rename_client"), from, to)
	return err
}

// Freeze has a client's requests refused, or let through again.
func (s Store) Freeze(ctx context.Context, name string, frozen bool) (wire.AthenaClient, error) {
	return persistence.One[wire.AthenaClient](ctx, s.DB, "client "+name, sql.Get("freeze_client"), name, frozen)
}
