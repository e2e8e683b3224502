package main

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"athena/http/openapi"
	"athena/http/route"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/goccy/go-json"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// sampler makes requests of what the document requires of them.
type sampler struct{ document *openapi3.T }

func newSampler(t *testing.T) *sampler {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromData(openapi.Document)
	require.NoError(t, err)
	return &sampler{document}
}

// constraint is what a variable of a path must look like, which the document leaves out.
var constraint = regexp.MustCompile(`[:?][^{}]*\}`)

// request gives path and body of a request that an operation takes: its sample, or
// what its document requires.
func (s *sampler) request(t *testing.T, r *route.Route) (path, body string) {
	t.Helper()
	if sample, given := samples[r.Name()]; given {
		return pathOf(r), sample.body
	}
	item := s.document.Paths.Find(constraint.ReplaceAllString(r.Path, "}"))
	require.NotNil(t, item, r.Path)
	operation := item.GetOperation(r.Method)
	query := url.Values{}
	for _, parameter := range operation.Parameters {
		if p := parameter.Value; p.In == openapi3.ParameterInQuery && p.Required {
			query.Set(p.Name, strings.Trim(encoded(t, fitting(p.Schema.Value)), `"`))
		}
	}
	if path = filled(r); len(query) > 0 {
		path += "?" + query.Encode()
	}
	if operation.RequestBody == nil {
		return path, ""
	}
	media := operation.RequestBody.Value.Content.Get("application/json")
	require.NotNil(t, media, "%s takes no JSON: give it a sample", r.Name())
	return path, encoded(t, fitting(media.Schema.Value))
}

func encoded(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return string(text)
}

// fitting is a value of a schema with what it requires, and no more.
func fitting(schema *openapi3.Schema) any {
	switch {
	case len(schema.Enum) > 0:
		return schema.Enum[0]
	case len(schema.AllOf)+len(schema.AnyOf)+len(schema.OneOf) > 0:
		return fitting(append(append(schema.AllOf, schema.AnyOf...), schema.OneOf...)[0].Value)
	case schema.Type.Is("integer"), schema.Type.Is("number"):
		return 1
	case schema.Type.Is("boolean"):
		return true
	case schema.Type.Is("array"):
		return []any{fitting(schema.Items.Value)}
	case schema.Type.Is("object"):
		object := map[string]any{}
		for _, name := range schema.Required {
			object[name] = fitting(schema.Properties[name].Value)
		}
		return object
	}
	if schema.Format == "uuid" {
		return uuid.NewString()
	}
	return "sample"
}
