package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// environment is an environment with nothing in it but this.
func environment(pairs map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := pairs[name]
		return value, ok
	}
}

func configFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// valueOf is the value of a setting by its path.
func valueOf(t *testing.T, c Config, path string) any {
	t.Helper()
	for _, s := range scan(reflect.ValueOf(c), "") {
		if s.path == path {
			return s.value.Interface()
		}
	}
	require.FailNow(t, "no setting "+path)
	return nil
}

// sample gives a valid text for a setting that is not its default, and the value
// that it stands for.
func sample(s setting) (text string, value any) {
	words := map[string]string{
		"log.format": "json", "log.level": "debug", "listen": "127.0.0.1:1", "control.uri": "postgres://u:p@h/d",
		"gateway.api_key_fail_mode": "fail_open", "auth.url": "http://auth.example/api/auth", "auth.jwks_url": "https://auth.example/jwks",
		"urls.node": "http://10.0.0.5:4052",
	}
	switch preset := s.value.Interface().(type) {
	case bool:
		return fmt.Sprint(!preset), !preset
	case int:
		return "7", 7
	case int64:
		return "7", int64(7)
	case time.Duration:
		return "7s", 7 * time.Second
	case []string:
		switch s.path {
		case "api.trusted_proxies":
			return "10.0.0.0/8, ::1", []string{"10.0.0.0/8", "::1"}
		case "auth.jwt_algorithms":
			return "ES384, RS512", []string{"ES384", "RS512"}
		}
		return "https://a.example, https://b.example", []string{"https://a.example", "https://b.example"}
	}
	if word, ok := words[s.path]; ok {
		return word, word
	}
	return "other", "other"
}

func TestEverySettingHasAnEnvironmentName(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, s := range settings() {
		require.False(t, names[s.env], "%s is given twice", s.env)
		names[s.env] = true
		t.Run(s.env, func(t *testing.T) {
			t.Parallel()
			require.NotEmpty(t, s.help)
			text, want := sample(s)
			pairs := map[string]string{"ATHENA_AUTH_JWT_ISSUER": "i", "ATHENA_AUTH_JWT_AUDIENCE": "a"} // another setting needs them
			pairs[s.env] = text
			c, err := loadConfig("", environment(pairs), nil)
			require.NoError(t, err)
			require.Equal(t, want, valueOf(t, c, s.path))
		})
	}
	for _, fixed := range []string{"ATHENA_KEY_12", "ATHENA_LISTEN", "ATHENA_DATA_DIR"} {
		require.True(t, names[fixed], "scripts rely on %s", fixed)
	}
}

func TestDefaultsAreValid(t *testing.T) {
	t.Parallel()
	c, err := loadConfig("", environment(nil), nil)
	require.NoError(t, err)
	require.Equal(t, defaultConfig(), c)
	require.Equal(t, "127.0.0.1:4052", c.Listen)
}

func TestLaterSourcesWin(t *testing.T) {
	t.Parallel()
	path := configFile(t, "listen: 127.0.0.1:1\ngateway: {lanes: 5, pool_size: 6}\nlog: {level: warn}\n")
	environ := environment(map[string]string{"ATHENA_LISTEN": "127.0.0.1:2", "ATHENA_GATEWAY_LANES": "8"})
	c, err := loadConfig(path, environ, map[string]any{"listen": "127.0.0.1:3"})
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:3", c.Listen, "the command line before the environment")
	require.Equal(t, 8, c.Gateway.Lanes, "the environment before the file")
	require.Equal(t, 6, c.Gateway.PoolSize, "the file before the default")
	require.Equal(t, "warn", c.Log.Level)
	require.Equal(t, 2048, c.Gateway.MaxInFlight)
}

func TestConfigFileIsFound(t *testing.T) {
	t.Parallel()
	path := configFile(t, "listen: 127.0.0.1:9\n")
	c, err := loadConfig("", environment(map[string]string{"ATHENA_CONFIG_PATH": path}), nil)
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:9", c.Listen)
}

func TestReferencesAreExpanded(t *testing.T) {
	t.Parallel()
	path := configFile(t, `
admin_key: ${KEY}
api: {read_timeout: "${WAIT}", body_limit: "${SIZE}"}
postgres_clients:
  shop: {pg_uri: "postgres://u:${PASSWORD}@h/d"}
`)
	c, err := loadConfig(path, environment(map[string]string{"KEY": "k", "WAIT": "9s", "SIZE": "512", "PASSWORD": "p"}), nil)
	require.NoError(t, err)
	require.Equal(t, "k", c.AdminKey)
	require.Equal(t, 9*time.Second, c.API.ReadTimeout)
	require.Equal(t, 512, c.API.BodyLimit)
	require.Equal(t, "postgres://u:p@h/d", c.PostgresClients["shop"].PgURI)

	_, err = loadConfig(path, environment(map[string]string{"KEY": "k", "WAIT": "9s", "SIZE": "512"}), nil)
	require.ErrorContains(t, err, "PASSWORD is not set")
	require.ErrorContains(t, err, "postgres_clients[shop].pg_uri")
}

func TestBadSettingsAreNamed(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, file, env, value, says string }{
		{name: "unknown key", file: "gatway: {}", says: "gatway"},
		{name: "unknown key below", file: "gateway: {lanse: 3}", says: "lanse"},
		{name: "unknown key of a client", file: "postgres_clients: {shop: {pg_url: x}}", says: "pg_url"},
		{name: "not YAML", file: "gateway: [", says: "config.yaml"},
		{name: "not a number", env: "ATHENA_GATEWAY_LANES", value: "many", says: "gateway.lanes"},
		{name: "too small a number", env: "ATHENA_GATEWAY_LANES", value: "0", says: "gateway.lanes"},
		{name: "empty number", env: "ATHENA_API_BODY_LIMIT", value: "", says: "api.body_limit"},
		{name: "not a duration", env: "ATHENA_API_READ_TIMEOUT", value: "soon", says: "api.read_timeout"},
		{name: "negative duration", env: "ATHENA_API_REQUEST_TIMEOUT", value: "-1s", says: "api.request_timeout"},
		{name: "negative number where none is allowed", env: "ATHENA_CHAT_RATE_LIMIT", value: "-1", says: "chat.rate_limit"},
		{name: "not a switch", env: "ATHENA_LOG_ACCESS", value: "maybe", says: "log.access"},
		{name: "unknown format", env: "ATHENA_LOG_FORMAT", value: "xml", says: "log.format"},
		{name: "unknown level", env: "ATHENA_LOG_LEVEL", value: "loud", says: "log.level"},
		{name: "unknown fail mode", env: "ATHENA_GATEWAY_API_KEY_FAIL_MODE", value: "fail_half", says: "gateway.api_key_fail_mode"},
		{name: "no network", env: "ATHENA_API_TRUSTED_PROXIES", value: "10.0.0.0/8,proxy.local", says: `"proxy.local"`},
		{name: "no address of a service", env: "ATHENA_AUTH_URL", value: "auth.example", says: "auth.url"},
		{name: "no address of keys", env: "ATHENA_AUTH_JWKS_URL", value: "file:///etc/passwd", says: "auth.jwks_url"},
		{name: "keys for tokens of anybody", env: "ATHENA_AUTH_JWKS_URL", value: "https://auth.example/jwks", says: "auth.jwt_issuer"},
		{name: "signature with a shared secret", env: "ATHENA_AUTH_JWT_ALGORITHMS", value: "HS256", says: "auth.jwt_algorithms"},
		{name: "no signature", env: "ATHENA_AUTH_JWT_ALGORITHMS", value: "none", says: "auth.jwt_algorithms"},
		{name: "no port", env: "ATHENA_LISTEN", value: "localhost", says: "listen"},
		{name: "not an address", env: "ATHENA_CONTROL_URI", value: "mysql://u:hush@h/d", says: "control.uri"},
		{name: "client without address", file: "postgres_clients: {shop: {description: x}}", says: "postgres_clients.shop"},
		{name: "client with two", file: "postgres_clients: {shop: {pg_uri: 'postgres://u:hush@h/d', pg_uri_env_var: X}}", says: "postgres_clients.shop"},
		{name: "client with another address", file: "postgres_clients: {shop: {pg_uri: 'mysql://u:hush@h/d'}}", says: "postgres_clients.shop"},
		{name: "unknown key of a client's configuration", file: "client_configs: {shop: {cache: {ttl: 5}}}", says: "client_configs.shop: config has unknown keys: cache.ttl"},
		{name: "client with a bad name", file: "postgres_clients: {'a b': {pg_uri: 'postgres://u:hush@h/d'}}", says: "postgres_clients.a b"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := loadConfig(configFile(t, tc.file), environment(map[string]string{tc.env: tc.value}), nil)
			require.ErrorContains(t, err, tc.says)
			require.NotContains(t, err.Error(), "hush")
		})
	}
}

func TestBadConfigurationIsToldByTheProgram(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.config = configFile(t, "gateway: {lanse: 3}")
	_, errs, code := h.run(t, "serve")
	require.Equal(t, 2, code)
	require.Contains(t, errs, "lanse")

	out, _, code := h.run(t, "doctor", "--json")
	require.Equal(t, 1, code, "the doctor looks at it all the same")
	require.Contains(t, out, "lanse")
	require.NotEmpty(t, h.succeed(t, "version"))
}
