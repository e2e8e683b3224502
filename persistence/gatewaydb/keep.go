package gatewaydb

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"athena/persistence/cache"
	"athena/persistence/catalog"
	"athena/persistence/pgparse"
	"athena/persistence/sqltext"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// identify finds out which database this is, whoever opens it under whatever
// address: by the number that its cluster was given when it was made.
func (s *Store) identify(ctx context.Context, config *pgxpool.Config) error {
	if s.options.Cache == nil {
		return nil
	}
	var id string
	if err := s.pool.QueryRow(ctx, sql.Get("identify")).Scan(&id); err != nil {
		return fmt.Errorf("identify database: %w", err)
	}
	c := config.ConnConfig
	s.database = s.options.Cache.Database(digest(id))
	s.scope = fmt.Sprintf("%q %q %d %q %q %q", s.options.Client, c.Host, c.Port, c.Database, c.User, c.RuntimeParams)
	return nil
}

func digest(parts ...string) string {
	sum := sha256.New()
	for _, part := range parts {
		_ = binary.Write(sum, binary.BigEndian, uint64(len(part))) // a hash takes everything
		sum.Write([]byte(part))
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// depend notes which tables decide the answer of a plan, or which it changes. shape
// names the requests that it serves.
func (s *Store) depend(p *plan, cat *catalog.Catalog, shape []byte) {
	if s.database == nil {
		return
	}
	if p.write {
		p.changes = s.tables(cat, p.sql.Tables, cat.Targets)
		return
	}
	if p.sql.Function == nil && !p.sql.Computed {
		p.on = s.tables(cat, p.sql.Tables, cat.Sources)
	}
	p.name = digest(s.scope, string(shape), p.lane.SQL, fmt.Sprint(cat.Version))
}

// tables are all that names lead to; nil where that is not known.
func (s *Store) tables(cat *catalog.Catalog, names []sqltext.Name, follow func(*catalog.Relation) ([]uint32, bool)) *cache.Tables {
	var all []uint32
	for _, name := range names {
		relation, ok := cat.Table(name.Schema, name.Table)
		if !ok {
			return nil
		}
		ids, known := follow(relation)
		if !known {
			return nil
		}
		all = append(all, ids...)
	}
	if len(all) == 0 {
		return nil
	}
	return s.database.Tables(all...)
}

// Keepable reports whether the answer to a statement may be kept.
func (st *Statement) Keepable() bool { return st.on != nil }

// values spells what tells apart the runs of one plan.
func (st *Statement) values() string {
	size := 1
	for _, arg := range st.args {
		size += len(arg) + binary.MaxVarintLen32
	}
	text := append(make([]byte, 0, size+len(st.mode.Zone)), byte(st.format))
	text = append(append(text, st.mode.Zone...), 0)
	for _, arg := range st.args {
		if arg == nil {
			text = append(text, 0)
			continue
		}
		text = append(binary.AppendUvarint(text, uint64(len(arg))+1), arg...)
	}
	return string(text)
}

// Kept finds the answer to a keepable statement, or has it run and keeps what it
// gives.
func (s *Store) Kept(ctx context.Context, st *Statement, look *cache.Lookup, run func(context.Context, *Statement) (Result, error)) (Result, error) {
	read := &cache.Read{Shape: st.plan, Args: st.values(), Name: st.name, On: st.on}
	v, err := s.options.Cache.Get(ctx, read, look, func(ctx context.Context) (cache.Value, error) {
		result, err := run(ctx, st)
		if err != nil {
			return cache.Value{}, err
		}
		defer result.Release()
		return cache.Value{JSON: bytes.Clone(result.JSON), Rows: result.Rows, Mark: bytes.Clone(result.Mark)}, nil
	})
	return Result{JSON: v.JSON, Rows: v.Rows, Mark: v.Mark}, err
}

// Anything is whatever there is in the database, for answers that depend on what is
// not known; nil without a cache.
func (s *Store) Anything() *cache.Tables {
	if s.database == nil {
		return nil
	}
	return s.database.Anything()
}

// Forget has no answer served that was kept until now, by this process.
func (s *Store) Forget() {
	if s.database != nil {
		s.database.Renewed()
	}
}

// wrote has answers forgotten that statements may have outdated; err is what came of
// them. Every way to write ends with it, before it answers.
func (s *Store) wrote(err error, statements ...*Statement) {
	if s.database == nil {
		return
	}
	var first *Statement
	for _, st := range statements {
		switch {
		case !st.write:
		case first == nil:
			first = st
		default:
			s.changed(err, s.union(statements))
			return
		}
	}
	if first != nil {
		s.changed(err, first.changes)
	}
}

// union are the tables that statements change together; nil where that may be any.
func (s *Store) union(statements []*Statement) *cache.Tables {
	var all []*cache.Tables
	for _, st := range statements {
		if st.write {
			all = append(all, st.changes)
		}
	}
	return s.database.Union(all)
}

// changed has answers forgotten that depend on tables; nil stands for all. A write
// whose outcome is not known may still happen, until its time is over at the latest.
func (s *Store) changed(err error, tables *cache.Tables) {
	if s.database == nil {
		return
	}
	s.database.Wrote(tables)
	var refused *pgconn.PgError
	if err != nil && !errors.As(err, &refused) {
		time.AfterFunc(s.options.StatementTimeout, func() { s.database.Wrote(tables) })
	}
}

// strayed has everything forgotten after a read that could write.
func (s *Store) strayed(err error, st *Statement) {
	if s.database != nil && st.strays() {
		s.changed(err, nil)
	}
}

// strays reports whether a read could write: what it calls is not known, and nothing
// keeps it from writing.
func (st *Statement) strays() bool {
	return !st.write && st.on == nil && !st.harmless && !st.readOnly
}

// wroteRaw has answers forgotten that a caller's own SQL may have outdated.
func (s *Store) wroteRaw(err error, raw *Raw) {
	if s.database == nil || raw.ReadOnly {
		return
	}
	tables, known := s.rawTargets(raw)
	if !known {
		s.changed(err, nil)
	} else if len(tables) > 0 {
		s.changed(err, s.database.Tables(tables...))
	}
}

// Outside has answers forgotten that a statement may have outdated which reached this
// database by another way than its connections, and the schema read again where it may
// have changed, here and by others; err is what came of the statement.
func (s *Store) Outside(ctx context.Context, err error, text string) {
	if tables, known := s.rawTargets(&Raw{SQL: text}); known && len(tables) == 0 {
		return
	}
	s.changed(err, nil)
	if !pgparse.EffectsOf(text).Known {
		s.announce(ctx)
		s.Reread()
	}
}

// rawTargets are the tables that a caller's own SQL may have written to, as far as
// its text and the schema tell.
func (s *Store) rawTargets(raw *Raw) (ids []uint32, known bool) {
	effects, cat := pgparse.EffectsOf(raw.SQL), s.Catalog()
	if !effects.Known || slices.ContainsFunc(effects.Functions, cat.Impure) {
		return nil, false
	}
	for _, name := range effects.Reads { // one that is not there is a query's own
		for _, r := range meant(cat, raw.Schema, name) {
			if r.Kind != catalog.View {
				continue
			}
			if _, known := cat.Sources(r); !known {
				return nil, false
			}
		}
	}
	for _, name := range effects.Writes {
		relations := meant(cat, raw.Schema, name)
		if len(relations) == 0 {
			return nil, false
		}
		for _, r := range relations {
			more, known := cat.Targets(r)
			if !known {
				return nil, false
			}
			ids = append(ids, more...)
		}
	}
	return ids, true
}

// meant are the relations that a name may mean. Where the caller said no schema, it is
// the database that has the search path, and any relation of the name may be it.
func meant(cat *catalog.Catalog, schema string, name pgparse.Relation) []*catalog.Relation {
	if name.Schema == "" && schema == "" {
		return cat.Named(name.Name)
	}
	path := []string{schema, public}
	if name.Schema != "" {
		path = []string{name.Schema}
	}
	if r, ok := cat.Resolve(path, name.Name); ok {
		return []*catalog.Relation{r}
	}
	return nil
}
