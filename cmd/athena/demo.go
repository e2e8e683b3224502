package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"time"

	"athena/persistence/migrate"
	"athena/persistence/sessionsdb"
	"athena/persistence/sqltext"
	"athena/wire"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

//go:embed demo.sql
var demoSQL string

const demoClient = "demo"

// credentials are what the first start prints, and nothing ever prints again.
type credentials struct {
	adminKey string // empty where the operator chose it
	apiKey   string
	sessions []createdSession
}

// prepareDemo makes the demo client's database where it is missing, and brings
// Athena's own schemas in it to this version. It reports whether it was made now.
func prepareDemo(ctx context.Context, c *control) (made bool, err error) {
	if err := c.cluster.CreateDatabase(ctx, demoClient); err != nil {
		return false, err
	}
	uri := c.cluster.SocketURI(demoClient)
	pool, err := pgxpool.New(ctx, uri)
	if err != nil {
		return false, fmt.Errorf("open demo database: %w", err)
	}
	defer pool.Close()
	var filled bool
	if err := pool.QueryRow(ctx, "SELECT to_regclass('public.order_items') IS NOT NULL").Scan(&filled); err != nil {
		return false, fmt.Errorf("look at demo database: %w", err)
	}
	if !filled {
		// The server's role has the name of Athena's own schema, which must not
		// come first for whoever makes a table by hand.
		if _, err := pool.Exec(ctx, "ALTER DATABASE "+sqltext.Ident(demoClient)+" SET search_path TO public"); err != nil {
			return false, fmt.Errorf("set up demo database: %w", err)
		}
		err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, demoSQL)
			return err
		})
		if err != nil {
			return false, fmt.Errorf("fill demo database: %w", err)
		}
	}
	if err := migrate.Client(ctx, uri); err != nil {
		return false, err
	}
	if !filled { // who took it away later does not get it back
		if _, err := migrate.Watch(ctx, uri, true); err != nil {
			return false, err
		}
	}
	return !filled, c.clients().Ensure(ctx, demoClient, "A small shop to try things on", uri)
}

// demoCredentials makes a key that may do everything on the demo client, and
// sessions of two users of one organization.
func demoCredentials(ctx context.Context, c *control) (credentials, error) {
	client := demoClient
	created, err := c.keys().Create(ctx, &wire.CreateAPIKey{Name: "first start", ClientName: &client, Rights: []string{"*"}})
	if err != nil {
		return credentials{}, err
	}
	out := credentials{apiKey: created.APIKey}
	pool, err := pgxpool.New(ctx, c.cluster.SocketURI(demoClient))
	if err != nil {
		return out, fmt.Errorf("open demo database: %w", err)
	}
	defer pool.Close()
	for _, user := range []string{"alice", "bob"} {
		token, err := sessionsdb.Store{DB: pool}.Create(ctx, user, "acme", 30*24*time.Hour)
		if err != nil {
			return out, err
		}
		out.sessions = append(out.sessions, createdSession{token, user, "acme"})
	}
	return out, nil
}

// banner prints what a newcomer needs, with commands that work as they stand.
func (c *credentials) banner(w io.Writer, address string) error {
	text := fmt.Sprintf("\nAthena answers on http://%s\n\nKept nowhere in plain text but here; `athena key create` and `athena session create` make new ones:\n\n", address)
	if c.adminKey != "" {
		text += fmt.Sprintf("  admin key        %s\n", c.adminKey)
	}
	text += fmt.Sprintf("  demo API key     %s\n", c.apiKey)
	for _, s := range c.sessions {
		text += fmt.Sprintf("  session of %-5s %s\n", s.UserID, s.Token)
	}
	text += fmt.Sprintf(`
Try it:

  curl -s 'http://%[1]s/rest/v1/customers?select=id,name,orders(id,status)&limit=2' -H 'X-Athena-Client: demo' -H 'apikey: %[2]s'

  curl -s http://%[1]s/gateway/fetch -H 'X-Athena-Client: demo' -H 'apikey: %[2]s' -d '{"table_name":"order_totals","where":{"total":{"gte":900}},"limit":3}'

  curl -s http://%[1]s/chat/rooms -H 'X-Athena-Client: demo' -H 'Authorization: Bearer %[3]s' -d '{"kind":"group","title":"Shop floor","member_user_ids":["bob"]}'

`, address, c.apiKey, c.sessions[0].Token)
	_, err := io.WriteString(w, text)
	return err
}
