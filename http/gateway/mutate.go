package gateway

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"athena/actors/pool"
	"athena/actors/window"
	"athena/http/route"
	"athena/persistence/gatewaydb"
	"athena/persistence/sqltext"
	"athena/wire"
)

func (a API) insert(ctx context.Context, in *wire.InsertRows) (wire.Rows, error) {
	into, err := table(in.TableName, "", in.SchemaName)
	if err != nil {
		return wire.Rows{}, err
	}
	request, err := insertRequest(in, into)
	if err != nil {
		return wire.Rows{}, err
	}
	result, err := a.store(ctx, into, request, mode(false, in.StripNullsHeader), window.Delay(in.InsertWindow))
	if err != nil {
		return wire.Rows{}, err
	}
	message := "Row inserted"
	if len(request.Rows) != 1 {
		message = fmt.Sprintf("%d rows inserted", result.Rows)
	}
	before := fmt.Appendf(nil, `{"status":"success","message":"%s","table_name":%s,"data":`, message, quoted(into.String()))
	after := append(strconv.AppendInt([]byte(`,"affected_rows":`), result.Rows, 10), '}')
	return wire.Rows{Before: before, JSON: result.JSON, After: after, Release: result.Release}, nil
}

// store runs an insert, which may share its statement with those of others. A
// database that was named by its address is nobody else's.
func (a API) store(ctx context.Context, into sqltext.Name, request *sqltext.Insert, m gatewaydb.Mode, delay time.Duration) (gatewaydb.Result, error) {
	p, call, err := a.open(ctx, "insert", into)
	if err != nil {
		return gatewaydb.Result{}, err
	}
	planting, err := nested(ctx, p, call, request, m)
	if err != nil {
		return gatewaydb.Result{}, err
	}
	if planting != nil {
		result, err := p.InsertNest(ctx, planting, func(gatewaydb.Result) (bool, error) { return true, nil })
		call.Operation.Rows = result.Rows
		return result, err
	}
	if call.Caller.DirectURI != "" {
		result, err := run(ctx, p, call, request, m, "write")
		return result, err
	}
	st, err := p.Prepare(ctx, request, m, call.Caller.Allowing("write"))
	if err != nil {
		return gatewaydb.Result{}, err
	}
	result, err := a.Windows.Run(ctx, p, st, delay)
	call.Operation.Rows = result.Rows
	return result, err
}

// nested finds the relations that the rows of an insert name; nil for none.
func nested(ctx context.Context, p *pool.Pool, call *route.Call, request *sqltext.Insert, m gatewaydb.Mode) (*gatewaydb.Planting, error) {
	if !request.Nested() {
		return nil, nil
	}
	allow := call.Caller.Allowing("write")
	nest, err := p.Nest(ctx, request, m, allow)
	if err != nil || nest == nil {
		return nil, err
	}
	planting := &gatewaydb.Planting{Insert: request, Nest: nest, Mode: m, Allow: allow}
	return planting, planting.Check()
}

func insertRequest(in *wire.InsertRows, into sqltext.Name) (*sqltext.Insert, error) {
	if isNull(in.InsertBody) {
		return nil, wire.Fail(wire.InvalidRequest, "insert_body is missing").At("insert_body")
	}
	columns, rows, err := sqltext.ParseRows(in.InsertBody)
	if err != nil {
		return nil, blame(err, "insert_body")
	}
	if len(rows) == 0 {
		return nil, wire.Fail(wire.InvalidRequest, "insert_body has no rows").At("insert_body")
	}
	request := &sqltext.Insert{Into: into, Columns: columns, Rows: rows}
	if in.DefaultToNull {
		request.Missing = sqltext.MissingNull
	}
	if request.Returning, err = returning(in.Columns); err != nil {
		return nil, err
	}
	request.Conflict, err = conflict(in)
	return request, err
}

// conflict reads what to do with a row that is there already: on_conflict alone
// takes the new row's values, update_body sets its own.
func conflict(in *wire.InsertRows) (*sqltext.Conflict, error) {
	columns, err := conflictColumns(in.OnConflict)
	if err != nil {
		return nil, err
	}
	if isNull(in.UpdateBody) {
		if columns == nil {
			return nil, nil
		}
		return &sqltext.Conflict{Columns: columns, Merge: true}, nil
	}
	set, err := assignments(in.UpdateBody, "update_body")
	return &sqltext.Conflict{Columns: columns, Merge: true, Set: set}, err
}

// conflictColumns reads an array of names, or one string with commas.
func conflictColumns(text []byte) ([]string, error) {
	if isNull(text) {
		return nil, nil
	}
	var columns []string
	if list, ok := stringOf(text); ok {
		for name := range strings.SplitSeq(list, ",") {
			columns = append(columns, strings.TrimSpace(name))
		}
		return columns, nil
	}
	is, err := sqltext.EachElement(text, func(element []byte) error {
		name, ok := stringOf(element)
		if !ok {
			return wire.Fail(wire.InvalidRequest, "on_conflict must hold names").At("on_conflict")
		}
		columns = append(columns, name)
		return nil
	})
	if err == nil && !is {
		return nil, wire.Fail(wire.InvalidRequest, "on_conflict must be a name or an array of names").At("on_conflict")
	}
	return columns, err
}

// assignments reads an object of columns and values.
func assignments(text []byte, field string) ([]sqltext.Assignment, error) {
	if isNull(text) {
		return nil, wire.Fail(wire.InvalidRequest, "%s is missing", field).At(field).WithHint(`write {"%s": {"column": "value"}}`, field)
	}
	columns, rows, err := sqltext.ParseRows(text)
	if err != nil {
		return nil, blame(err, field)
	}
	if len(rows) != 1 || len(columns) == 0 {
		return nil, wire.Fail(wire.InvalidRequest, "%s must be one object that names at least one column", field).At(field)
	}
	list := make([]sqltext.Assignment, len(columns))
	for i, column := range columns {
		list[i] = sqltext.Assignment{Column: column, Value: rows[0][i]}
	}
	return list, nil
}

// returning is what to answer of the rows of a write: all columns by default.
func returning(columns []byte) ([]sqltext.Item, error) {
	list, err := columnList(columns)
	if err == nil && list == nil {
		list = []sqltext.Item{&sqltext.Star{}}
	}
	return list, err
}

// blame names the part of the body that a problem is about.
func blame(err error, field string) error {
	if p, ok := wire.AsProblem(err); ok && (p.Field == "" || p.Field == "body") {
		p.Field = field
	}
	return err
}

func (a API) update(ctx context.Context, in *wire.UpdateRows) (wire.Rows, error) {
	request, err := updateRequest(in)
	if err != nil {
		return wire.Rows{}, err
	}
	result, err := a.mutate(ctx, "update", request.Table, request, mode(in.StripNulls, in.StripNullsHeader))
	if err != nil {
		return wire.Rows{}, err
	}
	return mutated("Rows updated", request.Table, nil, result), nil
}

func updateRequest(in *wire.UpdateRows) (*sqltext.Update, error) {
	name, err := table(in.TableName, in.ViewName, in.SchemaName)
	if err != nil {
		return nil, err
	}
	if in.Grouping != (wire.Grouping{}) {
		return nil, wire.Fail(wire.InvalidRequest, "an update answers the rows that it changed; group them with a fetch").At("group_by")
	}
	set, err := assignments(in.UpdateBody, "update_body")
	if err != nil {
		return nil, err
	}
	request := &sqltext.Update{Table: name, Set: set}
	target := target{&request.Where, &request.Order, &request.Limit, &request.Offset, &request.Returning}
	return request, target.fill(&in.Selection, "update")
}

// target is what updates and deletes have in common.
type target struct {
	where         *sqltext.Cond
	order         *[]sqltext.Order
	limit, offset **int64
	returning     *[]sqltext.Item
}

// fill takes the rows from a selection; one without conditions is refused, for
// it would touch the whole table.
func (t target) fill(s *wire.Selection, verb string) (err error) {
	where, err := condition(s)
	if err != nil {
		return err
	}
	if *t.where = sqltext.Both(*t.where, where); *t.where == nil {
		return wire.Fail(wire.MissingFilter, "an %s without conditions would touch every row", verb).At("conditions").
			WithHint("say which rows are meant with conditions, where or where_filters")
	}
	if *t.order, err = order(s); err != nil {
		return err
	}
	if *t.limit, *t.offset, err = extent(s, 0); err != nil {
		return err
	}
	*t.returning, err = returning(s.Columns)
	return err
}

func (a API) delete(ctx context.Context, in *wire.DeleteRows) (wire.Rows, error) {
	name, err := table(in.TableName, in.ViewName, in.SchemaName)
	if err != nil {
		return wire.Rows{}, err
	}
	p, call, err := a.open(ctx, "delete", name)
	if err != nil {
		return wire.Rows{}, err
	}
	request, err := deleteRequest(ctx, p, call, name, in)
	if err != nil {
		return wire.Rows{}, err
	}
	result, err := run(ctx, p, call, request, mode(in.StripNulls, in.StripNullsHeader), "delete")
	if err != nil {
		return wire.Rows{}, err
	}
	message := "Rows deleted"
	if !isNull(in.ResourceID) {
		message = "Row deleted"
	}
	return mutated(message, name, in.ResourceID, result), nil
}

func deleteRequest(ctx context.Context, p *pool.Pool, call *route.Call, name sqltext.Name, in *wire.DeleteRows) (*sqltext.Delete, error) {
	request := &sqltext.Delete{From: name}
	if !isNull(in.ResourceID) {
		where, err := byPrimaryKey(ctx, p, call, name, in.ResourceID)
		if err != nil {
			return nil, err
		}
		request.Where = where
	}
	target := target{&request.Where, &request.Order, &request.Limit, &request.Offset, &request.Returning}
	return request, target.fill(&in.Selection, "delete")
}

// byPrimaryKey compares the table's primary key, found in the catalog, with the
// id of a resource.
func byPrimaryKey(ctx context.Context, p *pool.Pool, call *route.Call, name sqltext.Name, id []byte) (sqltext.Cond, error) {
	value, err := sqltext.ParseValue(id)
	if err != nil {
		return nil, blame(err, "resource_id")
	}
	if value.Kind == sqltext.KindJSON {
		return nil, wire.Fail(wire.InvalidRequest, "resource_id must be a single value").At("resource_id")
	}
	relation, err := p.Resolve(ctx, searchPath, name, call.Caller.Allowing("delete"))
	if err != nil {
		return nil, err
	}
	if len(relation.PrimaryKey) != 1 {
		return nil, wire.Fail(wire.InvalidRequest, "the table %s has no primary key of one column", name).At("resource_id").
			WithHint("say which row is meant with conditions")
	}
	return &sqltext.Compare{Operand: sqltext.Operand{Name: relation.PrimaryKey[0]}, Op: sqltext.Eq, Value: value}, nil
}

func (a API) mutate(ctx context.Context, operation string, name sqltext.Name, request any, m gatewaydb.Mode) (gatewaydb.Result, error) {
	p, call, err := a.open(ctx, operation, name)
	if err != nil {
		return gatewaydb.Result{}, err
	}
	result, err := run(ctx, p, call, request, m, "write")
	return result, err
}

// mutated writes the answer to an update or a delete.
func mutated(message string, name sqltext.Name, id []byte, result gatewaydb.Result) wire.Rows {
	before := fmt.Appendf(nil, `{"status":"success","message":"%s","affected_rows":%d,"data":{"table_name":%s,`, message, result.Rows, quoted(name.String()))
	if !isNull(id) {
		value, _ := sqltext.ParseValue(id) // byPrimaryKey has read it
		before = fmt.Appendf(before, `"resource_id":%s,`, quoted(value.Text))
	}
	before = fmt.Appendf(before, `"affected_rows":%d,"rows":`, result.Rows)
	return wire.Rows{Before: before, JSON: result.JSON, After: []byte("}}"), Release: result.Release}
}
