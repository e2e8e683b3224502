package rest

import (
	"bytes"
	"context"
	"encoding/hex"
	"slices"

	"athena/http/route"
	"athena/persistence/catalog"
	"athena/persistence/gatewaydb"
	"athena/persistence/rowjson"
	"athena/persistence/sqltext"
	"athena/wire"
)

const (
	callPath  = "/rest/v1/rpc/{function}"
	callNotes = " Filters, order and bounds shape rows that come back. It needs the right gateway.rpc.execute." + envelopeNote +
		" There a function that gives one value answers that value, one that gives one row that row, and one that gives nothing 204."
)

func (a API) callRoutes() route.Table {
	return route.Table{
		{Method: "GET", Path: callPath, Do: route.Rows[wire.RestCallByQuery, wire.RestCallReply](a.callByQuery), Also: []int{204, 206, 304}, Fails: []int{405, 409, 416},
			Summary: "Call a function that changes nothing", Notes: "The arguments stand in the query string." + callNotes},
		{Method: "HEAD", Path: callPath, Do: route.Rows[wire.RestCallByQuery, wire.RestCallReply](a.callHead), Also: []int{204, 206}, Fails: []int{405, 409, 416},
			Summary: "Ask how many rows a function gives", Notes: "The headers are those of the same call by GET; no row is answered."},
		{Method: "POST", Path: callPath, Do: route.Rows[wire.RestCallByBody, wire.RestCallReply](a.callByBody), Also: []int{204, 206}, Fails: []int{409, 416},
			Summary: "Call a function", Notes: "The body is an object of arguments." + callNotes},
	}
}

// calling is a call while it is put together.
type calling struct {
	*request
	sqltext.Call
	// functions are those that the name may mean.
	functions []*catalog.Function
}

func (a API) callByQuery(ctx context.Context, in *wire.RestCallByQuery) (wire.Rows, error) {
	c, err := a.calling(ctx, &in.RestCall, in.Profile, "rest_rpc_get")
	if err != nil {
		return wire.Rows{}, err
	}
	c.ReadOnly = true
	if err := a.shape(c, &in.RestCall, c.functions); err != nil {
		return wire.Rows{}, err
	}
	return c.answer(ctx)
}

// callHead calls as GET does: how many rows there are is known only then.
func (a API) callHead(ctx context.Context, in *wire.RestCallByQuery) (wire.Rows, error) {
	in.Range = "" // it is for GET alone (RFC 9110)
	rows, err := a.callByQuery(ctx, in)
	return withoutBody(rows), err
}

// withoutBody keeps the headers of an answer.
func withoutBody(rows wire.Rows) wire.Rows {
	rows.Done()
	rows.Before, rows.JSON, rows.After, rows.ETag = nil, nil, nil, false
	return rows
}

func (a API) callByBody(ctx context.Context, in *wire.RestCallByBody) (wire.Rows, error) {
	c, err := a.calling(ctx, &in.RestCall, in.Profile, "rest_rpc_post")
	if err != nil {
		return wire.Rows{}, err
	}
	if err := c.arguments(in.Body, in.ContentType); err != nil {
		return wire.Rows{}, err
	}
	if err := c.restrict(in.Pairs); err != nil {
		return wire.Rows{}, err
	}
	if c.form.bare { // a range is for GET alone (RFC 9110)
		in.Range = ""
	}
	if err := a.shape(c, &in.RestCall, nil); err != nil {
		return wire.Rows{}, err
	}
	return c.answer(ctx)
}

// calling finds the functions of a name, if the caller may call any.
func (a API) calling(ctx context.Context, in *wire.RestCall, profile, operation string) (*calling, error) {
	if err := route.CallOf(ctx).Caller.Allow("gateway.rpc.execute"); err != nil {
		return nil, err
	}
	r, err := a.begin(ctx, &in.RestHeaders, in.Function, profile, operation)
	if err != nil {
		return nil, err
	}
	functions, err := r.pool.Functions(ctx, r.path, r.name)
	if err != nil {
		return nil, r.misplaced(ctx, err)
	}
	c := &calling{request: r, Call: sqltext.Call{Function: r.name}, functions: functions}
	return c, r.accept(ctx, &in.RestHeaders, func(cat *catalog.Catalog) *finding { return c.finding(cat, in.Pairs) })
}

// finding searches handlers of what the functions give.
func (c *calling) finding(cat *catalog.Catalog, pairs []wire.Pair) *finding {
	f := c.functions[0]
	h := &finding{request: c.request, catalog: cat, native: cat.MediaType(f), returns: f.Returns, mute: f.Void()}
	others := slices.ContainsFunc(c.functions, func(other *catalog.Function) bool { return other.Returns != f.Returns })
	if t, ok := cat.TypeByID(f.Returns); ok && t.Kind == 'c' && !others && wholly(pairs) {
		h.rows = f.Returns
	}
	return h
}

// arguments reads a body, which may be missing. One that is no JSON and no form goes
// whole to the only argument of a function; JSON does where no function has arguments of
// its names.
func (c *calling) arguments(body []byte, contentType string) error {
	text := bytes.TrimSpace(body)
	media := mediaOf(contentType, text)
	types, only := wholes[media]
	switch {
	case only && !c.takesWhole(types):
		return wire.Fail(wire.UnknownFunction, "no function %s has an argument without a name that takes %s", c.Function.Table, media).At("function").
			WithHint("send a JSON object of arguments, or give the function one argument, of the type %s, without a name", types[0])
	case only:
		return c.whole(body, media, types)
	case len(text) == 0:
		return nil
	case media == mediaForm:
		return c.AddForm(c.functions, body)
	}
	if err := wire.CheckJSONText(body); err != nil {
		return err
	}
	if types = []string{"json", "jsonb"}; c.takesWhole(types) {
		named := sqltext.Call{}
		if err := named.AddArgs(body); err != nil || !named.Fits(c.functions) {
			return c.whole(body, media, types)
		}
	}
	return c.AddArgs(body)
}

// takesWhole reports whether a function has but one argument, of one of the types and
// without a name.
func (c *calling) takesWhole(types []string) bool {
	return slices.ContainsFunc(c.functions, func(f *catalog.Function) bool { return f.TakesWhole(types...) })
}

// whole gives a body as the one argument.
func (c *calling) whole(body []byte, media string, types []string) error {
	value, err := whole(body, media)
	c.Args = []sqltext.NamedArg{{Value: value, Types: types}}
	return err
}

// restrict takes only the arguments that the parameter columns lists.
func (c *calling) restrict(pairs []wire.Pair) error {
	wanted, ok, err := listed(pairs)
	if ok {
		c.Args = slices.DeleteFunc(c.Args, func(a sqltext.NamedArg) bool { return a.Name != "" && !slices.Contains(wanted, a.Name) })
	}
	return err
}

// wholes are the types of an argument that is a whole body, by the body's media type;
// all other bodies are JSON.
var wholes = map[string][]string{mediaText: {"text"}, mediaXML: {"xml"}, mediaBinary: {"bytea"}}

// whole is a body as one value.
func whole(body []byte, media string) (sqltext.Value, error) {
	switch media {
	case mediaBinary:
		return sqltext.Raw(`\x` + hex.EncodeToString(body)), nil
	case mediaText, mediaXML:
		return sqltext.ParseText(body)
	}
	if err := wire.CheckJSONText(body); err != nil {
		return sqltext.Value{}, err
	}
	return sqltext.ParseValue(body)
}

// shape reads how the rows are to come back from the query string, in which
// arguments of the functions may stand, and from the headers.
func (a API) shape(c *calling, in *wire.RestCall, functions []*catalog.Function) (err error) {
	if c.Read.Items, err = selected(in.Pairs); err != nil {
		return err
	}
	for _, pair := range in.Pairs {
		if reserved[pair.Name] || functions == nil && pair.Name == "columns" {
			continue
		}
		if err := c.AddPair(functions, pair.Name, pair.Value); err != nil {
			return err
		}
	}
	if err := addRange(&c.Read, in.Range, c.form.bare); err != nil {
		return err
	}
	c.Format, c.Count, c.Read.Handler = c.form.format, c.prefs.count != sqltext.NoCount, c.aggregate()
	if c.Count && (c.Format != rowjson.JSONArray || c.Read.Handler != nil) {
		return wire.Fail(wire.InvalidRequest, "the rows of a function are counted only where they are answered as JSON").At("Prefer").
			WithHint("leave count out, or ask for application/json")
	}
	if c.Read.Limit == nil {
		return nil // as many as the function gives; the size of an answer is bounded
	}
	return a.bound(&c.Read, c.form.bare)
}

// bounded refuses a limit of the rows that are affected where no rows come back, which
// PostgREST follows only where handling is strict.
func (c *calling) bounded() error {
	if c.prefs.most < 0 || slices.ContainsFunc(c.functions, func(f *catalog.Function) bool { return f.Set }) {
		return nil
	}
	if c.form.bare && !c.prefs.strict {
		c.prefs.most = -1
		c.prefs.forget(mostAffected)
		return nil
	}
	return wire.Fail(wire.NotASet, "max-affected counts the rows that a function gives, and %s gives no set", c.Function.Table).At("Prefer").
		WithHint("declare the function with RETURNS SETOF or RETURNS TABLE")
}

// answer calls. What is not wanted in the end is undone.
func (c *calling) answer(ctx context.Context) (wire.Rows, error) {
	if c.form.explain != nil {
		return c.planOf(ctx, &c.Call)
	}
	if err := c.bounded(); err != nil {
		return wire.Rows{}, err
	}
	var verdict gatewaydb.Verdict
	if c.form.object || c.prefs.rollback || c.prefs.most >= 0 || c.exchange != nil {
		verdict = c.verdict
	}
	called, err := c.pool.Call(ctx, &c.Call, c.mode(), c.call.Caller.Allowing("read"), verdict)
	if err != nil {
		return wire.Rows{}, err
	}
	c.call.Operation.Rows = called.Rows
	if called.Result, err = c.handled(called.Result); err != nil {
		return wire.Rows{}, err
	}
	total := int64(-1)
	if called.Count != nil {
		total = *called.Count
	}
	rows, err := c.page(called.Result, &c.Read, total)
	h := c.form.handler
	if h != nil && h.aggregate == nil && h.catalog.MediaType(called.Function) != h.media {
		plain := form{bare: c.form.bare}
		rows.Media, h = plain.contentType(), nil // another function of the name was meant
	}
	switch {
	case err != nil || c.Read.Handler != nil:
		return rows, err
	case h != nil:
		return c.asItIs(rows, &called)
	case !c.form.bare || c.form.format != rowjson.JSONArray:
		return rows, nil
	}
	return c.bare(rows, &called)
}

// bare answers without an envelope what the function gives: nothing, one value, one
// row, a list of values, or rows.
func (c *calling) bare(rows wire.Rows, called *gatewaydb.Called) (wire.Rows, error) {
	if called.Function.Void() {
		rows.Done()
		rows.Status, rows.JSON, rows.ETag = 204, nil, false
		return rows, nil
	}
	content := rows.JSON
	if c.form.object { // the one row stands alone already
		content = slices.Concat([]byte("["), content, []byte("]"))
	}
	if called.Value && c.Read.Items == nil {
		values, err := unwrapped(content)
		plain := form{bare: true}
		rows.JSON, rows.Media = values, plain.contentType()
		if err != nil || called.Function.Set && !c.form.object {
			return rows, err
		}
		content = values
	}
	if !called.Function.Set || c.form.object {
		rows.JSON = onlyOne(content)
	}
	return rows, nil
}

// asItIs answers the one value of a function as a body of its own media type.
func (c *calling) asItIs(rows wire.Rows, called *gatewaydb.Called) (wire.Rows, error) {
	values, err := unwrapped(called.JSON)
	if err != nil {
		return rows, err
	}
	rows.Before, rows.After = nil, nil
	rows.JSON, err = c.form.handler.plain(onlyOne(values))
	return rows, err
}

// onlyOne is the element of an array of one; null of an empty one.
func onlyOne(array []byte) []byte {
	if len(array) == len("[]") {
		return []byte("null")
	}
	return array[1 : len(array)-1]
}

// unwrapped makes values of rows that have one column.
func unwrapped(rows []byte) ([]byte, error) {
	values := append(make([]byte, 0, len(rows)), '[')
	err := wire.EachElement(string(rows), func(row string) error {
		_, err := sqltext.EachMember([]byte(row), func(_ string, value []byte) error {
			if len(values) > 1 {
				values = append(values, ',')
			}
			values = append(values, value...)
			return nil
		})
		return err
	})
	return append(values, ']'), err
}
