// Package remote speaks JSON over HTTP with services outside, at addresses that a
// caller may have chosen. Unless it is told to trust them, it reaches public
// addresses alone, decided on the very address that is dialled, so that no name
// that resolves differently a second time and no redirect leads anywhere else.
package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"athena/wire"
)

// MaxAnswer is the largest answer that is read.
const MaxAnswer = 32 << 20

const (
	dialTimeout = 5 * time.Second
	wholeTime   = 25 * time.Second
)

// Client calls services.
type Client struct {
	http *http.Client
	// trusting lets addresses be private and plain HTTP be spoken.
	trusting bool
}

// New makes a client. A trusting one reaches private addresses and speaks plain
// HTTP too, which is for addresses that the operator has chosen.
func New(trusting bool) *Client {
	dialer := &net.Dialer{Timeout: dialTimeout}
	if !trusting {
		dialer.Control = publicOnly
	}
	transport := &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: dialTimeout,
		MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true,
	}
	return &Client{trusting: trusting, http: &http.Client{
		Transport: transport, Timeout: wholeTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// errPrivate says that an address is not one of the public network.
var errPrivate = errors.New("the address is not a public one")

// publicOnly looks at the address that is about to be dialled.
func publicOnly(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !public(at.Addr().Unmap()) {
		return errPrivate
	}
	return nil
}

// reserved are the networks beside those that netip knows that lead to no host of
// the public network, or to one inside of an IPv4 network.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"),
}

func public(addr netip.Addr) bool {
	if !addr.IsGlobalUnicast() || addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast() {
		return false
	}
	for _, network := range reserved {
		if network.Contains(addr) {
			return false
		}
	}
	return true
}

// CheckURL accepts the address of a service, without credentials, query or
// fragment in it. field names where the address came from.
func (c *Client) CheckURL(field, address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, wire.Fail(wire.InvalidRequest, "%s must look like https://project.example.com", field).At(field)
	case u.Scheme != "https" && (u.Scheme != "http" || !c.trusting):
		return nil, wire.Fail(wire.InvalidRequest, "%s must begin with https://", field).At(field)
	}
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil && !c.trusting && !public(addr.Unmap()) {
		return nil, wire.Fail(wire.InvalidRequest, "%s must not name a private address", field).At(field)
	}
	return u, nil
}

// Answer is what a service said.
type Answer struct {
	Status int
	Body   []byte
	// FirstByte is how long it took until the answer began.
	FirstByte time.Duration
}

// JSON sends a JSON body and reads the answer, whatever its status. service names
// the other side in errors; headers may hold secrets, which no error repeats.
func (c *Client) JSON(ctx context.Context, service, method string, u *url.URL, headers map[string]string, body any) (Answer, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return Answer{}, fmt.Errorf("encode request to %s: %w", service, err)
	}
	request, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(text))
	if err != nil {
		return Answer{}, fmt.Errorf("make request to %s: %w", service, err)
	}
	request.Header.Set("Content-Type", "application/json")
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	return c.do(ctx, service, request)
}

// Get asks for what is at an address, and reads the answer, whatever its status.
func (c *Client) Get(ctx context.Context, service string, u *url.URL) (Answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return Answer{}, fmt.Errorf("make request to %s: %w", service, err)
	}
	return c.do(ctx, service, request)
}

func (c *Client) do(ctx context.Context, service string, request *http.Request) (Answer, error) {
	began := time.Now()
	response, err := c.http.Do(request)
	if err != nil {
		return Answer{}, unreachable(ctx, service, err)
	}
	firstByte := time.Since(began)
	defer func() { _ = response.Body.Close() }() // it was read as far as it is wanted
	answer, err := io.ReadAll(io.LimitReader(response.Body, MaxAnswer+1))
	switch {
	case err != nil:
		return Answer{}, unreachable(ctx, service, err)
	case len(answer) > MaxAnswer:
		return Answer{}, wire.Fail(wire.AnswerTooLarge, "%s answered more than %d bytes", service, MaxAnswer)
	}
	return Answer{response.StatusCode, answer, firstByte}, nil
}

func unreachable(ctx context.Context, service string, err error) error {
	switch {
	case ctx.Err() != nil:
		return wire.Expired(ctx).Because(err)
	case errors.Is(err, errPrivate):
		return wire.Fail(wire.InvalidRequest, "the address of %s leads to a private network", service).Because(err)
	}
	return wire.Fail(wire.BackendUnavailable, "%s cannot be reached right now", service).After(time.Second).Because(err)
}

// Refused is the problem of a service that answered without doing what was asked:
// it does not know us, has too much to do, or is out of order.
func (a Answer) Refused(service string) *wire.Problem {
	switch {
	case a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden:
		return wire.Fail(wire.BackendUnavailable, "%s does not accept the credentials that are configured", service)
	case a.Status == http.StatusTooManyRequests:
		return wire.Fail(wire.Overloaded, "%s has too many requests", service).After(time.Second)
	case a.Status >= 300 && a.Status < 400:
		return wire.Fail(wire.BackendUnavailable, "%s lives elsewhere: its address is not the right one", service)
	}
	return wire.Fail(wire.BackendUnavailable, "%s answered with the status %d", service, a.Status).After(time.Second)
}
