package openapi_test

import (
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"athena/http/route"
	"athena/wire"
)

// outcomes say what each status means, whatever the operation.
var outcomes = map[int]string{
	anyOther: "Another failure, told in the same envelope.",
	101:      "The connection is a WebSocket from here on.",
	200:      "Done.",
	201:      "Made.",
	202:      "Accepted; the work goes on after this answer.",
	204:      "Done, with nothing to tell.",
	206:      "Done in part; Content-Range tells which.",
	300:      "More than one relation is meant; the hint names them.",
	304:      "Unchanged since the caller last asked.",
	308:      "Lives elsewhere for good; Location tells where.",
	400:      "The request is not valid; `field` names what is wrong with it.",
	401:      "Nobody was recognised: a key or a session is missing, unknown, revoked or expired.",
	403:      "The caller is known and may not do this.",
	404:      "There is no such thing, or none that the caller may see.",
	405:      "The path does not take this method.",
	406:      "There is no such form of the answer, or not the one row that was asked for.",
	409:      "The request contradicts what is stored, or what somebody else is doing.",
	410:      "There was such a thing; it is gone.",
	412:      "A condition that the request set does not hold.",
	413:      "The body is larger than the server takes.",
	415:      "The body is of a kind that this operation does not read.",
	416:      "The range lies outside of what there is.",
	422:      "The request is well formed and cannot be carried out.",
	429:      "Too much at once; come back after Retry-After.",
	500:      "A fault of the server; `request_id` finds it in the log.",
	501:      "This server does not offer that.",
	502:      "What the server depends on gave an answer that makes no sense.",
	503:      "The server, or a database it needs, cannot serve right now; trying again may help.",
	504:      "The time for this request ran out.",
}

func (g *generator) responsesOf(r *route.Route) *object {
	byStatus := map[int]*object{}
	for _, status := range append([]int{r.Success()}, r.Also...) {
		byStatus[status] = g.success(r, status)
	}
	if r.Later != route.AtOnce {
		byStatus[http.StatusAccepted] = newObject().set("description", g.outcome(http.StatusAccepted)).set("headers", headers(http.StatusAccepted)).
			set("content", content("application/json", g.of(reflect.TypeFor[wire.Success[wire.Accepted]](), reply, "", "")))
	}
	for _, status := range r.Failures() {
		byStatus[status] = g.failureOf(r, status, slices.Contains(r.Also, status))
	}
	statuses := make([]int, 0, len(byStatus))
	for status := range byStatus {
		statuses = append(statuses, status)
	}
	slices.Sort(statuses)
	responses := newObject()
	for _, status := range statuses {
		responses.set(strconv.Itoa(status), byStatus[status])
	}
	return responses.set("default", g.failureOf(r, anyOther, false))
}

// failureOf is the response of an operation's failure, which may have another
// shape where the caller asks for it, or that of the answer where that has it too.
func (g *generator) failureOf(r *route.Route, status int, answers bool) *object {
	shared := g.failure(status)
	forms := []*object{g.of(reflect.TypeFor[wire.Failure](), reply, "", "")}
	switch {
	case r.Dialect != nil:
		forms = append(forms, g.of(reflect.TypeFor[wire.RestFailure](), reply, "", ""))
	case answers:
		forms = append(forms, g.of(r.Do.Out, reply, "", ""))
	default:
		return shared
	}
	return newObject().set("description", g.outcome(status)).set("headers", headers(status)).
		set("content", content("application/json", newObject().set("anyOf", forms)))
}

// anyOther stands for the failures that any operation may meet before or beyond
// its own, such as a request that is too large.
const anyOther = 0

func (g *generator) success(r *route.Route, status int) *object {
	response := newObject().set("description", g.outcome(status)).set("headers", headers(status))
	if status == http.StatusNoContent || status == http.StatusNotModified || r.Method == http.MethodHead {
		return response
	}
	if r.Dialect != nil {
		return response.set("content", g.forms(r))
	}
	if r.Do.Out != nil {
		return response.set("content", content("application/json", g.of(r.Do.Out, reply, "", "")))
	}
	if r.Do.Media != "" {
		media, _, _ := strings.Cut(r.Do.Media, ";")
		response.set("content", content(media, mediaSchema(media)))
	}
	return response
}

// forms are the bodies of an operation that also answers without an envelope, and
// in other media.
func (g *generator) forms(r *route.Route) *object {
	row := func() *object { return typed("object").put("additionalProperties", anything()) }
	any := []*object{g.of(r.Do.Out, reply, "", ""), typed("array").set("items", row()), row()}
	if r.Do.Out == reflect.TypeFor[wire.RestCallReply]() {
		any = []*object{any[0], anything()} // whatever the function's type is
	}
	return newObject().
		set("*/*", newObject().set("schema", mediaSchema("*/*"))).
		set("application/json", newObject().set("schema", newObject().set("anyOf", any))).
		set("application/vnd.pgrst.array+json", newObject().set("schema", typed("array").set("items", anything()))).
		set("application/vnd.pgrst.object+json", newObject().set("schema", row())).
		set("application/x-ndjson", newObject().set("schema", typed("string"))).
		set("application/vnd.pgrst.plan+json", newObject().set("schema", anything())).
		set("application/vnd.pgrst.plan+text", newObject().set("schema", typed("string"))).
		set("text/csv", newObject().set("schema", typed("string")))
}

// mediaSchema is the schema of a body that a handler writes by itself.
func mediaSchema(media string) *object {
	switch {
	case media == "application/json":
		return anything()
	case strings.HasPrefix(media, "text/"):
		return typed("string")
	}
	return typed("string").set("format", "binary")
}

// failure refers to the one response that all operations share for a status.
func (g *generator) failure(status int) *object {
	name := "OtherFailure"
	if status != anyOther {
		name = componentName(strings.ReplaceAll(http.StatusText(status), " ", ""))
	}
	if _, ok := g.responses[name]; !ok {
		envelope := g.of(reflect.TypeFor[wire.Failure](), reply, "", "")
		g.responses[name] = newObject().set("description", g.outcome(status)).
			set("headers", headers(status)).set("content", content("application/json", envelope))
	}
	return newObject().set("$ref", "#/components/responses/"+name)
}

func (g *generator) outcome(status int) string {
	return g.cover(outcomes[status], "the status "+strconv.Itoa(status))
}

// headers are those of every answer with a status.
func headers(status int) *object {
	all := newObject().set("X-Request-Id", headerRef("RequestId"))
	switch status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		all.set("Retry-After", headerRef("RetryAfter"))
	case http.StatusPermanentRedirect:
		all.set("Location", headerRef("Location"))
	}
	return all
}

func headerRef(name string) *object { return newObject().set("$ref", "#/components/headers/"+name) }

func sharedHeaders() *object {
	header := func(required bool, description string, schema *object) *object {
		return newObject().set("description", description).set("required", required).set("schema", schema)
	}
	return newObject().
		set("Location", header(true, "The address to go to.", typed("string"))).
		set("RequestId", header(true, "Finds the request in the server's log.", typed("string"))).
		set("RetryAfter", header(false, "The whole seconds to wait before trying again.", typed("integer")))
}
