package route

import (
	"bytes"
	"net/url"
	"reflect"
	"strings"
	"unicode/utf8"

	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/valyala/fasthttp"
)

// input is how one request type is filled. A field says by its tag where its
// value comes from: `path`, `query`, `header`; `query:"*"` takes every pair of
// the query string in order; `body:"raw"` takes the body as it is, and `media` tells
// the document of what types beside JSON it may be; fields with a
// json name come from a JSON body; `doc:"only"` marks what is documented and read
// elsewhere. `also` names a second spelling of the same
// key in the body.
type input struct {
	typ    reflect.Type
	fields []field
	body   bool
	// optional says that there may be no body.
	optional bool
	raw      []int
	pairs    []int
	also     *aliases
	keys     []string // of the body, where others may not be passed over
}

// field is one value from the path, the query string or a header.
type field struct {
	source string
	name   string
	index  []int
	set    setFunc
	list   bool
}

func inputOf(typ reflect.Type) *input {
	in := &input{typ: typ}
	if typ.Kind() == reflect.Struct {
		_, in.optional = reflect.Zero(typ).Interface().(interface{ BodyMayBeMissing() })
		in.scan(typ, nil)
		in.also = aliasesOf(typ)
		in.keys = keysOf(typ)
	}
	return in
}

func (in *input) scan(typ reflect.Type, prefix []int) {
	for i := range typ.NumField() {
		f := typ.Field(i)
		index := append(append([]int{}, prefix...), i)
		switch {
		case f.Anonymous && f.Type.Kind() == reflect.Struct:
			in.scan(f.Type, index)
		case f.Tag.Get("body") == "raw":
			in.raw, in.body = index, true
		case f.Tag.Get("query") == "*":
			in.pairs = index
		case in.scanSource(f, index):
		case jsonName(f) != "":
			in.body = true
		}
	}
}

func (in *input) scanSource(f reflect.StructField, index []int) bool {
	for _, source := range []string{"path", "query", "header"} {
		name, ok := f.Tag.Lookup(source)
		if !ok {
			continue
		}
		if f.Tag.Get("doc") == "only" { // the guard or the server reads it
			return true
		}
		in.fields = append(in.fields, field{source, name, index, setterOf(f.Type), f.Type.Kind() == reflect.Slice})
		return true
	}
	return false
}

// jsonName is the key of a field in a JSON body, empty where it has none.
func jsonName(f reflect.StructField) string {
	tag, ok := f.Tag.Lookup("json")
	if !ok || !f.IsExported() {
		return ""
	}
	name, _, _ := strings.Cut(tag, ",")
	if name == "-" {
		return ""
	}
	if name == "" {
		return f.Name
	}
	return name
}

// decode fills a request. Everything it keeps is copied out of the request's
// memory, which is used again after the answer.
func (in *input) decode(rc *fasthttp.RequestCtx, request any) error {
	target := reflect.ValueOf(request).Elem()
	if err := in.decodeBody(rc, request, target); err != nil {
		return err
	}
	for i := range in.fields {
		if err := in.fields[i].decode(rc, target); err != nil {
			return err
		}
	}
	if in.pairs != nil {
		pairs, err := queryPairs(rc.URI().QueryString())
		if err != nil {
			return err
		}
		target.FieldByIndex(in.pairs).Set(reflect.ValueOf(pairs))
	}
	if c, ok := request.(Checker); ok {
		return c.Check()
	}
	return nil
}

func (in *input) decodeBody(rc *fasthttp.RequestCtx, request any, target reflect.Value) error {
	if !in.body {
		return nil
	}
	body := rc.Request.Body()
	if in.raw != nil {
		target.FieldByIndex(in.raw).SetBytes(bytes.Clone(body))
		return nil
	}
	return in.decodeJSON(body, request, target)
}

// DecodeJSON reads a body, or a part of one, as the body of an operation that
// takes an In is read: second spellings are known, keys given twice refused.
func DecodeJSON[In any](body []byte) (*In, error) {
	request := new(In)
	in := inputOf(reflect.TypeFor[In]())
	return request, in.decodeJSON(body, request, reflect.ValueOf(request).Elem())
}

func (in *input) decodeJSON(body []byte, request any, target reflect.Value) error {
	if len(bytes.TrimSpace(body)) == 0 {
		if in.optional {
			return nil
		}
		return wire.Fail(wire.InvalidJSON, "the request needs a JSON body").WithHint("send a JSON object with Content-Type: application/json")
	}
	if err := wire.CheckJSONText(body); err != nil {
		return err
	}
	if err := json.Unmarshal(body, request); err != nil {
		return wire.JSONProblem(err)
	}
	if err := in.checkMembers(body); err != nil {
		return err
	}
	return in.also.fill(body, target)
}

// maxMembers is more than any request has keys.
const maxMembers = 100

// checkMembers refuses a key that stands in the body twice. The decoder, which
// knows keys in any case, would take the last, and a client that merges two lists
// of conditions carelessly would never learn that one of them was dropped. The same
// holds for a key that is passed over.
func (in *input) checkMembers(body []byte) error {
	text := strings.TrimSpace(string(body))
	if text[0] != '{' {
		return nil
	}
	seen := make([]string, 0, 16)
	return wire.EachMember(text, func(name, _ string) error {
		if len(seen) == maxMembers {
			return wire.Fail(wire.InvalidJSON, "the body has more than %d keys", maxMembers).At("body")
		}
		for _, other := range seen {
			if strings.EqualFold(name, other) {
				return wire.Fail(wire.InvalidJSON, "the body has %q twice", other).At(other)
			}
		}
		seen = append(seen, name)
		return in.checkKey(name)
	})
}

func (f *field) decode(rc *fasthttp.RequestCtx, target reflect.Value) error {
	if f.list {
		return f.decodeList(rc, target)
	}
	text, present, err := f.text(rc)
	if err != nil || !present {
		return err
	}
	if err := f.set(target.FieldByIndex(f.index), text); err != nil {
		return wire.Fail(wire.InvalidRequest, "%s %s %s", f.source, f.name, err.Error()).At(f.name)
	}
	return nil
}

func (f *field) decodeList(rc *fasthttp.RequestCtx, target reflect.Value) error {
	var list []string
	for _, value := range rc.Request.Header.PeekAll(f.name) {
		list = append(list, string(value))
	}
	target.FieldByIndex(f.index).Set(reflect.ValueOf(list))
	return nil
}

func (f *field) text(rc *fasthttp.RequestCtx) (string, bool, error) {
	switch f.source {
	case "path":
		return f.pathText(rc)
	case "query":
		args := rc.QueryArgs()
		if !args.Has(f.name) {
			return "", false, nil
		}
		return f.valid(string(args.Peek(f.name)))
	default:
		value := rc.Request.Header.Peek(f.name)
		if len(value) == 0 {
			return "", false, nil
		}
		return f.valid(copied(value))
	}
}

// copied is a string of its own; what nearly every request sends costs nothing.
func copied(value []byte) string {
	switch string(value) {
	case "*/*":
		return "*/*"
	case mediaJSON:
		return mediaJSON
	}
	return string(value)
}

// pathText decodes a path variable, which the router leaves percent-encoded.
func (f *field) pathText(rc *fasthttp.RequestCtx) (string, bool, error) {
	encoded, _ := rc.UserValue(f.name).(string)
	text, err := url.PathUnescape(encoded)
	if err != nil {
		return "", false, wire.Fail(wire.InvalidRequest, "path %s is not validly percent-encoded", f.name).At(f.name)
	}
	return f.valid(text)
}

func (f *field) valid(text string) (string, bool, error) {
	if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
		return "", false, wire.Fail(wire.InvalidRequest, "%s %s must be UTF-8 text without NUL characters", f.source, f.name).At(f.name)
	}
	return text, true, nil
}

// queryPairs splits a query string into its pairs, in order, repeated names kept.
func queryPairs(query []byte) ([]wire.Pair, error) {
	var pairs []wire.Pair
	for part := range bytes.SplitSeq(query, []byte("&")) {
		if len(part) == 0 {
			continue
		}
		name, value, _ := bytes.Cut(part, []byte("="))
		pair, err := queryPair(string(name), string(value))
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, pair)
	}
	return pairs, nil
}

func queryPair(name, value string) (wire.Pair, error) {
	n, err := url.QueryUnescape(name)
	if err != nil {
		return wire.Pair{}, wire.Fail(wire.InvalidRequest, "the query string is not validly percent-encoded near %q", name)
	}
	v, err := url.QueryUnescape(value)
	if err != nil {
		return wire.Pair{}, wire.Fail(wire.InvalidRequest, "the value of %q in the query string is not validly percent-encoded", n).At(n).Like("PGRST100")
	}
	for _, text := range []string{n, v} {
		if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
			return wire.Pair{}, wire.Fail(wire.InvalidRequest, "the query string must be UTF-8 text without NUL characters").At(strings.ToValidUTF8(n, "?"))
		}
	}
	return wire.Pair{Name: n, Value: v}, nil
}
