// Package keysdb stores API keys, their rights and whether they are enforced. A
// key's secret is never stored: only a salted hash that a shown secret must meet.
package keysdb

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"embed"
	"encoding/hex"
	"strings"
	"time"

	"athena/persistence"
	"athena/wire"

	"github.com/jackc/pgx/v5"
)

//go:embed *.sql
var files embed.FS

var sql = persistence.Load(files)

// Store reads and writes keys in the control database.
type Store struct{ DB persistence.DB }

// Secret is what a shown key is checked against.
type Secret struct {
	PublicID  string     `db:"public_id"`
	Salt      string     `db:"key_salt"`
	Hash      string     `db:"key_hash"`
	Client    string     `db:"client_name"`
	IsActive  bool       `db:"is_active"`
	ExpiresAt *time.Time `db:"expires_at"`
	Rights    []string   `db:"rights"`
}

// Matches reports whether the secret half of a shown key is the right one, in
// time that does not depend on how much of it is.
func (s *Secret) Matches(secret string) bool {
	return subtle.ConstantTimeCompare([]byte(hash(s.Salt, secret)), []byte(s.Hash)) == 1
}

// hash is the stored form of a key: SHA-256 of salt:secret, in hexadecimal.
func hash(salt, secret string) string {
	sum := sha256.Sum256([]byte(salt + ":" + secret))
	return hex.EncodeToString(sum[:])
}

// Parse splits a whole key, ath_{public}.{secret}, into its halves.
func Parse(key string) (public, secret string, ok bool) {
	rest, ok := strings.CutPrefix(key, "ath_")
	if !ok {
		return "", "", false
	}
	public, secret, ok = strings.Cut(rest, ".")
	return public, secret, ok && public != "" && secret != ""
}

// Create makes a key with its rights and gives it whole, this once.
func (s Store) Create(ctx context.Context, c *wire.CreateAPIKey) (wire.CreatedAPIKey, error) {
	public, secret, salt := Token(8), Token(32), Token(16)
	record, err := s.insert(ctx, c, public, salt, hash(salt, secret))
	if err != nil {
		return wire.CreatedAPIKey{}, err
	}
	return wire.CreatedAPIKey{APIKey: "ath_" + public + "." + secret, Record: record}, nil
}

func (s Store) insert(ctx context.Context, c *wire.CreateAPIKey, public, salt, hash string) (record wire.APIKeyRecord, err error) {
	err = pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		unknown, err := persistence.All[string](ctx, tx, sql.Get("unknown_rights"), c.Rights)
		if err != nil {
			return err
		}
		if len(unknown) > 0 {
			return wire.Fail(wire.RightUnknown, "there is no right %q", unknown[0]).At("rights").
				WithHint("GET /admin/rights/catalog lists the rights that exist")
		}
		if _, err := persistence.Exec(ctx, tx, sql.Get("create_key"), public, c.Name, c.Description, c.ClientName, salt, hash, c.ExpiresAt); err != nil {
			return err
		}
		if _, err := persistence.Exec(ctx, tx, sql.Get("grant_rights"), public, c.Rights); err != nil {
			return err
		}
		record, err = persistence.One[wire.APIKeyRecord](ctx, tx, "API key", sql.Get("get_key"), public)
		return err
	})
	return record, err
}

// List gives all keys, newest first.
func (s Store) List(ctx context.Context) ([]wire.APIKeyRecord, error) {
	return persistence.All[wire.APIKeyRecord](ctx, s.DB, sql.Get("list_keys"))
}

// Revoke switches a key off by its public half.
func (s Store) Revoke(ctx context.Context, public string) (wire.APIKeyRecord, error) {
	n, err := persistence.Exec(ctx, s.DB, sql.Get("revoke_key"), public)
	if err != nil {
		return wire.APIKeyRecord{}, err
	}
	if n == 0 {
		return wire.APIKeyRecord{}, wire.Fail(wire.NotFound, "there is no API key %s", public).At("public_id")
	}
	return persistence.One[wire.APIKeyRecord](ctx, s.DB, "API key", sql.Get("get_key"), public)
}

// Lookup gives what a shown key is checked against.
func (s Store) Lookup(ctx context.Context, public string) (Secret, error) {
	return persistence.One[Secret](ctx, s.DB, "API key", sql.Get("lookup_key"), public)
}

// Touch notes when keys were last accepted.
func (s Store) Touch(ctx context.Context, publics []string, at []time.Time) error {
	_, err := persistence.Exec(ctx, s.DB, sql.Get("touch_keys"), publics, at)
	return err
}

// Token gives random bytes in hexadecimal, for keys and their parts.
func Token(bytes int) string {
	random := make([]byte, bytes)
	rand.Read(random) // never fails: the runtime ends the program instead
	return hex.EncodeToString(random)
}
