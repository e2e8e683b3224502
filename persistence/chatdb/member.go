package chatdb

import (
	"context"
	"slices"

	"athena/persistence"
	"athena/wire"

	"github.com/google/uuid"
)

// maxMembers is how many members a list has at most, and an event.
const maxMembers = 1000

// Members lists the members of a room, the first to join first.
func (s Store) Members(ctx context.Context, by Caller, room uuid.UUID) ([]wire.ChatMember, error) {
	if _, err := s.Room(ctx, by, room); err != nil {
		return nil, err
	}
	return persistence.All[wire.ChatMember](ctx, s.DB, sql.Get("members"), room, nil)
}

// AddMembers makes users members of the room; a role changes that of those who are.
type AddMembers struct {
	Users []string
	Role  *string
}

func (a AddMembers) apply(ctx context.Context, t *Turn) ([]wire.ChatMember, error) {
	if err := t.mustManage("add members"); err != nil {
		return nil, err
	}
	r, err := t.load(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.allowed(ctx, t, &r); err != nil {
		return nil, err
	}
	n, err := t.exec(ctx, "add_members", t.room.id, distinct(slices.Clone(a.Users)), a.Role, t.now)
	if err != nil {
		return nil, err
	}
	if n > 0 {
		if err := t.membersChanged(ctx); err != nil {
			return nil, err
		}
	}
	return t.named(ctx, a.Users)
}

func (a AddMembers) allowed(ctx context.Context, t *Turn, r *wire.ChatRoom) error {
	if r.Kind == wire.RoomDM {
		return wire.Fail(wire.ChatBadRequest, "a direct room has exactly two members").At("user_ids")
	}
	if a.Role == nil {
		return nil
	}
	if *a.Role == wire.RoleOwner {
		if t.role != wire.RoleOwner {
			return wire.Fail(wire.ChatForbidden, "only an owner may make another one").At("role")
		}
		return nil
	}
	members, err := t.named(ctx, a.Users)
	if err != nil {
		return err
	}
	return t.mayUnseat(ctx, r, members, "demoted")
}

// mayUnseat refuses to take ownership from members where that is not allowed: only
// an owner may, never from the founder, and one owner must stay.
func (t *Turn) mayUnseat(ctx context.Context, r *wire.ChatRoom, members []wire.ChatMember, how string) error {
	var owners []string
	for _, m := range members {
		if m.Role != wire.RoleOwner {
			continue
		}
		if m.UserID == r.CreatedBy {
			return wire.Fail(wire.ChatForbidden, "the founding owner cannot be %s", how)
		}
		owners = append(owners, m.UserID)
	}
	if len(owners) == 0 {
		return nil
	}
	if t.role != wire.RoleOwner {
		return wire.Fail(wire.ChatForbidden, "only an owner may have an owner %s", how)
	}
	return t.ownerStays(ctx, owners)
}

func (t *Turn) ownerStays(ctx context.Context, leaving []string) error {
	staying, err := persistence.One[int64](ctx, t.tx, "owners", sql.Get("owners_beside"), t.room.id, leaving)
	if err != nil {
		return err
	}
	if staying == 0 {
		return wire.Fail(wire.ChatForbidden, "the room would be left without an owner").WithHint("make another member owner first")
	}
	return nil
}

// named gives those of the users who are members.
func (t *Turn) named(ctx context.Context, users []string) ([]wire.ChatMember, error) {
	return persistence.All[wire.ChatMember](ctx, t.tx, sql.Get("members_named"), t.room.id, users)
}

// RemoveMember ends a user's membership; it can be the caller's own.
type RemoveMember struct{ User string }

func (r RemoveMember) apply(ctx context.Context, t *Turn) (wire.RemovedChatMember, error) {
	done := wire.RemovedChatMember{OK: true, UserID: r.User}
	if err := r.allowed(ctx, t); err != nil {
		return done, err
	}
	if _, err := t.exec(ctx, "remove_member", t.room.id, r.User, t.now); err != nil {
		return done, err
	}
	return done, t.membersChanged(ctx, r.User)
}

func (r RemoveMember) allowed(ctx context.Context, t *Turn) error {
	self := r.User == t.By.User
	if !self {
		if err := t.mustManage("remove others"); err != nil {
			return err
		}
	}
	members, err := t.named(ctx, []string{r.User})
	if err != nil {
		return err
	}
	if len(members) == 0 {
		return wire.Fail(wire.ChatNotFound, "member %s was not found", r.User).At("user_id")
	}
	if self {
		return t.mayLeave(ctx)
	}
	full, err := t.load(ctx)
	if err != nil {
		return err
	}
	if full.Kind == wire.RoomDM {
		return wire.Fail(wire.ChatForbidden, "nobody is removed from a direct room by the other")
	}
	return t.mayUnseat(ctx, &full, members, "removed")
}

// mayLeave refuses to let the last owner go.
func (t *Turn) mayLeave(ctx context.Context) error {
	if t.role != wire.RoleOwner {
		return nil
	}
	return t.ownerStays(ctx, []string{t.By.User})
}

// membersChanged notes and tells that the room has other members or roles. The
// event has a version in place of a number: it says nothing of the messages. It
// names those who were removed.
func (t *Turn) membersChanged(ctx context.Context, removed ...string) error {
	if err := t.touch(ctx); err != nil {
		return err
	}
	now, err := persistence.All[wire.ChatMember](ctx, t.tx, sql.Get("members"), t.room.id, maxMembers)
	if err != nil {
		return err
	}
	version := t.room.version
	return t.tell(aboutRoom, t.room.id.String(), wire.EventMembers, func(e *wire.ChatEvent) {
		e.Seq, e.Version, e.Members, e.RemovedUserIDs = nil, &version, now, removed
	})
}
