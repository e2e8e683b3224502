package chatdb

import (
	"context"
	"fmt"
	"time"

	"athena/persistence"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// RoomOf finds the room of a message of the caller's organization.
func (s Store) RoomOf(ctx context.Context, by Caller, message uuid.UUID) (uuid.UUID, error) {
	rooms, err := persistence.All[uuid.UUID](ctx, s.DB, sql.Get("room_of_message"), message, by.Organization)
	if err != nil {
		return uuid.Nil, err
	}
	if len(rooms) == 0 {
		return uuid.Nil, messageMissing(message)
	}
	return rooms[0], nil
}

// messagesSQL and pageSQL read messages as a user sees them.
var (
	messagesSQL = sql.Get("messages") + sql.Get("as_seen")
	pageSQL     = sql.Get("page") + sql.Get("as_seen")
)

// messages reads messages in the order of their ids, as a user sees them. Ids that
// there are not are left out.
func messages(ctx context.Context, db persistence.DB, viewer string, ids ...uuid.UUID) ([]wire.ChatMessage, error) {
	rows, err := db.Query(ctx, messagesSQL, viewer, ids)
	if err != nil {
		return nil, Explain(err)
	}
	list, err := pgx.CollectRows(rows, scanMessage)
	if err != nil {
		return nil, Explain(fmt.Errorf("read messages: %w", err))
	}
	attached := make([][]wire.ChatAttachmentView, len(list))
	for i := range list {
		attached[i] = list[i].Attachments
	}
	return list, describeFiles(ctx, db, attached...)
}

// scanMessage reads one message.
func scanMessage(row pgx.CollectableRow) (m wire.ChatMessage, err error) {
	var body, metadata, attachments, reactions *string
	var member bool
	err = row.Scan(&m.ID, &m.RoomID, &m.RoomSeq, &m.SenderID, &m.ClientMessageID, &m.BodyText, &body, &m.ReplyToMessageID,
		&m.CreatedAt, &m.EditedAt, &m.DeletedAt, &metadata, &reactions, &attachments, &member)
	if err != nil {
		return m, err
	}
	m.Attachments, m.Reactions = []wire.ChatAttachmentView{}, []wire.ChatReactionCount{}
	m.BodyJSON, m.MetadataJSON = objectOf(body), objectOf(metadata)
	if err := decode(attachments, &m.Attachments); err != nil {
		return m, err
	}
	return m, decode(reactions, &m.Reactions)
}

func objectOf(text *string) wire.JSONObject {
	if text == nil {
		return nil
	}
	return wire.JSONObject(*text)
}

// decode reads JSON that the database put together; null leaves the target alone.
func decode(text *string, target any) error {
	if text == nil {
		return nil
	}
	return json.Unmarshal([]byte(*text), target)
}

// EditMessage changes the content of a message.
type EditMessage struct {
	Edit *wire.EditChatMessage
	// Window is how long after sending a message may be edited; zero is for ever.
	Window time.Duration
}

func (e EditMessage) apply(ctx context.Context, t *Turn) (wire.ChatMessage, error) {
	m, err := t.message(ctx, e.Edit.MessageID)
	if err != nil {
		return m, err
	}
	if err := e.allowed(t, &m); err != nil {
		return m, err
	}
	m.BodyText = e.Edit.BodyText.Or(m.BodyText)
	m.BodyJSON = changed(e.Edit.BodyJSON, m.BodyJSON)
	m.MetadataJSON = changed(e.Edit.MetadataJSON, m.MetadataJSON)
	if (m.BodyText == nil || *m.BodyText == "") && m.BodyJSON == nil && len(m.Attachments) == 0 {
		return m, wire.Fail(wire.ChatBadRequest, "the edit would leave an empty message").At("body_text")
	}
	n, err := t.exec(ctx, "edit", m.ID, m.BodyText, textOrNull(m.BodyJSON), textOrNull(m.MetadataJSON), t.now)
	if err != nil || n == 0 {
		return m, err
	}
	m.EditedAt = &t.now
	return m, t.tellMessage(&m)
}

// changed is an object after a change of it, nil where it was cleared.
func changed(change wire.Maybe[wire.JSONObject], old wire.JSONObject) wire.JSONObject {
	if now := change.Or(&old); now != nil {
		return *now
	}
	return nil
}

func (e EditMessage) allowed(t *Turn, m *wire.ChatMessage) error {
	switch {
	case m.SenderID != t.By.User:
		return wire.Fail(wire.ChatForbidden, "only its sender may edit a message")
	case m.DeletedAt != nil:
		return wire.Fail(wire.ChatConflict, "the message was deleted")
	case e.Window > 0 && t.now.Sub(m.CreatedAt) > e.Window:
		return wire.Fail(wire.ChatForbidden, "a message may be edited for %s after it was sent", e.Window)
	}
	return nil
}

// tellMessage tells of a changed message. Who reacted is not marked: the event is
// the same for everybody.
func (t *Turn) tellMessage(m *wire.ChatMessage) error {
	public := *m
	public.Reactions = unmarked(m.Reactions)
	return t.tell(aboutMessage, m.ID.String(), wire.EventMessageUpdated, func(e *wire.ChatEvent) { e.Message = &public })
}

// message reads a message of the room, as the caller sees it.
func (t *Turn) message(ctx context.Context, id uuid.UUID) (wire.ChatMessage, error) {
	found, err := messages(ctx, t.tx, t.By.User, id)
	if err != nil {
		return wire.ChatMessage{}, err
	}
	if len(found) == 0 || found[0].RoomID != t.room.id {
		return wire.ChatMessage{}, messageMissing(id)
	}
	return found[0], nil
}

// DeleteMessage empties a message and leaves it in its place.
type DeleteMessage struct{ ID uuid.UUID }

func (d DeleteMessage) apply(ctx context.Context, t *Turn) (wire.DeletedChatMessage, error) {
	done := wire.DeletedChatMessage{OK: true, MessageID: d.ID}
	m, err := t.message(ctx, d.ID)
	if err != nil {
		return done, err
	}
	if m.SenderID != t.By.User && !t.manages() {
		return done, wire.Fail(wire.ChatForbidden, "only its sender, or an owner or admin of the room, may delete a message")
	}
	n, err := t.exec(ctx, "delete", d.ID, t.now)
	if err != nil || n == 0 {
		return done, err
	}
	return done, t.tell(aboutMessage, d.ID.String(), wire.EventMessageDeleted, func(e *wire.ChatEvent) {
		e.MessageID, e.MessageSeq = &d.ID, &m.RoomSeq
	})
}
