package rest

import (
	"net/http"
	"strconv"
	"strings"

	"athena/persistence"
	"athena/wire"

	"github.com/goccy/go-json"
)

// raised answers what a function of the database raised to be answered in a way of its
// own: SQLSTATE PTnnn with the status nnn, and PGRST with all that its message and its
// details say, which are JSON. ok says whether it was one of them.
func raised(p *wire.Problem) (status int, f wire.RestFailure, ok bool) {
	message, details, ok := persistence.Raised(p)
	switch {
	case !ok:
		return 0, f, false
	case p.SQLState == "PGRST":
		return told(p, message, details)
	case strings.HasPrefix(p.SQLState, "PT"):
		status, err := strconv.Atoi(p.SQLState[2:])
		if err != nil || !answerable(status) {
			status = http.StatusInternalServerError
		}
		return status, wire.RestFailure{Code: p.SQLState, Message: message, Details: given(details), Hint: given(p.Hint)}, true
	}
	return 0, f, false
}

// told answers as the message and the details of SQLSTATE PGRST say.
func told(p *wire.Problem, message, details string) (int, wire.RestFailure, bool) {
	var body struct {
		Code, Message *string
		Details, Hint *string
	}
	var head struct {
		Status  *int
		Headers map[string]string
	}
	if json.Unmarshal([]byte(message), &body) != nil || body.Code == nil || body.Message == nil {
		return untold("the message", `{"code": "...", "message": "...", "details": "...", "hint": "..."}`)
	}
	if json.Unmarshal([]byte(details), &head) != nil || head.Status == nil || !answerable(*head.Status) || head.Headers == nil {
		return untold("the detail", `{"status": 402, "headers": {"Name": "value"}}`)
	}
	p.Headers = nil
	for name, value := range head.Headers {
		if !settable(name) {
			return untold("a header's name", `{"status": 402, "headers": {"Name": "value"}}`)
		}
		p.Headers = append(p.Headers, wire.Pair{Name: name, Value: value})
	}
	return *head.Status, wire.RestFailure{Code: *body.Code, Message: *body.Message, Details: body.Details, Hint: body.Hint}, true
}

// untold blames a function for what it raised.
func untold(what, form string) (int, wire.RestFailure, bool) {
	hint := "write " + form
	return http.StatusInternalServerError, wire.RestFailure{
		Code: "PGRST121", Message: what + " of SQLSTATE PGRST that a function raised cannot be understood", Hint: &hint,
	}, true
}

// answerable reports whether a status can be that of an answer with a body.
func answerable(status int) bool {
	return status >= 200 && status <= 599 && status != http.StatusNoContent && status != http.StatusNotModified
}

// settable reports whether a name is that of a header which is not about the message's
// own form.
func settable(name string) bool {
	for _, c := range []byte(name) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	switch strings.ToLower(name) {
	case "", "content-length", "content-encoding", "transfer-encoding", "connection":
		return false
	}
	return true
}
