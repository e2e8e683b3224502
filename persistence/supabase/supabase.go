// Package supabase speaks with Supabase projects: it runs SQL in their databases
// and sets whether these insist on TLS.
package supabase

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"athena/persistence/remote"
	"athena/wire"
)

// DefaultAPI is where Supabase's management API is.
const DefaultAPI = "https://api.supabase.com"

// Supabase is the way to all projects.
type Supabase struct {
	Remote *remote.Client
	// API is the base address of the management API; empty takes DefaultAPI.
	API string
}

const (
	service = "Supabase"
	// personal begins the access tokens of the management API; other keys are those
	// of one project.
	personal = "sbp_"
)

// Query runs SQL in a project's database and gives its rows as a JSON array. With a
// personal access token it goes through the management API, with a key of the
// project, which must be a secret one, through the project's own.
func (s Supabase) Query(ctx context.Context, at *wire.SupabaseBackend, sql string) (json.RawMessage, error) {
	project, err := s.Remote.CheckURL("x-supabase-url", at.URL)
	if err != nil {
		return nil, err
	}
	u := project.JoinPath("pg", "query")
	headers := map[string]string{"apikey": at.Key, "Authorization": "Bearer " + at.Key}
	if strings.HasPrefix(at.Key, personal) {
		reference, _, _ := strings.Cut(project.Hostname(), ".")
		if u, err = s.management(reference, "database", "query"); err != nil {
			return nil, err
		}
		delete(headers, "apikey")
	}
	answer, err := s.Remote.JSON(ctx, service, http.MethodPost, u, headers, map[string]string{"query": sql})
	if err != nil {
		return nil, err
	}
	return rows(answer)
}

// rows takes the rows out of an answer, or the database's own complaint.
func rows(answer remote.Answer) (json.RawMessage, error) {
	var list []json.RawMessage
	if answer.Status < 300 && json.Unmarshal(answer.Body, &list) == nil {
		return answer.Body, nil
	}
	if answer.Status == http.StatusBadRequest || answer.Status == http.StatusUnprocessableEntity {
		return nil, wire.Fail(wire.InvalidSQL, "Supabase: %.500s", complaint(answer.Body)).At("query")
	}
	return nil, answer.Refused(service)
}

// complaint finds the words of an error, which the two interfaces put differently.
func complaint(body []byte) string {
	var said struct {
		Message string `json:"message"`
		Error   any    `json:"error"`
	}
	if err := json.Unmarshal(body, &said); err != nil {
		return "the statement was refused"
	}
	if text, ok := said.Error.(string); ok && said.Message == "" {
		return text
	}
	return said.Message
}

// reference is the name of a project.
var reference = regexp.MustCompile(`^[a-z0-9]{1,40}$`)

// management is the address of something of a project in the management API.
func (s Supabase) management(project string, path ...string) (*url.URL, error) {
	if !reference.MatchString(project) {
		return nil, wire.Fail(wire.InvalidRequest, "%.40q is not the reference of a Supabase project", project).At("project_ref")
	}
	api := s.API
	if api == "" {
		api = DefaultAPI
	}
	base, err := s.Remote.CheckURL("supabase.api", api)
	if err != nil {
		return nil, err
	}
	return base.JoinPath(append([]string{"v1", "projects", project}, path...)...), nil
}

// EnforceSSL has a project's database refuse connections without TLS, or take them
// again.
func (s Supabase) EnforceSSL(ctx context.Context, project, token string, on bool) (wire.SSLEnforcement, error) {
	var state wire.SSLEnforcement
	u, err := s.management(project, "ssl-enforcement")
	if err != nil {
		return state, err
	}
	body := map[string]any{"requestedConfig": map[string]bool{"database": on}}
	answer, err := s.Remote.JSON(ctx, service, http.MethodPut, u, map[string]string{"Authorization": "Bearer " + token}, body)
	switch {
	case err != nil:
		return state, err
	case answer.Status >= 300:
		return state, wire.Fail(wire.UpstreamFailed, "Supabase answered with the status %d: %.300s", answer.Status, complaint(answer.Body))
	}
	if err := json.Unmarshal(answer.Body, &state); err != nil {
		return state, wire.Fail(wire.UpstreamFailed, "Supabase gave an answer that cannot be read").Because(err)
	}
	return state, nil
}
