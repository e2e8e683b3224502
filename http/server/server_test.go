package server_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"athena/http/route"
	"athena/http/server"
	"athena/http/system"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/klauspost/compress/zstd"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
	"github.com/valyala/fasthttp/fasthttputil"
)

// front is a server over memory with all that it said and recorded.
type front struct {
	t        *testing.T
	listener *fasthttputil.InmemoryListener
	client   *http.Client
	log      *lines
	rows     *rows
	slow     chan struct{} // receives when a slow request has begun
	release  chan struct{} // lets a held request go
	shutdown func(context.Context) error
}

func newFront(t *testing.T, config server.Config) *front {
	t.Helper()
	f := &front{
		t: t, listener: fasthttputil.NewInmemoryListener(), log: &lines{}, rows: &rows{},
		slow: make(chan struct{}, 16), release: make(chan struct{}),
	}
	metrics := server.NewMetrics()
	tables := []route.Table{f.table(), system.API{Metrics: metrics.Registry}.Routes()[3:4]}
	s := server.New(config, tables, doorman{}, f.rows, metrics, slog.New(slog.NewJSONHandler(f.log, nil)))
	f.shutdown = s.Shutdown
	served := make(chan error, 1)
	go func() { served <- s.Serve(f.listener) }()
	f.client = &http.Client{Transport: &http.Transport{
		DisableCompression: true,
		DialContext:        func(context.Context, string, string) (net.Conn, error) { return f.listener.Dial() },
	}}
	t.Cleanup(func() {
		require.NoError(t, s.Shutdown(context.Background()))
		require.NoError(t, <-served)
	})
	return f
}

type echo struct {
	Text string `json:"text"`
}

func (f *front) table() route.Table {
	nothing := func(do func(context.Context) error) route.Handler {
		return route.JSON(func(ctx context.Context, _ *wire.Empty) (echo, error) { return echo{"done"}, do(ctx) })
	}
	return route.Table{
		{Method: "POST", Path: "/echo", Do: route.JSON(func(_ context.Context, in *echo) (echo, error) { return *in, nil })},
		{Method: "GET", Path: "/big", Do: route.JSON(func(context.Context, *wire.Empty) (echo, error) { return echo{strings.Repeat("large ", 4000)}, nil })},
		{Method: "GET", Path: "/other/{id}", Do: nothing(func(context.Context) error { return nil }), Dialect: func(rc *fasthttp.RequestCtx) route.FailureFunc {
			if len(rc.Request.Header.Peek("X-Other")) == 0 {
				return nil
			}
			return func(p *wire.Problem) (int, any) { return p.Code.Status, map[string]string{"other": p.Code.Name} }
		}},
		{Method: "GET", Path: "/panic", Do: nothing(func(context.Context) error { panic("secret of the panic") })},
		{Method: "GET", Path: "/bug", Do: nothing(func(context.Context) error { return errors.New("secret of the bug") })},
		{Method: "GET", Path: "/refused", Do: nothing(func(context.Context) error {
			return wire.Fail(wire.Overloaded, "too busy").After(1500 * time.Millisecond).WithHint("later")
		})},
		{Method: "GET", Path: "/down", Do: nothing(func(context.Context) error {
			return wire.Fail(wire.BackendUnavailable, "down").Because(errors.New("secret of the cause"))
		})},
		{Method: "GET", Path: "/slow", Do: nothing(func(ctx context.Context) error {
			f.slow <- struct{}{}
			<-ctx.Done()
			return fmt.Errorf("wait: %w", ctx.Err())
		})},
		{Method: "GET", Path: "/cut", Do: nothing(func(ctx context.Context) error {
			f.slow <- struct{}{}
			<-ctx.Done()
			return fmt.Errorf("read: %w", net.ErrClosed)
		})},
		{Method: "GET", Path: "/part", Do: nothing(func(context.Context) error { return fmt.Errorf("a part: %w", context.DeadlineExceeded) })},
		{Method: "GET", Path: "/lost", Do: nothing(func(context.Context) error { return fmt.Errorf("read: %w", net.ErrClosed) })},
		{Method: "GET", Path: "/held", Do: nothing(func(context.Context) error {
			f.slow <- struct{}{}
			<-f.release
			return nil
		})},
		{Method: "GET", Path: "/thing/{id}", Access: route.Admin, Do: nothing(func(context.Context) error { return nil })},
	}
}

// doorman turns away whoever asks for what is not public.
type doorman struct{}

func (doorman) Check(_ context.Context, r *route.Route, _ *fasthttp.RequestCtx) (route.Caller, error) {
	if r.Access != route.Public {
		return route.Caller{}, wire.Fail(wire.AdminRequired, "no key")
	}
	return route.Caller{}, nil
}

// rows keeps what is recorded.
type rows struct {
	mu   sync.Mutex
	list []*wire.RequestLog
}

func (r *rows) Record(row *wire.RequestLog, _ *wire.OperationLog) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, row)
}

func (r *rows) last(t *testing.T) *wire.RequestLog {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	require.NotEmpty(t, r.list)
	return r.list[len(r.list)-1]
}

// lines is the log.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write keeps a line.
func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

type answer struct {
	*http.Response
	body string
}

func (f *front) do(method, path, body string, headers ...string) answer {
	f.t.Helper()
	request, err := http.NewRequest(method, "http://athena.test"+path, strings.NewReader(body))
	require.NoError(f.t, err)
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	response, err := f.client.Do(request)
	require.NoError(f.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(f.t, err)
	return answer{response, string(text)}
}

// raw sends bytes that no HTTP client would.
func (f *front) raw(text string) answer {
	f.t.Helper()
	conn, err := f.listener.Dial()
	require.NoError(f.t, err)
	defer conn.Close()
	_, err = conn.Write([]byte(text))
	require.NoError(f.t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(f.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(f.t, err)
	return answer{response, string(body)}
}

// failure holds an answer to what every error promises.
func (f *front) failure(a answer, status int, code string) wire.Failure {
	f.t.Helper()
	require.Equal(f.t, status, a.StatusCode, a.body)
	require.Equal(f.t, "application/json", a.Header.Get("Content-Type"))
	require.NotEmpty(f.t, a.Header.Get("X-Request-Id"))
	var envelope wire.Failure
	require.NoError(f.t, json.Unmarshal([]byte(a.body), &envelope), a.body)
	require.Equal(f.t, "error", envelope.Status)
	require.Equal(f.t, code, envelope.Code)
	require.NotEmpty(f.t, envelope.Message)
	require.NotEmpty(f.t, envelope.Error)
	require.NotZero(f.t, envelope.ErrorNumber)
	require.NotContains(f.t, a.body, "secret")
	return envelope
}

func TestEveryErrorIsAnEnvelope(t *testing.T) {
	t.Parallel()
	f := newFront(t, server.Config{BodyLimit: 1 << 10, HeaderLimit: 2 << 10})
	long := strings.Repeat("x", 4<<10)
	for _, tc := range []struct {
		name   string
		answer func() answer
		status int
		code   string
		label  string
	}{
		{"unknown path", func() answer { return f.do("GET", "/nowhere?api_key=secret", "") }, 404, "route_not_found", "unmatched"},
		{"trailing slash", func() answer { return f.do("POST", "/echo/", "{}") }, 404, "route_not_found", "unmatched"},
		{"other case", func() answer { return f.do("POST", "/ECHO", "{}") }, 404, "route_not_found", "unmatched"},
		{"wrong method", func() answer { return f.do("GET", "/echo", "") }, 405, "method_not_allowed", "unmatched"},
		{"preflight without origins", func() answer { return f.do("OPTIONS", "/echo", "") }, 405, "method_not_allowed", "unmatched"},
		{"turned away", func() answer { return f.do("GET", "/thing/1", "") }, 401, "admin_key_required", "GET /thing/{id}"},
		{"no body", func() answer { return f.do("POST", "/echo", "") }, 400, "invalid_json", "POST /echo"},
		{"bad body", func() answer { return f.do("POST", "/echo", `{"text":`) }, 400, "invalid_json", "POST /echo"},
		{"wrong type", func() answer { return f.do("POST", "/echo", `{"text":{}}`) }, 400, "invalid_json", "POST /echo"},
		{"bug", func() answer { return f.do("GET", "/bug", "") }, 500, "internal_error", "GET /bug"},
		{"panic", func() answer { return f.do("GET", "/panic", "") }, 500, "internal_error", "GET /panic"},
		{"down", func() answer { return f.do("GET", "/down", "") }, 503, "backend_unavailable", "GET /down"},
		{"body too large", func() answer { return f.do("POST", "/echo", long[:1500]) }, 413, "ATHENA_LIMIT_EXCEEDED", "unreadable"},
		{"body said to be too large", func() answer {
			return f.raw("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000000\r\n\r\n")
		}, 413, "ATHENA_LIMIT_EXCEEDED", "unreadable"},
		{"chunks too large", func() answer {
			return f.raw("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n" + long + "\r\n0\r\n\r\n")
		}, 413, "ATHENA_LIMIT_EXCEEDED", "unreadable"},
		{"headers too large", func() answer { return f.raw("GET /bug HTTP/1.1\r\nHost: a\r\nX-Long: " + long + "\r\n\r\n") }, 431, "headers_too_large", "unreadable"},
		{"path too long", func() answer { return f.raw("GET /" + long + " HTTP/1.1\r\nHost: a\r\n\r\n") }, 431, "headers_too_large", "unreadable"},
		{"not HTTP", func() answer { return f.raw("hello\r\n\r\n") }, 400, "invalid_request", "unreadable"},
		{"bad header", func() answer { return f.raw("GET /bug HTTP/1.1\r\nno colon\r\n\r\n") }, 400, "invalid_request", "unreadable"},
		{"bad length", func() answer { return f.raw("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n") }, 400, "invalid_request", "unreadable"},
	} {
		a := tc.answer()
		f.failure(a, tc.status, tc.code)
		row := f.rows.last(t)
		require.Equal(t, tc.status, row.StatusCode, tc.name)
		require.Equal(t, tc.label, row.Route, tc.name)
		require.Equal(t, a.Header.Get("X-Request-Id"), row.RequestID, tc.name)
	}
	a := f.do("POST", "/echo", `{"text":"still here"}`)
	require.Equal(t, 200, a.StatusCode, "the server lives")
	require.JSONEq(t, `{"text":"still here"}`, a.body)
}

// TestMissesSpeakTheDialectOfTheirNeighbours: whoever has failures written in another
// shape has those of paths and methods that there are not written so, too.
func TestMissesSpeakTheDialectOfTheirNeighbours(t *testing.T) {
	t.Parallel()
	f := newFront(t, server.Config{})
	for _, tc := range []struct {
		method, path string
		status       int
		code         string
	}{
		{"GET", "/other/1/2", 404, "route_not_found"},
		{"POST", "/other/1", 405, "method_not_allowed"},
	} {
		a := f.do(tc.method, tc.path, "", "X-Other: 1")
		require.Equal(t, tc.status, a.StatusCode)
		require.JSONEq(t, `{"other":"`+tc.code+`"}`, a.body)
		f.failure(f.do(tc.method, tc.path, ""), tc.status, tc.code)
	}
	f.failure(f.do("GET", "/nowhere", "", "X-Other: 1"), 404, "route_not_found")
}

func TestMethodThatWouldDoIsTold(t *testing.T) {
	t.Parallel()
	f := newFront(t, server.Config{})
	require.Contains(t, f.do("GET", "/echo", "").Header.Get("Allow"), "POST")
}

func TestFailureTellsWhatToDo(t *testing.T) {
	t.Parallel()
	f := newFront(t, server.Config{DocsURL: "https://docs.example/errors"})
	a := f.do("GET", "/refused", "")
	envelope := f.failure(a, 429, "overloaded")
	require.Equal(t, "2", a.Header.Get("Retry-After"), "whole seconds, rounded up")
	require.Equal(t, "later", envelope.Hint)
	require.Equal(t, "https://docs.example/errors/overloaded", envelope.DocsURL)
	require.Equal(t, "overloaded", f.rows.last(t).ErrorCode)
}

func TestPanicIsLoggedUnderItsRequest(t *testing.T) {
	t.Parallel()
	f := newFront(t, server.Config{})
	envelope := f.failure(f.do("GET", "/panic", "", "X-Request-Id: find-me"), 500, "internal_error")
	require.Equal(t, "find-me", envelope.RequestID)
	line := f.line("find-me")
	require.Equal(t, "ERROR", line["level"])
	require.Contains(t, line["cause"], "secret of the panic")
	require.Contains(t, line["cause"], "server_test.go", "the log has the stack")
	f.failure(f.do("GET", "/down", "", "X-Request-Id: find-cause"), 503, "backend_unavailable")
	require.Contains(t, f.line("find-cause")["cause"], "secret of the cause")
}

// line finds the access line of a request.
func (f *front) line(id string) map[string]any {
	f.t.Helper()
	for text := range strings.Lines(f.log.String()) {
		var line map[string]any
		require.NoError(f.t, json.Unmarshal([]byte(text), &line))
		if line["request_id"] == id {
			return line
		}
	}
	require.FailNow(f.t, "no line of "+id)
	return nil
}

func TestAccessLineHasNoQueryString(t *testing.T) {
	t.Parallel()
	f := newFront(t, server.Config{})
	f.do("GET", "/big?api_key=secret&x=1", "", "X-Request-Id: one", "apikey: secret", "Authorization: Bearer secret", "User-Agent: probe")
	line := f.line("one")
	require.Equal(t, "/big", line["path"])
	require.Equal(t, "GET", line["method"])
	require.EqualValues(t, 200, line["status"])
	require.NotContains(t, f.log.String(), "secret")
	row := f.rows.last(t)
	require.Equal(t, "/big", row.Path)
	require.Equal(t, "probe", row.UserAgent)
	require.Positive(t, row.ResponseBytes)
	require.Positive(t, row.Duration)
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	f := newFront(t, server.Config{})
	for _, tc := range []struct {
		headers []string
		want    string // empty for one made here
	}{
		{nil, ""},
		{[]string{"X-Request-Id: mine"}, "mine"},
		{[]string{"X-Correlation-Id: other"}, "other"},
		{[]string{"X-Athena-Request-Id: own", "X-Correlation-Id: other"}, "own"},
		{[]string{"X-Request-Id: two words"}, ""},
		{[]string{"X-Request-Id: über"}, ""},
		{[]string{"X-Request-Id: " + strings.Repeat("a", 128)}, strings.Repeat("a", 128)},
		{[]string{"X-Request-Id: " + strings.Repeat("a", 129)}, ""},
		{[]string{"X-Request-Id: bad one", "X-Correlation-Id: good"}, "good"},
	} {
		got := f.do("GET", "/big", "", tc.headers...).Header.Get("X-Request-Id")
		if tc.want == "" {
			require.Regexp(t, `^[0-9a-f-]{36}$`, got, "%v", tc.headers)
		} else {
			require.Equal(t, tc.want, got)
		}
		require.Equal(t, got, f.rows.last(t).RequestID)
	}
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	f := newFront(t, server.Config{RequestTimeout: 20 * time.Millisecond})
	f.failure(f.do("GET", "/slow", ""), 504, "deadline_exceeded")
	f.failure(f.do("GET", "/cut", ""), 504, "deadline_exceeded")
	f.failure(f.do("GET", "/part", ""), 504, "deadline_exceeded")
	f.failure(f.do("GET", "/lost", ""), 500, "internal_error")
}

func TestRequestThatDoesNotArrive(t *testing.T) {
	t.Parallel()
	f := newFront(t, server.Config{ReadTimeout: 20 * time.Millisecond})
	f.failure(f.raw("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{"), 408, "request_timeout")
}

func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	const origin = "https://shop.example"
	for _, tc := range []struct {
		name    string
		allowed []string
		origin  string
		want    string
	}{
		{"listed", []string{"https://other.example", origin}, origin, origin},
		{"any", []string{"*"}, origin, origin},
		{"not listed", []string{"https://other.example"}, origin, ""},
		{"a longer name", []string{origin}, origin + ".evil.example", ""},
		{"none", nil, origin, ""},
		{"no origin", []string{"*"}, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFront(t, server.Config{Origins: tc.allowed})
			var headers []string
			if tc.origin != "" {
				headers = []string{"Origin: " + tc.origin}
			}
			plain := f.do("GET", "/big", "", headers...)
			require.Equal(t, 200, plain.StatusCode)
			require.Equal(t, tc.want, plain.Header.Get("Access-Control-Allow-Origin"))
			failed := f.do("GET", "/bug", "", headers...)
			require.Equal(t, tc.want, failed.Header.Get("Access-Control-Allow-Origin"), "a browser may read errors too")

			preflight := f.do("OPTIONS", "/echo", "", append(headers, "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: apikey, x-athena-client")...)
			require.Equal(t, tc.want, preflight.Header.Get("Access-Control-Allow-Origin"))
			if tc.want == "" {
				require.Equal(t, 405, preflight.StatusCode)
				return
			}
			require.Equal(t, 204, preflight.StatusCode)
			require.Contains(t, preflight.Header.Get("Access-Control-Allow-Methods"), "PATCH")
			require.Equal(t, "apikey, x-athena-client", preflight.Header.Get("Access-Control-Allow-Headers"))
			require.Equal(t, "Origin", preflight.Header.Get("Vary"))
			require.Contains(t, plain.Header.Get("Access-Control-Expose-Headers"), "X-Request-Id")
		})
	}
}

func TestLargeAnswersAreCompressed(t *testing.T) {
	t.Parallel()
	f := newFront(t, server.Config{})
	plain := f.do("GET", "/big", "")
	require.Empty(t, plain.Header.Get("Content-Encoding"))
	for coding, unpack := range map[string]func(string) string{
		"gzip": func(body string) string {
			r, err := gzip.NewReader(strings.NewReader(body))
			require.NoError(t, err)
			text, err := io.ReadAll(r)
			require.NoError(t, err)
			return string(text)
		},
		"zstd": func(body string) string {
			r, err := zstd.NewReader(nil)
			require.NoError(t, err)
			defer r.Close()
			text, err := r.DecodeAll([]byte(body), nil)
			require.NoError(t, err)
			return string(text)
		},
		"br": func(body string) string {
			text, err := fasthttp.AppendUnbrotliBytes(nil, []byte(body))
			require.NoError(t, err)
			return string(text)
		},
	} {
		packed := f.do("GET", "/big", "", "Accept-Encoding: "+coding)
		require.Equal(t, coding, packed.Header.Get("Content-Encoding"))
		require.Less(t, len(packed.body), len(plain.body)/10)
		require.Equal(t, plain.body, unpack(packed.body))
		require.Contains(t, packed.Header.Get("Vary"), "Accept-Encoding")
		require.Empty(t, f.do("POST", "/echo", `{"text":"small"}`, "Accept-Encoding: "+coding).Header.Get("Content-Encoding"))
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	f := newFront(t, server.Config{})
	for range 3 {
		f.do("GET", "/thing/"+fmt.Sprint(time.Now().UnixNano()), "")
	}
	f.do("GET", "/nowhere/at/all", "")
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(f.do("GET", "/metrics", "").body))
	require.NoError(t, err)
	counts := map[string]float64{}
	for _, m := range families["athena_http_requests_total"].GetMetric() {
		labels := map[string]string{}
		for _, l := range m.GetLabel() {
			labels[l.GetName()] = l.GetValue()
		}
		counts[labels["route"]+" "+labels["status"]] = m.GetCounter().GetValue()
	}
	require.Equal(t, map[string]float64{"GET /thing/{id} 401": 3, "unmatched 404": 1}, counts, "a series for each route, not for each path")
	require.NotEmpty(t, families["athena_http_request_duration_seconds"].GetMetric())
	require.EqualValues(t, 1, families["athena_http_requests_in_flight"].GetMetric()[0].GetGauge().GetValue(), "the scrape itself")
}

func TestShutdownWaitsForRequests(t *testing.T) {
	t.Parallel()
	f := newFront(t, server.Config{})
	answers := make(chan answer, 1)
	go func() { answers <- f.do("GET", "/held", "") }()
	<-f.slow
	ended := make(chan error, 1)
	go func() { ended <- f.shutdown(t.Context()) }()
	require.Eventually(t, func() bool {
		conn, err := f.listener.Dial()
		if err == nil {
			conn.Close()
		}
		return err != nil
	}, time.Minute, time.Millisecond)
	close(f.release)
	require.Equal(t, 200, (<-answers).StatusCode)
	require.NoError(t, <-ended)
}

func TestShutdownCutsWhatOverstays(t *testing.T) {
	t.Parallel()
	f := newFront(t, server.Config{})
	answers := make(chan answer, 1)
	go func() { answers <- f.do("GET", "/slow", "") }()
	<-f.slow
	grace, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, f.shutdown(grace), context.Canceled)
	f.failure(<-answers, 503, "shutting_down")
}
