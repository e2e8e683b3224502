package main

import (
	"strings"
	"testing"
	"time"

	"athena/wire"

	"github.com/stretchr/testify/require"
)

const pollEvery = 5 * time.Millisecond

func TestCommandsWhileTheServerRuns(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	h := &s.home
	const read = "/rest/v1/products?limit=1&select=id"

	t.Run("key", func(t *testing.T) {
		t.Parallel()
		key := result[wire.CreatedAPIKey](t, h, "key", "create", "--client", "demo", "--right", "*", "--name", "mine", "--expires", "1h")
		headers := []string{"X-Athena-Client: demo", "apikey: " + key.APIKey}
		require.Equal(t, 200, s.do(t, "GET", read, "", headers...).status)
		require.Contains(t, h.succeed(t, "key", "list"), key.Record.PublicID)
		require.NotContains(t, h.succeed(t, "key", "list"), strings.Split(key.APIKey, ".")[1])

		revoked := result[wire.APIKeyRecord](t, h, "key", "revoke", key.Record.PublicID)
		require.False(t, revoked.IsActive)
		s.becomes(t, 401, "GET", read, "", headers...)
	})
	t.Run("key for any client", func(t *testing.T) {
		t.Parallel()
		plain := h.succeed(t, "key", "create", "--right", "gateway.read")
		require.Regexp(t, `^ath_[0-9a-f]{16}\.[0-9a-f]{64}$`, plain)
		require.Equal(t, 200, s.do(t, "GET", read, "", "X-Athena-Client: demo", "apikey: "+plain).status)
		require.Equal(t, 403, s.do(t, "DELETE", "/rest/v1/products?id=eq.1", "", "X-Athena-Client: demo", "apikey: "+plain).status)
	})
	t.Run("key for a client that is not there", func(t *testing.T) {
		t.Parallel()
		_, errs, code := h.run(t, "key", "create", "--client", "dmeo", "--right", "*")
		require.Equal(t, 1, code)
		require.Contains(t, errs, "dmeo")
		require.NotContains(t, h.succeed(t, "key", "list"), "dmeo")
	})
	t.Run("client", func(t *testing.T) {
		t.Parallel()
		headers := []string{"X-Athena-Client: second", "apikey: " + h.succeed(t, "key", "create", "--right", "*")}
		uri := h.succeed(t, "client", "uri", "demo")
		added := result[wire.AthenaClient](t, h, "client", "add", "second", "--pg-uri", uri, "--description", "the same again")
		require.NotContains(t, *added.PgURI, passwordOf(t, uri))
		s.becomes(t, 200, "GET", read, "", headers...)
		list := h.succeed(t, "client", "list")
		require.Contains(t, list, "second")
		require.NotContains(t, list, passwordOf(t, uri))
		require.Equal(t, "1", h.succeed(t, "psql", "second", "--", "-Atc", "select 1"))
		_, errs, code := h.run(t, "client", "add", "second", "--pg-uri", uri)
		require.Equal(t, 1, code)
		require.NotContains(t, errs, passwordOf(t, uri))

		result[wire.AthenaClient](t, h, "client", "remove", "second")
		s.becomes(t, 400, "GET", read, "", headers...)
	})
	t.Run("session", func(t *testing.T) {
		t.Parallel()
		made := result[createdSession](t, h, "session", "create", "--user", "carol", "--organization", "initech")
		require.Equal(t, []string{"carol", "initech"}, []string{made.UserID, made.OrganizationID})
		again := result[createdSession](t, h, "session", "create", "--user", "carol", "--organization", "initech")
		require.NotEqual(t, made.Token, again.Token)
		for _, token := range []string{made.Token, again.Token} {
			r := s.do(t, "GET", "/chat/rooms", "", "X-Athena-Client: demo", "X-Athena-Auth-Session-Token: "+token)
			require.Equal(t, 200, r.status, r.body)
		}
	})
	t.Run("addresses", func(t *testing.T) {
		t.Parallel()
		for _, name := range []string{"demo", "athena_logging"} {
			uri := result[map[string]string](t, h, "client", "uri", name)["pg_uri"]
			require.Regexp(t, `^postgres://athena:[^@]+@`, uri)
			require.Equal(t, name, h.succeed(t, "psql", name, "--", "-At", "-c", "select current_database()"))
		}
	})
	t.Run("looking", func(t *testing.T) {
		t.Parallel()
		require.NotEmpty(t, result[map[string]string](t, h, "version")["version"])
		require.Equal(t, "migrated", h.succeed(t, "migrate", "--client", "demo"))
		findings := result[[]finding](t, h, "doctor")
		require.Greater(t, len(findings), 5)
		for _, f := range findings {
			require.True(t, f.OK, "%+v", f)
		}
	})
}

func TestCommandsWhileNoServerRuns(t *testing.T) {
	t.Parallel()
	h := installed(t)
	key := result[wire.CreatedAPIKey](t, &h, "key", "create", "--client", "demo", "--right", "*").APIKey
	session := result[createdSession](t, &h, "session", "create", "--user", "dora", "--organization", "acme").Token
	require.Equal(t, "1000", h.succeed(t, "psql", "demo", "--", "-Atc", "select count(*) from customers"))
	require.Contains(t, h.succeed(t, "client", "uri", "athena_logging"), "/athena_logging")
	result[wire.AthenaClient](t, &h, "client", "remove", "demo")
	require.NotContains(t, h.succeed(t, "client", "list"), "demo")
	uri := "postgres://nobody:x@127.0.0.1:1/none"
	result[wire.AthenaClient](t, &h, "client", "add", "gone", "--pg-uri", uri)
	out, errs, code := h.run(t, "doctor")
	require.Equal(t, 1, code, "a client that cannot be reached is found")
	require.Regexp(t, `FAIL +client gone`, out)
	require.Contains(t, errs, "1 of")

	p := serve(t, h)
	refused := p.do(t, "GET", "/rest/v1/customers?limit=1", "", "X-Athena-Client: demo", "apikey: "+key)
	require.Equal(t, 400, refused.status, "a client that was removed stays away: %s", refused.body)
	require.Contains(t, refused.body, `"client_unknown"`)
	_ = session
}

func TestCommandsRefuseWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	empty := newHome(t)
	for _, tc := range []struct {
		name string
		home *home
		args []string
		code int
		says string
	}{
		{"no command", &empty, nil, 2, "serve"},
		{"unknown command", &empty, []string{"sing"}, 2, "sing"},
		{"unknown flag", &empty, []string{"serve", "--sing"}, 2, "--sing"},
		{"no right", &empty, []string{"key", "create"}, 2, "--right"},
		{"nothing was made yet", &empty, []string{"key", "list"}, 1, "athena serve"},
		{"unknown right", &s.home, []string{"key", "create", "--right", "sing"}, 1, `"sing"`},
		{"unknown key", &s.home, []string{"key", "revoke", "0000"}, 1, "0000"},
		{"unknown client", &s.home, []string{"client", "uri", "sing"}, 1, `"sing"`},
		{"client to remove", &s.home, []string{"client", "remove", "sing"}, 1, "sing"},
		{"bad client name", &s.home, []string{"client", "add", "a b", "--pg-uri", "postgres://u:p@h/d"}, 1, "client_name"},
		{"bad address", &s.home, []string{"client", "add", "a", "--pg-uri", "mysql://u:hush@h/d"}, 1, "postgres://"},
		{"client without address", &s.home, []string{"client", "add", "a"}, 1, "pg_uri"},
		{"missing file", &empty, []string{"--config", "nowhere.yaml", "serve"}, 2, "nowhere.yaml"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			out, errs, code := tc.home.run(t, tc.args...)
			require.Equal(t, tc.code, code, "%s%s", out, errs)
			require.Contains(t, errs, tc.says)
			require.Empty(t, out)
			require.NotContains(t, errs, "hush")
		})
	}
	require.False(t, exists(empty.dir+"/postgres"), "a command makes no database")
}

func TestHelpTellsOfEveryCommand(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	help := h.succeed(t, "--help")
	for _, command := range []string{"serve", "migrate", "key create", "key list", "key revoke", "client add", "client list",
		"client remove", "client uri", "session create", "psql", "doctor", "version"} {
		require.Contains(t, help, command)
	}
}

func passwordOf(t *testing.T, uri string) string {
	t.Helper()
	_, password, err := forPsql(uri)
	require.NoError(t, err)
	require.NotEmpty(t, password)
	return password
}
