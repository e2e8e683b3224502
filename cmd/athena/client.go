package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"athena/persistence/migrate"
	"athena/persistence/sessionsdb"
	"athena/wire"

	"github.com/jackc/pgx/v5/pgxpool"
)

type clientCommand struct {
	Add    clientAdd    `cmd:"" help:"Add a client: a name and the database behind it."`
	List   clientList   `cmd:"" help:"List the clients of the catalog."`
	Remove clientRemove `cmd:"" help:"Take a client out of the catalog; its database is left alone."`
	URI    clientURI    `cmd:"" name:"uri" help:"Print the address of a client's database, its password included."`
}

type clientAdd struct {
	Name        string `arg:"" help:"Name that callers put into X-Athena-Client."`
	PgURI       string `help:"Address of the database." placeholder:"URI" xor:"address"`
	PgURIEnvVar string `help:"Environment variable of the server that holds the address." placeholder:"NAME" xor:"address"`
	Description string `help:"What the client is for."`
	JSON        bool   `help:"Print JSON."`
}

// Run adds a client.
func (c *clientAdd) Run(ctx context.Context, p *program) error {
	request := wire.SaveAthenaClient{ClientName: c.Name}
	for _, optional := range []struct {
		from string
		to   **string
	}{{c.PgURI, &request.PgURI}, {c.PgURIEnvVar, &request.PgURIEnvVar}, {c.Description, &request.Description}} {
		if optional.from != "" {
			*optional.to = &optional.from
		}
	}
	if err := request.Check(); err != nil {
		return err
	}
	return withControl(ctx, p, func(control *control) error {
		client, err := control.clients().Create(ctx, &request)
		if err != nil {
			return err
		}
		return p.print(c.JSON, client.Redacted(), "added "+client.ClientName)
	})
}

type clientList struct {
	JSON bool `help:"Print JSON."`
}

// Run lists clients.
func (c *clientList) Run(ctx context.Context, p *program) error {
	return withControl(ctx, p, func(control *control) error {
		list, err := control.clients().List(ctx)
		if err != nil {
			return err
		}
		lines := make([]string, len(list))
		for i := range list {
			list[i] = list[i].Redacted()
			lines[i] = fmt.Sprintf("%-24s %s%s", list[i].ClientName, deref(list[i].PgURI), deref(list[i].PgURIEnvVar))
		}
		return p.print(c.JSON, wire.AthenaClientPage{Clients: list}, strings.Join(lines, "\n"))
	})
}

type clientRemove struct {
	Name string `arg:"" help:"Name of the client."`
	JSON bool   `help:"Print JSON."`
}

// Run removes a client.
func (c *clientRemove) Run(ctx context.Context, p *program) error {
	return withControl(ctx, p, func(control *control) error {
		client, err := control.clients().Remove(ctx, c.Name)
		if err != nil {
			return err
		}
		return p.print(c.JSON, client.Redacted(), "removed "+client.ClientName)
	})
}

type clientURI struct {
	Name string `arg:"" help:"Name of the client, or that of the control database."`
	JSON bool   `help:"Print JSON."`
}

// Run prints an address.
func (c *clientURI) Run(ctx context.Context, p *program) error {
	return withControl(ctx, p, func(control *control) error {
		uri, err := control.clientURI(ctx, p, c.Name)
		if err != nil {
			return err
		}
		return p.print(c.JSON, map[string]string{"client_name": c.Name, "pg_uri": uri}, uri)
	})
}

type sessionCommand struct {
	Create sessionCreate `cmd:"" help:"Make a session token for a user of an organization, and those two where they are missing."`
}

type sessionCreate struct {
	User         string        `help:"User that the session is for." required:""`
	Organization string        `help:"Organization that the session acts for." required:""`
	Client       string        `help:"Client whose database holds the session." default:"demo"`
	Lifetime     time.Duration `help:"How long the session lives." default:"720h"`
	JSON         bool          `help:"Print JSON."`
}

// createdSession is what `session create` prints.
type createdSession struct {
	Token          string `json:"token"`
	UserID         string `json:"user_id"`
	OrganizationID string `json:"organization_id"`
}

// Run makes a session.
func (c *sessionCreate) Run(ctx context.Context, p *program) error {
	return withControl(ctx, p, func(control *control) error {
		uri, err := control.clientURI(ctx, p, c.Client)
		if err != nil {
			return err
		}
		pool, err := pgxpool.New(ctx, uri)
		if err != nil {
			return fmt.Errorf("open client %s: %w", c.Client, err)
		}
		defer pool.Close()
		token, err := sessionsdb.Store{DB: pool}.Create(ctx, c.User, c.Organization, c.Lifetime)
		if err != nil {
			return err
		}
		return p.print(c.JSON, createdSession{token, c.User, c.Organization}, token)
	})
}

type migrateCommand struct {
	Client string `help:"Client whose database gets Athena's own schemas too." placeholder:"NAME"`
	Watch  bool   `help:"Have that database tell of every change of its schema, by event triggers, where its user may make them; --no-watch takes them away." default:"true" negatable:""`
	JSON   bool   `help:"Print JSON."`
}

// migrated is what the command says.
type migrated struct {
	Status string `json:"status"`
	// Watched says that changes of the client's schema are told at once.
	Watched bool `json:"watched"`
}

// Run migrates.
func (c *migrateCommand) Run(ctx context.Context, p *program) error {
	return withControl(ctx, p, func(control *control) error {
		done, text := migrated{Status: "migrated"}, "migrated"
		if err := migrate.Control(ctx, control.uri); err != nil {
			return err
		}
		if c.Client != "" {
			uri, err := control.clientURI(ctx, p, c.Client)
			if err != nil {
				return err
			}
			if err := migrate.Client(ctx, uri); err != nil {
				return err
			}
			permitted, err := migrate.Watch(ctx, uri, c.Watch)
			if err != nil {
				return err
			}
			done.Watched = permitted && c.Watch
			if !permitted {
				text = "migrated; changes of the schema show within seconds, since the client's user may not make event triggers"
			}
		}
		return p.print(c.JSON, done, text)
	})
}
