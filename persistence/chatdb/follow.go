package chatdb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"athena/persistence"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
)

// Channels of the notifications with which nodes tell each other of a database's
// chat: how far rooms have got, and signs of life that are stored nowhere.
const (
	EventChannel = "athena_chat"
	SignChannel  = "athena_chat_signs"
)

// Place is how far a room has got.
type Place struct {
	// EventSeq is the place of its last event.
	EventSeq int64
	// RoomSeq is the number of its last message.
	RoomSeq int64
}

// Follow tells how far a room has got to a caller who may follow it.
func (s Store) Follow(ctx context.Context, by Caller, room uuid.UUID) (Place, error) {
	type found struct {
		OrganizationID               string
		LastEventSeq, LastMessageSeq int64
		IsMember                     bool
	}
	list, err := persistence.All[found](ctx, s.DB, sql.Get("follow"), room, by.User)
	switch {
	case err != nil:
		return Place{}, err
	case len(list) == 0 || list[0].OrganizationID != by.Organization:
		return Place{}, roomMissing(room)
	case !list[0].IsMember:
		return Place{}, notMember()
	}
	return Place{list[0].LastEventSeq, list[0].LastMessageSeq}, nil
}

// Events reads a room's events in their order: those after a place, from the ones
// on that stand at its message number. What was told of a message that is deleted
// by now comes without the message's content.
func (s Store) Events(ctx context.Context, room uuid.UUID, after Place, limit int) ([]Event, error) {
	type row struct {
		EventSeq, RoomSeq int64
		Type, Payload     string
		Emptied           bool
	}
	rows, err := persistence.All[row](ctx, s.DB, sql.Get("events"), room, after.RoomSeq, after.EventSeq, limit)
	if err != nil {
		return nil, err
	}
	events := make([]Event, len(rows))
	for i, r := range rows {
		events[i] = Event{Room: room, EventSeq: r.EventSeq, RoomSeq: r.RoomSeq, Type: r.Type, Payload: r.Payload}
		if !r.Emptied {
			continue
		}
		if events[i].Payload, err = emptied(r.Payload); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// emptied takes the message's content out of an event.
func emptied(payload string) (string, error) {
	var e wire.ChatEvent
	if err := json.Unmarshal([]byte(payload), &e); err != nil {
		return "", fmt.Errorf("read event: %w", err)
	}
	if m := e.Message; m != nil {
		m.BodyText, m.BodyJSON, m.MetadataJSON = nil, nil, nil
		m.Attachments, m.Reactions = []wire.ChatAttachmentView{}, []wire.ChatReactionCount{}
	}
	return encode(e)
}

// EventSeqs reads how far the events of rooms go.
func (s Store) EventSeqs(ctx context.Context, rooms []uuid.UUID) (map[uuid.UUID]int64, error) {
	return s.eventSeqs(ctx, "event_seqs", rooms)
}

// RecentArrivals finds the rooms with arrivals since a time, as far as they are not
// pruned, and the place of the first one in each.
func (s Store) RecentArrivals(ctx context.Context, since time.Time) (map[uuid.UUID]int64, error) {
	return s.eventSeqs(ctx, "recent_arrivals", since)
}

func (s Store) eventSeqs(ctx context.Context, name string, args ...any) (map[uuid.UUID]int64, error) {
	type row struct {
		Room     uuid.UUID
		EventSeq int64
	}
	rows, err := persistence.All[row](ctx, s.DB, sql.Get(name), args...)
	if err != nil {
		return nil, err
	}
	seqs := make(map[uuid.UUID]int64, len(rows))
	for _, r := range rows {
		seqs[r.Room] = r.EventSeq
	}
	return seqs, nil
}

// Arrival is an event that may tell somebody of a room for the first time.
type Arrival struct {
	Event
	OrganizationID string
	// Users are the room's members and who was removed by the event.
	Users []string
}

// Arrivals reads a room's arrivals in their order, from a place on, up to a number. A
// room that is gone has none.
func (s Store) Arrivals(ctx context.Context, room uuid.UUID, from int64, limit int) ([]Arrival, error) {
	type row struct {
		EventSeq, RoomSeq int64
		Type, Payload     string
	}
	rows, err := persistence.All[row](ctx, s.DB, sql.Get("arrivals"), room, from, limit)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	now, err := s.Standing(ctx, room) // after the events, so that it has whom they added
	if err != nil || now == nil {
		return nil, err
	}
	list := make([]Arrival, len(rows))
	for i, r := range rows {
		e := Event{Room: room, EventSeq: r.EventSeq, RoomSeq: r.RoomSeq, Type: r.Type, Payload: r.Payload}
		removed, err := e.Removed()
		if err != nil {
			return nil, err
		}
		list[i] = Arrival{e, now.OrganizationID, now.Members}
		if len(removed) > 0 {
			list[i].Users = slices.Concat(now.Members, removed)
		}
	}
	return list, nil
}

// Removed are the users whom the event took out of the room.
func (e *Event) Removed() ([]string, error) {
	if e.Type != wire.EventMembers {
		return nil, nil
	}
	var content struct {
		RemovedUserIDs []string `json:"removed_user_ids"`
	}
	if err := json.Unmarshal([]byte(e.Payload), &content); err != nil {
		return nil, fmt.Errorf("read event of members: %w", err)
	}
	return content.RemovedUserIDs, nil
}

// Relay publishes the events of the oldest transactions that nobody has published
// yet, up to a number of them, and tells how many there were. Every event is
// published once, whoever relays; one whose publisher died is published by the next.
// A published place stands for all before it in its room. Where latest is positive,
// no more than so many transactions are looked at, the latest: that costs little
// even while somebody holds a snapshot of the database for long.
func (s Store) Relay(ctx context.Context, limit, latest int) (int, error) {
	var among *int
	if latest > 0 {
		among = &latest
	}
	return persistence.One[int](ctx, s.DB, "count of published transactions", sql.Get("relay"), limit, among)
}

// Signal tells other nodes of signs of life.
func (s Store) Signal(ctx context.Context, signs []string) error {
	_, err := persistence.Exec(ctx, s.DB, sql.Get("signal"), signs)
	return err
}

// Prune removes published events that are older than an age, the oldest of them up
// to a number, and tells how many it removed.
func (s Store) Prune(ctx context.Context, age time.Duration, limit int) (int64, error) {
	return persistence.Exec(ctx, s.DB, sql.Get("prune"), age.Seconds(), limit)
}

// Auth is one attempt to open a socket for a user.
type Auth struct {
	User, Organization string
	Connection         string
	// Outcome is "accepted" or "refused", Reason why it was refused.
	Outcome, Reason string
	Remote          string
}

// LogAuth keeps an attempt.
func (s Store) LogAuth(ctx context.Context, a Auth) error {
	_, err := persistence.Exec(ctx, s.DB, sql.Get("log_auth"), a.User, a.Organization, a.Connection, a.Outcome, a.Reason, a.Remote)
	return err
}
