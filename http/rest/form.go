package rest

import (
	"cmp"
	"strconv"
	"strings"

	"athena/http/route"
	"athena/persistence/rowjson"
	"athena/persistence/sqltext"
	"athena/wire"

	"github.com/valyala/fasthttp"
)

// form is how one caller wants to be answered.
type form struct {
	// bare answers as PostgREST does: rows without an envelope, its statuses and
	// its errors.
	bare bool
	// object answers the one row that there must be.
	object bool
	// strip leaves out members that are null.
	strip bool
	// format is how rows follow one another.
	format rowjson.Format
	// media is the content type; empty for JSON.
	media string
	// explain has the plan of the statement answered, in whose media type the form is
	// named; nil for the answer itself.
	explain *sqltext.Explain
	// handler writes the answer as the database itself has it; nil for the server.
	handler *handler
}

const (
	mediaJSON   = "application/json"
	mediaObject = "application/vnd.pgrst.object+json"
	mediaArray  = "application/vnd.pgrst.array+json"
	mediaCSV    = "text/csv"
	mediaLines  = "application/x-ndjson"
	mediaPlan   = "application/vnd.pgrst.plan"

	utf8 = "; charset=utf-8"
)

// bare reads the header that switches the envelope on or off; where it says
// nothing, the client's configuration does.
func bare(envelope string, config *wire.ClientConfig) (bool, error) {
	switch envelope {
	case "":
		return config.Bare(), nil
	case "data":
		return false, nil
	case "none":
		return true, nil
	}
	return false, wire.Fail(wire.InvalidRequest, "the envelope must be none or data, not %.40q", envelope).At("X-Athena-Envelope")
}

// dialect writes the failures of a caller without an envelope as PostgREST does.
func dialect(rc *fasthttp.RequestCtx) route.FailureFunc {
	if string(rc.Request.Header.Peek("X-Athena-Envelope")) == "none" {
		return failure
	}
	return nil // begin finds out what the client's configuration says
}

// offers are the forms that there are.
type offers struct {
	// plans says that plans may be told.
	plans bool
	// own is the form of a media type that the database itself offers, nil for none; it
	// goes before the server's own forms. It may be nil.
	own func(media string) *form
}

// form is the form behind a media type; nil for one that there is not.
func (o *offers) form(media, parameters string) (*form, error) {
	switch media {
	case mediaPlan, mediaPlan + "+text":
		return o.planForm(&sqltext.Explain{}, parameters)
	case mediaPlan + "+json":
		return o.planForm(&sqltext.Explain{JSON: true}, parameters)
	}
	if o.own != nil && !strings.HasPrefix(media, "application/vnd.pgrst.") {
		if f := o.own(media); f != nil {
			return f, nil
		}
	}
	return formOf(media, parameters), nil
}

// accept picks the form that an Accept header likes best, of plans only where they may be
// told. Without an envelope one that names nothing that there is is refused; with one it
// gets JSON, save in place of a plan, where the statement itself would be done.
func (f *form) accept(header string, o offers) error {
	if o.own == nil && (header == "" || header == "*/*" || header == mediaJSON) {
		return nil
	}
	best, plan := 0.0, false
	var chosen *form
	for _, part := range splitQuoted(cmp.Or(header, "*/*"), ',') {
		media, parameters, _ := strings.Cut(part, ";")
		candidate, err := o.form(strings.ToLower(strings.TrimSpace(media)), parameters)
		switch {
		case err != nil:
			return err
		case candidate == nil:
			continue
		case candidate.explain != nil && !o.plans:
			plan = true
			continue
		}
		if q := quality(parameters); q > best {
			best, chosen = q, candidate
		}
	}
	switch {
	case chosen != nil:
		chosen.bare = f.bare
		*f = *chosen
	case plan:
		return unavailable(header).WithHint("plans are not told unless rest.plan_enabled is set for the client")
	case f.bare:
		return unavailable(header).WithHint("ask for application/json, %s, %s or %s", mediaObject, mediaCSV, mediaLines)
	}
	return nil
}

func unavailable(header string) *wire.Problem {
	return wire.Fail(wire.NotAcceptable, "none of these media types is available: %.200s", header).At("Accept")
}

// formOf is the server's own form behind a media type; nil for one that there is not.
func formOf(media, parameters string) *form {
	strip := strings.Contains(strings.ReplaceAll(parameters, " ", ""), "nulls=stripped")
	switch media {
	case "*/*", "application/*", mediaJSON:
		return &form{}
	case mediaObject, "application/vnd.pgrst.object":
		return &form{object: true, strip: strip, media: mediaObject + utf8}
	case mediaArray, "application/vnd.pgrst.array":
		return &form{strip: strip}
	case mediaLines, "application/jsonl":
		return &form{format: rowjson.JSONLines, media: mediaLines}
	case mediaCSV, "text/*":
		return &form{format: rowjson.CSV, media: mediaCSV + utf8}
	}
	return nil
}

// contentType is the media type of an answer; empty for JSON.
func (f *form) contentType() string {
	const stripped = ";nulls=stripped" + utf8
	switch {
	case f.bare && f.strip && f.object:
		return mediaObject + stripped
	case f.bare && f.strip:
		return mediaArray + stripped
	case f.bare && f.media == "":
		return mediaJSON + utf8
	}
	return f.media
}

// quality is how much a media type is liked, from 0 to 1.
func quality(parameters string) float64 {
	for _, parameter := range splitQuoted(parameters, ';') {
		name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
		if name != "q" {
			continue
		}
		if q, err := strconv.ParseFloat(value, 64); err == nil {
			return q
		}
	}
	return 1
}
