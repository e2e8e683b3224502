package wss

import (
	"context"
	"net"
	"sync/atomic"
	"time"

	"athena/actors/live"
	"athena/persistence/chatdb"
	"athena/persistence/sessionsdb"
	"athena/wire"

	"github.com/google/uuid"
)

// connection is what sockets and event streams have in common: a user who follows
// rooms, and an outlet.
type connection struct {
	api    *API
	id     uuid.UUID
	limits Limits
	out    *outlet
	client string
	// session is looked up by this; nil where none was shown
	session func(ctx context.Context, client string) (sessionsdb.Session, error)
	beat    []byte                            // keeps the connection alive
	words   func(code int, why string) []byte // ends it

	identity atomic.Pointer[identity] // nil until the session is recognised
	due      atomic.Int64             // when it is looked up again, in unix nanoseconds
}

// identity is who is connected.
type identity struct {
	by       chatdb.Caller
	follower *live.Follower
}

// recognise makes the connection that of a user.
func (c *connection) recognise(ctx context.Context, by chatdb.Caller, sink live.Sink) error {
	f, err := c.api.Hub.Connect(ctx, c.client, by, sink)
	if err != nil {
		return err
	}
	c.due.Store(time.Now().Add(c.limits.Renew).UnixNano())
	c.identity.Store(&identity{by, f})
	return nil
}

// isDue reports whether the session should be looked up again.
func (c *connection) isDue(now time.Time) bool {
	return c.identity.Load() != nil && c.session != nil && now.UnixNano() >= c.due.Load()
}

func (c *connection) ping() { c.out.put(c.beat) }

// renew ends the connection of a session that does not count any more.
func (c *connection) renew(ctx context.Context) {
	c.due.Store(time.Now().Add(c.limits.Renew).UnixNano())
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	by := c.identity.Load().by
	s, err := c.session(ctx, c.client)
	switch problem, _ := wire.AsProblem(err); {
	case err == nil && s.UserID == by.User && s.OrganizationID == by.Organization:
	case err == nil:
		c.end(closePolicy, "the session is another one now")
	case problem != nil && problem.Code.Status < 500:
		c.end(closePolicy, problem.Detail)
	default: // it cannot be looked up right now
		c.api.Log.Warn("live session not renewed", "connection", c.id, "error", err)
	}
}

// end says why and takes nothing more.
func (c *connection) end(code int, why string) { c.out.finish(c.words(code, why)) }

// depart lets go of everything. The last word, if there is one, is written first.
func (c *connection) depart(conn net.Conn) {
	if i := c.identity.Load(); i != nil {
		i.follower.Close()
	}
	if !c.out.isEnded() {
		c.out.abandon()
	}
	<-c.out.done
	conn.Close()
	c.api.Sockets.leave(c)
}

// cancel lets go of a connection that was never opened.
func (c *connection) cancel() {
	if i := c.identity.Load(); i != nil {
		i.follower.Close()
	}
	c.out.abandon()
	c.api.Sockets.leave(c)
}

// unwrap gives the connection below fasthttp's wrapper, whose Close does nothing.
func unwrap(conn net.Conn) net.Conn {
	if w, ok := conn.(interface{ UnsafeConn() net.Conn }); ok {
		return w.UnsafeConn()
	}
	return conn
}
