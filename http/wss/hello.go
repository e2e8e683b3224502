package wss

import (
	"context"
	"time"

	"athena/persistence/chatdb"
	"athena/persistence/sessionsdb"
	"athena/wire"
)

// hello recognises the session. A socket that is refused is closed, unless the
// session could not be looked up: then the client may try again.
func (s *socket) hello(ctx context.Context, c *wire.LiveCommand) error {
	if s.identity.Load() != nil {
		return wire.Fail(wire.ChatConflict, "the session is known already; open another socket for another one")
	}
	if s.client == "" {
		s.client = c.Client
	}
	if c.Token != "" {
		token := c.Token
		s.session = func(ctx context.Context, client string) (sessionsdb.Session, error) {
			return s.api.Sessions.Resolve(ctx, client, token)
		}
	}
	by, err := s.authenticate(ctx)
	s.logAuth(ctx, by, err)
	if err == nil {
		err = s.recognise(ctx, by, s)
	}
	if err != nil {
		s.turnAway(c, err)
		return nil
	}
	s.out.put(encodeFrame(wire.LiveHello{Type: wire.EventHello, ConnectionID: s.id, ServerTime: time.Now().UTC(), UserID: by.User}))
	for _, wanted := range c.RoomSubscriptions {
		if err := s.subscribeFrom(ctx, s.identity.Load(), wanted.RoomID, wanted.FromSeq); err != nil {
			s.fail(&wire.LiveCommand{Type: c.Type, RequestID: c.RequestID, RoomID: &wanted.RoomID}, err)
		}
	}
	return nil
}

// authenticate finds out whose session it is.
func (s *socket) authenticate(ctx context.Context) (chatdb.Caller, error) {
	switch {
	case s.client == "":
		return chatdb.Caller{}, wire.Fail(wire.ClientMissing, "no Athena client is named").At("client")
	case s.session == nil:
		return chatdb.Caller{}, wire.Fail(wire.ChatUnauthenticated, "there is no session token, neither in auth.hello nor in the handshake").At("token")
	}
	session, err := s.session(ctx, s.client)
	if err != nil {
		return chatdb.Caller{}, err
	}
	by := chatdb.Caller{Organization: session.OrganizationID, User: session.UserID, Trace: s.id.String()}
	if by.Organization == "" {
		return by, wire.Fail(wire.ChatForbidden, "the session acts for no organization that its user is a member of")
	}
	return by, nil
}

func (s *socket) turnAway(c *wire.LiveCommand, err error) {
	s.fail(c, err)
	if problem, ok := wire.AsProblem(err); ok && problem.Code.Status < 500 {
		s.end(closePolicy, "the session is not accepted")
	}
}

// logAuth keeps the attempt beside the chat, where that can be reached.
func (s *socket) logAuth(ctx context.Context, by chatdb.Caller, refused error) {
	entry := chatdb.Auth{User: by.User, Organization: by.Organization, Connection: s.id.String(), Outcome: "accepted", Remote: s.remote.String()}
	if problem, ok := wire.AsProblem(refused); ok {
		if problem.Code.Status >= 500 || problem.Code == wire.ClientMissing || problem.Code == wire.ClientUnknown {
			return // there is nowhere to keep it
		}
		entry.Outcome, entry.Reason = "refused", problem.Detail
	}
	db, err := s.api.Databases.DB(ctx, s.client)
	if err == nil {
		err = chatdb.Store{DB: db}.LogAuth(ctx, entry)
	}
	if err != nil {
		s.api.Log.Warn("socket's session not logged", "connection", s.id, "error", err)
	}
}
