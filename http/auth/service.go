package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"athena/persistence/sessionsdb"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/sony/gobreaker/v2"
)

// Service is an Athena Auth service that tells for whom a session stands. Its
// operation is better-auth's: GET {base}/get-session.
type Service struct {
	address string
	client  *http.Client
	breaker *gobreaker.CircuitBreaker[knownSession]
}

const (
	// serviceAnswer is the largest answer in bytes that is read.
	serviceAnswer = 256 << 10
	// serviceTrips is how many failures in a row end the asking for servicePause.
	serviceTrips = 5
	servicePause = 2 * time.Second
)

// NewService makes a client of the service at a base address, such as
// https://auth.example/api/auth. No question takes longer than timeout.
func NewService(base string, timeout time.Duration) *Service {
	return &Service{
		address: strings.TrimSuffix(base, "/") + "/get-session",
		client: &http.Client{
			Timeout: timeout,
			// Whoever an answer leads to must not be shown the token.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		breaker: gobreaker.NewCircuitBreaker[knownSession](gobreaker.Settings{
			Name: "auth service", MaxRequests: 1, Timeout: servicePause,
			ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= serviceTrips },
		}),
	}
}

func (s *Service) resolve(ctx context.Context, shown credential) (knownSession, error) {
	if strings.ContainsFunc(shown.token, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return knownSession{unknown: true}, nil // no header can carry it, so nobody was given it
	}
	known, err := s.breaker.Execute(func() (knownSession, error) { return s.ask(ctx, shown) })
	if err != nil {
		return knownSession{}, wire.Fail(wire.ChatUnavailable, "sessions cannot be checked right now").After(servicePause).Because(err)
	}
	return known, nil
}

// Reach asks about a token that nobody has, and reports why the service does not
// answer as one should.
func (s *Service) Reach(ctx context.Context) error {
	_, err := s.ask(ctx, credential{token: "none"})
	return err
}

func (s *Service) ask(ctx context.Context, shown credential) (knownSession, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address, nil)
	if err != nil {
		return knownSession{}, fmt.Errorf("ask the auth service: %w", err)
	}
	request.Header.Set("Accept", "application/json")
	if shown.cookie != "" {
		request.Header.Set("Cookie", shown.cookie+"="+url.QueryEscape(shown.token))
	} else {
		request.Header.Set("Authorization", "Bearer "+shown.token)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return knownSession{}, fmt.Errorf("ask the auth service: %w", err)
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
		return knownSession{unknown: true}, nil
	default:
		return knownSession{}, fmt.Errorf("the auth service answered %d", response.StatusCode)
	}
	return readSession(io.LimitReader(response.Body, serviceAnswer))
}

// servedSession is better-auth's answer; null stands for no session.
type servedSession struct {
	Session *struct {
		UserID         string    `json:"userId"`
		ExpiresAt      time.Time `json:"expiresAt"`
		OrganizationID string    `json:"activeOrganizationId"`
		Active         *bool     `json:"active"`
	} `json:"session"`
	User *struct {
		ID         string     `json:"id"`
		Banned     bool       `json:"banned"`
		BanExpires *time.Time `json:"banExpires"`
	} `json:"user"`
}

func readSession(body io.Reader) (knownSession, error) {
	text, err := io.ReadAll(body)
	if err != nil {
		return knownSession{}, fmt.Errorf("read the auth service's answer: %w", err)
	}
	var served *servedSession
	if err := json.Unmarshal(text, &served); err != nil {
		return knownSession{}, errors.New("the auth service's answer is no session") // the cause repeats what may be secret
	}
	if served == nil || served.Session == nil {
		return knownSession{unknown: true}, nil
	}
	return served.known()
}

// known holds the answer to what it has to say. A session without its user or its
// end is none to rely on.
func (s *servedSession) known() (knownSession, error) {
	session := sessionsdb.Session{
		UserID: s.Session.UserID, OrganizationID: s.Session.OrganizationID, ExpiresAt: s.Session.ExpiresAt,
	}
	if u := s.User; u != nil {
		if session.UserID == "" {
			session.UserID = u.ID
		}
		banned := u.Banned && (u.BanExpires == nil || time.Now().Before(*u.BanExpires))
		if banned || u.ID != session.UserID {
			return knownSession{unknown: true}, nil
		}
	}
	if session.UserID == "" || session.ExpiresAt.IsZero() {
		return knownSession{}, errors.New("the auth service's session has no user or no end")
	}
	inactive := s.Session.Active != nil && !*s.Session.Active
	return knownSession{Session: session, unknown: inactive}, nil
}
