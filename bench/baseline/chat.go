package baseline

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/valyala/fasthttp"
)

//go:embed chat.sql
var chatSQL string

// sql holds the chat statements by name.
var sql = statements(chatSQL)

func statements(text string) map[string]string {
	named := make(map[string]string)
	for _, part := range strings.Split(text, "-- name: ")[1:] {
		name, statement, _ := strings.Cut(part, "\n")
		named[name] = strings.TrimSuffix(strings.TrimSpace(statement), ";")
	}
	return named
}

// message is a chat message as it is answered and announced.
type message struct {
	ID              uuid.UUID  `json:"id"`
	RoomID          string     `json:"room_id"`
	RoomSeq         int64      `json:"room_seq"`
	SenderID        string     `json:"sender_id"`
	ClientMessageID *string    `json:"client_message_id"`
	BodyText        *string    `json:"body_text"`
	CreatedAt       time.Time  `json:"created_at"`
	Attachments     []struct{} `json:"attachments"`
	Reactions       []struct{} `json:"reactions"`
}

func (h handler) createRoom(ctx context.Context, c *fasthttp.RequestCtx) error {
	var in struct{ Kind, Title string }
	if err := decode(c, &in); err != nil {
		return err
	}
	var row []byte
	err := h.pool.QueryRow(ctx, sql["create_room"], uuid.New(), in.Kind, in.Title, sender(c)).Scan(&row)
	if err != nil {
		return fmt.Errorf("baseline: create a room: %w", err)
	}
	success(c, row)
	return nil
}

func (h handler) sendMessage(ctx context.Context, c *fasthttp.RequestCtx, room string) error {
	m := message{ID: uuid.New(), RoomID: room, SenderID: sender(c), Attachments: []struct{}{}, Reactions: []struct{}{}}
	if err := decode(c, &m); err != nil {
		return err
	}
	if err := pgx.BeginFunc(ctx, h.pool, func(tx pgx.Tx) error { return m.store(ctx, tx) }); err != nil {
		return fmt.Errorf("baseline: send a message: %w", err)
	}
	reply, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("baseline: write the message: %w", err)
	}
	success(c, reply)
	return h.hub.tell(&m, reply)
}

// store takes the room's next number under the lock of its row, which is held
// until the commit, and writes the message and its event.
func (m *message) store(ctx context.Context, tx pgx.Tx) error {
	if err := tx.QueryRow(ctx, sql["advance"], m.RoomID, m.ID).Scan(&m.RoomSeq, &m.CreatedAt); err != nil {
		return err
	}
	event, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sql["append"],
		m.ID, m.RoomID, m.RoomSeq, m.SenderID, m.ClientMessageID, m.BodyText, m.CreatedAt); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sql["announce"], m.ID, m.RoomID, m.RoomSeq, string(event))
	return err
}

func (h handler) history(ctx context.Context, c *fasthttp.RequestCtx, room string) error {
	query := c.QueryArgs()
	var page []byte
	err := h.pool.QueryRow(ctx, sql["history"], room,
		query.GetUintOrZero("after_seq"), query.GetUintOrZero("limit")).Scan(&page)
	if err != nil {
		return fmt.Errorf("baseline: read the history: %w", err)
	}
	c.SetBody(page)
	return nil
}

// sender is whoever the caller says: the baseline checks no sessions.
func sender(c *fasthttp.RequestCtx) string {
	return strings.TrimPrefix(string(c.Request.Header.Peek("Authorization")), "Bearer ")
}
