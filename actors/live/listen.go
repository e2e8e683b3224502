package live

import (
	"context"
	"strconv"
	"strings"
	"time"

	"athena/actors"
	"athena/actors/room"
	"athena/persistence/chatdb"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
)

// listen hears what other nodes published, until the relay stops.
func (r *relay) listen(self *actors.PID) {
	ctx, cancel := context.WithCancel(r.hub.ctx)
	r.stop = cancel
	if r.hub.config.Listen == nil {
		r.listening = true
		return
	}
	r.hub.run(func() {
		r.hub.config.Listen(ctx, r.client, map[string]func(string){
			chatdb.EventChannel: func(payload string) {
				if payload != "" {
					r.heardEvents(payload)
					return
				}
				r.hub.system.Send(self, listens{r})
				r.reconnected()
			},
			chatdb.SignChannel: r.heardSign,
		})
	})
}

// reconnected looks up what may have been missed.
func (r *relay) reconnected() {
	now := time.Now()
	since := now // the first time nobody was here who could have missed an arrival
	if last := r.heard.Swap(now.UnixNano()); last != 0 {
		since = time.Unix(0, last).Add(-clockSkew)
	}
	r.hub.aside(func(ctx context.Context) { r.catchUp(ctx, since) })
}

// clockSkew is how far this clock may be ahead of the database's.
const clockSkew = 10 * time.Second

// heardEvents passes on how far rooms have got.
func (r *relay) heardEvents(payload string) {
	r.heard.Store(time.Now().UnixNano())
	for part := range strings.SplitSeq(payload, " ") {
		n, err := parseNotice(part)
		if err != nil {
			r.hub.log().Warn("chat notification is malformed", "client", r.client, "error", err)
			continue
		}
		r.hub.streams.Send(room.Key{Client: r.client, Room: n.room}, elsewhere{n.last})
		if n.arrival > 0 {
			r.hub.aside(func(ctx context.Context) { r.arrivals(ctx, n.room, n.arrival) })
		}
	}
}

// notice says that a room's events go up to a place, and from which place on some
// of them tell users of the room for the first time; zero for none.
type notice struct {
	room          uuid.UUID
	last, arrival int64
}

func parseNotice(text string) (n notice, err error) {
	id, places, _ := strings.Cut(text, ":")
	last, arrival, arrives := strings.Cut(places, ":")
	if n.room, err = uuid.Parse(id); err == nil {
		n.last, err = strconv.ParseInt(last, 10, 64)
	}
	if err == nil && arrives {
		n.arrival, err = strconv.ParseInt(arrival, 10, 64)
	}
	return n, err
}

// catchUp asks the store how far all followed rooms have got, and who came into a
// room since a time. It is done again until it works.
func (r *relay) catchUp(ctx context.Context, since time.Time) {
	if err := r.tryCatchUp(ctx, since); err != nil {
		r.hub.log().Warn("chat not caught up with", "client", r.client, "error", err)
		r.hub.later(backoff(1), func(ctx context.Context) { r.catchUp(ctx, since) })
	}
}

func (r *relay) tryCatchUp(ctx context.Context, since time.Time) error {
	store, err := r.hub.store(ctx, r.client)
	if err != nil {
		return err
	}
	seqs, err := store.EventSeqs(ctx, r.followed())
	if err != nil {
		return err
	}
	for id, seq := range seqs {
		r.hub.streams.Send(room.Key{Client: r.client, Room: id}, elsewhere{seq})
	}
	recent, err := store.RecentArrivals(ctx, since)
	for id, from := range recent {
		r.arrivals(ctx, id, from)
	}
	return err
}

// followed are the rooms that have a stream.
func (r *relay) followed() []uuid.UUID {
	ids := []uuid.UUID{}
	r.hub.streams.Each(func(key room.Key) {
		if key.Client == r.client {
			ids = append(ids, key.Room)
		}
	})
	return ids
}

// arrivals finds whom events concern that may be the first they hear of a room.
func (r *relay) arrivals(ctx context.Context, id uuid.UUID, from int64) {
	store, err := r.hub.store(ctx, r.client)
	for more := true; more && err == nil; {
		var list []chatdb.Arrival
		if list, err = store.Arrivals(ctx, id, from, arrivalPage); len(list) > 0 {
			r.hub.relays.Send(r.client, arrived{list})
			from = list[len(list)-1].EventSeq + 1
		}
		more = len(list) == arrivalPage
	}
	if err != nil {
		r.hub.log().Warn("chat arrivals not read", "client", r.client, "room", id, "error", err)
	}
}

// arrivalPage is how many arrivals of a room are read at once.
const arrivalPage = 100

func (r *relay) heardSign(payload string) {
	if payload == "" {
		return // signs are soon repeated
	}
	var m sign
	if err := json.Unmarshal([]byte(payload), &m); err != nil {
		r.hub.log().Warn("chat sign is malformed", "client", r.client, "error", err)
		return
	}
	if m.Node != r.hub.node {
		r.hub.streams.Send(room.Key{Client: r.client, Room: m.Room}, heardSign{m})
	}
}
