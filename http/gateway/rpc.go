package gateway

import (
	"context"
	"slices"
	"strconv"

	"athena/actors/pool"
	"athena/http/route"
	"athena/persistence/catalog"
	"athena/persistence/gatewaydb"
	"athena/persistence/sqltext"
	"athena/wire"

	"github.com/goccy/go-json"
)

// calling is a call while it is put together.
type calling struct {
	sqltext.Call
	pool *pool.Pool
	call *route.Call
	// functions are those that the name may mean.
	functions []*catalog.Function
	maxRows   int64
	head      bool
}

// callFunction calls the function that the body names.
func (a API) callFunction(ctx context.Context, in *wire.CallFunction) (wire.Rows, error) {
	c, err := a.calling(ctx, in.Function, in.FunctionName, in.Schema)
	if err != nil {
		return wire.Rows{}, err
	}
	if err := c.take(&in.FunctionCall); err != nil {
		return wire.Rows{}, err
	}
	return c.answer(ctx)
}

// callNamed calls the function of the path. The body holds its arguments, or is a
// whole description of the call; the query string may shape the rows.
func (a API) callNamed(ctx context.Context, in *wire.CallNamed) (wire.Rows, error) {
	described, members, err := readCall(in.Body)
	if err != nil {
		return wire.Rows{}, err
	}
	if schema, ok := wire.Lookup(in.Pairs, "schema"); ok && described.Schema == "" {
		described.Schema = schema
	}
	for _, name := range []string{described.Function, described.FunctionName} {
		if name != "" && name != in.Name {
			return wire.Rows{}, wire.Fail(wire.InvalidRequest, "the path names one function, the body another").At("function")
		}
	}
	c, err := a.calling(ctx, in.Name, "", described.Schema)
	if err != nil {
		return wire.Rows{}, err
	}
	if !isDescription(members) || c.takesAll(members) {
		described = wire.FunctionCall{Args: in.Body}
	}
	if err := c.take(&described); err != nil {
		return wire.Rows{}, err
	}
	if err := c.takePairs(in.Pairs, nil); err != nil {
		return wire.Rows{}, err
	}
	return c.answer(ctx)
}

// callByQuery calls a function that changes nothing.
func (a API) callByQuery(ctx context.Context, in *wire.CallByQuery) (wire.Rows, error) {
	schema, _ := wire.Lookup(in.Pairs, "schema")
	c, err := a.calling(ctx, in.Name, "", schema)
	if err != nil {
		return wire.Rows{}, err
	}
	c.ReadOnly = true
	if err := c.takePairs(in.Pairs, c.functions); err != nil {
		return wire.Rows{}, err
	}
	return c.answer(ctx)
}

// calling finds the functions of a name, given in either of two places, if the
// caller may call any.
func (a API) calling(ctx context.Context, name, other, schema string) (*calling, error) {
	if name == "" {
		name = other
	}
	if name == "" {
		return nil, wire.Fail(wire.InvalidRequest, "function is missing").At("function")
	}
	if other != "" && other != name {
		return nil, wire.Fail(wire.InvalidRequest, "function and function_name differ").At("function")
	}
	parsed, err := qualified(name, schema)
	if err != nil {
		return nil, err
	}
	if err := route.CallOf(ctx).Caller.Allow("gateway.rpc.execute"); err != nil {
		return nil, err
	}
	p, call, err := a.open(ctx, "rpc", parsed)
	if err != nil {
		return nil, err
	}
	functions, err := p.Functions(ctx, searchPath, parsed)
	return &calling{Call: sqltext.Call{Function: parsed}, pool: p, call: call, functions: functions, maxRows: a.MaxRows}, err
}

// qualified reads the name of a function, whose schema stands in it or beside it.
func qualified(name, schema string) (sqltext.Name, error) {
	parsed, err := sqltext.ParseName(name)
	if p, bad := wire.AsProblem(err); bad {
		return parsed, p.At("function")
	}
	if parsed.Schema == "" {
		parsed.Schema = schema
	} else if schema != "" && schema != parsed.Schema {
		return parsed, wire.Fail(wire.InvalidRequest, "function names one schema, schema another").At("schema")
	}
	return parsed, nil
}

// readCall reads a body as the description of a call, and lists its keys. No body
// is no arguments.
func readCall(body []byte) (described wire.FunctionCall, members []string, err error) {
	if len(body) == 0 {
		return described, nil, nil
	}
	if err := wire.CheckJSONText(body); err != nil {
		return described, nil, err
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(body, &object); err != nil || object == nil {
		return described, nil, wire.Fail(wire.InvalidJSON, "the body must be a JSON object of arguments").At("body")
	}
	for name := range object {
		members = append(members, name)
	}
	if !isDescription(members) {
		return described, members, nil
	}
	if err := json.Unmarshal(body, &described); err != nil {
		return described, nil, wire.JSONProblem(err)
	}
	return described, members, nil
}

// describing are the keys of a described call; it has at least one of the first
// three.
var describing = []string{"function", "function_name", "args", "schema", "select", "filters", "count", "head", "limit", "offset", "order"}

func isDescription(members []string) bool {
	named := false
	for _, name := range members {
		i := slices.Index(describing, name)
		if i < 0 {
			return false
		}
		named = named || i < 3
	}
	return named
}

// takesAll reports whether one of the functions has arguments of all these names.
func (c *calling) takesAll(names []string) bool {
	return slices.ContainsFunc(c.functions, func(f *catalog.Function) bool {
		return !slices.ContainsFunc(names, func(name string) bool { return !f.Takes(name) })
	})
}

// take reads a described call.
func (c *calling) take(in *wire.FunctionCall) (err error) {
	if !isNull(in.Args) {
		if err := c.AddArgs(in.Args); err != nil {
			return blame(err, "args")
		}
	}
	if c.Read.Items, err = selectString(in.Select); err != nil {
		return err
	}
	for i := range in.Filters {
		if in.Filters[i].Operator == "i_like" {
			in.Filters[i].Operator = string(sqltext.ILike)
		}
		filter, err := compare("filters", &in.Filters[i])
		if err != nil {
			return err
		}
		c.Read.Narrow(filter)
	}
	if c.Read.Order, err = orderBy(in.Order); err != nil {
		return err
	}
	c.Read.Limit, c.Read.Offset = in.Limit, in.Offset
	return c.takeCount(in.Count, in.Head)
}

// takeCount reads how rows are to be counted; head alone counts, too.
func (c *calling) takeCount(count string, head bool) error {
	mode, err := countMode(count, head)
	c.Count, c.head = c.Count || mode != sqltext.NoCount, c.head || head
	return err
}

// takePairs reads a query string, in which arguments of the functions may stand.
func (c *calling) takePairs(pairs []wire.Pair, functions []*catalog.Function) (err error) {
	if selected, ok := wire.Lookup(pairs, "select"); ok {
		if c.Read.Items, err = selectString(selected); err != nil {
			return err
		}
	}
	seen := map[string]bool{}
	for _, pair := range pairs {
		if slices.Contains(describing, pair.Name) && seen[pair.Name] {
			return wire.Fail(wire.InvalidRequest, "the query string has %s twice", pair.Name).At(pair.Name)
		}
		seen[pair.Name] = true
		if err := c.takePair(pair, functions); err != nil {
			return err
		}
	}
	return nil
}

func (c *calling) takePair(pair wire.Pair, functions []*catalog.Function) error {
	switch pair.Name {
	case "schema", "select", "api_key", "apikey":
		return nil
	case "count":
		return c.takeCount(pair.Value, false)
	case "head":
		head, err := strconv.ParseBool(pair.Value)
		if err != nil {
			return wire.Fail(wire.InvalidRequest, "head must be true or false").At("head")
		}
		return c.takeCount("", head)
	}
	return c.AddPair(functions, pair.Name, pair.Value)
}

// answer calls and writes what came back.
func (c *calling) answer(ctx context.Context) (wire.Rows, error) {
	var err error
	bounds := &wire.Selection{Limit: c.Read.Limit, Offset: c.Read.Offset}
	if c.Read.Limit, c.Read.Offset, err = extent(bounds, c.maxRows); err != nil {
		return wire.Rows{}, err
	}
	if c.head {
		c.Read.Limit = new(int64)
	}
	called, err := c.pool.Call(ctx, &c.Call, gatewaydb.Mode{Path: searchPath}, c.call.Caller.Allowing("read"), nil)
	if err != nil {
		return wire.Rows{}, err
	}
	c.call.Operation.Rows = called.Rows
	after := make([]byte, 0, 40)
	if called.Count != nil {
		after = strconv.AppendInt(append(after, `,"count":`...), *called.Count, 10)
	}
	return wire.Rows{Before: []byte(`{"data":`), JSON: called.JSON, After: append(after, '}'), Release: called.Release}, nil
}
