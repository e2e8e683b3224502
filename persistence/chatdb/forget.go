package chatdb

import (
	"context"
	"time"

	"athena/persistence"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Forget removes rooms as a whole in which nothing has happened for an age: first
// the rooms with their members, after which they do not exist for anybody, then
// their messages and events. No transaction removes more than limit rows of those,
// or limit rooms. What a run leaves undone the next one does. It tells how many
// rooms went; in a database without chat there are none.
func (s Store) Forget(ctx context.Context, age time.Duration, limit int) (rooms int64, err error) {
	here, err := persistence.One[bool](ctx, s.DB, "chat", sql.Get("keeps_chat"))
	if err != nil || !here {
		return 0, err
	}
	for {
		gone, err := s.forgetRooms(ctx, age, limit)
		rooms += gone
		if err != nil {
			return rooms, err
		}
		if gone == 0 {
			return rooms, s.clear(ctx, limit)
		}
	}
}

func (s Store) forgetRooms(ctx context.Context, age time.Duration, limit int) (gone int64, err error) {
	err = pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		old, err := persistence.All[uuid.UUID](ctx, tx, sql.Get("lock_old"), age.Seconds(), limit)
		if err != nil || len(old) == 0 {
			return err
		}
		gone, err = persistence.Exec(ctx, tx, sql.Get("forget_rooms"), old, age.Seconds())
		return err
	})
	return gone, persistence.Explain(err)
}

// clear removes what forgotten rooms have left.
func (s Store) clear(ctx context.Context, limit int) error {
	for {
		left, err := persistence.All[uuid.UUID](ctx, s.DB, sql.Get("forgotten"))
		if err != nil || len(left) == 0 {
			return err
		}
		if err := s.clearRoom(ctx, left[0], limit); err != nil {
			return err
		}
	}
}

func (s Store) clearRoom(ctx context.Context, room uuid.UUID, limit int) error {
	for _, name := range []string{"clear_messages", "clear_events"} {
		for {
			n, err := persistence.Exec(ctx, s.DB, sql.Get(name), room, limit)
			if err != nil {
				return err
			}
			if n == 0 {
				break
			}
		}
	}
	_, err := persistence.Exec(ctx, s.DB, sql.Get("cleared"), room)
	return err
}
