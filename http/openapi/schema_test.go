package openapi_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
	"go.yaml.in/yaml/v3"
)

// direction tells what a schema is for. A field of a reply is there unless it may
// be left out; a field of a request may be left out unless its tag says otherwise.
type direction string

const (
	reply   direction = "reply"
	request direction = "request"
)

// use is a type in a direction; each has a component of its own.
type use struct {
	typ reflect.Type
	dir direction
}

// schemas turns types into schemas and collects those that have a name.
type schemas struct {
	comments *comments
	// bodies are the types that requests are decoded into; only their fields may
	// have a second spelling.
	bodies     map[reflect.Type]bool
	components map[string]*object
	named      map[use]string
	uncovered  []string
}

func newSchemas() *schemas {
	return &schemas{
		comments: newComments("../.."), bodies: map[reflect.Type]bool{},
		components: map[string]*object{}, named: map[use]string{},
	}
}

// wellKnown are the types that are written otherwise than their kind says.
var wellKnown = map[reflect.Type]func() *object{
	reflect.TypeFor[time.Time]():       func() *object { return typed("string").set("format", "date-time") },
	reflect.TypeFor[uuid.UUID]():       func() *object { return typed("string").set("format", "uuid") },
	reflect.TypeFor[json.Number]():     func() *object { return typed("number") },
	reflect.TypeFor[json.RawMessage](): anything,
	reflect.TypeFor[wire.JSONObject](): func() *object { return typed("object").set("nullable", true) },
	reflect.TypeFor[[]byte]():          func() *object { return typed("string").set("format", "byte") },
}

func typed(kind string) *object { return newObject().set("type", kind) }

// anything is any JSON value, null included.
func anything() *object { return newObject().set("nullable", true) }

// of gives the schema of a type. at is the path of the field that has the type
// within its package, where the comments of a struct without a name are found.
func (s *schemas) of(typ reflect.Type, dir direction, pkg, at string) *object {
	if known, ok := wellKnown[typ]; ok {
		return known()
	}
	if inner, ok := maybe(typ); ok {
		return nullable(s.of(inner, dir, pkg, at))
	}
	if ownJSON(typ) && !strict[typ] {
		panic(fmt.Sprintf("openapi: %s reads or writes its own JSON: add it to wellKnown", typ))
	}
	switch typ.Kind() {
	case reflect.Pointer:
		return nullable(s.of(typ.Elem(), dir, pkg, at))
	case reflect.Slice, reflect.Array:
		return typed("array").put("items", s.of(typ.Elem(), dir, pkg, at))
	case reflect.Map:
		return typed("object").put("additionalProperties", s.of(typ.Elem(), dir, pkg, at))
	case reflect.Interface:
		return anything()
	case reflect.Struct:
		return s.structure(typ, dir, pkg, at)
	}
	return scalar(typ)
}

// maybe looks into a field that tells absent from null: it is a T or null.
func maybe(typ reflect.Type) (reflect.Type, bool) {
	if bareName(typ) != bareName(reflect.TypeFor[wire.Maybe[any]]()) || typ.PkgPath() != wirePackage {
		return nil, false
	}
	value, ok := typ.FieldByName("Value")
	return value.Type, ok
}

var wirePackage = reflect.TypeFor[wire.Failure]().PkgPath()

// strict are the types that read their own JSON only to refuse more of it: their
// form is that of their fields.
var strict = map[reflect.Type]bool{reflect.TypeFor[wire.Condition](): true, reflect.TypeFor[wire.TransactionOptions](): true}

func ownJSON(typ reflect.Type) bool {
	if typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Interface {
		return false
	}
	pointer := reflect.PointerTo(typ)
	return pointer.Implements(reflect.TypeFor[json.Marshaler]()) || pointer.Implements(reflect.TypeFor[json.Unmarshaler]())
}

func scalar(typ reflect.Type) *object {
	switch typ.Kind() {
	case reflect.String:
		return typed("string")
	case reflect.Bool:
		return typed("boolean")
	case reflect.Int, reflect.Int64:
		return typed("integer").set("format", "int64")
	case reflect.Int8, reflect.Int16, reflect.Int32:
		return typed("integer").set("format", "int32")
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return typed("integer").put("minimum", 0)
	case reflect.Float32, reflect.Float64:
		return typed("number").set("format", "double")
	}
	panic(fmt.Sprintf("openapi: no schema for %s", typ))
}

// nullable lets a schema be null; what a reference names is wrapped, because
// nothing may stand beside a reference.
func nullable(schema *object) *object {
	if schema.has("nullable") {
		return schema
	}
	return beside(schema).set("nullable", true)
}

func beside(schema *object) *object {
	if schema.has("$ref") {
		return newObject().set("allOf", []*object{schema})
	}
	return schema
}

func (s *schemas) structure(typ reflect.Type, dir direction, pkg, at string) *object {
	if typ.Name() == "" {
		return s.fields(typed("object"), typ, dir, pkg, at)
	}
	name, known := s.named[use{typ, dir}]
	if !known {
		name = s.name(typ, dir)
		schema := typed("object").set("description", s.cover(s.comments.typ(typ), typ.String()))
		s.components[name] = schema
		s.fields(schema, typ, dir, typ.PkgPath(), bareName(typ))
	}
	return newObject().set("$ref", "#/components/schemas/"+name)
}

// name finds a free name for a type's component. A type that is both sent and
// received has two: what is required differs.
func (s *schemas) name(typ reflect.Type, dir direction) string {
	name := componentName(typ.Name())
	if _, replied := s.named[use{typ, reply}]; replied && dir == request {
		name += "Input"
	}
	if _, taken := s.components[name]; taken {
		panic(fmt.Sprintf("openapi: two types want the name %s, one is %s", name, typ))
	}
	s.named[use{typ, dir}] = name
	return name
}

// componentName makes one word of a type with arguments: Success[wire.ChatRoom]
// becomes ChatRoomSuccess, Success[[]wire.ChatRoom] becomes ChatRoomListSuccess.
func componentName(name string) string {
	if element, ok := strings.CutPrefix(name, "[]"); ok {
		return componentName(element) + "List"
	}
	if element, ok := strings.CutPrefix(name, "map[string]"); ok {
		return componentName(element) + "Map"
	}
	if name == "interface {}" {
		return "Any"
	}
	base, arguments, generic := strings.Cut(strings.TrimPrefix(name, "*"), "[")
	base = base[strings.LastIndexAny(base, "./")+1:]
	base = strings.ToUpper(base[:1]) + base[1:]
	if !generic {
		return base
	}
	var words string
	for argument := range strings.SplitSeq(strings.TrimSuffix(arguments, "]"), ",") {
		words += componentName(argument)
	}
	return words + base
}

func (s *schemas) fields(schema *object, typ reflect.Type, dir direction, pkg, at string) *object {
	properties, required := newObject(), []string(nil)
	for _, p := range propertiesOf(typ, pkg, at) {
		properties.put(p.name, s.property(p, dir))
		also := s.alsoOf(p, typ, dir)
		if also != "" {
			properties.put(also, s.decorate(s.of(p.field.Type, dir, p.pkg, p.at), p.field, "Another spelling of "+p.name+"."))
		}
		if also == "" && p.required(dir) {
			required = append(required, p.name)
		}
	}
	schema.set("required", required)
	if !properties.empty() {
		schema.put("properties", properties)
	}
	return schema
}

func (s *schemas) alsoOf(p property, typ reflect.Type, dir direction) string {
	if dir == reply || !s.bodies[typ] {
		return ""
	}
	return p.field.Tag.Get("also")
}

// property is one key of a JSON object.
type property struct {
	name     string
	field    reflect.StructField
	pkg, at  string
	optional bool
}

func (p property) required(dir direction) bool {
	if p.field.Tag.Get("required") == "true" {
		return true
	}
	return dir == reply && !p.optional
}

// propertiesOf lists the keys of a struct, those of embedded structs included.
func propertiesOf(typ reflect.Type, pkg, at string) []property {
	var list []property
	for i := range typ.NumField() {
		f := typ.Field(i)
		tag, tagged := f.Tag.Lookup("json")
		name, options, _ := strings.Cut(tag, ",")
		switch {
		case f.Anonymous && !tagged && f.Type.Kind() == reflect.Struct:
			list = append(list, propertiesOf(f.Type, f.Type.PkgPath(), bareName(f.Type))...)
		case tagged && name != "-" && f.IsExported() && !fromElsewhere(f):
			if name == "" {
				name = f.Name
			}
			list = append(list, property{name, f, pkg, at + "." + f.Name, optional(f, options)})
		}
	}
	return list
}

// optional says whether a reply may lack a field.
func optional(f reflect.StructField, options string) bool {
	list := strings.Split(options, ",")
	return f.Type.Kind() == reflect.Pointer || slices.Contains(list, "omitempty") || slices.Contains(list, "omitzero")
}

func fromElsewhere(f reflect.StructField) bool {
	for _, source := range []string{"path", "query", "header", "body"} {
		if _, ok := f.Tag.Lookup(source); ok {
			return true
		}
	}
	return false
}

func (s *schemas) property(p property, dir direction) *object {
	return s.decorate(s.of(p.field.Type, dir, p.pkg, p.at), p.field, s.describe(p.pkg, p.at))
}

// describe gives the comment of a field and notes where there is none.
func (s *schemas) describe(pkg, at string) string {
	return s.cover(s.comments.field(pkg, at), pkg+"."+at)
}

func (s *schemas) cover(text, owner string) string {
	if text == "" {
		s.uncovered = append(s.uncovered, owner)
	}
	return text
}

// decorate adds to a schema what its field's comment and tags say.
func (s *schemas) decorate(schema *object, f reflect.StructField, description string) *object {
	schema = beside(schema).set("description", description)
	if f.Tag.Get("secret") == "true" && !schema.has("format") {
		schema.set("format", "password")
	}
	if values := f.Tag.Get("enum"); values != "" {
		schema.put("enum", enumOf(values, schema.has("nullable")))
	}
	if example := f.Tag.Get("example"); example != "" {
		schema.put("example", exampleOf(f.Type, example))
	}
	if keys := f.Tag.Get("keys"); keys != "" {
		schema.put("properties", namedKeys(keys))
	}
	return schema
}

// namedKeys are the usual keys of a value that may take other forms too:
// "name: what it is; name: what it is".
func namedKeys(keys string) *object {
	all := newObject()
	for part := range strings.SplitSeq(keys, ";") {
		name, about, _ := strings.Cut(part, ":")
		all.set(strings.TrimSpace(name), typed("string").set("description", strings.TrimSpace(about)))
	}
	return all
}

// enumOf splits the values of a tag; null is a value of its own where allowed.
func enumOf(values string, orNull bool) []any {
	var list []any
	for value := range strings.SplitSeq(values, ",") {
		list = append(list, strings.TrimSpace(value))
	}
	if orNull {
		list = append(list, nil)
	}
	return list
}

// exampleOf reads an example as the field's type: text as it is, else as JSON.
func exampleOf(typ reflect.Type, example string) any {
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	schema, known := wellKnown[typ]
	if typ.Kind() == reflect.String || (known && schema().has("format")) {
		return example
	}
	var value yaml.Node
	if err := yaml.Unmarshal([]byte(example), &value); err != nil {
		panic(fmt.Sprintf("openapi: example %q of a %s: %v", example, typ, err))
	}
	return value.Content[0]
}
