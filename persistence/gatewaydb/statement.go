package gatewaydb

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"

	"athena/persistence"
	"athena/persistence/cache"
	"athena/persistence/catalog"
	"athena/persistence/lane"
	"athena/persistence/rowjson"
	"athena/persistence/sqltext"
	"athena/wire"
)

// Statement is a request that was compiled: what it touches is known before it
// runs. It serves one run.
type Statement struct {
	*plan
	args   [][]byte
	format rowjson.Format
	// harmless keeps this run from changing anything, wherever it runs.
	harmless bool
	// pooled says that it was run on a connection of its own.
	pooled bool
	// request, mode and allow are what it was compiled of.
	request any
	mode    Mode
	allow   sqltext.AllowFunc
}

// ReadOnly has the database refuse whatever the statement would change, such as by
// a view whose functions write. A lane refuses it in any case.
func (st *Statement) ReadOnly() { st.harmless = true }

// Harmless reports whether running the statement changes nothing, so that it may be run
// again whatever became of it. A lane lets nothing be written.
func (st *Statement) Harmless() bool {
	return !st.write && (st.readOnly || st.harmless || !st.pooled)
}

// own reports whether the statement needs a transaction with settings of its own.
func (st *Statement) own() bool { return st.mode.own() || st.functions }

// As has the statement's rows written in a format.
func (st *Statement) As(format rowjson.Format) { st.format = format }

// plan is a compiled statement for all requests of one shape.
type plan struct {
	sql   *sqltext.Plan
	lane  lane.Plan
	write bool
	// readOnly keeps the statement from writing wherever it runs.
	readOnly bool
	seed     uint64
	// slow counts how often the statement was too slow or too large for a lane.
	slow atomic.Int32
	// functions says that functions of the database run, by a call or by triggers, which
	// find names on another path than the database's own.
	functions bool
	// changesRows says that it is an insert, update or delete. slowWrites counts how
	// often it held others up.
	changesRows bool
	slowWrites  atomic.Int32
	// shared is the form that stores the rows of many such inserts; nil for none.
	shared *shared
	// together is that for many rows of one request, once it was asked for.
	together atomic.Pointer[shared]
	// on are the tables that decide the answer, nil where they are not known, and
	// name is the plan's among those of all processes; changes are the tables that a
	// write changes, nil where that may be any.
	on, changes *cache.Tables
	name        string
}

// Mode says how a statement is compiled beyond its request.
type Mode struct {
	// Path is the search path for names without a schema.
	Path []string
	// StripNulls leaves members out of the answer that are null.
	StripNulls bool
	// Zone is the time zone that the statement reads and writes times in; empty for the
	// database's own.
	Zone string
	// Exchange ties the statement to the HTTP request that it serves; nil does not.
	Exchange *Exchange
}

// own reports whether the mode has settings of a transaction.
func (m *Mode) own() bool { return m.Zone != "" || m.Exchange != nil }

// scratch is the memory of one compilation, used again and again.
type scratch struct {
	key    []byte
	values []sqltext.Value
}

var scratches = sync.Pool{New: func() any { return &scratch{key: make([]byte, 0, 512)} }}

// Prepare compiles a *sqltext.Read, Insert, Update, UpdateRows, Delete or Call, or finds
// it compiled. What allow refuses is not run, and nothing is told about it.
func (s *Store) Prepare(ctx context.Context, request any, mode Mode, allow sqltext.AllowFunc) (*Statement, error) {
	return twice(ctx, s, func() (*Statement, error) { return s.prepare(request, mode, allow) })
}

// Resolve finds the relation that a request about name would mean.
func (s *Store) Resolve(ctx context.Context, path []string, name sqltext.Name, allow sqltext.AllowFunc) (*catalog.Relation, error) {
	c := sqltext.Compiler{Allow: allow}
	return twice(ctx, s, func() (*catalog.Relation, error) { return c.Resolve(s.Catalog(), path, name) })
}

// Negotiate has the form of an answer chosen by what the schema offers. What is not
// acceptable by the schema as it is known may be new.
func (s *Store) Negotiate(ctx context.Context, choose func(*catalog.Catalog) error) error {
	_, err := twice(ctx, s, func() (struct{}, error) { return struct{}{}, choose(s.Catalog()) })
	return err
}

// twice does again what failed for a name that the schema does not have, once the
// schema has been read again, since the name may be new.
func twice[T any](ctx context.Context, s *Store, do func() (T, error)) (T, error) {
	out, err := do()
	if err == nil || !missing(err) || !s.schema.Load().rested() {
		return out, err
	}
	before := s.schema.Load().catalog
	if refreshErr := s.Refresh(ctx); refreshErr != nil {
		s.stale(refreshErr)
		return out, unsure(ctx, err, refreshErr)
	}
	if s.schema.Load().catalog == before {
		return out, err
	}
	return do()
}

// unsure is why a request fails for a name that the schema does not have, where that
// could not be read again: nobody knows then whether the name is there by now.
func unsure(ctx context.Context, err, refreshErr error) error {
	if ctx.Err() != nil {
		return wire.Expired(ctx).Because(refreshErr)
	}
	if p, ok := wire.AsProblem(persistence.Explain(refreshErr)); ok && p.Code.Status >= 500 {
		return p
	}
	return err
}

// missing reports whether a request failed for a name that is not in the schema.
func missing(err error) bool {
	var p *wire.Problem
	if !errors.As(err, &p) {
		return false
	}
	switch p.Code {
	case wire.UnknownTable, wire.UnknownColumn, wire.UnknownFunction, wire.InvalidSelect, wire.NotAcceptable:
		return true
	}
	return false
}

func (s *Store) prepare(request any, mode Mode, allow sqltext.AllowFunc) (*Statement, error) {
	sc := scratches.Get().(*scratch)
	defer func() {
		clear(sc.values) // the values point into the request
		scratches.Put(sc)
	}()
	sc.key, sc.values = mode.key(sc.key[:0]), sc.values[:0]
	k, err := kindOf(request, s.types.Load(), allow)
	if err != nil {
		return nil, err
	}
	sc.key = append(sc.key, k.tag)
	sc.key, sc.values = k.key(sc.key, sc.values)
	now := s.current()
	p, ok := now.plans.GetIfPresent(string(sc.key))
	if !ok {
		compiled, err := k.compile(now.catalog, mode.Path)
		if err != nil {
			return nil, err
		}
		p = &plan{
			sql: compiled, write: k.write || mayWrite(compiled), changesRows: k.write, readOnly: readOnly(request), seed: fnv1a(fnvOffset, []byte(compiled.SQL)),
			lane:   lane.Plan{SQL: compiled.SQL, Fields: compiled.Fields, StripNulls: mode.StripNulls},
			shared: share(&sqltext.Compiler{Types: s.types.Load()}, now.catalog, mode, request),
		}
		p.functions = mode.searchPath() != "" && (compiled.Function != nil || k.write && fires(now.catalog, compiled))
		s.depend(p, now.catalog, sc.key)
		now.plans.Set(string(sc.key), p)
	}
	if err := allow.Check(p.sql); err != nil {
		return nil, err
	}
	args, err := p.sql.Args(sc.values)
	if err != nil {
		return nil, err
	}
	return &Statement{plan: p, args: args, request: request, mode: mode, allow: allow}, nil
}

// fires reports whether triggers of the table that a write changes may run.
func fires(cat *catalog.Catalog, p *sqltext.Plan) bool {
	r, ok := cat.Table(p.Tables[0].Schema, p.Tables[0].Table)
	return !ok || r.Triggers || r.Kind != catalog.Table
}

func (m Mode) key(dst []byte) []byte {
	for _, schema := range m.Path {
		dst = append(append(dst, schema...), 0)
	}
	flags := byte(1)
	if m.StripNulls {
		flags |= 2
	}
	return append(dst, 0, flags)
}

// Cursor is what a caller sends to read on behind the rows of an answer, empty where
// there is nothing behind them or the read was not by a cursor.
func (st *Statement) Cursor(result Result, limit int64) (string, error) {
	if result.Mark == nil || result.Rows < limit {
		return "", nil
	}
	return sqltext.EncodeCursor(st.sql.Order, result.Mark)
}

// Fingerprint names the statement with its values: the same request has the same
// one in every process. It is the FNV-1a hash of both.
func (st *Statement) Fingerprint() string {
	sum := st.seed
	for _, arg := range st.args {
		sum = fnv1a(fnv1a(sum, []byte{0}), arg)
	}
	return strconv.FormatUint(sum, 16)
}

const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

func fnv1a(sum uint64, text []byte) uint64 {
	for _, b := range text {
		sum = (sum ^ uint64(b)) * fnvPrime
	}
	return sum
}
