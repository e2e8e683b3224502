package rest

import (
	"strconv"
	"strings"

	"athena/http/route"
	"athena/persistence/rowjson"
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
}

const (
	mediaObject = "application/vnd.pgrst.object+json"
	mediaArray  = "application/vnd.pgrst.array+json"
	mediaCSV    = "text/csv"
	mediaLines  = "application/x-ndjson"
)

// bare reads the header that switches the envelope on or off; where it says
// nothing, the client's configuration does.
func (a API) bare(envelope, client string) (bool, error) {
	switch envelope {
	case "":
		return a.Clients.Config(client).Bare(), nil
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

// accept picks the form that an Accept header likes best. Without an envelope one
// that names nothing that there is is refused; with one it gets JSON.
func (f *form) accept(header string) error {
	if header == "" || header == "*/*" || header == "application/json" {
		return nil
	}
	best := 0.0
	var chosen *form
	for part := range strings.SplitSeq(header, ",") {
		media, parameters, _ := strings.Cut(part, ";")
		candidate := formOf(strings.ToLower(strings.TrimSpace(media)), parameters)
		if q := quality(parameters); candidate != nil && q > best {
			best, chosen = q, candidate
		}
	}
	switch {
	case chosen != nil:
		f.object, f.strip, f.format, f.media = chosen.object, chosen.strip, chosen.format, chosen.media
	case f.bare:
		return wire.Fail(wire.NotAcceptable, "none of these media types is available: %.200s", header).At("Accept").
			WithHint("ask for application/json, %s, %s or %s", mediaObject, mediaCSV, mediaLines)
	}
	return nil
}

// formOf is the form behind a media type; nil for one that there is not.
func formOf(media, parameters string) *form {
	strip := strings.Contains(strings.ReplaceAll(parameters, " ", ""), "nulls=stripped")
	switch media {
	case "*/*", "application/*", "application/json":
		return &form{}
	case mediaObject, "application/vnd.pgrst.object":
		return &form{object: true, strip: strip, media: mediaObject + "; charset=utf-8"}
	case mediaArray, "application/vnd.pgrst.array":
		return &form{strip: strip}
	case mediaLines, "application/jsonl":
		return &form{format: rowjson.JSONLines, media: mediaLines}
	case mediaCSV, "text/*":
		return &form{format: rowjson.CSV, media: mediaCSV + "; charset=utf-8"}
	}
	return nil
}

// quality is how much a media type is liked, from 0 to 1.
func quality(parameters string) float64 {
	for parameter := range strings.SplitSeq(parameters, ";") {
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
