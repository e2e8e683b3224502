package gatewaydb

import (
	"bytes"
	"context"
	"encoding/json"

	"athena/persistence"
	"athena/persistence/lane"
	"athena/persistence/rowjson"
	"athena/persistence/sqltext"
	"athena/wire"

	"github.com/jackc/pgx/v5/pgconn"
)

// Nest finds the relations that an insert's rows name, nil for none; see sqltext.
func (s *Store) Nest(ctx context.Context, in *sqltext.Insert, mode Mode, allow sqltext.AllowFunc) (*sqltext.Nest, error) {
	c := sqltext.Compiler{Allow: allow}
	return twice(ctx, s, func() (*sqltext.Nest, error) { return c.Nest(s.Catalog(), mode.Path, in) })
}

// InsertNest adds rows with their related rows in one transaction, which the verdict
// ends. The answer has the rows of the insert alone, in their order, as Returning shows
// them after all is added. A problem names the row by its path.
func (s *Store) InsertNest(ctx context.Context, in *sqltext.Insert, nest *sqltext.Nest, mode Mode, allow sqltext.AllowFunc, verdict Verdict) (Result, error) {
	if len(in.Returning) > 0 && len(nest.Key) == 0 {
		return Result{}, wire.Fail(wire.InvalidRequest, "%s has no primary key to find the new rows by", nest.Into.Table).At("select").
			WithHint("ask for no rows: Prefer: return=minimal")
	}
	if result, settled, err := before(ctx); settled {
		s.changed(err, nil)
		return result, err
	}
	for attempt := 1; ; attempt++ {
		p := planting{store: s, in: in, mode: mode, allow: allow}
		result, err := p.run(ctx, nest, verdict)
		if attempt == attempts || !undone(err) {
			s.changed(err, nil)
			return result, persistence.Explain(err)
		}
	}
}

// planting adds the rows of one nest.
type planting struct {
	store *Store
	in    *sqltext.Insert
	mode  Mode
	allow sqltext.AllowFunc
	pg    *pgconn.PgConn
	bytes int
}

func (p *planting) run(ctx context.Context, nest *sqltext.Nest, verdict Verdict) (Result, error) {
	conn, err := p.store.pool.Acquire(ctx)
	if err != nil {
		return Result{}, acquireProblem(ctx, err)
	}
	defer conn.Release() // a transaction that is still open costs the connection
	p.pg = conn.Conn().PgConn()
	if err := command(ctx, p.pg, beginReadWrite); err != nil {
		return Result{}, err
	}
	result, err := p.work(ctx, nest)
	keep := false
	if err == nil {
		keep, err = verdict(result)
	}
	if err == nil && keep {
		err = note(ctx, p.pg, &result)
	}
	if err != nil || !keep {
		err = p.store.rollback(ctx, p.pg, err)
	} else {
		err = command(ctx, p.pg, "COMMIT")
	}
	if err != nil {
		return Result{}, err
	}
	return result, nil
}

func (p *planting) work(ctx context.Context, nest *sqltext.Nest) (Result, error) {
	keys := make([]row, len(nest.Rows))
	for i := range nest.Rows {
		var err error
		if keys[i], err = p.add(ctx, nest, &nest.Rows[i], nil, nest.Key); err != nil {
			return Result{}, err
		}
	}
	result := Result{Rows: int64(len(keys))}
	if len(p.in.Returning) == 0 {
		return result, nil
	}
	result.JSON = []byte("[")
	for _, key := range keys {
		read := &sqltext.Read{From: nest.Into, Items: p.in.Returning}
		for i, name := range key.columns {
			read.Narrow(&sqltext.Compare{Operand: sqltext.Operand{Name: name}, Op: sqltext.Eq, Value: key.values[i]})
		}
		r, err := p.exec(ctx, read)
		if err != nil {
			return Result{}, err
		}
		if r.Rows != 1 {
			return Result{}, wire.Fail(wire.Conflict, "a new row of %s cannot be found by its key", nest.Into.Table)
		}
		if len(result.JSON) > 1 {
			result.JSON = append(result.JSON, ',')
		}
		result.JSON = append(result.JSON, bytes.TrimSuffix(bytes.TrimPrefix(r.JSON, []byte("[")), []byte("]"))...)
	}
	result.JSON = append(result.JSON, ']')
	return result, nil
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

// add adds a row: what it refers to, itself, and what refers to it. given are columns
// that come from the row around it, and wanted those to answer.
func (p *planting) add(ctx context.Context, nest *sqltext.Nest, r *sqltext.NestRow, given *row, wanted []string) (row, error) {
	full := row{r.Columns, r.Values}
	if given != nil {
		full.set(given.columns, given.values)
	}
	for i := range r.Before {
		b := &r.Before[i]
		key, err := p.add(ctx, &b.Nest, &b.Rows[0], nil, b.Relationship.Key.ToColumns)
		if err != nil {
			return row{}, err
		}
		full.set(b.Relationship.Key.Columns, key.take(b.Relationship.Key.ToColumns))
	}
	columns := append([]string{}, wanted...)
	for i := range r.After {
		columns = append(columns, r.After[i].Relationship.Key.ToColumns...)
	}
	added, err := p.insert(ctx, nest.Into, &full, columns)
	if err != nil {
		return row{}, sqltext.Within(err, r.Path)
	}
	for i := range r.After {
		if err := p.branch(ctx, &r.After[i], &added); err != nil {
			return row{}, err
		}
	}
	return row{wanted, added.take(wanted)}, nil
}

// branch adds the rows that refer to a row, or that a junction joins to it.
func (p *planting) branch(ctx context.Context, b *sqltext.Branch, parent *row) error {
	near := row{b.Relationship.Key.Columns, parent.take(b.Relationship.Key.ToColumns)}
	for i := range b.Rows {
		child := &b.Rows[i]
		if b.Via == nil {
			if _, err := p.add(ctx, &b.Nest, child, &near, nil); err != nil {
				return err
			}
			continue
		}
		key, err := p.add(ctx, &b.Nest, child, nil, b.Via.ToColumns)
		if err != nil {
			return err
		}
		joint := near
		joint.set(b.Via.Columns, key.take(b.Via.ToColumns))
		from := b.Relationship.Key.From
		if _, err := p.insert(ctx, sqltext.Name{Schema: from.Schema, Table: from.Name}, &joint, nil); err != nil {
			return sqltext.Within(err, child.Path)
		}
	}
	return nil
}

// insert adds one row and gives the columns that others need of it.
func (p *planting) insert(ctx context.Context, into sqltext.Name, values *row, wanted []string) (row, error) {
	in := &sqltext.Insert{Into: into, Columns: values.columns, Rows: [][]sqltext.Value{values.values}, Missing: p.in.Missing}
	seen := map[string]bool{}
	for _, name := range wanted {
		if !seen[name] {
			seen[name] = true
			in.Returning = append(in.Returning, &sqltext.Column{Operand: sqltext.Operand{Name: name}})
		}
	}
	r, err := p.exec(ctx, in)
	if err != nil || len(wanted) == 0 {
		return row{}, err
	}
	var rows []map[string]json.RawMessage
	if err := json.Unmarshal(r.JSON, &rows); err != nil {
		return row{}, err
	}
	if len(rows) != 1 {
		return row{}, wire.Fail(wire.Conflict, "the database did not keep a row of %s", into.Table)
	}
	out := row{}
	for name := range seen {
		value, err := sqltext.ParseValue(rows[0][name])
		if err != nil {
			return row{}, err
		}
		out.set([]string{name}, []sqltext.Value{value})
	}
	return out, nil
}

// exec compiles a statement by the schema at hand and runs it in the transaction.
func (p *planting) exec(ctx context.Context, request any) (lane.Result, error) {
	mode := p.mode
	if _, own := request.(*sqltext.Insert); own {
		mode.StripNulls = false
	}
	st, err := p.store.prepare(request, mode, p.allow)
	if err != nil {
		return lane.Result{}, err
	}
	st.As(rowjson.JSONArray)
	left := p.store.options.MaxAnswer - p.bytes
	r, err := lane.Exec(ctx, p.pg, p.store.types.Load(), st.query(max(left, 1)), nil)
	if err != nil {
		return r, st.explain(err)
	}
	p.bytes += len(r.JSON)
	return r, nil
}
