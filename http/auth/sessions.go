package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"athena/persistence"
	"athena/persistence/sessionsdb"
	"athena/wire"

	"github.com/maypok86/otter/v2"
	"github.com/valyala/fasthttp"
)

// Databases gives a client's database.
type Databases interface {
	DB(ctx context.Context, client string) (persistence.DB, error)
}

// SessionConfig says where sessions are looked up.
type SessionConfig struct {
	// Databases hold the session tables.
	Databases Databases
	// Service is asked instead of the tables; nil for the tables.
	Service *Service
	// Tokens verifies signed tokens, which then need no looking up; nil takes none.
	Tokens *Tokens
	// Secret is what sessions of the tables are signed with in cookies; where it is
	// empty, signatures are not looked at.
	Secret string
	// Config is what an operator set for a client; nil where nothing can be set.
	Config func(client string) *wire.ClientConfig
	// Lifetime is how long an answer is believed; zero is five seconds.
	Lifetime time.Duration
}

// Sessions resolves session tokens and remembers the answers for a few seconds,
// so that signing out takes effect within that time.
type Sessions struct {
	config SessionConfig
	known  *otter.Cache[sessionKey, knownSession]
}

// sessionKey holds a digest, so that no token lies about in memory.
type sessionKey struct {
	client string
	cookie string
	token  [sha256.Size]byte
}

type knownSession struct {
	sessionsdb.Session
	unknown bool
}

const (
	sessionCacheSize = 100_000
	sessionLifetime  = 5 * time.Second
)

// NewSessions makes a resolver.
func NewSessions(config SessionConfig) *Sessions {
	if config.Lifetime == 0 {
		config.Lifetime = sessionLifetime
	}
	return &Sessions{config: config, known: otter.Must(&otter.Options[sessionKey, knownSession]{
		MaximumSize:      sessionCacheSize,
		ExpiryCalculator: otter.ExpiryCreating[sessionKey, knownSession](config.Lifetime),
	})}
}

// Resolve gives the session of a token, shown in a header, for a client.
func (s *Sessions) Resolve(ctx context.Context, client, token string) (sessionsdb.Session, error) {
	return s.resolve(ctx, client, credential{token: token})
}

// Shown gives what looks up the session that a request shows, for as long as the
// caller likes to know whether it still counts; nil where the request shows none.
func (s *Sessions) Shown(rc *fasthttp.RequestCtx) func(ctx context.Context, client string) (sessionsdb.Session, error) {
	shown := sessionToken(rc)
	if shown.token == "" {
		return nil
	}
	return func(ctx context.Context, client string) (sessionsdb.Session, error) {
		return s.resolve(ctx, client, shown)
	}
}

func (s *Sessions) resolve(ctx context.Context, client string, shown credential) (sessionsdb.Session, error) {
	if s.config.Config != nil {
		if err := s.config.Config(client).Require(client, wire.FeatureChat); err != nil {
			return sessionsdb.Session{}, err
		}
	}
	key := sessionKey{client, shown.cookie, sha256.Sum256([]byte(shown.token))}
	known, err := shared(ctx, s.known, key, func(ctx context.Context, _ sessionKey) (knownSession, error) {
		return s.load(ctx, client, shown)
	})
	if err != nil {
		return sessionsdb.Session{}, sessionProblem(err)
	}
	if known.unknown || !time.Now().Before(known.ExpiresAt) {
		return sessionsdb.Session{}, wire.Fail(wire.ChatUnauthenticated, "the session is not valid or has ended")
	}
	return known.Session, nil
}

func (s *Sessions) load(ctx context.Context, client string, shown credential) (knownSession, error) {
	switch {
	case s.config.Tokens != nil && isJWT(shown.token):
		return s.config.Tokens.resolve(ctx, shown.token)
	case s.config.Service != nil:
		return s.config.Service.resolve(ctx, shown)
	}
	token, ok := shown.stored(s.config.Secret)
	if !ok {
		return knownSession{unknown: true}, nil
	}
	return s.find(ctx, client, token)
}

// find looks a session up in the tables of a client's database.
func (s *Sessions) find(ctx context.Context, client, token string) (knownSession, error) {
	db, err := s.config.Databases.DB(ctx, client)
	if err != nil {
		return knownSession{}, err
	}
	session, err := sessionsdb.Store{DB: db}.Resolve(ctx, token)
	var problem *wire.Problem
	if errors.As(err, &problem) && problem.Code == wire.NotFound {
		return knownSession{unknown: true}, nil
	}
	return knownSession{Session: session}, err
}

// sessionProblem keeps what is wrong with the client or its database, and names
// a database without session tables for what it is.
func sessionProblem(err error) error {
	if persistence.NoTable(err) {
		return wire.Fail(wire.ChatUnavailable, "the client's database has no session tables").
			WithHint("provision the client for chat first").Because(err)
	}
	return err
}
