package rest

import (
	"context"
	"strings"

	"athena/persistence/cache"
	"athena/persistence/gatewaydb"
	"athena/persistence/sqltext"
	"athena/wire"
)

// planForm is the form of a plan, of the statement that would give the media type that a
// parameter names; nil where that is none that there is.
func (o *offers) planForm(e *sqltext.Explain, parameters string) (*form, error) {
	of := mediaJSON
	for _, parameter := range splitQuoted(parameters, ';') {
		name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
		switch name {
		case "for":
			of = strings.Trim(value, `"`)
		case "options":
			if err := addOptions(e, value); err != nil {
				return nil, err
			}
		}
	}
	media, inner, _ := strings.Cut(of, ";")
	f, err := o.form(strings.ToLower(strings.TrimSpace(media)), inner)
	if f == nil || f.explain != nil {
		return nil, err
	}
	f.media, f.explain = planMedia(e, f), e
	return f, err
}

// addOptions reads the options of a plan, which have bars between them.
func addOptions(e *sqltext.Explain, list string) error {
	for option := range strings.SplitSeq(list, "|") {
		if option = strings.TrimSpace(option); option != "" && !e.Set(option) {
			return wire.Fail(wire.InvalidRequest, "a plan has no option %.40q", option).At("Accept").
				WithHint("the options are analyze, verbose, settings, buffers and wal")
		}
	}
	return nil
}

// planMedia spells the media type of a plan of what has a form.
func planMedia(e *sqltext.Explain, f *form) string {
	media := mediaPlan + "+text"
	if e.JSON {
		media = mediaPlan + "+json"
	}
	media += `; for="` + f.plainMedia() + `"`
	if options := e.Options(); len(options) > 0 {
		media += "; options=" + strings.Join(options, "|")
	}
	return media + utf8
}

// plainMedia is the media type of a form, without the character set.
func (f *form) plainMedia() string {
	media, _, _ := strings.Cut(f.media, ";")
	switch {
	case f.strip && media == "":
		return mediaArray + ";nulls=stripped"
	case f.strip:
		return media + ";nulls=stripped"
	case media == "":
		return mediaJSON
	}
	return media
}

// plan tells the plan of a statement in its place. What a write that is analyzed changes
// stays, unless it is to be undone: how many rows there are is not looked at.
func (r *request) plan(ctx context.Context, st *gatewaydb.Statement) (gatewaydb.Result, error) {
	if r.form.explain.Analyze && r.prefs.most >= 0 {
		return gatewaydb.Result{}, wire.Fail(wire.InvalidRequest, "max-affected means nothing where a plan is answered").At("Prefer").
			WithHint("leave max-affected out, or the option analyze")
	}
	return r.pool.Plan(ctx, st, r.form.explain, func(gatewaydb.Result) (bool, error) { return !r.prefs.rollback, nil })
}

// planned answers a plan.
func (r *request) planned(result gatewaydb.Result) wire.Rows {
	rows := wire.Rows{Status: 200, JSON: result.JSON, Media: r.form.media, Release: result.Release}
	if applied := r.prefs.applied(); applied != "" {
		rows.Headers = []wire.Pair{{Name: "Preference-Applied", Value: applied}}
	}
	return rows
}

// planOf answers the plan of a request that is not a write.
func (r *request) planOf(ctx context.Context, request any) (wire.Rows, error) {
	st, err := r.prepare(ctx, request, "read")
	if err != nil {
		return wire.Rows{}, err
	}
	result, err := r.plan(ctx, st)
	if err != nil {
		return wire.Rows{}, err
	}
	r.look.Note(cache.Bypass, cache.Postgres)
	return r.kept(r.planned(result), nil)
}
