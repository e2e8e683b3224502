package contender

import (
	"context"
	"errors"
)

// Running is a server that somebody else has started.
type Running struct {
	Address string // host:port
	Key     string
	Token   string // of a chat session; every sender uses it
	User    string // whose session it is
	PID     int    // zero if it runs on another machine
}

// Contender describes it. Stop leaves it running.
func (r Running) Contender() *Contender {
	return &Contender{
		Name: Athena, Ordered: true, Address: r.Address, PID: r.PID,
		Headers: "X-Athena-Client: demo\r\napikey: " + r.Key + "\r\n",
		sessions: func(context.Context, int) (Session, error) {
			if r.Token == "" {
				return Session{}, errors.New("chat needs -token")
			}
			return Session{Token: r.Token, User: r.User}, nil
		},
	}
}
