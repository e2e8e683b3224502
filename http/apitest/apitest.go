// Package apitest calls route tables in tests, through the real front end, over
// memory instead of a socket. Who calls is said by plain headers, so that a
// domain's tests need no keys and no sessions; the guard has its own tests. Every
// answer is compared with what the OpenAPI document says of its operation.
package apitest

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"athena/http/route"
	"athena/http/server"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
	"github.com/valyala/fasthttp/fasthttputil"
)

// API is a set of tables behind the real front end.
type API struct {
	client *fasthttp.HostClient
	loose  bool
}

// New serves tables until the test ends.
func New(t testing.TB, tables ...route.Table) *API {
	t.Helper()
	return serve(t, server.Config{}, tables)
}

// Hurried serves tables whose requests have little time, so that they meet its end.
func Hurried(t testing.TB, tables ...route.Table) *API {
	t.Helper()
	return serve(t, server.Config{RequestTimeout: 100 * time.Millisecond}, tables)
}

func serve(t testing.TB, config server.Config, tables []route.Table) *API {
	t.Helper()
	s := server.New(config, tables, guard{}, drop{}, server.NewMetrics(), slog.New(slog.DiscardHandler))
	listener := fasthttputil.NewInmemoryListener()
	served := make(chan error, 1)
	go func() { served <- s.Serve(listener) }()
	t.Cleanup(func() {
		require.NoError(t, s.Shutdown(context.Background()))
		require.NoError(t, <-served)
	})
	return &API{client: &fasthttp.HostClient{
		Addr: "athena.test", MaxConns: 512,
		Dial: func(string) (net.Conn, error) { return listener.Dial() },
	}}
}

// Reply is an answer as the client sees it.
type Reply struct {
	Status int
	Body   string
	Header *fasthttp.ResponseHeader
}

// As are the headers of a user of an organization who calls for a client.
func As(client, organization, user string) []string {
	return []string{"X-Athena-Client: " + client, "X-Organization-Id: " + organization, "X-User-Id: " + user}
}

// Do sends one request: "METHOD /path?query", a JSON body (empty for none), and
// headers as "Name: value".
func (a *API) Do(t testing.TB, operation, body string, headers ...string) Reply {
	t.Helper()
	method, uri, ok := strings.Cut(operation, " ")
	require.True(t, ok, "operation is METHOD /path")
	request, response := fasthttp.AcquireRequest(), &fasthttp.Response{}
	defer fasthttp.ReleaseRequest(request)
	request.Header.SetMethod(method)
	request.SetRequestURI("http://athena.test" + uri)
	if body != "" {
		request.Header.SetContentType("application/json")
		request.SetBodyString(body)
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Add(name, value)
	}
	require.NoError(t, a.client.Do(request, response))
	if !a.loose {
		requireDocumented(t, request, response)
	}
	return Reply{response.StatusCode(), string(response.Body()), &response.Header}
}

// Answer calls an operation that answers with this status, and reads its answer.
func Answer[T any](t testing.TB, a *API, status int, operation, body string, headers ...string) (out T) {
	t.Helper()
	reply := a.Do(t, operation, body, headers...)
	require.Equal(t, status, reply.Status, reply.Body)
	require.NoError(t, json.Unmarshal([]byte(reply.Body), &out), reply.Body)
	return out
}

// guard believes the headers.
type guard struct{}

func (guard) Check(_ context.Context, r *route.Route, rc *fasthttp.RequestCtx) (route.Caller, error) {
	header := func(name string) string { return string(rc.Request.Header.Peek(name)) }
	caller := route.Caller{Client: header("X-Athena-Client"), UserID: header("X-User-Id"), OrganizationID: header("X-Organization-Id")}
	switch r.Access {
	case route.Session:
		if caller.UserID == "" {
			return caller, wire.Fail(wire.ChatUnauthenticated, "no session")
		}
	case route.Admin:
		caller.Admin = true
	case route.Gateway, route.MaybeGateway:
		caller.Key = grantOf(rc)
		caller.Open = caller.Key == nil
		if r.Right != "" {
			return caller, caller.Allow(r.Right)
		}
	case route.Alias:
		caller.Key = grantOf(rc)
		caller.Open = caller.Key == nil
	case route.Management:
		if caller.Key = grantOf(rc); caller.Key != nil {
			caller.Key.Client = caller.Client
		}
		return caller, r.Permit(&caller)
	}
	return caller, nil
}

// Rights is the header of a caller whose API key has these rights alone, such as
// "people.read tickets.*"; without the header a caller may do everything.
func Rights(rights ...string) string { return rightsHeader + ": " + strings.Join(rights, " ") }

const rightsHeader = "X-Test-Rights"

func grantOf(rc *fasthttp.RequestCtx) *wire.KeyGrant {
	if len(rc.Request.Header.PeekAll(rightsHeader)) == 0 {
		return nil
	}
	return &wire.KeyGrant{PublicID: "0123456789abcdef", Rights: strings.Fields(string(rc.Request.Header.Peek(rightsHeader)))}
}

type drop struct{}

func (drop) Record(*wire.RequestLog, *wire.OperationLog) {}
