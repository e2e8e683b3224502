package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"athena/wire"
)

type keyCommand struct {
	Create keyCreate `cmd:"" help:"Make an API key and print it, this once."`
	List   keyList   `cmd:"" help:"List API keys; their secrets are stored nowhere."`
	Revoke keyRevoke `cmd:"" help:"Switch an API key off."`
}

type keyCreate struct {
	Client  string        `help:"Client that the key is for; any client where left out."`
	Right   []string      `help:"Right to grant, such as '*', 'gateway.read' or 'gateway.query'; repeatable." required:""`
	Name    string        `help:"Name that tells keys apart." default:"command line"`
	Expires time.Duration `help:"How long the key lives, such as 720h; for ever where left out."`
	JSON    bool          `help:"Print JSON."`
}

// Run makes a key.
func (c *keyCreate) Run(ctx context.Context, p *program) error {
	request := wire.CreateAPIKey{Name: c.Name, Rights: c.Right}
	if c.Client != "" {
		request.ClientName = &c.Client
	}
	if c.Expires > 0 {
		at := time.Now().Add(c.Expires)
		request.ExpiresAt = &at
	}
	if err := request.Check(); err != nil {
		return err
	}
	return withControl(ctx, p, func(control *control) error {
		if err := control.checkClient(ctx, p, c.Client); err != nil {
			return err
		}
		created, err := control.keys().Create(ctx, &request)
		if err != nil {
			return err
		}
		return p.print(c.JSON, created, created.APIKey)
	})
}

// checkClient refuses a client that nobody could call: a key for it would be of no
// use, and is most likely misspelt.
func (c *control) checkClient(ctx context.Context, p *program, name string) error {
	if name == "" || name == p.config.Gateway.LoggingClient {
		return nil
	}
	if _, configured := p.config.PostgresClients[name]; configured {
		return nil
	}
	list, err := c.clients().List(ctx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(list, func(client wire.AthenaClient) bool { return client.ClientName == name }) {
		return nil
	}
	return wire.Fail(wire.ClientUnknown, "there is no client %q", name)
}

type keyList struct {
	JSON bool `help:"Print JSON."`
}

// Run lists keys.
func (c *keyList) Run(ctx context.Context, p *program) error {
	return withControl(ctx, p, func(control *control) error {
		keys, err := control.keys().List(ctx)
		if err != nil {
			return err
		}
		lines := make([]string, 0, len(keys))
		for _, k := range keys {
			state := "active"
			if !k.IsActive {
				state = "revoked"
			}
			lines = append(lines, fmt.Sprintf("%s  %-8s %-16s %-20s %s", k.PublicID, state, deref(k.ClientName), k.Name, strings.Join(k.Rights, ",")))
		}
		return p.print(c.JSON, wire.APIKeyPage{APIKeys: keys}, strings.Join(lines, "\n"))
	})
}

type keyRevoke struct {
	PublicID string `arg:"" help:"Public half of the key: what stands between ath_ and the dot."`
	JSON     bool   `help:"Print JSON."`
}

// Run revokes a key.
func (c *keyRevoke) Run(ctx context.Context, p *program) error {
	return withControl(ctx, p, func(control *control) error {
		key, err := control.keys().Revoke(ctx, c.PublicID)
		if err != nil {
			return err
		}
		return p.print(c.JSON, key, "revoked "+key.PublicID)
	})
}
