package server

import (
	"slices"

	"github.com/valyala/fasthttp"
)

const (
	corsMethods = "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"
	corsExposed = "Content-Location, Content-Profile, Content-Range, ETag, Location, Preference-Applied, Retry-After, X-Request-Id, X-Athena-Cursor, X-Athena-Cached, X-Athena-Cache-Outcome, X-Athena-Cache-Source"
)

// cors lets browsers call from the configured origins. Without any, no header is
// added and a preflight is answered like any other unknown method.
func (s *Server) cors(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	if len(s.config.Origins) == 0 {
		return next
	}
	return func(rc *fasthttp.RequestCtx) {
		origin := string(rc.Request.Header.Peek("Origin"))
		if !s.originAllowed(origin) {
			next(rc)
			return
		}
		h := &rc.Response.Header
		if rc.IsOptions() && len(rc.Request.Header.Peek("Access-Control-Request-Method")) > 0 {
			h.Set("Access-Control-Allow-Methods", corsMethods)
			h.SetBytesV("Access-Control-Allow-Headers", rc.Request.Header.Peek("Access-Control-Request-Headers"))
			h.Set("Access-Control-Max-Age", "600")
			rc.SetStatusCode(fasthttp.StatusNoContent)
		} else {
			next(rc)
			h.Set("Access-Control-Expose-Headers", corsExposed)
		}
		h.Set("Access-Control-Allow-Origin", origin)
		h.Add("Vary", "Origin")
	}
}

func (s *Server) originAllowed(origin string) bool {
	return origin != "" && (slices.Contains(s.config.Origins, origin) || slices.Contains(s.config.Origins, "*"))
}
