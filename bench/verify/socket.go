package verify

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"athena/wire"

	"github.com/fasthttp/websocket"
	"github.com/google/uuid"
)

// follower follows all rooms over a socket, and resumes where it broke off.
type follower struct {
	run    *run
	name   string
	user   string
	random *rand.Rand
	last   map[uuid.UUID]int64 // number of the last message, by room
	read   map[uuid.UUID]int64 // up to here the history was read anew: events may repeat it
}

// follow follows until every room's last message has come.
func (r *run) follow(ctx context.Context, i int) {
	f := &follower{run: r, name: fmt.Sprintf("socket %d", i), user: user(i % r.Senders), random: r.random("socket", i), last: map[uuid.UUID]int64{}, read: map[uuid.UUID]int64{}}
	for ctx.Err() == nil && !f.complete() {
		if err := f.connect(ctx); err != nil {
			pause(ctx, retryPause)
		}
	}
	if _, marked := r.markers.Load(r.rooms[len(r.rooms)-1]); marked && !f.complete() {
		r.ledger.violate("%s did not get the last message of every room: %v", f.name, f.last)
	}
}

// complete reports whether the last message of every room has come.
func (f *follower) complete() bool {
	for _, room := range f.run.rooms {
		end, known := f.run.markers.Load(room)
		if !known || f.last[room] < end.(int64) {
			return false
		}
	}
	return true
}

// connect opens a socket at some server and reads it to its end.
func (f *follower) connect(ctx context.Context) error {
	ws, response, err := websocket.DefaultDialer.DialContext(ctx, "ws://"+f.run.anyNode(f.random).listen+"/wss/gateway", nil)
	if err != nil {
		return err
	}
	response.Body.Close()
	closing := func() { _ = ws.Close() } // how it ends is of no interest
	defer closing()
	defer context.AfterFunc(ctx, closing)()
	f.run.ledger.count(func(c *Counts) { c.Connections++ })
	rooms := make([]wire.LivePlace, len(f.run.rooms))
	for i, room := range f.run.rooms {
		rooms[i] = wire.LivePlace{RoomID: room, LastSeq: f.last[room]}
	}
	for _, command := range []any{
		map[string]any{"type": wire.CommandHello, "client": client, "token": f.run.tokens[f.user]},
		map[string]any{"type": wire.CommandResume, "rooms": rooms},
	} {
		if err := ws.WriteJSON(command); err != nil {
			return err
		}
	}
	for !f.complete() {
		if err := f.take(ctx, ws); err != nil {
			return err
		}
	}
	return nil
}

// frame is any frame of a server.
type frame struct {
	wire.ChatEvent
	// Error and Code are those of an error.
	Error, Code string
}

// take reads one frame.
func (f *follower) take(ctx context.Context, ws *websocket.Conn) error {
	if err := ws.SetReadDeadline(time.Now().Add(settleTime / 2)); err != nil {
		return err
	}
	var e frame
	if err := ws.ReadJSON(&e); err != nil {
		return err
	}
	switch {
	case e.Type == wire.EventError:
		return errors.New(e.Error) // the rooms are asked for again over another socket
	case e.Type == wire.EventSync:
		return f.readAnew(ctx, e.RoomID)
	case e.Type == wire.EventMessageCreated:
		f.created(ctx, &e.ChatEvent)
	case e.Seq != nil:
		f.other(&e.ChatEvent)
	}
	return nil
}

// created takes a new message, whose number must be the next one.
func (f *follower) created(ctx context.Context, e *wire.ChatEvent) {
	if e.RoomSeq == nil || e.Message == nil || *e.RoomSeq != e.Message.RoomSeq {
		f.run.ledger.violate("%s got an event without its number or its message", f.name)
		return
	}
	f.run.ledger.see(e.Message, f.name)
	seq, last := *e.RoomSeq, f.last[e.RoomID]
	if seq <= f.read[e.RoomID] {
		return // read in the history already
	}
	if seq != last+1 {
		f.run.ledger.violate("%s got number %d after %d of room %s", f.name, seq, last, e.RoomID)
	}
	f.last[e.RoomID] = seq
	f.run.ledger.count(func(c *Counts) { c.Events++ })
	if f.random.IntN(40) == 0 {
		f.lookUp(ctx, e)
	}
}

// lookUp wants the message of an event to be there, if a server can answer.
func (f *follower) lookUp(ctx context.Context, e *wire.ChatEvent) {
	page, err := f.run.web.page(ctx, f.run.anyNode(f.random), e.RoomID, new(*e.RoomSeq-1), 1)
	if err != nil {
		return
	}
	f.run.ledger.count(func(c *Counts) { c.Prompt++ })
	if len(page.Items) == 0 || page.Items[0].ID != e.Message.ID {
		f.run.ledger.violate("%s got the event of number %d of room %s before its commit", f.name, *e.RoomSeq, e.RoomID)
	}
}

// other takes any other event, which stands at the last message.
func (f *follower) other(e *wire.ChatEvent) {
	if *e.Seq != f.last[e.RoomID] && *e.Seq > f.read[e.RoomID] {
		f.run.ledger.violate("%s got a %s at %d while the last message of room %s was %d", f.name, e.Type, *e.Seq, e.RoomID, f.last[e.RoomID])
	}
	f.run.ledger.count(func(c *Counts) { c.Others++ })
}

// readAnew reads what the events leave out, in one room or, where none is named,
// in all.
func (f *follower) readAnew(ctx context.Context, room uuid.UUID) error {
	f.run.ledger.count(func(c *Counts) { c.Resyncs++ })
	rooms := f.run.rooms
	if room != uuid.Nil {
		rooms = []uuid.UUID{room}
	}
	for _, id := range rooms {
		list, err := f.run.web.history(ctx, id, f.last[id])
		if err != nil {
			return err
		}
		for i := range list {
			f.run.ledger.see(&list[i], f.name)
			f.last[id] = list[i].RoomSeq
		}
		f.read[id] = f.last[id]
	}
	return nil
}
