package main

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"athena/http/openapi"
	"athena/http/operations"
	"athena/http/route"
	"athena/persistence/dbtest"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// attacks would each do harm, in the tables of a tenant or of the control database,
// where they became SQL: in quotes of either kind, bare, and behind a bracket.
var attacks = []string{
	`x'); DELETE FROM canary; --`, `x"); DELETE FROM canary; --`, `1); DELETE FROM canary; --`, `canary; DELETE FROM canary`,
}

// ownSQL are the operations that run what their callers write as query.
var ownSQL = []string{"POST /gateway/query", "POST /query/sql", "POST /gateway/sql"}

// TestInjectionEverywhere is driven by the route table and the document: an attack
// is sent in every variable of a path, every parameter, every header and every text of
// a body of every operation. None is read as SQL.
func TestInjectionEverywhere(t *testing.T) {
	t.Parallel()
	h := installed(t)
	h.env = append(h.env, "ATHENA_KEY_12=the-admin-key", "ATHENA_AUTH_TRUSTED_HEADERS=true")
	p := serve(t, h)
	var databases []string
	for _, client := range []string{"demo", "athena_logging"} {
		uri := h.succeed(t, "client", "uri", client)
		dbtest.Exec(t, uri, "CREATE TABLE canary (word text PRIMARY KEY); INSERT INTO canary VALUES ('alive')")
		databases = append(databases, uri)
	}
	document, err := openapi3.NewLoader().LoadFromData(openapi.Document)
	require.NoError(t, err)
	a := &attacker{process: p, sampler: sampler{document}, databases: databases}
	for _, table := range (&operations.APIs{}).Tables() {
		for _, r := range table {
			t.Run(r.Name(), func(t *testing.T) { a.operation(t, &r) })
		}
	}
	require.Greater(t, a.sent, 3000, "hardly any position was found")
}

type attacker struct {
	*process
	sampler
	databases []string
	sent      int
}

// operation attacks one operation in all its positions, and looks for the canaries.
func (a *attacker) operation(t *testing.T, r *route.Route) {
	path, body := a.request(t, r)
	described := a.document.Paths.Find(constraint.ReplaceAllString(r.Path, "}")).GetOperation(r.Method)
	for _, attack := range attacks {
		for _, variable := range variable.FindAllString(r.Path, -1) {
			attacked := strings.Replace(r.Path, variable, url.PathEscape(attack), 1)
			_, query, _ := strings.Cut(path, "?")
			a.send(t, r, withVariables(attacked)+"?"+query, body)
		}
		for _, parameter := range described.Parameters {
			switch in := parameter.Value; in.In {
			case openapi3.ParameterInQuery:
				a.send(t, r, withParameter(path, in.Name, attack), body)
			case openapi3.ParameterInHeader:
				a.send(t, r, path, body, in.Name+": "+attack)
			}
		}
		for _, name := range []string{"Accept-Profile", "Content-Profile", "Prefer", "Range", "X-Athena-Client", "X-User-Id", "X-Organization-Id", "X-Request-Id", "X-Publish-Event"} {
			a.send(t, r, path, body, name+": "+attack)
		}
		for _, attacked := range bodiesWith(t, r, described, body, attack) {
			a.send(t, r, path, attacked)
		}
	}
	for _, uri := range a.databases {
		var word string
		require.NoError(t, dbtest.Pool(t, uri).QueryRow(t.Context(), "SELECT word FROM canary").Scan(&word), "the canary is dead")
	}
}

// send sends an attack; a header of it takes the place of a usual one.
func (a *attacker) send(t *testing.T, r *route.Route, path, body string, headers ...string) {
	t.Helper()
	a.sent++
	for _, usual := range []string{"X-Athena-Client: demo", "X-User-Id: ann", "X-Organization-Id: acme", "Content-Type: application/json"} {
		name, _, _ := strings.Cut(usual, ":")
		if !slices.ContainsFunc(headers, func(h string) bool { return strings.HasPrefix(strings.ToLower(h), strings.ToLower(name)+":") }) {
			headers = append(headers, usual)
		}
	}
	answer, err := a.try(r.Method, path, body, append(headers, "X-Athena-Key: the-admin-key")...)
	require.NoError(t, err)
	require.NotEqual(t, 500, answer.status, "%s %s %s %q: %s", r.Method, path, body, headers, answer.body)
	require.NotRegexp(t, `"(sqlstate|code)":\s*"42601"`, answer.body, "it was read as SQL: %s %s %s %q", r.Method, path, body, headers)
}

// withVariables fills what is left of a path's variables.
func withVariables(path string) string { return filled(&route.Route{Path: path}) }

func withParameter(path, name, value string) string {
	path, text, _ := strings.Cut(path, "?")
	query, err := url.ParseQuery(text)
	if err != nil {
		query = url.Values{}
	}
	query.Set(name, value)
	return path + "?" + query.Encode()
}

// bodiesWith are bodies of which each has an attack in one of its texts, or in one of
// those that it leaves out.
func bodiesWith(t *testing.T, r *route.Route, described *openapi3.Operation, body, attack string) (bodies []string) {
	if described.RequestBody == nil {
		return nil
	}
	var base any
	if body != "" {
		require.NoError(t, json.Unmarshal([]byte(body), &base))
	}
	object, _ := base.(map[string]any)
	if media := described.RequestBody.Value.Content.Get("application/json"); media != nil && object != nil {
		for name, property := range properties(media.Schema.Value) {
			if _, given := object[name]; !given {
				bodies = append(bodies, encoded(t, with(object, name, filledWith(property, attack, 0))))
			}
		}
	}
	for _, attacked := range replaced(base, attack) {
		if slices.Contains(ownSQL, r.Name()) && attacked.(map[string]any)["query"] != object["query"] {
			continue
		}
		bodies = append(bodies, encoded(t, attacked))
	}
	return bodies
}

func properties(schema *openapi3.Schema) map[string]*openapi3.Schema {
	all := map[string]*openapi3.Schema{}
	for name, property := range schema.Properties {
		all[name] = property.Value
	}
	for _, part := range schema.AllOf {
		maps.Copy(all, properties(part.Value))
	}
	return all
}

// filledWith is a value of a schema in which every text is the attack.
func filledWith(schema *openapi3.Schema, attack string, depth int) any {
	switch {
	case depth > 4:
		return attack
	case schema.Type.Is("integer"), schema.Type.Is("number"), schema.Type.Is("boolean"):
		return fitting(schema)
	case schema.Type.Is("array") && schema.Items != nil:
		return []any{filledWith(schema.Items.Value, attack, depth+1)}
	case schema.Type.Is("object"):
		object := map[string]any{}
		for name, property := range properties(schema) {
			object[name] = filledWith(property, attack, depth+1)
		}
		if len(object) == 0 {
			object[attack] = attack
		}
		return object
	}
	return attack
}

// replaced are copies of a value, each with the attack in the place of one text.
func replaced(value any, attack string) (copies []any) {
	switch value := value.(type) {
	case string:
		return []any{attack}
	case map[string]any:
		for name, inner := range value {
			for _, attacked := range replaced(inner, attack) {
				copies = append(copies, with(value, name, attacked))
			}
		}
		copies = append(copies, with(value, attack, attack))
	case []any:
		for i, inner := range value {
			for _, attacked := range replaced(inner, attack) {
				list := slices.Clone(value)
				list[i] = attacked
				copies = append(copies, list)
			}
		}
	}
	return copies
}

func with(object map[string]any, name string, value any) map[string]any {
	object = maps.Clone(object)
	object[name] = value
	return object
}
