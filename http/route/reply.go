package route

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/valyala/fasthttp"
)

const mediaJSON = "application/json"

// Statuser is implemented by answers that know their status, such as one that
// is 201 when something was made and 200 when it was found.
type Statuser interface{ HTTPStatus() int }

func writeJSON(rc *fasthttp.RequestCtx, status int, out any) error {
	if s, ok := out.(Statuser); ok {
		status = s.HTTPStatus()
	}
	body, err := json.MarshalWithOption(out, json.DisableHTMLEscape())
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	rc.SetStatusCode(status)
	rc.SetContentType(mediaJSON)
	rc.Response.SetBodyRaw(body)
	return nil
}

func writeRows(rc *fasthttp.RequestCtx, status int, rows *wire.Rows) {
	if rows.Status != 0 {
		status = rows.Status
	}
	rc.SetStatusCode(status)
	for _, header := range rows.Headers {
		rc.Response.Header.Set(header.Name, header.Value)
	}
	for _, header := range rows.Kept {
		rc.Response.Header.Set(header.Name, header.Value)
	}
	if rows.Stream != nil {
		writeStream(rc, rows)
		return
	}
	if rows.ETag && unchanged(rc, rows) {
		rc.SetStatusCode(fasthttp.StatusNotModified)
		rows.Done()
		return
	}
	if rows.Before != nil || rows.JSON != nil || rc.IsHead() && rc.Response.StatusCode() != fasthttp.StatusNoContent {
		rc.SetContentType(cmp.Or(rows.Media, mediaJSON))
		rc.Response.AppendBody(rows.Before)
		rc.Response.AppendBody(rows.JSON)
		rc.Response.AppendBody(rows.After)
	}
	rows.Done()
}

// WriteProblem answers with the error envelope, or in the shape that as gives it.
// requestID goes into the envelope, so that the caller can name it when asking for
// help.
func WriteProblem(rc *fasthttp.RequestCtx, p *wire.Problem, as FailureFunc, requestID, docsURL string) {
	media := mediaJSON + "; charset=utf-8"
	if as == nil {
		media = mediaJSON
		as = func(p *wire.Problem) (int, any) { return p.Code.Status, p.Envelope(requestID, docsURL) }
	}
	rc.Response.ResetBody()
	rc.SetContentType(media)
	if p.RetryAfter > 0 {
		seconds := int64((p.RetryAfter + time.Second - 1) / time.Second)
		rc.Response.Header.Set("Retry-After", strconv.FormatInt(seconds, 10))
	}
	status, answer := as(p)
	rc.SetStatusCode(status)
	for _, header := range p.Headers {
		rc.Response.Header.Set(header.Name, header.Value)
	}
	body, err := json.MarshalWithOption(answer, json.DisableHTMLEscape())
	if err != nil { // only Data can be at fault, and the answer is due all the same
		p.Data = nil
		_, answer = as(p)
		body, _ = json.Marshal(answer)
	}
	rc.Response.SetBodyRaw(body)
}
