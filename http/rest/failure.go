package rest

import (
	"cmp"
	"net/http"
	"strings"

	"athena/persistence"
	"athena/wire"
)

// failure writes a problem as PostgREST would have: the database's own code and
// words where it was the database, else one of PostgREST's codes.
func failure(p *wire.Problem) (int, any) {
	if status, f, ok := raised(p); ok {
		return status, f
	}
	status, code := p.Code.Status, p.Code.Name
	f := wire.RestFailure{Message: p.Detail, Hint: given(p.Hint)}
	if known, ok := equivalents[p.Code]; ok {
		status, code = known.status, known.code
	}
	switch {
	case p.SQLState != "":
		code, status = p.SQLState, refusalStatus(p.SQLState, status)
		if message, details, ok := persistence.Refusal(p); ok && p.Code.Status < 500 {
			f.Message, f.Details = message, given(details)
		}
	case p.Code == wire.NotOneRow || p.Code == wire.TooManyAffected:
		f.Message, f.Details = p.Message, &p.Detail
	case p.Code == wire.InvalidRequest && p.Field == "Prefer":
		code = "PGRST122"
	case p.Field != "":
		f.Details = given("in " + p.Field)
	}
	if p.Code == wire.InvalidRequest && p.Field == "body" {
		code = "PGRST102"
	}
	f.Code = cmp.Or(p.Equivalent, code)
	return cmp.Or(codeStatuses[p.Equivalent], status), f
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
	wire.InvalidRequest:     {http.StatusBadRequest, "PGRST100"},
	wire.InvalidSelect:      {http.StatusBadRequest, "PGRST100"},
	wire.InvalidFilter:      {http.StatusBadRequest, "PGRST100"},
	wire.InvalidOrder:       {http.StatusBadRequest, "PGRST100"},
	wire.InvalidJSON:        {http.StatusBadRequest, "PGRST102"},
	wire.RangeUnsatisfiable: {http.StatusRequestedRangeNotSatisfiable, "PGRST103"},
	wire.UnknownSchema:      {http.StatusNotAcceptable, "PGRST106"},
	wire.NotAcceptable:      {http.StatusNotAcceptable, "PGRST107"},
	wire.NotOneRow:          {http.StatusNotAcceptable, "PGRST116"},
	wire.MethodNotAllowed:   {http.StatusMethodNotAllowed, "PGRST117"},
	wire.RouteNotFound:      {http.StatusNotFound, "PGRST125"},
	wire.TooManyAffected:    {http.StatusBadRequest, "PGRST124"},
	wire.KeyFilters:         {http.StatusMethodNotAllowed, "PGRST105"},
	wire.UnknownFunction:    {http.StatusNotFound, "PGRST202"},
	wire.ManyFunctions:      {http.StatusMultipleChoices, "PGRST203"},
	wire.NotASet:            {http.StatusBadRequest, "PGRST128"},
	wire.MayWrite:           {http.StatusMethodNotAllowed, "25006"},
	wire.UnknownTable:       {http.StatusNotFound, "PGRST205"},
	wire.UnknownColumn:      {http.StatusBadRequest, "42703"},
	wire.Unauthenticated:    {http.StatusUnauthorized, "PGRST301"},
	wire.RightMissing:       {http.StatusForbidden, "42501"},
}

// codeStatuses are the statuses of codes that are not those of every failure with the
// same code of ours.
var codeStatuses = map[string]int{
	"PGRST103": http.StatusRequestedRangeNotSatisfiable,
	"PGRST201": http.StatusMultipleChoices,
}

// refusals are the statuses with which PostgREST answers SQLSTATEs, where ours are
// others; two characters stand for a whole class. What passes by itself keeps ours,
// which tell to try again.
var refusals = map[string]int{
	"09": http.StatusInternalServerError, "2D": http.StatusInternalServerError, "38": http.StatusInternalServerError,
	"39": http.StatusInternalServerError, "3B": http.StatusInternalServerError, "54": http.StatusInternalServerError,
	"55": http.StatusInternalServerError, "HV": http.StatusInternalServerError, "P0": http.StatusInternalServerError,
	"25": http.StatusInternalServerError,
	"0L": http.StatusForbidden, "0P": http.StatusForbidden,

	"21000": http.StatusInternalServerError,
	"42P17": http.StatusInternalServerError,
	"23P01": http.StatusBadRequest,
	"25006": http.StatusMethodNotAllowed,
	"3F000": http.StatusBadRequest,
	"P0001": http.StatusBadRequest,
}

// refusalStatus is the status of a refusal by the database.
func refusalStatus(state string, status int) int {
	if status >= http.StatusInternalServerError || strings.HasPrefix(state, "55P03") {
		return status
	}
	return cmp.Or(refusals[state], refusals[state[:min(2, len(state))]], status)
}
