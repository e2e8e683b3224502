package chatdb

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"athena/persistence"
	"athena/wire"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Room reads a room that the caller is a member of.
func (s Store) Room(ctx context.Context, by Caller, id uuid.UUID) (wire.ChatRoom, error) {
	rooms, err := persistence.All[wire.ChatRoom](ctx, s.DB, sql.Get("room"), id)
	if err != nil {
		return wire.ChatRoom{}, err
	}
	if len(rooms) == 0 || rooms[0].OrganizationID != by.Organization {
		return wire.ChatRoom{}, roomMissing(id)
	}
	role, err := roleOf(ctx, s.DB, id, by.User)
	if err != nil {
		return wire.ChatRoom{}, persistence.Explain(err)
	}
	if role == "" {
		return wire.ChatRoom{}, notMember()
	}
	return rooms[0], nil
}

// Rooms lists the caller's rooms, the latest message first.
func (s Store) Rooms(ctx context.Context, by Caller, q *wire.ListChatRooms) ([]wire.ChatRoomEntry, error) {
	return persistence.All[wire.ChatRoomEntry](ctx, s.DB, sql.Get("rooms"), by.User, by.Organization, q.IncludeArchived, q.Page(), q.Offset)
}

// Standing is who belongs to a room, as it was when it was read.
type Standing struct {
	OrganizationID string
	// Version tells whether the standing is still the room's.
	Version int64
	// Members are in byte order.
	Members []string
}

// Standing reads the standing of a room, nil where there is no such room.
func (s Store) Standing(ctx context.Context, room uuid.UUID) (*Standing, error) {
	found, err := persistence.All[Standing](ctx, s.DB, sql.Get("standing"), room)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// Refuse says why a caller may not act in the room; what is nil does not exist.
func (s *Standing) Refuse(by Caller, room uuid.UUID) error {
	if s == nil || s.OrganizationID != by.Organization {
		return roomMissing(room)
	}
	if _, ok := slices.BinarySearch(s.Members, by.User); !ok {
		return notMember()
	}
	return nil
}

// CreateRoom makes a group or channel with the caller as its owner.
func (s Store) CreateRoom(ctx context.Context, by Caller, r *wire.CreateChatRoom) (made wire.ChatRoom, err error) {
	members := distinct(append([]string{by.User}, r.MemberUserIDs...))
	err = pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		made, err = create(ctx, tx, by, r.Kind, r.Title, members)
		return err
	})
	return made, persistence.Explain(err)
}

// create makes a room with its members and its event.
func create(ctx context.Context, tx pgx.Tx, by Caller, kind string, title *string, members []string) (made wire.ChatRoom, err error) {
	id, err := uuid.NewV7()
	if err != nil {
		return made, fmt.Errorf("make room id: %w", err)
	}
	if _, err := persistence.Exec(ctx, tx, sql.Get("create_room"), id, by.Organization, kind, title, by.User); err != nil {
		return made, err
	}
	if _, err := persistence.Exec(ctx, tx, sql.Get("seed_members"), id, members, by.User); err != nil {
		return made, err
	}
	if made, err = persistence.One[wire.ChatRoom](ctx, tx, "room", sql.Get("room"), id); err != nil {
		return made, err
	}
	t := &Turn{tx: tx, room: &room{id: id, version: made.Version}, By: by, now: made.CreatedAt}
	if err := t.tellRoom(wire.EventRoomCreated, made); err != nil {
		return made, err
	}
	return made, t.publish(ctx)
}

// distinct keeps the first of equal users.
func distinct(users []string) []string {
	seen := make(map[string]bool, len(users))
	return slices.DeleteFunc(users, func(user string) bool {
		again := seen[user]
		seen[user] = true
		return again
	})
}

var errTaken = errors.New("the pair has a room")

// DirectRoom gives the room of two users, made where they have none. found tells
// that it was there. Whoever had left it is a member again.
func (s Store) DirectRoom(ctx context.Context, by Caller, other string, title *string) (r wire.ChatRoom, found bool, err error) {
	first, second := min(by.User, other), max(by.User, other)
	if r, found, err = s.findDirect(ctx, by, first, second); found || err != nil {
		return r, found, err
	}
	err = pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		if r, err = create(ctx, tx, by, wire.RoomDM, title, []string{by.User, other}); err != nil {
			return err
		}
		n, err := persistence.Exec(ctx, tx, sql.Get("claim_direct"), by.Organization, first, second, r.ID)
		if err == nil && n == 0 {
			err = errTaken // someone else was faster; this room is rolled back
		}
		return err
	})
	if errors.Is(err, errTaken) {
		return s.findDirect(ctx, by, first, second)
	}
	return r, false, persistence.Explain(err)
}

func (s Store) findDirect(ctx context.Context, by Caller, first, second string) (r wire.ChatRoom, found bool, err error) {
	type direct struct {
		RoomID   uuid.UUID
		Complete bool
	}
	pairs, err := persistence.All[direct](ctx, s.DB, sql.Get("find_direct"), by.Organization, first, second)
	if err != nil || len(pairs) == 0 {
		return r, false, err
	}
	if !pairs[0].Complete {
		if err := s.revive(ctx, by, pairs[0].RoomID); err != nil {
			return r, false, err
		}
	}
	r, err = persistence.One[wire.ChatRoom](ctx, s.DB, "room", sql.Get("room"), pairs[0].RoomID)
	return r, err == nil, err
}

// revive makes everybody who left a direct room a member again.
func (s Store) revive(ctx context.Context, by Caller, id uuid.UUID) error {
	return persistence.Explain(pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		t := &Turn{tx: tx, room: &room{id: id}, By: by}
		if err := tx.QueryRow(ctx, sql.Get("lock_room"), id).Scan(&t.room.version, &t.room.lastSeq, &t.room.lastEvent, &t.now); err != nil {
			return err
		}
		n, err := t.exec(ctx, "revive", id, t.now)
		if err != nil || n == 0 {
			return err
		}
		if err := t.membersChanged(ctx); err != nil {
			return err
		}
		return t.publish(ctx)
	}))
}

// Rename gives the room another title, or none.
type Rename struct{ Title *string }

func (r Rename) apply(ctx context.Context, t *Turn) (wire.ChatRoom, error) {
	if err := t.mustManage("rename it"); err != nil {
		return wire.ChatRoom{}, err
	}
	return t.alter(ctx, wire.EventRoomUpdated, "rename", t.room.id, r.Title)
}

// Archive closes the room for new messages.
type Archive struct{}

func (Archive) apply(ctx context.Context, t *Turn) (wire.ChatRoom, error) {
	if err := t.mustManage("archive it"); err != nil {
		return wire.ChatRoom{}, err
	}
	return t.alter(ctx, wire.EventRoomArchived, "archive", t.room.id, t.now)
}

// alter runs a statement that changes the room's row, and tells of it if it did.
func (t *Turn) alter(ctx context.Context, kind, name string, args ...any) (wire.ChatRoom, error) {
	n, err := t.exec(ctx, name, args...)
	if err != nil {
		return wire.ChatRoom{}, err
	}
	if n == 0 {
		return t.load(ctx)
	}
	if err := t.touch(ctx); err != nil {
		return wire.ChatRoom{}, err
	}
	now, err := t.load(ctx)
	if err != nil {
		return now, err
	}
	return now, t.tellRoom(kind, now)
}

func (t *Turn) tellRoom(kind string, now wire.ChatRoom) error {
	return t.tell(aboutRoom, t.room.id.String(), kind, func(e *wire.ChatEvent) { e.Room = &now })
}
