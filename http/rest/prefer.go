package rest

import (
	"strings"

	"athena/persistence/sqltext"
	"athena/wire"
)

// preferences are what a Prefer header asks for (RFC 7240).
type preferences struct {
	minimal  bool
	conflict string
	count    sqltext.CountMode
	null     bool // absent columns become null, not their default
	applied  string
}

// parsePreferences reads all Prefer headers. What is not known is ignored, as the
// RFC has it, unless handling=strict asks for a refusal.
func parsePreferences(headers []string) (preferences, error) {
	p := preferences{null: true}
	var applied, unknown []string
	strict := false
	for _, header := range headers {
		for part := range strings.SplitSeq(header, ",") {
			preference := strings.ToLower(strings.TrimSpace(part))
			switch {
			case preference == "":
			case preference == "handling=strict":
				strict = true
				applied = append(applied, preference)
			case p.apply(preference):
				applied = append(applied, preference)
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

func (p *preferences) apply(preference string) bool {
	switch preference {
	case "return=minimal", "return=headers-only":
		p.minimal = true
	case "return=representation":
		p.minimal = false
	case "resolution=merge-duplicates", "resolution=ignore-duplicates":
		p.conflict = strings.TrimPrefix(preference, "resolution=")
	case "count=exact":
		p.count = sqltext.CountExact
	case "count=planned", "count=estimated":
		p.count = sqltext.CountPlanned
	case "missing=default":
		p.null = false
	case "missing=null", "handling=lenient":
	default:
		return false
	}
	return true
}
