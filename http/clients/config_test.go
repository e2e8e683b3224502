package clients_test

import (
	"testing"

	"athena/persistence/keysdb"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

func TestConfigOfClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	save := func(body string) wire.ClientConfigRecord {
		return do[wire.Success[wire.ClientConfigReply]](w, "PUT /admin/client-configs/filed", body, 200).Data.Config
	}
	w.refuse([]refusal{{"none yet", "GET /admin/client-configs/filed", "", 404, "", "not found"}})
	first := save(`{"config":{"cache":{"enabled":true,"ttl_seconds":5},"admission":{"limit":10,"window_ms":1000,"on_limit":"defer"},
		"inserts":{"share":true,"window_ms":0,"batch_cap":100},"rest":{"envelope":"none"},"keys":{"enforced":false},
		"resilience":{"pool_size":4,"circuit_open_ms":500},"features":{"sql":false,"chat":true}},"metadata":{"by":"ann"}}`)
	require.Equal(t, 5, *first.Config.Cache.TTLSeconds)
	require.Equal(t, "defer", *first.Config.Admission.OnLimit)
	require.Equal(t, 500, *first.Config.Resilience.CircuitOpenMS)
	require.False(t, first.Config.Has(wire.FeatureSQL))
	require.True(t, first.Config.Has(wire.FeatureChat))
	require.True(t, first.Config.Has(wire.FeatureREST), "what is left out is on")
	require.JSONEq(t, `{"by":"ann"}`, string(first.Metadata))
	require.Equal(t, first, do[wire.Success[wire.ClientConfigReply]](w, "GET /admin/client-configs/filed", "", 200).Data.Config)

	second := save(`{"config":{"rest":{"envelope":"data"}}}`)
	require.Nil(t, second.Config.Cache, "the whole configuration is replaced")
	require.JSONEq(t, `{"by":"ann"}`, string(second.Metadata), "metadata that is left out stays")
	require.Equal(t, first.CreatedAt, second.CreatedAt)
	require.Equal(t, []wire.ClientConfigRecord{second}, do[wire.Success[wire.ClientConfigPage]](w, "GET /admin/client-configs", "", 200).Data.Configs)

	gone := do[wire.Success[wire.ClientConfigReply]](w, "DELETE /admin/client-configs/filed", "", 200).Data.Config
	require.Equal(t, second, gone)
	w.refuse([]refusal{{"gone", "DELETE /admin/client-configs/filed", "", 404, "", "not found"}})
}

func TestConfigDecidesWhetherKeysAreEnforced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	keys := keysdb.Store{DB: w.db}
	enforced := func() bool {
		policy, err := keys.Policy(t.Context())
		require.NoError(t, err)
		return policy.For("filed")
	}
	require.True(t, enforced())
	do[wire.Success[wire.ClientConfigReply]](w, "PUT /admin/client-configs/filed", `{"config":{"keys":{"enforced":false}}}`, 200)
	require.False(t, enforced())
	_, err := keys.SetClientConfig(t.Context(), "filed", true)
	require.NoError(t, err)
	require.True(t, enforced(), "the rule made for keys counts first")
}

func TestSeedFromFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	do[wire.Success[wire.ClientConfigReply]](w, "PUT /admin/client-configs/filed", `{"config":{"cache":{"enabled":true}}}`, 200)
	seeded := do[wire.Success[wire.SeededClientConfigs]](w, "POST /admin/client-configs/seed-from-config", "", 200).Data
	require.Equal(t, []string{"filed"}, seeded.Seeded)
	require.Len(t, seeded.Configs, 1)
	require.False(t, *seeded.Configs[0].Config.Keys.Enforced)
	require.Nil(t, seeded.Configs[0].Config.Cache)
}

func TestBadConfigsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	put := "PUT /admin/client-configs/filed"
	w.refuse([]refusal{
		{"unknown section", put, `{"config":{"cash":{},"cache":{"enabled":true}}}`, 400, "config", "cash"},
		{"unknown keys, all of them", put, `{"config":{"cache":{"ttl":1},"x":1,"keys":{"enforce":true}}}`, 400, "config", "cache.ttl, keys.enforce, x"},
		{"another case", put, `{"config":{"Cache":{}}}`, 400, "config", "Cache"},
		{"no object", put, `{"config":[1]}`, 400, "config", "object"},
		{"null", put, `{"config":null}`, 400, "config", "object"},
		{"left out", put, `{}`, 400, "config", "object"},
		{"wrong type", put, `{"config":{"cache":{"enabled":"yes"}}}`, 400, "cache.enabled", "true or false"},
		{"section is no object", put, `{"config":{"cache":true}}`, 400, "cache", "object"},
		{"too long", put, `{"config":{"cache":{"ttl_seconds":86401}}}`, 400, "config", "cache.ttl_seconds"},
		{"nothing let in", put, `{"config":{"admission":{"limit":0}}}`, 400, "config", "admission.limit"},
		{"window", put, `{"config":{"inserts":{"window_ms":60001}}}`, 400, "config", "inserts.window_ms"},
		{"on_limit", put, `{"config":{"admission":{"on_limit":"wait"}}}`, 400, "config", "reject or defer"},
		{"no connections", put, `{"config":{"resilience":{"pool_size":0}}}`, 400, "config", "resilience.pool_size"},
		{"too patient", put, `{"config":{"resilience":{"statement_timeout_ms":600001}}}`, 400, "config", "resilience.statement_timeout_ms"},
		{"too many retries", put, `{"config":{"resilience":{"read_retries":4}}}`, 400, "config", "resilience.read_retries"},
		{"unknown resilience", put, `{"config":{"resilience":{"statement_timeout":1}}}`, 400, "config", "resilience.statement_timeout"},
		{"unknown feature", put, `{"config":{"features":{"graphql":true}}}`, 400, "config", "features.graphql"},
		{"no switch", put, `{"config":{"features":{"sql":"off"}}}`, 400, "features.sql", "true or false"},
		{"metadata", put, `{"config":{},"metadata":[]}`, 400, "", "object"},
		{"unknown client", "PUT /admin/client-configs/nobody", `{"config":{}}`, 400, "client_name", "no Athena client"},
		{"bad name", "PUT /admin/client-configs/a%20b", `{"config":{}}`, 400, "client_name", "letters"},
	})
	require.Empty(t, do[wire.Success[wire.ClientConfigPage]](w, "GET /admin/client-configs", "", 200).Data.Configs)
}
