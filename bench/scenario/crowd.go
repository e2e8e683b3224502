package scenario

import (
	"context"

	"athena/bench/contender"
	"athena/bench/load"
)

// Wake sends one message into each room.
func Wake(ctx context.Context, c *contender.Contender, session contender.Session, rooms []string) error {
	return each(ctx, min(senders, len(rooms)), func(ctx context.Context, i int) error {
		conn, err := load.Dial(ctx, c.Address)
		if err != nil {
			return err
		}
		defer conn.Close()
		for n := i; n < len(rooms) && ctx.Err() == nil; n += senders {
			if err := newSender(c, n, session, rooms[n:n+1]).sendOn(conn); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
}

// crowdRooms are the rooms that a crowd spreads over.
const crowdRooms = 100

// Crowd opens sockets that follow some rooms, and gives what closes them.
func Crowd(ctx context.Context, c *contender.Contender, sockets int) (leave func(), err error) {
	t, err := newTalk(ctx, c, senders, crowdRooms)
	if err != nil {
		return nil, err
	}
	a, err := listen(ctx, t, sockets)
	if err != nil {
		return nil, err
	}
	return a.close, nil
}
