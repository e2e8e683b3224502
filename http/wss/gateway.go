package wss

import (
	"net/netip"
	"strings"

	"athena/http/route"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/valyala/fasthttp"
)

// maxCalls is how many gateway commands of one socket may be under way.
const maxCalls = 16

type header struct{ name, value string }

// operations are the gateway's, by command.
var operations = map[string]struct{ method, path string }{
	wire.CommandFetch:  {"POST", "/gateway/fetch"},
	wire.CommandInsert: {"PUT", "/gateway/insert"},
	wire.CommandUpdate: {"POST", "/gateway/update"},
	wire.CommandDelete: {"DELETE", "/gateway/delete"},
	wire.CommandQuery:  {"POST", "/gateway/query"},
}

// forwarded are the headers of the handshake that gateway commands go with.
func forwarded(rc *fasthttp.RequestCtx) []header {
	var list []header
	for _, name := range []string{"apikey", "X-Api-Key", "X-Athena-Key", "Authorization", "User-Agent", "X-Athena-Sdk", "X-Forwarded-For"} {
		if value := string(rc.Request.Header.Peek(name)); value != "" {
			list = append(list, header{name, value})
		}
	}
	if key := string(rc.QueryArgs().Peek("api_key")); key != "" {
		list = append(list, header{"apikey", key})
	}
	return list
}

// callGateway carries out a gateway command as the operation of the same name,
// with its rights, limits and log, beside the socket's other commands.
func (s *socket) callGateway(c *wire.LiveCommand) error {
	if c.RequestID == "" {
		return wire.Fail(wire.ChatBadRequest, "request_id is missing").At("request_id")
	}
	if len(c.Payload) == 0 {
		return wire.Fail(wire.ChatBadRequest, "payload is missing").At("payload")
	}
	select {
	case s.calls <- struct{}{}:
	default:
		return wire.Fail(wire.Overloaded, "%d gateway commands of this socket are under way", maxCalls)
	}
	go func() {
		defer func() { <-s.calls }()
		defer s.recover()
		s.out.put(encodeFrame(s.gateway(c)))
	}()
	return nil
}

func (s *socket) gateway(c *wire.LiveCommand) wire.LiveResult {
	var request fasthttp.Request
	request.Header.SetMethod(operations[c.Type].method)
	request.SetRequestURI(operations[c.Type].path)
	request.Header.SetContentType("application/json")
	request.Header.Set("X-Athena-Client", s.client)
	request.Header.Set("X-Request-Id", requestID(c.RequestID))
	for _, h := range s.headers {
		request.Header.Set(h.name, h.value)
	}
	request.SetBody(c.Payload)
	var rc fasthttp.RequestCtx
	rc.Init(&request, s.remote, nil)
	s.api.Gateway(&rc)
	result := wire.LiveResult{Type: wire.EventGateway, RequestID: c.RequestID, Status: rc.Response.StatusCode()}
	if body := rc.Response.Body(); json.Valid(body) {
		result.Body = append(json.RawMessage{}, body...)
	}
	return result
}

// requestID makes the client's own name for a command fit for the log.
func requestID(id string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '_'
		}
		return r
	}, id[:min(len(id), 100)])
}

// netAddr is the caller's own address, behind trusted proxies too.
func netAddr(call *route.Call) netip.AddrPort { return netip.AddrPortFrom(call.Caller.From, 0) }
