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
	"fmt"
	"net/netip"
	"strings"
	"time"

	"athena/persistence"
	"athena/wire"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

//go:embed *.sql
var files embed.FS

var sql = persistence.Load(files)

// records is the statement that reads the records of keys that a clause picks.
func records(clause string) string { return sql.Get("keys") + "\n" + sql.Get(clause) }

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
	// Learning says that the key still learns from where it is used.
	Learning  bool           `db:"learning"`
	Whitelist []netip.Prefix `db:"whitelist"`
	Blacklist []netip.Prefix `db:"blacklist"`
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
		if err := checkRights(ctx, tx, c.Rights); err != nil {
			return err
		}
		id, err := persistence.One[uuid.UUID](ctx, tx, "API key", sql.Get("create_key"), public, c.Name, c.Description, c.ClientName, salt, hash,
			c.ExpiresAt, c.VirginMode, c.VirginUntilNRequests, c.MaxWhitelistIPs)
		if err != nil {
			return err
		}
		if _, err := persistence.Exec(ctx, tx, sql.Get("grant_rights"), id, c.Rights); err != nil {
			return err
		}
		if err := insertIPs(ctx, tx, id, c); err != nil {
			return err
		}
		record, err = persistence.One[wire.APIKeyRecord](ctx, tx, "API key", records("keys_by_id"), id)
		return err
	})
	return record, persistence.Explain(err)
}

// checkRights refuses rights that the catalog does not have.
func checkRights(ctx context.Context, tx pgx.Tx, rights []string) error {
	unknown, err := persistence.All[string](ctx, tx, sql.Get("unknown_rights"), rights)
	if err != nil || len(unknown) == 0 {
		return err
	}
	return wire.Fail(wire.RightUnknown, "there is no right %q", unknown[0]).At("rights").
		WithHint("GET /admin/rights/catalog lists the rights that exist, POST /admin/api-key-rights adds one")
}

// insertIPs gives a new key its lists. A key that learns its addresses has none
// to begin with.
func insertIPs(ctx context.Context, tx pgx.Tx, key uuid.UUID, c *wire.CreateAPIKey) error {
	if c.VirginMode {
		return nil
	}
	for list, texts := range map[List][]string{Whitelist: c.IPWhitelist, Blacklist: c.IPBlacklist} {
		ranges, err := wire.ParseIPRanges("ip_"+string(list), texts)
		if err != nil {
			return err
		}
		if _, err := persistence.Exec(ctx, tx, list.get("add_ip_rules"), key, ranges, nil); err != nil {
			return err
		}
	}
	return nil
}

// Update changes what the request mentions of a key, and gives the key as it is then.
func (s Store) Update(ctx context.Context, u *wire.UpdateAPIKey) (record wire.APIKeyRecord, err error) {
	thing := fmt.Sprintf("API key %s", u.ID)
	err = pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		old, err := persistence.One[wire.APIKeyRecord](ctx, tx, thing, records("keys_by_id_locked"), u.ID)
		if err != nil {
			return err
		}
		u.Apply(&old)
		if _, err := persistence.Exec(ctx, tx, sql.Get("update_key"), u.ID, old.Name, old.Description, old.ClientName, old.ExpiresAt, old.IsActive); err != nil {
			return err
		}
		if err := replaceRights(ctx, tx, u); err != nil {
			return err
		}
		record, err = persistence.One[wire.APIKeyRecord](ctx, tx, thing, records("keys_by_id"), u.ID)
		return err
	})
	return record, persistence.Explain(err)
}

func replaceRights(ctx context.Context, tx pgx.Tx, u *wire.UpdateAPIKey) error {
	if u.Rights == nil {
		return nil
	}
	if err := checkRights(ctx, tx, *u.Rights); err != nil {
		return err
	}
	if _, err := persistence.Exec(ctx, tx, sql.Get("withdraw_rights"), u.ID, *u.Rights); err != nil {
		return err
	}
	_, err := persistence.Exec(ctx, tx, sql.Get("grant_rights"), u.ID, *u.Rights)
	return err
}

// Get gives one key.
func (s Store) Get(ctx context.Context, id uuid.UUID) (wire.APIKeyRecord, error) {
	return persistence.One[wire.APIKeyRecord](ctx, s.DB, fmt.Sprintf("API key %s", id), records("keys_by_id"), id)
}

// Delete removes a key with its grants and lists.
func (s Store) Delete(ctx context.Context, id uuid.UUID) error {
	_, err := persistence.One[uuid.UUID](ctx, s.DB, fmt.Sprintf("API key %s", id), sql.Get("delete_key"), id)
	return err
}

// most is how many keys a listing without a limit gives.
const most = 1_000_000

// List gives all keys, newest first.
func (s Store) List(ctx context.Context) ([]wire.APIKeyRecord, error) { return s.Page(ctx, nil, 0) }

// Page gives some keys, newest first; without a limit all that come after offset.
func (s Store) Page(ctx context.Context, limit *int, offset int) ([]wire.APIKeyRecord, error) {
	n := most
	if limit != nil {
		n = *limit
	}
	return persistence.All[wire.APIKeyRecord](ctx, s.DB, records("keys_newest_first"), n, offset)
}

// Revoke switches a key off by its public half.
func (s Store) Revoke(ctx context.Context, public string) (wire.APIKeyRecord, error) {
	id, err := persistence.One[uuid.UUID](ctx, s.DB, "API key "+public, sql.Get("revoke_key"), public)
	if err != nil {
		return wire.APIKeyRecord{}, err
	}
	return s.Get(ctx, id)
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
