package rest

import (
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones have the same names everywhere

	"athena/persistence/sqltext"
	"athena/wire"
)

// returning is what a write answers.
type returning uint8

const (
	byDefault returning = iota
	nothing
	headersOnly
	representation
)

// preferences are what a Prefer header asks for (RFC 7240).
type preferences struct {
	returning returning
	conflict  string
	count     sqltext.CountMode
	estimated bool
	null      bool // absent columns become null, not their default
	rollback  bool
	strict    bool
	zone      string
	// most is how many rows a write may affect; negative for any number.
	most int64
	// said are the preferences as they were written, by what they are about.
	said [subjects]string
}

// subject is what a preference is about.
type subject uint8

// The subjects, in the order in which they are told to have been applied.
const (
	resolution subject = iota
	missing
	representing
	counting
	transaction
	handling
	timezone
	mostAffected
	subjects
)

// subjectNames are the names of the preferences.
var subjectNames = [subjects]string{"resolution", "missing", "return", "count", "tx", "handling", "timezone", "max-affected"}

// parsePreferences reads all Prefer headers. What is not known is ignored, as the
// RFC has it, unless handling=strict asks for a refusal.
func parsePreferences(headers []string) (preferences, error) {
	p := preferences{null: true, most: -1}
	var unknown []string
	for _, header := range headers {
		for part := range strings.SplitSeq(header, ",") {
			text := strings.TrimSpace(part)
			if text != "" && !p.take(text) {
				unknown = append(unknown, text)
			}
		}
	}
	if p.strict && len(unknown) > 0 {
		return p, wire.Fail(wire.InvalidRequest, "the preference %q is not known", strings.ToLower(unknown[0])).At("Prefer")
	}
	if p.said[handling] == "handling=lenient" { // it is told to let pass what is too much
		p.most = -1
		p.forget(mostAffected)
	}
	return p, nil
}

// take follows one preference, if it is known.
func (p *preferences) take(text string) bool {
	preference := strings.ToLower(text)
	name, _, _ := strings.Cut(preference, "=")
	about := slices.Index(subjectNames[:], name)
	switch {
	case about < 0:
		return false
	case p.apply(preference):
		p.said[about] = preference
		return true
	case p.inZone(text):
		p.said[about] = text
		return true
	}
	return false
}

// forget has preferences not told to have been applied.
func (p *preferences) forget(about ...subject) {
	for _, s := range about {
		p.said[s] = ""
	}
}

// applied lists the preferences that were followed.
func (p *preferences) applied() string {
	list := ""
	for _, text := range p.said {
		switch {
		case list == "":
			list = text
		case text != "":
			list += ", " + text
		}
	}
	return list
}

// concern keeps the preferences that an operation knows. Only an insert has an address
// to answer; for other writes the headers alone are what minimal is.
func (r *request) concern(operation string) {
	p := &r.prefs
	switch operation {
	case "rest_post":
		return
	case "rest_patch":
		p.forget(resolution)
	case "rest_put", "rest_delete":
		p.forget(resolution, missing)
	case "rest_rpc_get", "rest_rpc_post":
		p.forget(resolution, missing, representing)
	default:
		p.forget(resolution, missing, mostAffected)
		if r.form.bare { // with an envelope a read may answer nothing
			p.forget(representing)
		}
	}
	if p.returning == headersOnly {
		p.returning = nothing
	}
}

// inZone takes the time zone that times are read and written in. Names that Go does not
// know are not tried on the database.
func (p *preferences) inZone(preference string) bool {
	name, zone, _ := strings.Cut(preference, "=")
	if !strings.EqualFold(name, subjectNames[timezone]) || zone == "" || zone == "Local" {
		return false
	}
	if _, err := time.LoadLocation(zone); err != nil {
		return false
	}
	p.zone = zone
	return true
}

func (p *preferences) apply(preference string) bool {
	if most, ok := strings.CutPrefix(preference, "max-affected="); ok {
		n, err := strconv.ParseUint(most, 10, 31)
		if err == nil {
			p.most = int64(n)
		}
		return err == nil
	}
	switch preference {
	case "return=minimal":
		p.returning = nothing
	case "return=headers-only":
		p.returning = headersOnly
	case "return=representation":
		p.returning = representation
	case "resolution=merge-duplicates", "resolution=ignore-duplicates":
		p.conflict = strings.TrimPrefix(preference, "resolution=")
	case "count=exact":
		p.count = sqltext.CountExact
	case "count=planned", "count=estimated":
		p.count, p.estimated = sqltext.CountPlanned, preference == "count=estimated"
	case "tx=rollback", "tx=commit":
		p.rollback = preference == "tx=rollback"
	case "missing=default", "missing=null":
		p.null = preference == "missing=null"
	case "handling=strict", "handling=lenient":
		p.strict = preference == "handling=strict"
	default:
		return false
	}
	return true
}
