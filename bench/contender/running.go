package contender

import (
	"context"
	"errors"
)

// Running is a server that somebody else has started.
type Running struct {
	Address string // host:port
	Key     string
	KeptKey string // of the client KeptClient, for whom answers are kept
	Token   string // of a chat session; every sender uses it
	User    string // whose session it is
	PID     int    // zero if it runs on another machine
}

// Contender describes it. Stop leaves it running.
func (r Running) Contender() *Contender {
	return &Contender{
		Name: Athena, Ordered: true, Address: r.Address, PID: r.PID,
		Headers: headersOf("demo", r.Key),
		keep: func(context.Context) (string, error) {
			if r.KeptKey == "" {
				return "", errors.New("cached needs -kept-key")
			}
			return headersOf(KeptClient, r.KeptKey), nil
		},
		sessions: func(context.Context, int) (Session, error) {
			if r.Token == "" {
				return Session{}, errors.New("chat needs -token")
			}
			return Session{Token: r.Token, User: r.User}, nil
		},
	}
}
