package openapi_test

import (
	"strings"

	"athena/http/route"
)

// parametersOf lists the parameters of an operation. Those that requests share by
// embedding a struct stand among the components.
func (g *generator) parametersOf(r *route.Route) []*object {
	var list []*object
	told := map[string]bool{}
	for _, source := range r.Do.Sources() {
		if source.In == "body" || source.Name == "Content-Type" { // the media types of the body tell
			continue
		}
		told[source.In+source.Name] = true
		if source.Owner == r.Do.In() {
			list = append(list, g.parameter(source))
			continue
		}
		name := source.Owner.Name() + "." + source.Field.Name
		if _, ok := g.parameters[name]; !ok {
			g.parameters[name] = g.parameter(source)
		}
		list = append(list, newObject().set("$ref", "#/components/parameters/"+name))
	}
	return append(list, g.untold(r, told)...)
}

// untold are variables of the path that the request type does not mention; they
// lack a description, which fails the test that looks for one.
func (g *generator) untold(r *route.Route, told map[string]bool) []*object {
	var list []*object
	for _, match := range variable.FindAllStringSubmatch(r.Path, -1) {
		if !told["path"+match[1]] {
			g.cover("", r.Name()+", its variable "+match[1])
			list = append(list, newObject().set("name", match[1]).set("in", "path").
				set("required", true).set("schema", typed("string")))
		}
	}
	return list
}

func (g *generator) parameter(source route.Source) *object {
	at := bareName(source.Owner) + "." + source.Field.Name
	description := g.describe(source.Owner.PkgPath(), at)
	if source.In == "pairs" {
		return anyPair(source.Field.Name, description)
	}
	return newObject().
		set("name", source.Name).
		set("in", source.In).
		set("description", description).
		set("required", source.In == "path" || source.Field.Tag.Get("required") == "true").
		set("schema", g.decorate(g.parameterType(source), source.Field, ""))
}

// parameterType is never null: a parameter is there or not.
func (g *generator) parameterType(source route.Source) *object {
	typ := source.Field.Type
	if typ.Kind().String() == "ptr" {
		typ = typ.Elem()
	}
	return g.of(typ, request, "", "")
}

// anyPair is the whole query string: names are the caller's to choose.
func anyPair(field, description string) *object {
	return newObject().
		set("name", strings.ToLower(field)).
		set("in", "query").
		set("description", description).
		set("style", "form").
		set("explode", true).
		set("schema", typed("object").set("additionalProperties", typed("string")))
}

func (g *generator) requestBody(do *route.Handler) *object {
	if !do.HasBody() {
		return nil
	}
	for _, source := range do.Sources() {
		if source.In == "body" {
			return g.rawBody(do, source)
		}
	}
	schema := g.of(do.In(), request, "", "")
	return newObject().set("required", !do.BodyMayBeMissing()).set("content", content("application/json", schema))
}

// rawBody is any object or list; or any object at all where the request says what
// keys one usually has.
func (g *generator) rawBody(do *route.Handler, source route.Source) *object {
	schema := newObject().set("oneOf", []*object{
		typed("object"), typed("array").put("items", newObject()),
	})
	if len(propertiesOf(do.In(), "", "")) > 0 {
		schema = newObject().set("anyOf", []*object{g.of(do.In(), request, "", ""), typed("object")})
	}
	return newObject().
		set("description", g.describe(source.Owner.PkgPath(), bareName(source.Owner)+"."+source.Field.Name)).
		set("required", source.Field.Tag.Get("required") == "true").
		set("content", bodyMedia(source, schema))
}

// bodyMedia are the media types of a body: JSON, and what else its field names.
func bodyMedia(source route.Source, schema *object) *object {
	all := content("application/json", schema)
	for media := range strings.FieldsSeq(source.Field.Tag.Get("media")) {
		all.set(media, newObject().set("schema", typed("string")))
	}
	return all
}

func content(media string, schema *object) *object {
	return newObject().set(media, newObject().set("schema", schema))
}
