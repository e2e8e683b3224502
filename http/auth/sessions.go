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
)

// Databases gives a client's database.
type Databases interface {
	DB(ctx context.Context, client string) (persistence.DB, error)
}

// Sessions resolves session tokens and remembers the answers for a few seconds,
// so that signing out takes effect within that time.
type Sessions struct {
	databases Databases
	known     *otter.Cache[sessionKey, knownSession]
}

// sessionKey holds a digest, so that no token lies about in memory.
type sessionKey struct {
	client string
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

// NewSessions makes a resolver over the clients' databases.
func NewSessions(databases Databases) *Sessions {
	return &Sessions{databases: databases, known: otter.Must(&otter.Options[sessionKey, knownSession]{
		MaximumSize:      sessionCacheSize,
		ExpiryCalculator: otter.ExpiryCreating[sessionKey, knownSession](sessionLifetime),
	})}
}

// Resolve gives the session of a token in a client's database.
func (s *Sessions) Resolve(ctx context.Context, client, token string) (sessionsdb.Session, error) {
	key := sessionKey{client, sha256.Sum256([]byte(token))}
	known, err := s.known.Get(ctx, key, otter.LoaderFunc[sessionKey, knownSession](func(ctx context.Context, _ sessionKey) (knownSession, error) {
		return s.load(ctx, client, token)
	}))
	if err != nil {
		return sessionsdb.Session{}, sessionProblem(err)
	}
	if known.unknown || time.Now().After(known.ExpiresAt) {
		return sessionsdb.Session{}, wire.Fail(wire.ChatUnauthenticated, "the session is not valid or has ended")
	}
	return known.Session, nil
}

// sessionProblem keeps what is wrong with the client or its database, and names
// a database without session tables for what it is.
func sessionProblem(err error) error {
	var problem *wire.Problem
	if errors.As(err, &problem) && problem.Code == wire.UnknownTable {
		return wire.Fail(wire.ChatUnavailable, "the client's database has no session tables").
			WithHint("provision the client for chat first").Because(err)
	}
	return err
}

func (s *Sessions) load(ctx context.Context, client, token string) (knownSession, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout)
	defer cancel()
	db, err := s.databases.DB(ctx, client)
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
