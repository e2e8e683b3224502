package openapi_test

import (
	"bytes"
	"context"
	"flag"
	"log/slog"
	"os"
	"strings"
	"testing"

	"athena/http/apitest"
	"athena/http/openapi"
	"athena/http/operations"
	"athena/http/route"
	"athena/http/server"
	"athena/http/system"
	"athena/wire"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

var update = flag.Bool("update", false, "write openapi.yaml anew")

// version of the interface, not of the program.
const version = "1"

func tables() []route.Table {
	return (&operations.APIs{}).Tables()
}

func generated(t *testing.T) []byte {
	t.Helper()
	document, _ := generate(version, tables())
	text, err := document.write()
	require.NoError(t, err)
	return text
}

func TestDocumentIsUpToDate(t *testing.T) {
	text := generated(t)
	if *update {
		require.NoError(t, os.WriteFile("openapi.yaml", text, 0o644))
		return
	}
	require.True(t, bytes.Equal(text, openapi.Document), "openapi.yaml is not what the route tables say: run `make openapi` and review the difference")
}

func TestDocumentIsTheSameEachTime(t *testing.T) {
	t.Parallel()
	require.Equal(t, string(generated(t)), string(generated(t)))
}

func TestDocumentIsValid(t *testing.T) {
	t.Parallel()
	document := load(t, generated(t))
	require.NoError(t, document.Validate(t.Context()))
}

func load(t *testing.T, text []byte) *openapi3.T {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromData(text)
	require.NoError(t, err)
	return document
}

func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	_, uncovered := generate(version, tables())
	require.Empty(t, uncovered, "these lack a comment, which would be their description")
}

func TestOperationIDsAreUnique(t *testing.T) {
	t.Parallel()
	owners := map[string]string{}
	eachOperation(load(t, generated(t)), func(name string, operation *openapi3.Operation) {
		require.NotEmpty(t, operation.OperationID, name)
		require.Empty(t, owners[operation.OperationID], "%s and this share an id: %s", operation.OperationID, name)
		owners[operation.OperationID] = name
	})
}

func eachOperation(document *openapi3.T, do func(name string, operation *openapi3.Operation)) {
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			do(method+" "+path, operation)
		}
	}
}

// TestDocumentAndRouterAgree asks the real router for every operation of the
// document and looks which route it found.
func TestDocumentAndRouterAgree(t *testing.T) {
	t.Parallel()
	var listed, documented []string
	for _, table := range tables() {
		for i := range table {
			listed = append(listed, table[i].Method+" "+documentPath(table[i].Path))
		}
	}
	ask := askRouter()
	eachOperation(load(t, generated(t)), func(name string, _ *openapi3.Operation) {
		documented = append(documented, name)
		require.Equal(t, name, ask(name), "the route that the router found")
	})
	require.ElementsMatch(t, listed, documented)
}

// askRouter gives a function that sends an operation to the front end and tells
// which route took it. The guard turns everybody away, so no handler runs.
func askRouter() func(name string) string {
	door := &closedDoor{}
	s := server.New(server.Config{}, tables(), door, discard{}, server.NewMetrics(), slog.New(slog.DiscardHandler))
	return func(name string) string {
		method, path, _ := strings.Cut(name, " ")
		rc := &fasthttp.RequestCtx{}
		rc.Request.Header.SetMethod(method)
		rc.Request.SetRequestURI(variable.ReplaceAllString(path, "00000000-0000-0000-0000-000000000000"))
		door.found = ""
		s.Handler()(rc)
		return door.found
	}
}

type closedDoor struct{ found string }

func (d *closedDoor) Check(_ context.Context, r *route.Route, _ *fasthttp.RequestCtx) (route.Caller, error) {
	d.found = r.Method + " " + documentPath(r.Path)
	return route.Caller{}, wire.Fail(wire.Unauthenticated, "nobody may")
}

type discard struct{}

func (discard) Record(*wire.RequestLog, *wire.OperationLog) {}

func TestDocumentIsServedAsItIs(t *testing.T) {
	t.Parallel()
	api := apitest.New(t, system.API{Document: openapi.Document}.Routes())
	answer := api.Do(t, "GET /openapi.yaml", "")
	require.Equal(t, 200, answer.Status)
	require.Equal(t, string(openapi.Document), answer.Body)
	require.Equal(t, "application/yaml", string(answer.Header.ContentType()))
}
