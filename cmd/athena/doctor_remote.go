package main

import (
	"context"
	"log/slog"
	"time"

	"athena/http/auth"
	"athena/persistence/sessionsdb"
	"athena/wire"

	"github.com/jackc/pgx/v5"
)

// scyllaTimeout is the longest that the cluster may take to answer the doctor.
const scyllaTimeout = 10 * time.Second

// checkRemote looks at the services that the settings name.
func checkRemote(ctx context.Context, config *Config) []finding {
	var findings []finding
	if config.Auth.URL != "" {
		findings = append(findings, checkAuthService(ctx, &config.Auth))
	}
	if config.Auth.JWKSURL != "" {
		findings = append(findings, checkTokenKeys(ctx, &config.Auth))
	}
	if len(config.Scylla.Hosts) > 0 {
		findings = append(findings, checkScylla(ctx, config))
	}
	return findings
}

func checkAuthService(ctx context.Context, a *AuthConfig) finding {
	const check = "auth.url"
	if err := auth.NewService(a.URL, a.Timeout).Reach(ctx); err != nil {
		return wrong(check, "check auth.url and that the service is up: it has to answer at {auth.url}/get-session", "%v", err)
	}
	return fine(check, "%s answers", a.URL)
}

func checkTokenKeys(ctx context.Context, a *AuthConfig) finding {
	const check = "auth.jwks_url"
	ctx, cancel := context.WithTimeout(ctx, a.Timeout)
	defer cancel()
	const advice = "check auth.jwks_url: it has to answer a JSON Web Key Set"
	tokens, err := a.tokens(ctx, slog.New(slog.DiscardHandler))
	if err != nil {
		return wrong(check, advice, "%v", err)
	}
	keys, err := tokens.Keys(ctx)
	switch {
	case err != nil:
		return wrong(check, advice, "%v", err)
	case keys == 0:
		return wrong(check, advice, "no keys can be fetched from %s", a.JWKSURL)
	}
	return fine(check, "%d keys at %s", keys, a.JWKSURL)
}

func checkScylla(ctx context.Context, config *Config) finding {
	const check = "scylla"
	ctx, cancel := context.WithTimeout(ctx, scyllaTimeout)
	defer cancel()
	cluster := config.Scylla.cluster()
	defer cluster.Close()
	if _, _, err := cluster.Query(ctx, "SELECT release_version FROM system.local"); err != nil {
		return wrong(check, "check scylla.hosts, user and password, and that the cluster is up", "%v", err)
	}
	return fine(check, "answers at %v", config.Scylla.Hosts)
}

// checkSessions looks whether the client that sessions are looked up in has the
// tables for them, by asking about a token that nobody has.
func checkSessions(ctx context.Context, p *program, c *control) finding {
	const check = "gateway.auth_client"
	name := p.config.Gateway.AuthClient
	uri, err := c.clientURI(ctx, p, name)
	if err != nil {
		return wrong(check, "name a client of the catalog, or leave the setting empty", "%v", err)
	}
	ctx, cancel := context.WithTimeout(ctx, clientTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, uri)
	if err != nil {
		return wrong(check, "check the address of the client, and that the database is up", "the client %s cannot be reached", name)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = sessionsdb.Store{DB: conn}.Resolve(ctx, "")
	if problem, ok := wire.AsProblem(err); err != nil && (!ok || problem.Code != wire.NotFound) {
		return wrong(check, "run `athena migrate --client "+name+"`, or let the client's user read them", "the client %s has no session tables that can be read: %v", name, err)
	}
	return fine(check, "the client %s has the session tables", name)
}
