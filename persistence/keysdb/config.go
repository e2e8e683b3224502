package keysdb

import (
	"context"

	"athena/persistence"
	"athena/wire"
)

// Config gives all rules about whether keys are enforced.
func (s Store) Config(ctx context.Context) (c wire.KeyConfigReply, err error) {
	if c.Global, err = persistence.One[wire.KeyConfig](ctx, s.DB, "key configuration", sql.Get("get_config")); err != nil {
		return c, err
	}
	c.Clients, err = s.ClientConfigs(ctx)
	return c, err
}

// SetConfig says whether keys are enforced for clients without a rule of their own.
func (s Store) SetConfig(ctx context.Context, enforce bool) error {
	_, err := persistence.Exec(ctx, s.DB, sql.Get("set_config"), enforce)
	return err
}

// ClientConfigs gives the rules of single clients, by name.
func (s Store) ClientConfigs(ctx context.Context) ([]wire.KeyClientConfig, error) {
	return persistence.All[wire.KeyClientConfig](ctx, s.DB, sql.Get("list_client_configs"))
}

// SetClientConfig says whether keys are enforced for a client.
func (s Store) SetClientConfig(ctx context.Context, client string, enforce bool) (wire.KeyClientConfig, error) {
	return persistence.One[wire.KeyClientConfig](ctx, s.DB, "key rule", sql.Get("set_client_config"), client, enforce)
}

// DeleteClientConfig removes the rule of a client, which then follows the one for all.
func (s Store) DeleteClientConfig(ctx context.Context, client string) error {
	_, err := persistence.One[string](ctx, s.DB, "a key rule of the client "+client, sql.Get("delete_client_config"), client)
	return err
}
