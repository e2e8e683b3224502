package main

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"athena/wire"

	"github.com/stretchr/testify/require"
)

// FuzzConfig: a file that is taken gives a configuration that is valid and the same
// each time; no other is started with.
func FuzzConfig(f *testing.F) {
	for _, seed := range []string{
		"listen: 127.0.0.1:1\nlog: {format: json, level: DEBUG}\n", "postgres_clients: {a: {pg_uri: 'postgres://u:${SECRET}@h/d'}, b: {pg_uri_env_var: X}}\n",
		"api: {trusted_proxies: [10.0.0.0/8, '::1'], body_limit: 1}\n", "client_configs: {a: {cache: {enabled: true, ttl_seconds: 5}, keys: {}}}\n", "control: {uri: postgres://h/d}\ngateway: {api_key_fail_mode: open}\n",
		"a: &a [x, x]\nb: [*a, *a]\n", "api: []\n", "? [a]\n: b\n", "listen: !!binary aGk=\n", "api: {body_limit: 99999999999999999999}\n", "chat: {rate_limit: -1}\n", "api: {read_timeout: 5}\n", "\t", "${X}",
	} {
		f.Add(seed, "10s")
	}
	path := filepath.Join(f.TempDir(), "config.yaml")
	f.Fuzz(func(t *testing.T, text, timeout string) {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		environ := environment(map[string]string{"SECRET": "hush-hush", "ATHENA_API_READ_TIMEOUT": timeout})
		c, err := loadConfig(path, environ, nil)
		if err != nil {
			require.NotContains(t, err.Error(), "hush-hush")
			return
		}
		require.NoError(t, c.check())
		again, err := loadConfig(path, environ, nil)
		require.NoError(t, err)
		require.Equal(t, c, again)
	})
}

// FuzzForPsql: everybody may read psql's command line, so no password is in it.
func FuzzForPsql(f *testing.F) {
	for _, seed := range []string{"postgres://u:p@h:5432/d?sslmode=disable", "postgres://u@h/d?password=p&pool_max_conns=3", "jdbc:postgresql://h/d?user=u&password=p", "postgres:///d?host=/tmp&passfile=x", "postgres://:p@h/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		uri, err := wire.NormalizePgURI(text)
		if err != nil {
			return
		}
		address, password, err := forPsql(uri)
		require.NoError(t, err)
		given, err := url.Parse(uri)
		require.NoError(t, err)
		shown, err := url.Parse(address)
		require.NoError(t, err)
		_, has := shown.User.Password()
		require.False(t, has, address)
		require.False(t, shown.Query().Has("password"), address)
		require.Equal(t, given.Host, shown.Host)
		require.Equal(t, given.Path, shown.Path)
		if own, ok := given.User.Password(); ok {
			require.Equal(t, own, password)
		}
		for name := range shown.Query() {
			require.False(t, strings.HasPrefix(name, "pass"), address)
		}
	})
}
