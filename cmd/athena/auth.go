package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"

	"athena/http/auth"
	"athena/wire"
)

// check reports all that is wrong with the settings of sessions.
func (a *AuthConfig) check() []error {
	var problems []error
	for path, address := range map[string]string{"auth.url": a.URL, "auth.jwks_url": a.JWKSURL} {
		if u, err := url.Parse(address); address != "" && (err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "") {
			problems = append(problems, fmt.Errorf("%s must look like https://auth.example/api/auth", path))
		}
	}
	if a.JWKSURL != "" && (a.JWTIssuer == "" || a.JWTAudience == "" || len(a.JWTAlgorithms) == 0) {
		problems = append(problems, errors.New("auth.jwks_url needs auth.jwt_issuer, auth.jwt_audience and auth.jwt_algorithms too"))
	}
	for _, name := range a.JWTAlgorithms {
		if !slices.Contains(auth.TokenAlgorithms, name) {
			problems = append(problems, fmt.Errorf("auth.jwt_algorithms: %q is not one of %v", name, auth.TokenAlgorithms))
		}
	}
	return problems
}

// sessions makes the resolver of session tokens that the settings ask for.
func (a *AuthConfig) sessions(ctx context.Context, tables auth.Databases, set func(string) *wire.ClientConfig, log *slog.Logger) (*auth.Sessions, error) {
	config := auth.SessionConfig{Databases: tables, Config: set, Secret: a.CookieSecret, Lifetime: a.SessionCache}
	if a.URL != "" {
		config.Service = auth.NewService(a.URL, a.Timeout)
	}
	if a.JWKSURL != "" {
		tokens, err := a.tokens(ctx, log)
		if err != nil {
			return nil, err
		}
		config.Tokens = tokens
	}
	return auth.NewSessions(config), nil
}

func (a *AuthConfig) tokens(ctx context.Context, log *slog.Logger) (*auth.Tokens, error) {
	return auth.NewTokens(ctx, auth.TokenConfig{
		URL: a.JWKSURL, Algorithms: a.JWTAlgorithms, Issuer: a.JWTIssuer, Audience: a.JWTAudience, Timeout: a.Timeout, Log: log,
	})
}
