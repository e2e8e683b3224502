package rest

import (
	"net/http"
	"strconv"
	"strings"

	"athena/persistence/gatewaydb"
	"athena/wire"

	"github.com/goccy/go-json"
)

// said is what a handler of the database said of the answer.
type said struct {
	status  int
	headers []wire.Pair
}

// exchanging shows a handler the request: its method, its path as PostgREST has it, and
// the headers that choose the form of the answer, but no others.
func (r *request) exchanging(h *wire.RestHeaders) error {
	headers := map[string]string{}
	if h.Accept != "" {
		headers["accept"] = h.Accept
	}
	if len(h.Prefer) > 0 {
		headers["prefer"] = strings.Join(h.Prefer, ", ")
	}
	text, err := json.Marshal(headers)
	operation, path := r.call.Operation.Operation, "/"+r.name.Table
	if strings.HasPrefix(operation, "rest_rpc_") {
		path = "/rpc" + path
	}
	method := strings.ToUpper(operation[strings.LastIndexByte(operation, '_')+1:])
	r.exchange = &gatewaydb.Exchange{Method: method, Path: path, Headers: string(text)}
	return err
}

// listen reads what a handler said of the answer.
func (r *request) listen() error {
	x := r.exchange
	if x == nil {
		return nil
	}
	r.said = said{}
	if x.AnswerStatus != "" {
		status, err := strconv.Atoi(x.AnswerStatus)
		if err != nil || !answerable(status) {
			return wire.Fail(wire.Internal, "the database set response.status to what is no status of an answer").At("response.status").Like("PGRST112")
		}
		r.said.status = status
	}
	if x.AnswerHeaders == "" {
		return nil
	}
	var list []map[string]string
	if err := json.Unmarshal([]byte(x.AnswerHeaders), &list); err != nil {
		return badHeaders()
	}
	for _, one := range list {
		if len(one) != 1 {
			return badHeaders()
		}
		for name, value := range one {
			if !r.said.add(name, value) {
				return badHeaders()
			}
		}
	}
	return nil
}

func badHeaders() error {
	return wire.Fail(wire.Internal, "the database set response.headers to what is no list of objects, each with one header and its text").At("response.headers").
		Like("PGRST111")
}

// add takes a header, unless it is not the database's to set or could not be sent. What is
// set again is added, but for what there can be but one of.
func (s *said) add(name, value string) bool {
	if !settable(name) || strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
		return false
	}
	name = http.CanonicalHeaderKey(name)
	for i := range s.headers {
		if s.headers[i].Name != name || name == "Set-Cookie" {
			continue
		}
		if name == "Content-Type" {
			s.headers[i].Value = value
		} else {
			s.headers[i].Value += ", " + value
		}
		return true
	}
	s.headers = append(s.headers, wire.Pair{Name: name, Value: value})
	return true
}

// apply puts what was said into an answer, before what the server says.
func (s *said) apply(rows *wire.Rows) {
	if s.status != 0 {
		rows.Status = s.status
	}
	for _, header := range s.headers {
		if header.Name == "Content-Type" {
			rows.Media = header.Value
			continue
		}
		rows.Headers = append(rows.Headers, header)
	}
}
