package load_test

import (
	"bytes"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"athena/bench/load"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

// echo is a caller that wants its own body back, and remembers what it got.
type echo struct {
	template load.Template
	answers  int
}

func (e *echo) Next(dst []byte) []byte { return e.template.Append(dst, []byte(`{"n":1}`)) }

func (e *echo) Answered(body []byte) error {
	e.answers++
	if !bytes.Equal(body, []byte(`{"n":1}`)) {
		return errors.New("another body: " + string(body))
	}
	return nil
}

func serve(t *testing.T, handle fasthttp.RequestHandler) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &fasthttp.Server{Handler: handle}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		require.NoError(t, server.Shutdown())
		require.NoError(t, <-done)
	})
	return listener.Addr().String()
}

func callers(n int) []load.Caller {
	all := make([]load.Caller, n)
	for i := range all {
		all[i] = &echo{template: load.NewTemplate("POST", "/echo", "X-Who: me\r\n")}
	}
	return all
}

func TestEveryRequestSentIsCountedOnce(t *testing.T) {
	t.Parallel()
	var served atomic.Uint64
	address := serve(t, func(c *fasthttp.RequestCtx) {
		served.Add(1)
		c.Write(c.Request.Body())
	})
	all := callers(8)
	got, err := load.Run(t.Context(), load.Plan{Address: address, Callers: all, Duration: 50 * time.Millisecond})
	require.NoError(t, err)
	require.NoError(t, got.Failed())
	require.Equal(t, served.Load(), got.Requests)
	require.Equal(t, got.Requests, got.Times.Count())
	require.Positive(t, got.Rate())
	var answers int
	for _, c := range all {
		answers += c.(*echo).answers
	}
	require.EqualValues(t, got.Requests, answers)
}

func TestFailuresAreCountedAndTold(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		handle fasthttp.RequestHandler
		says   string
	}{
		{"refused", func(c *fasthttp.RequestCtx) { c.Error("too busy", 429) }, "answered 429: too busy"},
		{"wrong body", func(c *fasthttp.RequestCtx) { c.WriteString("else") }, "another body: else"},
		{"cut", func(c *fasthttp.RequestCtx) { c.HijackSetNoResponse(true); c.Hijack(func(net.Conn) {}) }, "read the answer"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := load.Run(t.Context(), load.Plan{Address: serve(t, tc.handle), Callers: callers(2), Duration: 20 * time.Millisecond})
			require.NoError(t, err)
			require.Zero(t, got.Requests)
			require.ErrorContains(t, got.Failed(), tc.says)
			var failed *load.FailedError
			require.ErrorAs(t, got.Failed(), &failed)
			require.Equal(t, got.Errors, failed.Count)
		})
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	_, err = load.Run(t.Context(), load.Plan{Address: listener.Addr().String(), Callers: callers(1), Duration: time.Second})
	require.Error(t, err)
}

func TestOnce(t *testing.T) {
	t.Parallel()
	address := serve(t, func(c *fasthttp.RequestCtx) {
		if string(c.Path()) == "/gone" {
			c.Error("gone", 404)
			return
		}
		c.Write(c.RequestURI())
	})
	body, err := load.Once(t.Context(), address, load.AppendGet(nil, "/there?x=1", "A: b\r\n"))
	require.NoError(t, err)
	require.Equal(t, "/there?x=1", string(body))
	_, err = load.Once(t.Context(), address, load.AppendGet(nil, "/gone", ""))
	require.ErrorContains(t, err, "answered 404: gone")
}

func TestPacedRequestsKeepTheirPace(t *testing.T) {
	t.Parallel()
	var served atomic.Uint64
	address := serve(t, func(c *fasthttp.RequestCtx) {
		if served.Add(1) == 5 {
			c.SetStatusCode(500)
		}
		c.Write(c.Request.Body())
	})
	conn, err := load.Dial(t.Context(), address)
	require.NoError(t, err)
	defer conn.Close()
	caller := callers(1)[0]
	result := load.Paced(t.Context(), conn, caller, 10*time.Millisecond, 100*time.Millisecond)
	require.EqualValues(t, 9, result.Requests, "no more and no fewer, however slow the machine is")
	require.EqualValues(t, 1, result.Errors)
	require.EqualValues(t, 10, served.Load())
	require.EqualValues(t, 10, result.Times.Count())
	require.GreaterOrEqual(t, result.Elapsed, 100*time.Millisecond)

	require.NoError(t, conn.Close())
	broken := load.Paced(t.Context(), conn, caller, time.Millisecond, time.Hour)
	require.EqualValues(t, 1, broken.Errors, "a broken connection ends it")
}
