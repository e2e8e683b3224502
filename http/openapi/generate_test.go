package openapi_test

import (
	"cmp"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"athena/http/route"
	"athena/wire"
)

const about = `Athena puts one HTTP interface before many PostgreSQL databases, and a chat beside each of them.

**Clients.** A database is known by the name of its client, which a request sends in X-Athena-Client.

**Envelope.** Every answer in JSON that is an error has the same shape: a message for people, a stable code and number for programs, and where it helps the field to blame and a hint. Most successes carry their data in an envelope too; operations that older clients read in another shape keep that shape.

**Keys.** Operations under /admin need the static admin key. Gateway operations need an API key whose rights cover the table and the act, where keys are enforced for the client. Keys are sent in the apikey header; X-Api-Key, X-Athena-Key, a bearer token and the api_key query parameter are taken too.

**Sessions.** Chat acts for a user in an organization, found by a session token: a bearer token, the X-Athena-Auth-Session-Token header or the session cookie.

**Requests.** Every answer has an X-Request-Id, the caller's own where one was sent; it finds the request in the server's log.`

// generator writes the document of a set of tables.
type generator struct {
	*schemas
	parameters map[string]*object
	responses  map[string]*object
	tags       map[string]bool
}

// generate gives the document and the names of what lacks a description.
func generate(version string, tables []route.Table) (*object, []string) {
	g := &generator{
		schemas: newSchemas(), parameters: map[string]*object{},
		responses: map[string]*object{}, tags: map[string]bool{},
	}
	routes := sorted(tables)
	g.prepare(routes)
	paths := g.paths(routes)
	info := newObject().set("title", "Athena").set("version", version).set("description", about)
	document := newObject().set("openapi", "3.0.3").set("info", info).
		set("servers", []*object{newObject().set("url", "/").set("description", "The server that gave this document.")}).
		set("tags", g.tagList()).set("paths", paths).
		set("components", newObject().
			set("securitySchemes", securitySchemes()).
			set("headers", sharedHeaders()).
			set("parameters", byName(g.parameters)).
			set("responses", byName(g.responses)).
			set("schemas", byName(g.components)))
	return document, g.uncovered
}

// prepare makes the schemas of all replies, so that a type that is also received
// finds its name taken whatever the order of the routes.
func (g *generator) prepare(routes []route.Route) {
	g.of(reflect.TypeFor[wire.Failure](), reply, "", "")
	for i := range routes {
		if in := routes[i].Do.In(); in != nil {
			g.bodies[in] = true
		}
		if out := routes[i].Do.Out; out != nil {
			g.of(out, reply, "", "")
		}
	}
}

func (g *generator) paths(routes []route.Route) *object {
	paths := newObject()
	for len(routes) > 0 {
		path, item := routes[0].Path, newObject()
		for len(routes) > 0 && routes[0].Path == path {
			item.set(strings.ToLower(routes[0].Method), g.operation(&routes[0]))
			routes = routes[1:]
		}
		paths.set(documentPath(path), item)
	}
	return paths
}

func (g *generator) operation(r *route.Route) *object {
	tag := tagOf(r)
	g.tags[tag] = true
	return newObject().
		set("operationId", operationID(r)).
		set("summary", g.cover(r.Summary, r.Name()+", its summary")).
		set("description", r.Notes).
		set("tags", []string{tag}).
		put("security", security(r.Access)).
		set("parameters", g.parametersOf(r)).
		set("requestBody", g.requestBody(&r.Do)).
		set("responses", g.responsesOf(r))
}

func (g *generator) tagList() []*object {
	var list []*object
	for _, tag := range slices.Sorted(maps.Keys(g.tags)) {
		list = append(list, newObject().set("name", tag).set("description", tagNotes[tag]))
	}
	return list
}

// tagNotes describe the tags; a tag says enough where it has none.
var tagNotes = map[string]string{
	"Admin":   "The control plane: keys, clients and settings, guarded by the static admin key.",
	"Chat":    "Rooms, members and messages, for a user in an organization.",
	"Gateway": "Reads and writes of a client's tables.",
	"Health":  "The state of the server itself.",
}

// tagOf is the route's own tag, else the first word of its path.
func tagOf(r *route.Route) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.Path, "/"), "/")
	if r.Tag != "" || first == "" {
		return r.Tag
	}
	return capital(first)
}

func sorted(tables []route.Table) []route.Route {
	routes := slices.Concat(tables...)
	slices.SortFunc(routes, func(x, y route.Route) int {
		return cmp.Or(strings.Compare(x.Path, y.Path), cmp.Compare(methodRank(x.Method), methodRank(y.Method)))
	})
	return routes
}

// methodRank puts reading before writing and writing before deleting.
func methodRank(method string) int {
	return slices.Index([]string{
		http.MethodHead, http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
	}, method)
}

var variable = regexp.MustCompile(`\{([^{}:?]+)[^{}]*\}`)

// documentPath is a path without the router's own notes on its variables.
func documentPath(path string) string { return variable.ReplaceAllString(path, "{$1}") }

// operationID is the method and the words of the path in one: GET
// /chat/rooms/{room_id} is getChatRoomsByRoomId.
func operationID(r *route.Route) string {
	path := variable.ReplaceAllString(r.Path, "by $1")
	words := strings.FieldsFunc(path, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	if len(words) == 0 {
		words = []string{"root"}
	}
	id := strings.ToLower(r.Method)
	for _, word := range words {
		id += capital(word)
	}
	return id
}

func capital(word string) string { return strings.ToUpper(word[:1]) + word[1:] }

// security is empty for an operation that anybody may call.
func security(access route.Access) []*object {
	list := []*object{}
	for _, scheme := range schemesOf[access] {
		list = append(list, newObject().put(scheme, []string{}))
	}
	return list
}

// schemesOf are the ways to show who calls, any one of which is enough.
var schemesOf = map[route.Access][]string{
	route.Admin:      {"adminKey"},
	route.Gateway:    {"apiKey"},
	route.Alias:      {"apiKey"},
	route.Management: {"apiKey", "adminKey"},
	route.Session:    {"sessionBearer", "sessionHeader", "sessionCookie"},
}

func securitySchemes() *object {
	inHeader := func(name, description string) *object {
		return newObject().set("type", "apiKey").set("in", "header").set("name", name).set("description", description)
	}
	return newObject().
		set("adminKey", inHeader("apikey", "The static admin key.")).
		set("apiKey", inHeader("apikey", "An API key of the addressed client, ath_{public}.{secret}.")).
		set("sessionBearer", newObject().set("type", "http").set("scheme", "bearer").set("description", "A session token.")).
		set("sessionHeader", inHeader("X-Athena-Auth-Session-Token", "A session token.")).
		set("sessionCookie", newObject().set("type", "apiKey").set("in", "cookie").set("name", "athena-auth.session-token").
			set("description", "A session token; athena-auth.session_token is taken too."))
}

func byName(components map[string]*object) *object {
	all := newObject()
	for _, name := range slices.Sorted(maps.Keys(components)) {
		all.set(name, components[name])
	}
	return all
}
