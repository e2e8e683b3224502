package clientsdb

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"athena/persistence"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/jackc/pgx/v5"
)

// Configs gives what is set for clients, by name.
func (s Store) Configs(ctx context.Context) ([]wire.ClientConfigRecord, error) {
	return persistence.All[wire.ClientConfigRecord](ctx, s.DB, sql.Get("list_configs"))
}

// Config gives what is set for one client.
func (s Store) Config(ctx context.Context, client string) (wire.ClientConfigRecord, error) {
	return persistence.One[wire.ClientConfigRecord](ctx, s.DB, configOf(client), sql.Get("get_config"), client)
}

// SaveConfig takes the place of what is set for a client. Metadata of nil stays.
func (s Store) SaveConfig(ctx context.Context, client string, config wire.ClientConfig, metadata wire.JSONObject) (wire.ClientConfigRecord, error) {
	return saveConfig(ctx, s.DB, client, config, metadata)
}

func saveConfig(ctx context.Context, db persistence.DB, client string, config wire.ClientConfig, metadata wire.JSONObject) (wire.ClientConfigRecord, error) {
	text, err := json.Marshal(config)
	if err != nil {
		return wire.ClientConfigRecord{}, fmt.Errorf("encode %s: %w", configOf(client), err)
	}
	var about *string
	if metadata != nil {
		text := string(metadata)
		about = &text
	}
	return persistence.One[wire.ClientConfigRecord](ctx, db, configOf(client), sql.Get("save_config"), client, string(text), about)
}

// DeleteConfig removes what is set for a client.
func (s Store) DeleteConfig(ctx context.Context, client string) (wire.ClientConfigRecord, error) {
	return persistence.One[wire.ClientConfigRecord](ctx, s.DB, configOf(client), sql.Get("delete_config"), client)
}

// SeedConfigs stores configurations, all or none, in place of what was there.
func (s Store) SeedConfigs(ctx context.Context, configs map[string]wire.ClientConfig) error {
	err := pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		for _, client := range slices.Sorted(maps.Keys(configs)) {
			if _, err := saveConfig(ctx, tx, client, configs[client], nil); err != nil {
				return err
			}
		}
		return nil
	})
	return persistence.Explain(err)
}

func configOf(client string) string { return "a configuration of the client " + client }
