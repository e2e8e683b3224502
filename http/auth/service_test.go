package auth_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"athena/http/auth"
	"athena/http/route"

	"github.com/stretchr/testify/require"
)

// authService stands in for an Athena Auth service: it answers by the credential
// that it is shown, and remembers what it was asked.
type authService struct {
	*httptest.Server
	mu      sync.Mutex
	answers map[string]string // by bearer or cookie, as they stand in the header
	asked   []string
}

func newAuthService(t *testing.T) *authService {
	t.Helper()
	s := &authService{answers: map[string]string{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *authService) serve(w http.ResponseWriter, r *http.Request) {
	shown := r.Header.Get("Cookie")
	if bearer := r.Header.Get("Authorization"); bearer != "" {
		shown = bearer
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r.Method+" "+r.URL.Path)
	answer, known := s.answers[shown]
	switch {
	case !known:
		answer = "null"
	case strings.HasPrefix(answer, "status "):
		var status int
		_, _ = fmt.Sscanf(answer, "status %d", &status)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(answer))
}

func (s *authService) set(shown, answer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[shown] = answer
}

func (s *authService) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
}

// session is better-auth's answer for a session of ann's.
func session(more string, end time.Time) string {
	return fmt.Sprintf(`{"session":{"id":"s1","token":"t","userId":"ann","expiresAt":%q,"activeOrganizationId":"acme"%s},
		"user":{"id":"ann","email":"ann@acme.example","name":"Ann"}}`, end.UTC().Format(time.RFC3339Nano), more)
}

func (d *door) servedBy(s *authService) {
	d.Sessions = auth.NewSessions(auth.SessionConfig{Service: auth.NewService(s.URL+"/api/auth/", time.Minute), Lifetime: 20 * time.Millisecond})
}

func TestServiceResolvesSessions(t *testing.T) {
	t.Parallel()
	d, s := newDoor(t), newAuthService(t)
	d.servedBy(s)
	hour := time.Now().Add(time.Hour)
	for shown, header := range map[string]string{
		"Bearer one":                           "Authorization: Bearer one",
		"Bearer two":                           "X-Athena-Auth-Session-Token: two",
		"athena-auth.session_token=t.a%2Bb%3D": "Cookie: athena-auth.session_token=t.a%2Bb%3D",
		"athena-auth.session-token=u.a%2Bb%3D": "Cookie: other=1; athena-auth.session-token=u.a+b=",
	} {
		s.set(shown, session("", hour))
		caller, err := d.ask(route.Session, "X-Athena-Client: any", header)
		require.NoError(t, err, header)
		require.Equal(t, []string{"ann", "acme", "any"}, []string{caller.UserID, caller.OrganizationID, caller.Client})
	}
	require.Equal(t, "GET /api/auth/get-session", s.asked[0])
}

func TestRefusalsOfTheService(t *testing.T) {
	t.Parallel()
	d, s := newDoor(t), newAuthService(t)
	hour := time.Now().Add(time.Hour)
	for _, tc := range []struct {
		name, answer string
		status       int
	}{
		{"null", "null", 401},
		{"unauthenticated", "status 401", 401},
		{"forbidden", "status 403", 401},
		{"no session in it", `{"session":null,"user":null}`, 401},
		{"ended", session("", time.Now().Add(-time.Second)), 401},
		{"switched off", session(`,"active":false`, hour), 401},
		{"banned", strings.Replace(session("", hour), `"name"`, `"banned":true,"name"`, 1), 401},
		{"of another user", strings.Replace(session("", hour), `"id":"ann"`, `"id":"bob"`, 1), 401},
		{"ban is over", strings.Replace(session("", hour), `"name"`, `"banned":true,"banExpires":"2020-01-01T00:00:00Z","name"`, 1), 0},
		{"without an end", `{"session":{"userId":"ann"},"user":{"id":"ann"}}`, 503},
		{"down", "status 500", 503},
		{"busy", "status 429", 503},
		{"wrong address", "status 404", 503},
		{"leads elsewhere", "status 302", 503},
		{"not JSON", "<html>", 503},
		{"too large", `{"session":"` + strings.Repeat("x", 300<<10) + `"}`, 503},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d.servedBy(s) // each with a breaker of its own
			token := strings.ReplaceAll(tc.name, " ", "-")
			s.set("Bearer "+token, tc.answer)
			status, code := d.refused(route.Session, "X-Athena-Client: demo", "Authorization: Bearer "+token)
			require.Equal(t, tc.status, status, code)
		})
	}
	before := s.count()
	d.servedBy(s)
	status, _ := d.refused(route.Session, "X-Athena-Client: demo", "Cookie: athena-auth.session_token=a%0d%0ab")
	require.Equal(t, 401, status)
	require.Equal(t, before, s.count(), "what no header can carry is not asked for")
}

func TestServiceIsBelievedForAWhile(t *testing.T) {
	t.Parallel()
	d, s := newDoor(t), newAuthService(t)
	d.Sessions = auth.NewSessions(auth.SessionConfig{Service: auth.NewService(s.URL, time.Minute), Lifetime: time.Hour})
	s.set("Bearer t", session("", time.Now().Add(time.Hour)))
	for range 10 {
		_, err := d.ask(route.Session, "X-Athena-Client: demo", "Authorization: Bearer t")
		require.NoError(t, err)
	}
	require.Equal(t, 1, s.count())
}

func TestSigningOutTakesEffect(t *testing.T) {
	t.Parallel()
	d, s := newDoor(t), newAuthService(t)
	d.servedBy(s)
	s.set("Bearer t", session("", time.Now().Add(time.Hour)))
	_, err := d.ask(route.Session, "X-Athena-Client: demo", "Authorization: Bearer t")
	require.NoError(t, err)
	s.set("Bearer t", "null")
	require.Eventually(t, func() bool {
		_, err := d.ask(route.Session, "X-Athena-Client: demo", "Authorization: Bearer t")
		return err != nil
	}, time.Minute, 5*time.Millisecond)
}

func TestServiceThatIsDownIsNotAskedAllTheTime(t *testing.T) {
	t.Parallel()
	d, s := newDoor(t), newAuthService(t)
	d.servedBy(s)
	s.set("Bearer t", "status 500")
	for range 50 {
		status, code := d.refused(route.Session, "X-Athena-Client: demo", "Authorization: Bearer t")
		require.Equal(t, 503, status)
		require.Equal(t, "ATHENA_CHAT_UNAVAILABLE", code)
	}
	require.Less(t, s.count(), 50)
}

func TestServiceThatNeverAnswersIsGivenUp(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	hang := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(hang) })
	d.Sessions = auth.NewSessions(auth.SessionConfig{Service: auth.NewService(s.URL, 50*time.Millisecond)})
	status, _ := d.refused(route.Session, "X-Athena-Client: demo", "Authorization: Bearer sometoken")
	require.Equal(t, 503, status)
}
