package scenario

import (
	"bytes"
	"context"
	"fmt"
	"strconv"

	"athena/bench/contender"
	"athena/bench/load"

	"github.com/goccy/go-json"
)

// appendMessageID writes the client_message_id of a connection's message.
func appendMessageID(dst []byte, connection, message int) []byte {
	dst = strconv.AppendInt(dst, int64(connection), 10)
	dst = append(dst, '-')
	return strconv.AppendInt(dst, int64(message), 10)
}

// roomSeq finds the number in the answer to a message without decoding the rest.
func roomSeq(body []byte) (int64, error) {
	_, after, found := bytes.Cut(body, []byte(`"room_seq":`))
	if !found {
		return 0, fmt.Errorf("no room_seq in %.300s", body)
	}
	end := bytes.IndexAny(after, ",}")
	seq, err := strconv.ParseInt(string(bytes.TrimSpace(after[:max(0, end)])), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("room_seq: %w", err)
	}
	return seq, nil
}

// acknowledged are the numbers of each room's messages by client_message_id.
func acknowledged(all []*sender, rooms int) []map[string]int64 {
	acks := make([]map[string]int64, rooms)
	for i := range acks {
		acks[i] = make(map[string]int64)
	}
	for _, s := range all {
		for _, a := range s.acks {
			acks[a.room][string(appendMessageID(nil, s.connection, a.message))] = a.seq
		}
	}
	return acks
}

// chatItem is what the check needs of a message.
type chatItem struct {
	RoomSeq         int64  `json:"room_seq"`
	ClientMessageID string `json:"client_message_id"`
}

// verify reads the whole history of a room and holds it against what was
// acknowledged.
func verify(ctx context.Context, c *contender.Contender, s contender.Session, room string, acks map[string]int64) error {
	conn, err := load.Dial(ctx, c.Address)
	if err != nil {
		return err
	}
	defer conn.Close()
	check := history{acks: acks}
	for {
		path := fmt.Sprintf("/chat/rooms/%s/messages?limit=200&after_seq=%d", room, check.last)
		status, body, err := conn.Do(load.AppendGet(nil, path, c.As(s)))
		if err != nil {
			return err
		}
		var page struct{ Items []chatItem }
		if err := json.Unmarshal(body, &page); err != nil || status != 200 {
			return fmt.Errorf("read the history: answered %d: %.300s", status, body)
		}
		if len(page.Items) == 0 {
			return check.done()
		}
		for _, item := range page.Items {
			if err := check.next(item); err != nil {
				return err
			}
		}
	}
}

// history is checked message by message.
type history struct {
	acks map[string]int64 // those not seen yet
	last int64
}

func (h *history) next(m chatItem) error {
	if m.RoomSeq != h.last+1 {
		return fmt.Errorf("message %d follows message %d", m.RoomSeq, h.last)
	}
	h.last = m.RoomSeq
	seq, known := h.acks[m.ClientMessageID]
	if !known {
		return fmt.Errorf("message %d (%s) was stored twice or never acknowledged", m.RoomSeq, m.ClientMessageID)
	}
	if seq != m.RoomSeq {
		return fmt.Errorf("message %s was acknowledged as %d and is %d", m.ClientMessageID, seq, m.RoomSeq)
	}
	delete(h.acks, m.ClientMessageID)
	return nil
}

func (h *history) done() error {
	for id, seq := range h.acks {
		return fmt.Errorf("%d acknowledged messages are lost, among them %s as %d of %d", len(h.acks), id, seq, h.last)
	}
	return nil
}
