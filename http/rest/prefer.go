package rest

import (
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
	zone      string
	// most is how many rows a write may affect; negative for any number.
	most    int64
	applied string
}

// parsePreferences reads all Prefer headers. What is not known is ignored, as the
// RFC has it, unless handling=strict asks for a refusal.
func parsePreferences(headers []string) (preferences, error) {
	p := preferences{null: true, most: -1}
	var applied, unknown []string
	strict := false
	for _, header := range headers {
		for part := range strings.SplitSeq(header, ",") {
			text := strings.TrimSpace(part)
			preference := strings.ToLower(text)
			switch {
			case preference == "":
			case preference == "handling=strict":
				strict = true
				applied = append(applied, preference)
			case p.apply(preference), p.inZone(text):
				applied = append(applied, text)
			default:
				unknown = append(unknown, preference)
			}
		}
	}
	p.applied = strings.Join(applied, ", ")
	if strict && len(unknown) > 0 {
		return p, wire.Fail(wire.InvalidRequest, "the preference %q is not known", unknown[0]).At("Prefer")
	}
	return p, nil
}

// inZone takes the time zone that times are read and written in. Names that Go does not
// know are not tried on the database.
func (p *preferences) inZone(preference string) bool {
	name, zone, _ := strings.Cut(preference, "=")
	if !strings.EqualFold(name, "timezone") || zone == "" || zone == "Local" {
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
	case "tx=rollback":
		p.rollback = true
	case "missing=default":
		p.null = false
	case "missing=null", "handling=lenient", "tx=commit":
	default:
		return false
	}
	return true
}
