package route

import (
	"net/url"
	"slices"
	"strings"

	"athena/wire"

	"github.com/valyala/fasthttp"
)

// respondAsync is the preference to be answered before the work is done (RFC 7240).
const respondAsync = "respond-async"

// AsksForLater reports whether the caller would have the request done later.
func AsksForLater(rc *fasthttp.RequestCtx) bool {
	if string(rc.Request.Header.Peek("X-Athena-Defer")) == "true" {
		return true
	}
	for _, header := range rc.Request.Header.PeekAll("Prefer") {
		for part := range strings.SplitSeq(string(header), ",") {
			if strings.EqualFold(strings.TrimSpace(part), respondAsync) {
				return true
			}
		}
	}
	return false
}

// Record takes from a request what its operation reads, but for the body. Keys are
// no part of it.
func (r *Route) Record(rc *fasthttp.RequestCtx) wire.RecordedRequest {
	recorded := wire.RecordedRequest{URI: withoutKeys(string(rc.Request.Header.RequestURI())), Values: map[string]string{}}
	for _, f := range r.Do.in.fields {
		switch f.source {
		case "path":
			recorded.Values[f.name], _ = rc.UserValue(f.name).(string)
		case "header":
			for _, value := range rc.Request.Header.PeekAll(f.name) {
				recorded.Headers = append(recorded.Headers, wire.Pair{Name: f.name, Value: strings.Clone(string(value))})
			}
		}
	}
	return recorded
}

// withoutKeys takes keys out of a query string and leaves the rest as it was written.
func withoutKeys(uri string) string {
	path, query, any := strings.Cut(uri, "?")
	if !any {
		return uri
	}
	kept := slices.DeleteFunc(strings.Split(query, "&"), func(part string) bool {
		name, _, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(name)
		return err == nil && (name == "api_key" || name == "apikey")
	})
	return path + "?" + strings.Join(kept, "&")
}

// Restore makes a request of what was recorded.
func (r *Route) Restore(recorded *wire.RecordedRequest, body []byte) *fasthttp.RequestCtx {
	rc := &fasthttp.RequestCtx{}
	rc.Init(&fasthttp.Request{}, nil, nil)
	rc.Request.Header.SetMethod(r.Method)
	rc.Request.SetRequestURI(recorded.URI)
	rc.Request.SetBody(body)
	for _, header := range recorded.Headers {
		rc.Request.Header.Add(header.Name, header.Value)
	}
	for name, value := range recorded.Values {
		rc.SetUserValue(name, value)
	}
	return rc
}

// NowInstead takes the wish to be answered before the work is done from a request.
func NowInstead(rc *fasthttp.RequestCtx) {
	var rest []string
	for _, header := range rc.Request.Header.PeekAll("Prefer") {
		for part := range strings.SplitSeq(string(header), ",") {
			if part = strings.TrimSpace(part); part != "" && !strings.EqualFold(part, respondAsync) {
				rest = append(rest, part)
			}
		}
	}
	rc.Request.Header.Del("Prefer")
	if len(rest) > 0 {
		rc.Request.Header.Set("Prefer", strings.Join(rest, ", "))
	}
}
