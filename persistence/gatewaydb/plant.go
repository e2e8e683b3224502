package gatewaydb

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"athena/persistence"
	"athena/persistence/lane"
	"athena/persistence/rowjson"
	"athena/persistence/sqltext"
	"athena/wire"

	"github.com/jackc/pgx/v5/pgconn"
)

// planter adds the rows of one planting in a transaction that is under way: all rows
// of one table that stand on one level and give the same columns in one statement.
type planter struct {
	*Planting
	store *Store
	pg    *pgconn.PgConn
	// left is how large the answer may still become.
	left int
	// alone adds row after row, each with all that belongs to it, so that what the
	// database refuses is known to be one row's fault.
	alone bool
	// failed is the statement for many rows that failed; nil for none.
	failed *shared
}

// row is some columns of a row with their values.
type row struct {
	columns []string
	values  []sqltext.Value
}

// take gives the values of columns, in their order.
func (r *row) take(columns []string) []sqltext.Value {
	values := make([]sqltext.Value, len(columns))
	for i, name := range columns {
		for j := range r.columns {
			if r.columns[j] == name {
				values[i] = r.values[j]
			}
		}
	}
	return values
}

func (r *row) set(columns []string, values []sqltext.Value) {
	r.columns = append(r.columns[:len(r.columns):len(r.columns)], columns...)
	r.values = append(r.values[:len(r.values):len(r.values)], values...)
}

// seed is a row to be added.
type seed struct {
	*sqltext.NestRow
	into sqltext.Name
	// full is what is stored, wanted the columns that others need of it, and stored
	// what these have become.
	full   row
	wanted []string
	stored row
	// via and near are what joins the row to another by a junction; nil for nothing.
	via  *sqltext.Branch
	near row
}

func newSeed(nest *sqltext.Nest, r *sqltext.NestRow, given row, wanted []string) *seed {
	s := &seed{NestRow: r, into: nest.Into, full: row{r.Columns, r.Values}, wanted: slices.Clone(wanted)}
	s.full.set(given.columns, given.values)
	for i := range r.After {
		s.wanted = append(s.wanted, r.After[i].Relationship.Key.ToColumns...)
	}
	return s
}

const nestSavepoint = "athena_nest"

// plant adds the rows of a planting within a transaction and reads back what it
// answers, of maxBytes at most. Where the database refuses a statement for many rows,
// they are added one by one instead, which tells whose fault it is.
func (s *Store) plant(ctx context.Context, pg *pgconn.PgConn, p *Planting, maxBytes int) (Result, error) {
	if err := command(ctx, pg, "SAVEPOINT "+nestSavepoint); err != nil {
		return Result{}, err
	}
	pl := &planter{Planting: p, store: s, pg: pg, left: maxBytes}
	seeds, err := pl.all(ctx)
	if pl.separable(ctx, err) {
		if err := command(ctx, pg, "ROLLBACK TO SAVEPOINT "+nestSavepoint); err != nil {
			return Result{}, err
		}
		pl.alone, pl.left = true, maxBytes
		if seeds, err = pl.all(ctx); err == nil && pl.failed != nil {
			pl.failed.strikes.Add(1)
		}
	}
	if err != nil {
		return Result{}, err
	}
	return pl.answer(ctx, seeds)
}

// separable reports whether rows that failed together may be tried one by one.
func (p *planter) separable(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil || p.pg.IsClosed() || persistence.Undone(err) {
		return false
	}
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return !persistence.Disconnected(err) && !strings.HasPrefix(refused.Code, "57")
	}
	return true
}

// all adds everything and gives the outermost rows.
func (p *planter) all(ctx context.Context) ([]*seed, error) {
	var key []string
	if len(p.Insert.Returning) > 0 {
		key = p.Nest.Key
	}
	seeds := make([]*seed, len(p.Nest.Rows))
	for i := range p.Nest.Rows {
		seeds[i] = newSeed(p.Nest, &p.Nest.Rows[i], row{}, key)
	}
	return seeds, p.add(ctx, seeds)
}

// add adds rows: what they refer to, themselves, what refers to them, and what a
// junction joins to others.
func (p *planter) add(ctx context.Context, seeds []*seed) error {
	if p.alone && len(seeds) > 1 {
		for i := range seeds {
			if err := p.add(ctx, seeds[i:i+1]); err != nil {
				return err
			}
		}
		return nil
	}
	for _, step := range []func(context.Context, []*seed) error{p.before, p.insert, p.after, p.joints} {
		if err := step(ctx, seeds); err != nil {
			return err
		}
	}
	return nil
}

// before adds what rows refer to, and has them refer to it.
func (p *planter) before(ctx context.Context, seeds []*seed) error {
	var others []*seed
	for _, s := range seeds {
		for i := range s.Before {
			b := &s.Before[i]
			others = append(others, newSeed(&b.Nest, &b.Rows[0], row{}, b.Relationship.Key.ToColumns))
		}
	}
	if len(others) == 0 {
		return nil
	}
	if err := p.add(ctx, others); err != nil {
		return err
	}
	for _, s := range seeds {
		for i := range s.Before {
			key := s.Before[i].Relationship.Key
			s.full.set(key.Columns, others[0].stored.take(key.ToColumns))
			others = others[1:]
		}
	}
	return nil
}

// after adds what refers to rows, or is joined to them.
func (p *planter) after(ctx context.Context, seeds []*seed) error {
	var children []*seed
	for _, s := range seeds {
		for i := range s.After {
			b := &s.After[i]
			near := row{b.Relationship.Key.Columns, s.stored.take(b.Relationship.Key.ToColumns)}
			for j := range b.Rows {
				if b.Via == nil {
					children = append(children, newSeed(&b.Nest, &b.Rows[j], near, nil))
					continue
				}
				child := newSeed(&b.Nest, &b.Rows[j], row{}, b.Via.ToColumns)
				child.via, child.near = b, near
				children = append(children, child)
			}
		}
	}
	if len(children) == 0 {
		return nil
	}
	return p.add(ctx, children)
}

// joints adds the rows of junctions.
func (p *planter) joints(ctx context.Context, seeds []*seed) error {
	var all []*seed
	for _, s := range seeds {
		if s.via == nil {
			continue
		}
		from := s.via.Relationship.Key.From
		joint := &seed{NestRow: &sqltext.NestRow{Path: s.Path}, into: sqltext.Name{Schema: from.Schema, Table: from.Name}, full: s.near}
		joint.full.set(s.via.Via.Columns, s.stored.take(s.via.Via.ToColumns))
		all = append(all, joint)
	}
	if len(all) == 0 {
		return nil
	}
	return p.insert(ctx, all)
}

// insert adds the rows themselves.
func (p *planter) insert(ctx context.Context, seeds []*seed) error {
	batches := map[*plan][]*seed{}
	statements := map[*seed]*Statement{}
	var order []*plan
	for _, s := range seeds {
		st, err := p.statement(s)
		if err != nil {
			return sqltext.Within(err, s.Path)
		}
		if batches[st.plan] == nil {
			order = append(order, st.plan)
		}
		batches[st.plan], statements[s] = append(batches[st.plan], s), st
	}
	for _, shape := range order {
		batch := batches[shape]
		list := make([]*Statement, len(batch))
		for i, s := range batch {
			list[i] = statements[s]
		}
		if err := p.insertAlike(ctx, batch, list); err != nil {
			return err
		}
	}
	return nil
}

// statement compiles the insert of one row.
func (p *planter) statement(s *seed) (*Statement, error) {
	in := &sqltext.Insert{Into: s.into, Columns: s.full.columns, Rows: [][]sqltext.Value{s.full.values}, Missing: p.Insert.Missing}
	for i, name := range s.wanted {
		if !slices.Contains(s.wanted[:i], name) {
			in.Returning = append(in.Returning, &sqltext.Column{Operand: sqltext.Operand{Name: name}})
		}
	}
	mode := p.Mode
	mode.StripNulls = false
	st, err := p.store.prepare(in, mode, p.Allow)
	if err == nil {
		st.As(rowjson.JSONArray)
	}
	return st, err
}

// insertAlike adds rows of one shape, together where that is possible.
func (p *planter) insertAlike(ctx context.Context, batch []*seed, list []*Statement) error {
	if sh := p.store.together(list[0]); sh != nil && len(list) > 1 && !p.alone {
		results, err := p.insertMany(ctx, sh, list)
		if err != nil {
			p.failed = sh
			return list[0].explain(err)
		}
		sh.strikes.Store(0)
		for i, s := range batch {
			if err := s.take(results[i].JSON); err != nil {
				return err
			}
		}
		return nil
	}
	for i, s := range batch {
		r, err := lane.Exec(ctx, p.pg, p.store.types.Load(), list[i].query(max(p.left, 1)), nil)
		if err == nil {
			p.left -= len(r.JSON)
			err = s.take(r.JSON)
		}
		if err != nil {
			return sqltext.Within(list[i].explain(err), s.Path)
		}
	}
	return nil
}

func (p *planter) insertMany(ctx context.Context, sh *shared, list []*Statement) (results []Result, err error) {
	q := lane.Query{Plan: &sh.lane, Args: batchArgs(list)}
	err = lane.Read(ctx, p.pg, q, func(reader *pgconn.ResultReader) (err error) {
		results, err = sh.read(reader, p.store.types.Load(), len(list))
		return err
	})
	return results, err
}

// take reads what the wanted columns have become.
func (s *seed) take(text []byte) error {
	if len(s.wanted) == 0 {
		return nil
	}
	var rows []map[string]json.RawMessage
	if err := json.Unmarshal(text, &rows); err != nil {
		return err
	}
	if len(rows) != 1 {
		return wire.Fail(wire.Conflict, "the database did not keep a row of %s", s.into.Table)
	}
	for name, text := range rows[0] {
		value, err := sqltext.ParseValue(text)
		if err != nil {
			return err
		}
		s.stored.set([]string{name}, []sqltext.Value{value})
	}
	return nil
}

// answer reads the outermost rows, in their order.
func (p *planter) answer(ctx context.Context, seeds []*seed) (Result, error) {
	result := Result{Rows: int64(len(seeds))}
	if len(p.Insert.Returning) == 0 {
		return result, nil
	}
	among := &sqltext.Among{Columns: p.Nest.Key, Values: make([]sqltext.Value, len(p.Nest.Key))}
	for i := range among.Values {
		among.Values[i].Kind = sqltext.KindList
	}
	for _, s := range seeds {
		for i, value := range s.stored.take(p.Nest.Key) {
			among.Values[i].List = append(among.Values[i].List, value)
		}
	}
	st, err := p.store.prepare(&sqltext.Read{From: p.Nest.Into, Items: p.Insert.Returning, Order: p.Insert.Order, Among: among}, p.Mode, p.Allow)
	if err != nil {
		return Result{}, err
	}
	st.As(rowjson.JSONArray)
	r, err := lane.Exec(ctx, p.pg, p.store.types.Load(), st.query(max(p.left, 1)), nil)
	switch {
	case err != nil:
		return Result{}, st.explain(err)
	case r.Rows != result.Rows:
		return Result{}, wire.Fail(wire.Conflict, "the new rows of %s cannot all be found by their keys", p.Nest.Into.Table)
	}
	result.JSON = r.JSON
	return result, nil
}
