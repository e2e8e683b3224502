package rest_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// attacks are texts that would do harm wherever one of them became SQL.
var attacks = []string{
	`'; DELETE FROM canary; --`, `"; DELETE FROM canary; --`, `id" = 1; DELETE FROM canary; --`, `$1; DELETE FROM canary`,
	`\'; DELETE FROM canary; --`, `1); DELETE FROM canary; --`, `people; DELETE FROM canary`, `int); DELETE FROM canary; --`,
	`'||(SELECT word FROM canary)||'`, `x' UNION SELECT word FROM canary --`, `(SELECT word FROM canary)`, "/**/'; DELETE FROM canary;--",
	`E'\'; DELETE FROM canary; --`, `$$; DELETE FROM canary; $$`, `{"}; DELETE FROM canary; --`,
}

// positions are all places of a request that take a name or a value; each has one @.
var positions = []struct{ operation, body string }{
	{"GET /rest/v1/@", ""},
	{"GET /rest/v1/people?select=@", ""},
	{"GET /rest/v1/people?select=@:name", ""},
	{"GET /rest/v1/people?select=name::@", ""},
	{"GET /rest/v1/people?select=data->@", ""},
	{"GET /rest/v1/people?select=data->>%22@%22", ""},
	{"GET /rest/v1/people?select=@(id)", ""},
	{"GET /rest/v1/people?select=companies!@(id)", ""},
	{"GET /rest/v1/people?select=...@(id)", ""},
	{"GET /rest/v1/people?select=id.@()", ""},
	{"GET /rest/v1/people?@=eq.1", ""},
	{"GET /rest/v1/people?data->@=eq.1", ""},
	{"GET /rest/v1/people?id::@=eq.1", ""},
	{"GET /rest/v1/people?name=@", ""},
	{"GET /rest/v1/people?name=@.x", ""},
	{"GET /rest/v1/people?name=eq.@", ""},
	{"GET /rest/v1/people?name=like.@", ""},
	{"GET /rest/v1/people?name=match.@", ""},
	{"GET /rest/v1/people?name=in.(@)", ""},
	{"GET /rest/v1/people?name=in.(%22@%22)", ""},
	{"GET /rest/v1/people?name=eq(any).{@}", ""},
	{"GET /rest/v1/people?name=fts(@).x", ""},
	{"GET /rest/v1/people?name=fts.@", ""},
	{"GET /rest/v1/people?tags=cs.{@}", ""},
	{"GET /rest/v1/people?data=cs.@", ""},
	{"GET /rest/v1/people?name=is.@", ""},
	{"GET /rest/v1/people?or=(name.eq.@,id.eq.1)", ""},
	{"GET /rest/v1/people?or=(@.eq.1,id.eq.1)", ""},
	{"GET /rest/v1/people?or=@", ""},
	{"GET /rest/v1/people?order=@", ""},
	{"GET /rest/v1/people?order=name.@", ""},
	{"GET /rest/v1/people?select=id,companies(id)&order=companies(@)", ""},
	{"GET /rest/v1/people?limit=@", ""},
	{"GET /rest/v1/people?offset=@", ""},
	{"POST /rest/v1/notes?columns=@", `{"n":1}`},
	{"POST /rest/v1/notes?select=@", `{"n":1}`},
	{"POST /rest/v1/labels?on_conflict=@", `{"id":1,"label":"x"}`},
	{"POST /rest/v1/notes", `{"@":1}`},
	{"POST /rest/v1/notes", `{"line":"@"}`},
	{"POST /rest/v1/notes", `[{"line":"@"},{"line":"@"}]`},
	{"PUT /rest/v1/labels?id=eq.@", `{"id":"@","label":"x"}`},
	{"PATCH /rest/v1/labels?id=eq.1", `{"label":"@"}`},
	{"PATCH /rest/v1/labels?id=eq.1", `{"@":"x"}`},
	{"PATCH /rest/v1/labels?on_conflict=@", `[{"id":1,"label":"@"}]`},
	{"DELETE /rest/v1/labels?label=eq.@", ""},
	{"DELETE /rest/v1/labels?@=eq.x", ""},
}

// TestInjection: no text does harm or tells a secret, wherever it stands.
func TestInjection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, p := range positions {
		for _, attack := range attacks {
			quoted, err := json.Marshal(attack)
			require.NoError(t, err)
			body := strings.ReplaceAll(p.body, "@", string(quoted[1:len(quoted)-1]))
			for _, headers := range [][]string{nil, {"X-Athena-Envelope: none", "Prefer: resolution=merge-duplicates, return=representation, count=exact"}} {
				reply := w.do(strings.ReplaceAll(p.operation, "@", url.PathEscape(attack)), body, headers...)
				require.Less(t, reply.Status, 500, "%s with %s: %s", p.operation, attack, reply.Body)
				require.NotContains(t, reply.Body, "alive", "%s with %s", p.operation, attack)
			}
		}
	}
	for _, header := range []string{"Accept-Profile", "Content-Profile", "Accept", "Range", "Prefer", "X-Athena-Envelope", "If-None-Match"} {
		for _, attack := range attacks {
			for _, operation := range []string{"GET /rest/v1/people", "DELETE /rest/v1/notes?n=eq.99"} {
				require.Less(t, w.do(operation, "", header+": "+attack).Status, 500, "%s: %s", header, attack)
			}
		}
	}
	require.Equal(t, "alive", w.Value(t, "SELECT string_agg(word, ',') FROM canary"))
}
