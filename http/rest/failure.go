package rest

import (
	"net/http"
	"strings"

	"athena/persistence"
	"athena/wire"
)

// failure writes a problem as PostgREST would have: the database's own code and
// words where it was the database, else one of PostgREST's codes.
func failure(p *wire.Problem) (int, any) {
	status, code := p.Code.Status, p.Code.Name
	f := wire.RestFailure{Message: p.Detail, Hint: given(p.Hint)}
	if known, ok := equivalents[p.Code]; ok {
		status, code = known.status, known.code
	}
	switch {
	case p.SQLState != "":
		code = p.SQLState
		if message, details, ok := persistence.Refusal(p); ok && p.Code.Status < 500 {
			f.Message, f.Details = message, given(details)
		}
	case p.Code == wire.NotOneRow || p.Code == wire.TooManyAffected:
		f.Message, f.Details = p.Message, &p.Detail
	case p.Code == wire.InvalidRequest && p.Field == "Prefer":
		code = "PGRST122"
	case p.Code == wire.InvalidSelect:
		status, code = selectFailure(p)
	case p.Field != "":
		f.Details = given("in " + p.Field)
	}
	f.Code = code
	return status, f
}

// given is a text that may be missing.
func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// equivalents are PostgREST's codes and statuses for ours.
var equivalents = map[wire.Code]struct {
	status int
	code   string
}{
	wire.InvalidFilter:      {http.StatusBadRequest, "PGRST100"},
	wire.InvalidOrder:       {http.StatusBadRequest, "PGRST100"},
	wire.InvalidJSON:        {http.StatusBadRequest, "PGRST102"},
	wire.RangeUnsatisfiable: {http.StatusRequestedRangeNotSatisfiable, "PGRST103"},
	wire.UnknownSchema:      {http.StatusNotAcceptable, "PGRST106"},
	wire.NotAcceptable:      {http.StatusNotAcceptable, "PGRST107"},
	wire.NotOneRow:          {http.StatusNotAcceptable, "PGRST116"},
	wire.TooManyAffected:    {http.StatusBadRequest, "PGRST124"},
	wire.KeyFilters:         {http.StatusMethodNotAllowed, "PGRST105"},
	wire.UnknownFunction:    {http.StatusNotFound, "PGRST202"},
	wire.UnknownTable:       {http.StatusNotFound, "PGRST205"},
	wire.UnknownColumn:      {http.StatusBadRequest, "42703"},
	wire.Unauthenticated:    {http.StatusUnauthorized, "PGRST301"},
	wire.RightMissing:       {http.StatusForbidden, "42501"},
}

// selectFailure tells a relation that there is not from one of several, and both
// from a list that cannot be read.
func selectFailure(p *wire.Problem) (int, string) {
	switch {
	case strings.Contains(p.Detail, "in more than one way"):
		return http.StatusMultipleChoices, "PGRST201"
	case strings.Contains(p.Detail, "is not related to"):
		return http.StatusBadRequest, "PGRST200"
	case strings.Contains(p.Detail, "cannot be spread"):
		return http.StatusBadRequest, "PGRST127"
	}
	return http.StatusBadRequest, "PGRST100"
}
