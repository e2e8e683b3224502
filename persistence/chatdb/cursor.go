package chatdb

import (
	"context"

	"athena/persistence"
	"athena/wire"

	"github.com/google/uuid"
)

// MoveCursor notes how far the caller has read: up to a message, or to a number
// where no message is named. It never goes back, and never beyond the last message.
type MoveCursor struct {
	Message *uuid.UUID
	Seq     int64
}

func (m MoveCursor) apply(ctx context.Context, t *Turn) (wire.ChatReadCursor, error) {
	var none wire.ChatReadCursor
	seq := m.Seq
	if m.Message != nil {
		found, err := persistence.All[int64](ctx, t.tx, sql.Get("seq_of"), *m.Message, t.room.id)
		if err != nil {
			return none, err
		}
		if len(found) == 0 {
			return none, messageMissing(*m.Message)
		}
		seq = found[0]
	}
	n, err := t.exec(ctx, "move_cursor", t.room.id, t.By.User, min(seq, t.room.lastSeq))
	if err != nil {
		return none, err
	}
	cursor, err := persistence.One[wire.ChatReadCursor](ctx, t.tx, "read cursor", sql.Get("cursor"), t.room.id, t.By.User)
	if err != nil || n == 0 {
		return cursor, err
	}
	return cursor, t.tell(aboutCursor, t.room.id.String()+"/"+t.By.User, wire.EventRead, func(e *wire.ChatEvent) {
		e.UserID, e.ReadSeq, e.ReadCursor = t.By.User, &cursor.LastReadSeq, &cursor
	})
}
