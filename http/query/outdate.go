package query

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"athena/persistence/cache"
	"athena/persistence/pgparse"
)

// elsewhere has the stamps of a database that only a driver reaches, by its address;
// nil without a cache.
func (a API) elsewhere(driver, address string) *cache.Database {
	c := a.Clients.Cache()
	if c == nil {
		return nil
	}
	sum := sha256.Sum256([]byte(driver + " " + strings.TrimRight(address, "/")))
	return c.Database(hex.EncodeToString(sum[:16]))
}

// wrote has counts forgotten that a statement of a driver may have outdated, also
// where it is not known what came of it.
func (a API) wrote(driver, address, statement string) {
	d := a.elsewhere(driver, address)
	if d == nil || harmless(driver, statement) {
		return
	}
	d.Wrote(nil)
}

// harmless reports whether a statement certainly changed nothing.
func harmless(driver, statement string) bool {
	if driver == "athena" { // CQL has no function that writes
		word, _, _ := strings.Cut(strings.TrimSpace(statement), " ")
		return strings.EqualFold(word, "SELECT")
	}
	effects := pgparse.EffectsOf(statement)
	return effects.OnlyReads()
}

// sharing are the clients whose catalog entry names a Supabase project.
func (a API) sharing(address string) (names []string) {
	for _, t := range a.Clients.Targets() {
		if b, err := t.Record.Backends(); err == nil && b.Supabase != nil && strings.TrimRight(b.Supabase.URL, "/") == strings.TrimRight(address, "/") {
			names = append(names, t.Name)
		}
	}
	return names
}
