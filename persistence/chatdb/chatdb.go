// Package chatdb keeps the chat of one Athena client: rooms, members, messages,
// reactions and read cursors, each change with its event in the outbox.
//
// Whatever happens to a room that exists happens in a Batch: one transaction that
// locks the rows of its rooms first, in the order of their ids, and then appends
// messages and applies changes. The numbers of messages come from the locked row.
// Hence, whoever runs batches and however many at once: the messages of a room are
// numbered from 1 without a gap or a double, in the order in which they were
// committed; nobody sends into a room after the change that removed them; and a
// repeated client_message_id stores nothing. Batches of the same rooms wait for
// each other; they do not deadlock.
package chatdb

import (
	"embed"

	"athena/persistence"
	"athena/wire"

	"github.com/google/uuid"
)

//go:embed *.sql
var files embed.FS

var sql = persistence.Load(files)

// Store reads and writes the chat in one database.
type Store struct{ DB persistence.DB }

// Caller is who acts, and for what.
type Caller struct {
	// Organization is the one that the user acts for; rooms of others do not exist
	// for it.
	Organization string
	User         string
	// Trace is the request that events are traced back to.
	Trace string
}

// Explain is persistence.Explain for the statements of chat: a database without its
// tables says so.
func Explain(err error) error {
	if persistence.NoTable(err) {
		return wire.Fail(wire.ChatUnavailable, "the client's database has no chat tables").
			WithHint("provision the client for chat first").Because(err)
	}
	return persistence.Explain(err)
}

// roomMissing is the same for a room that does not exist and for one of another
// organization.
func roomMissing(room uuid.UUID) error {
	return wire.Fail(wire.ChatNotFound, "room %s was not found", room).At("room_id")
}

func messageMissing(message uuid.UUID) error {
	return wire.Fail(wire.ChatNotFound, "message %s was not found", message).At("message_id")
}

func notMember() error {
	return wire.Fail(wire.ChatForbidden, "the user is not a member of this room")
}
