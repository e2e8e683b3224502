package system

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html/template"

	"athena/http/route"
	"athena/wire"
)

// errorsPath is where the pages that explain errors are.
const errorsPath = "/errors"

//go:embed error.html
var errorHTML string

var errorPage = template.Must(template.New("error").Parse(errorHTML))

func (a API) errorRoutes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/admin/errors/catalog", Access: route.Admin, Static: true, Tag: "Admin", Do: route.JSON(a.errorCatalog),
			Summary: "List every error that this server answers with"},
		{Method: "GET", Path: errorsPath + "/{code}", Tag: "Health", Do: route.Media("text/html; charset=utf-8", a.explainError), Fails: []int{404},
			Summary: "Explain an error to people"},
	}
}

func (a API) errorCatalog(context.Context, *wire.ListErrors) (wire.Success[wire.ErrorCatalog], error) {
	base := a.ErrorsURL
	if base == "" {
		base = errorsPath
	}
	return wire.OK("Error catalog", wire.ErrorCatalogAt(base)), nil
}

func (a API) explainError(_ context.Context, in *wire.ExplainError) ([]byte, error) {
	code, ok := wire.CodeNamed(in.Code)
	if !ok {
		return nil, wire.Fail(wire.NotFound, "there is no error of this name").WithHint("GET /admin/errors/catalog lists all")
	}
	var page bytes.Buffer
	err := errorPage.Execute(&page, struct {
		wire.Code
		Advice string
	}{code, advice(code)})
	if err != nil {
		return nil, fmt.Errorf("write the page of %s: %w", code.Name, err)
	}
	return page.Bytes(), nil
}

// advice says what to do about errors of a status.
func advice(c wire.Code) string {
	switch {
	case c.Status == 401:
		return "Show who you are: an API key in the apikey header, or a session token. A key that was revoked or has expired needs a successor."
	case c.Status == 403:
		return "The server knows who calls, and does not allow it. The error names the right or the rule; whoever holds the admin key can change it."
	case c.Status == 404:
		return "Check the name or the id in the request: it may have been removed."
	case c.Status == 409:
		return "Something else is in the way. The error names it; change the request, or what is in the way, and try again."
	case c.Status == 413 || c.Status == 431:
		return "Send or ask for less at a time."
	case c.Status == 429 || c.Status == 503:
		return "Try again after the time in the Retry-After header."
	case c.Status == 408 || c.Status == 499 || c.Status == 504:
		return "The work took longer than it was given. Ask for less, or try again later."
	case c.Status < 500:
		return "The request is wrong: the error says in its field, error and hint where, and what would be right."
	}
	return "The fault is the server's. Tell its operator the request_id of the answer, under which the log has the cause."
}
