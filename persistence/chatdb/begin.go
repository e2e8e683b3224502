package chatdb

import (
	"bytes"
	"context"
	"slices"

	"athena/wire"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// begin begins the transaction, locks the rooms and finds out what stands against each
// send, in one round trip. The checks are statements of their own, after the one that
// locks: only so do they see what the last holder of the lock committed.
func (c *commit) begin(ctx context.Context) error {
	c.reset()
	queue := &pgx.Batch{}
	queue.Queue("begin")
	queue.Queue(sql.Get("settings"))
	queue.Queue(sql.Get("lock"), c.roomIDs()).Query(c.readRooms)
	queue.Queue(sql.Get("clock")).QueryRow(func(row pgx.Row) error { return row.Scan(&c.now) })
	c.queueChecks(queue)
	if err := c.conn.SendBatch(ctx, queue).Close(); err != nil {
		return err
	}
	for _, s := range c.batch.Sends {
		s.Err = c.refuse(s)
	}
	return c.answerRepeats(ctx)
}

func (c *commit) reset() {
	for _, s := range c.batch.Sends {
		s.Err, s.stranger, s.repeated, s.lostReply = nil, false, false, false
	}
}

// roomIDs are the rooms of the batch, each once.
func (c *commit) roomIDs() ids {
	list := make(ids, 0, len(c.batch.Sends)+len(c.batch.Tasks))
	for _, s := range c.batch.Sends {
		list = append(list, s.Message.RoomID)
	}
	for _, t := range c.batch.Tasks {
		list = append(list, t.Room)
	}
	slices.SortFunc(list, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(list)
}

func (c *commit) readRooms(rows pgx.Rows) error {
	for rows.Next() {
		r := &room{}
		if err := rows.Scan(uuidRef{&r.id}, &r.organization, &r.archived, &r.version, &r.lastSeq, &r.lastEvent); err != nil {
			return err
		}
		c.rooms[r.id] = r
	}
	return rows.Err()
}

// refuse says what forbids a send. A repeat of what was sent before is let pass
// into an archived room: nothing is written for it.
func (c *commit) refuse(s *Send) error {
	r := c.rooms[s.Message.RoomID]
	switch {
	case r == nil || r.organization != s.By.Organization:
		return roomMissing(s.Message.RoomID)
	case s.stranger:
		return notMember()
	case s.repeated:
		return nil
	case r.archived:
		return wire.Fail(wire.ChatConflict, "the room is archived")
	case s.lostReply:
		return wire.Fail(wire.ChatBadRequest, "reply_to_message_id names no message of this room").At("reply_to_message_id")
	}
	return nil
}

// queueChecks adds the checks that this batch needs. Each answers with the places
// of the sends that it finds something against.
func (c *commit) queueChecks(queue *pgx.Batch) {
	sends := c.batch.Sends
	if len(sends) == 0 {
		return
	}
	rooms, users := of(sends, roomOf), of(sends, senderOf)
	queue.Queue(sql.Get("strangers"), rooms, users).Query(c.mark(func(s *Send) { s.stranger = true }))
	if slices.ContainsFunc(sends, func(s *Send) bool { return s.Message.ClientMessageID != nil }) {
		queue.Queue(sql.Get("repeats"), rooms, users, of(sends, clientIDOf)).Query(c.mark(func(s *Send) { s.repeated = true }))
	}
	if slices.ContainsFunc(sends, func(s *Send) bool { return s.Message.ReplyToMessageID != nil }) {
		queue.Queue(sql.Get("lost_replies"), rooms, of(sends, replyOf)).Query(c.mark(func(s *Send) { s.lostReply = true }))
	}
	if c.batch.Again {
		queue.Queue(sql.Get("stored"), of(sends, idOf)).Query(c.mark(func(s *Send) { s.repeated = true }))
	}
}

// mark calls note for each send whose place, counted from 1, the rows name.
func (c *commit) mark(note func(*Send)) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		for rows.Next() {
			var n int64
			if err := rows.Scan(&n); err != nil {
				return err
			}
			note(c.batch.Sends[n-1])
		}
		return rows.Err()
	}
}
