package apitest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"athena/http/openapi"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

// Loose gives the same tables without the comparison of their answers with the
// OpenAPI document, for tests whose tables are not the server's.
func (a *API) Loose() *API { return &API{client: a.client, loose: true} }

// documented finds the operations of the document; it is made once.
var documented = sync.OnceValues(func() (routers.Router, error) {
	document, err := openapi3.NewLoader().LoadFromData(openapi.Document)
	if err != nil {
		return nil, fmt.Errorf("load openapi.yaml: %w", err)
	}
	document.Servers = nil // any host will do
	for _, stream := range []string{"application/x-ndjson", "application/vnd.pgrst.plan+text", "text/event-stream", "text/html"} {
		openapi3filter.RegisterBodyDecoder(stream, plain)
	}
	return gorillamux.NewRouter(document)
})

// plain takes a body as text.
func plain(body io.Reader, _ http.Header, _ *openapi3.SchemaRef, _ openapi3filter.EncodingFn) (any, error) {
	text, err := io.ReadAll(body)
	return string(text), err
}

// frontEnd are the statuses with which the front end turns a request away before
// it knows the operation.
var frontEnd = []int{http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusRequestHeaderFieldsTooLarge}

// Documented compares an answer with what the document says of its operation, and
// enters it into the ledger. What the document does not have is the business of
// another test: it compares the document with the tables.
func Documented(asked *http.Request, status int, header http.Header, body []byte) error {
	operations, err := documented()
	if err != nil {
		return err
	}
	found, _, err := operations.FindRoute(asked)
	if err != nil {
		return nil
	}
	if err := compare(asked, found, status, header, body); err != nil {
		return fmt.Errorf("%s %s answered %d, which is not what openapi.yaml says: %s\nmend the handler or the types that its route names, then run `make openapi`\n%s",
			found.Method, found.Path, status, explain(err), body)
	}
	return enter(found.Method, found.Path, status)
}

// requireDocumented fails the test when an answer is not what the document says.
func requireDocumented(t testing.TB, request *fasthttp.Request, response *fasthttp.Response) {
	t.Helper()
	asked, err := http.NewRequest(string(request.Header.Method()), request.URI().String(), nil)
	require.NoError(t, err)
	body, err := response.BodyUncompressed()
	require.NoError(t, err)
	header := http.Header{}
	for name, value := range response.Header.All() {
		header.Add(string(name), string(value))
	}
	require.NoError(t, Documented(asked, response.StatusCode(), header, body))
}

func compare(asked *http.Request, found *routers.Route, status int, header http.Header, body []byte) error {
	if found.Operation.Responses.Status(status) == nil { // the default answer is no licence for a handler
		if slices.Contains(frontEnd, status) {
			return nil
		}
		return fmt.Errorf("the status %d is not declared", status)
	}
	options := &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true}
	options.ExcludeResponseBody = asked.Method == http.MethodHead || len(body) == 0 && contentless(asked, status)
	options.WithCustomSchemaErrorFunc(place)
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: asked, Route: found},
		Status:                 status, Header: header, Options: options,
	}
	return openapi3filter.ValidateResponse(asked.Context(), input.SetBodyBytes(body))
}

// contentless reports whether an answer may lack its content: what was made does, and so
// does what PostgREST answers for rows that were there.
func contentless(asked *http.Request, status int) bool {
	return status == http.StatusCreated ||
		status == http.StatusOK && asked.Method == http.MethodPost && strings.HasPrefix(asked.URL.Path, "/rest/v1/")
}

// place tells where in the body a value is wrong, and how.
func place(err *openapi3.SchemaError) string {
	if err.Origin != nil {
		return err.Origin.Error()
	}
	return fmt.Sprintf("/%s: %s", strings.Join(err.JSONPointer(), "/"), err.Reason)
}

func explain(err error) string {
	var response *openapi3filter.ResponseError
	if !errors.As(err, &response) {
		return err.Error()
	}
	if response.Err == nil {
		return response.Reason
	}
	return response.Reason + ": " + response.Err.Error()
}
