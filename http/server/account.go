package server

import (
	"log/slog"
	"time"

	"athena/http/route"
	"athena/wire"

	"github.com/valyala/fasthttp"
)

// account writes the access line and hands the log rows on. The path is logged
// without its query string, which may hold a key.
func (s *Server) account(call *route.Call, name string, rc *fasthttp.RequestCtx, problem *wire.Problem) {
	row := &wire.RequestLog{
		RequestID:      call.RequestID,
		Method:         string(rc.Method()),
		Path:           string(rc.Path()),
		Route:          name,
		StatusCode:     rc.Response.StatusCode(),
		ClientName:     call.Caller.Client,
		UserID:         call.Caller.UserID,
		OrganizationID: call.Caller.OrganizationID,
		CompanyID:      string(rc.Request.Header.Peek("X-Company-Id")),
		RemoteAddr:     remoteAddr(call, rc),
		UserAgent:      string(rc.UserAgent()),
		SDK:            string(rc.Request.Header.Peek("X-Athena-Sdk")),
		Duration:       time.Since(call.Began),
		RequestBytes:   max(rc.Request.Header.ContentLength(), 0),
		ResponseBytes:  bodySize(&rc.Response),
		At:             call.Began,
	}
	if call.Caller.Key != nil {
		row.APIKeyPublicID = call.Caller.Key.PublicID
	}
	if problem != nil {
		row.ErrorCode = problem.Code.Name
	}
	s.line(row, call)
	s.recorder.Record(row, finish(call, row, problem))
}

// remoteAddr is the caller's address, behind trusted proxies too.
func remoteAddr(call *route.Call, rc *fasthttp.RequestCtx) string {
	if call.Caller.From.IsValid() {
		return call.Caller.From.String()
	}
	return rc.RemoteIP().String()
}

// finish completes the gateway's own row with what is known after the answer.
func finish(call *route.Call, row *wire.RequestLog, problem *wire.Problem) *wire.OperationLog {
	op := call.Operation
	if op == nil {
		return nil
	}
	op.RequestID, op.ClientName, op.StatusCode = row.RequestID, row.ClientName, row.StatusCode
	op.Method, op.Path = row.Method, row.Path
	op.Duration, op.ErrorCode, op.At = row.Duration, row.ErrorCode, row.At
	if problem != nil {
		op.Message = problem.Detail
	}
	return op
}

func (s *Server) line(row *wire.RequestLog, call *route.Call) {
	level := slog.LevelInfo
	if row.StatusCode >= 500 {
		level = slog.LevelError
	}
	if !s.log.Enabled(call, level) {
		return
	}
	// Made by hand, a record does not look for its caller, which is always here.
	line := slog.NewRecord(row.At, level, "request", 0)
	cause := ""
	if call.Cause != nil {
		cause = call.Cause.Error()
	}
	attrs := append(make([]slog.Attr, 0, 10), // all at once: the record makes room once
		slog.String("request_id", row.RequestID),
		slog.String("method", row.Method),
		slog.String("path", row.Path),
		slog.Int("status", row.StatusCode),
		slog.Int64("duration_us", row.Duration.Microseconds()),
	)
	for _, extra := range [...]slog.Attr{
		slog.String("remote", row.RemoteAddr), slog.String("client", row.ClientName),
		slog.String("key", row.APIKeyPublicID), slog.String("error", row.ErrorCode), slog.String("cause", cause),
	} {
		if extra.Value.String() != "" {
			attrs = append(attrs, extra)
		}
	}
	line.AddAttrs(attrs...)
	_ = s.log.Handler().Handle(call, line) // as the logger does: a log that fails has nowhere to say so
}

// bodySize is how large an answer is; zero for one that is still to come, which must
// not be read here.
func bodySize(r *fasthttp.Response) int {
	if r.IsBodyStream() {
		return 0
	}
	return len(r.Body())
}
