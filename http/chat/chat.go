// Package chat serves /chat: rooms, members, messages, reactions, read cursors and
// search, for the user and organization of a session. Changes go through the
// room's actor, so that they have one order; reads go to the store.
//
// Who may do what is a table in ARCHITECTURE.md, which TestPermissions holds the
// operations to.
package chat

import (
	"context"
	"time"

	"athena/actors/room"
	"athena/http/route"
	"athena/persistence/chatdb"
	"athena/wire"

	"github.com/google/uuid"
)

// API answers chat requests.
type API struct {
	Rooms     *room.Rooms
	Databases room.Databases
	// EditWindow is how long after sending a message may be edited; zero is for ever.
	EditWindow time.Duration
}

// Routes are the operations of chat.
func (a API) Routes() route.Table {
	var table route.Table
	for _, part := range []route.Table{a.roomRoutes(), a.messageRoutes(), a.memberRoutes(), a.reactionRoutes()} {
		for _, r := range part {
			r.Access, r.Tag = route.Session, "Chat"
			table = append(table, r)
		}
	}
	return table
}

// serve is route.JSON for what needs the chat's tables.
func serve[In, Out any](do func(context.Context, *In) (Out, error)) route.Handler {
	return route.JSON(func(ctx context.Context, in *In) (Out, error) {
		out, err := do(ctx, in)
		return out, chatdb.Explain(err)
	})
}

// caller is who acts in which client's chat.
func caller(ctx context.Context) (client string, by chatdb.Caller, err error) {
	call := route.CallOf(ctx)
	c := &call.Caller
	by = chatdb.Caller{Organization: c.OrganizationID, User: c.UserID, Trace: call.RequestID}
	switch {
	case c.Client == "":
		err = wire.Fail(wire.ClientMissing, "chat needs a client").At("X-Athena-Client")
	case c.UserID == "":
		err = wire.Fail(wire.ChatUnauthenticated, "a session is required for chat")
	case c.OrganizationID == "":
		err = wire.Fail(wire.ChatForbidden, "the session acts for no organization that its user is a member of")
	}
	return c.Client, by, err
}

// store opens the chat of the caller's client for reading.
func (a API) store(ctx context.Context) (chatdb.Store, chatdb.Caller, error) {
	client, by, err := caller(ctx)
	if err != nil {
		return chatdb.Store{}, by, err
	}
	db, err := a.Databases.DB(ctx, client)
	return chatdb.Store{DB: db}, by, err
}

// told says that rooms may have been made in the caller's client.
func (a API) told(ctx context.Context) { a.Rooms.Told(route.CallOf(ctx).Caller.Client) }

// change makes a change of a room through its actor.
func change[T any](ctx context.Context, a API, id uuid.UUID, c chatdb.Change[T]) (T, error) {
	client, by, err := caller(ctx)
	if err != nil {
		var none T
		return none, err
	}
	return room.Do(ctx, a.Rooms, room.Key{Client: client, Room: id}, by, c)
}
