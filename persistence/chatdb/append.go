package chatdb

import (
	"context"

	"athena/wire"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// append numbers the sends that nothing stands against and queues what writes them and the
// rooms' new counts, and their events where no changes follow that have some, too.
func (c *commit) append(queue *pgx.Batch) error {
	if err := c.number(); err != nil || len(c.kept) == 0 {
		return err
	}
	queue.Queue(sql.Get("append"), of(c.kept, idOf), of(c.kept, roomOf), of(c.kept, seqOf), of(c.kept, senderOf), of(c.kept, clientIDOf),
		of(c.kept, textOf), of(c.kept, bodyOf), of(c.kept, metadataOf), of(c.kept, replyOf), c.now)
	c.queueAttachments(queue)
	c.queueAdvance(queue)
	if len(c.batch.Tasks) == 0 {
		publish(queue, c.told, c.now)
	}
	return nil
}

// number gives each send the next number of its room, in the order of the batch, and
// makes its event.
func (c *commit) number() error {
	n := len(c.batch.Sends)
	events := make([]event, n)
	c.kept, c.told = make([]*Send, 0, n), make([]*event, 0, n)
	for i, s := range c.batch.Sends {
		if s.Err != nil || s.repeated {
			continue
		}
		m, r := &s.Message, c.rooms[s.Message.RoomID]
		r.lastSeq++
		r.lastEvent++
		r.lastMessage, r.advanced = m.ID, true
		m.RoomSeq, m.CreatedAt = r.lastSeq, c.now
		payload, err := s.encode()
		if err != nil {
			return err
		}
		events[i] = event{
			Event: Event{Room: m.RoomID, EventSeq: r.lastEvent, RoomSeq: m.RoomSeq, Type: wire.EventMessageCreated, Payload: payload},
			about: aboutMessage, aboutID: m.ID.String(),
		}
		c.kept, c.told = append(c.kept, s), append(c.told, &events[i])
	}
	return nil
}

// encode writes the send's event once, for the outbox and whoever else needs it.
func (s *Send) encode() (string, error) {
	m := &s.Message
	text, err := encode(wire.ChatEvent{
		Type: wire.EventMessageCreated, EventID: m.ID, OccurredAt: m.CreatedAt, TraceID: s.By.Trace,
		RoomID: m.RoomID, Seq: &m.RoomSeq, RoomSeq: &m.RoomSeq, Message: m,
	})
	if err != nil { // only JSON that came in can be at fault
		return "", wire.Fail(wire.InvalidJSON, "body_json or metadata_json is not valid JSON").Because(err)
	}
	return text, nil
}

func (c *commit) queueAttachments(queue *pgx.Batch) {
	var messages []uuid.UUID
	var names []string
	var ordinals []int32
	for _, s := range c.kept {
		for _, a := range s.Message.Attachments {
			messages, names, ordinals = append(messages, s.Message.ID), append(names, a.FileID), append(ordinals, a.Ordinal)
		}
	}
	if len(messages) > 0 {
		queue.Queue(sql.Get("attach"), messages, names, ordinals)
	}
}

func (c *commit) queueAdvance(queue *pgx.Batch) {
	rooms, last := make(ids, 0, len(c.rooms)), make(ids, 0, len(c.rooms))
	seqs, events := make([]int64, 0, len(c.rooms)), make([]int64, 0, len(c.rooms))
	for id, r := range c.rooms {
		if r.advanced {
			rooms, last = append(rooms, id), append(last, r.lastMessage)
			seqs, events = append(seqs, r.lastSeq), append(events, r.lastEvent)
		}
	}
	queue.Queue(sql.Get("advance"), rooms, seqs, last, c.now, events)
}

// answerRepeats puts the first message in the place of each repeated one. The same
// id with other content is refused.
func (c *commit) answerRepeats(ctx context.Context) error {
	for _, s := range c.batch.Sends {
		if !s.repeated || s.Err != nil {
			continue
		}
		id, same, err := c.original(ctx, s)
		if err != nil {
			return err
		}
		if !same {
			s.Err = wire.Fail(wire.ChatConflict, "client_message_id was used for another message already").At("client_message_id")
			continue
		}
		found, err := messages(ctx, c.conn, s.By.User, id)
		if err != nil {
			return err
		}
		s.Message = found[0]
	}
	return nil
}

// original finds what a repeated send meant. Without a client_message_id it is the
// very send, which an earlier run of the batch stored.
func (c *commit) original(ctx context.Context, s *Send) (id uuid.UUID, same bool, err error) {
	m := &s.Message
	if m.ClientMessageID == nil {
		return m.ID, true, nil
	}
	names := []string{}
	for _, a := range m.Attachments {
		names = append(names, a.FileID)
	}
	row := c.conn.QueryRow(ctx, sql.Get("original"), m.RoomID, m.SenderID, *m.ClientMessageID,
		m.BodyText, textOrNull(m.BodyJSON), textOrNull(m.MetadataJSON), m.ReplyToMessageID, names)
	return id, same, row.Scan(&id, &same)
}

func textOrNull(o wire.JSONObject) *string {
	if o == nil {
		return nil
	}
	text := string(o)
	return &text
}
