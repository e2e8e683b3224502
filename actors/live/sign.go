package live

import (
	"maps"
	"slices"
	"time"

	"athena/actors"
	"athena/persistence/chatdb"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
)

// signs are who writes and who is there, in one room. They are stored nowhere, and
// however often they change, a room has no more than one event of each kind in the
// configured time.
type signs struct {
	typing    map[string]time.Time   // users who write, and until when that counts
	present   map[string]presence    // users who are there
	changed   map[string]struct{}    // users whose presence is to be told
	newcomers map[*Follower]struct{} // who are to be told of everybody
	outgoing  sign                   // what other nodes are to be told
	typed     bool                   // typing is to be told
	scheduled bool
	expiring  bool      // a timer runs for what expires
	named     time.Time // when other nodes were last told of everybody here
}

// presence is what is known of a user who is, or was, there.
type presence struct {
	wire.LiveUser
	until time.Time // for users of other nodes; zero for those who have a seat here
}

// sign is what a node tells the others.
type sign struct {
	Node   string          `json:"node"`
	Room   uuid.UUID       `json:"room"`
	Typing map[string]bool `json:"typing,omitempty"`
	Users  []wire.LiveUser `json:"users,omitempty"`
}

// Messages about signs.
type (
	types struct {
		user string
		on   bool
	}
	looks struct {
		follower *Follower
		active   *uuid.UUID
	}
	// heardSign is a sign of another node.
	heardSign struct{ sign sign }
	// flushSigns tells what changed.
	flushSigns struct{ by *stream }
	// expireSigns forgets who has not given a sign for long.
	expireSigns struct{ by *stream }
)

const (
	maxTyping    = 50
	maxNewcomer  = 200 // users that a newcomer is told of
	maxSignUsers = 50  // users of one sign: a notification holds 8,000 bytes
	// remotePresence is how long a user of another node counts as there without
	// being named again, which happens three times in that time.
	remotePresence = 90 * time.Second
)

func newSigns() signs {
	return signs{
		typing: map[string]time.Time{}, present: map[string]presence{},
		changed: map[string]struct{}{}, newcomers: map[*Follower]struct{}{},
	}
}

func (s *stream) receiveSign(c actors.Context) {
	switch m := c.Message().(type) {
	case types:
		s.signs.write(m.user, m.on, time.Now().Add(s.hub.config.Typing), true)
	case looks:
		s.look(m)
	case heardSign:
		s.hear(m.sign)
	case flushSigns:
		if m.by == s {
			s.signs.scheduled = false
			s.flushSigns()
		}
	case expireSigns:
		if m.by == s {
			s.expireSigns()
		}
	}
	s.scheduleSigns(c)
}

// write notes that a user writes, or no longer does.
func (g *signs) write(user string, on bool, until time.Time, own bool) {
	_, was := g.typing[user]
	if on {
		g.typing[user] = until
	} else {
		delete(g.typing, user)
	}
	g.typed = g.typed || was != on
	if own {
		if g.outgoing.Typing == nil {
			g.outgoing.Typing = map[string]bool{}
		}
		g.outgoing.Typing[user] = on
	}
}

// came notes that a follower has a seat.
func (g *signs) came(f *Follower) {
	g.newcomers[f] = struct{}{}
	p, known := g.present[f.by.User]
	if !known || p.State == wire.Offline {
		p.LiveUser = wire.LiveUser{UserID: f.by.User, State: wire.Online, At: time.Now().UTC()}
		g.changed[f.by.User] = struct{}{}
	}
	p.until = time.Time{}
	g.present[f.by.User] = p
}

// left notes that a follower has no seat any more; still says that its user has
// another one.
func (g *signs) left(user string, still bool) {
	p, known := g.present[user]
	if !known || still {
		return
	}
	p.State, p.ActiveRoomID, p.At = wire.Offline, nil, time.Now().UTC()
	g.present[user] = p
	g.changed[user] = struct{}{}
	if _, typing := g.typing[user]; typing {
		g.write(user, false, time.Time{}, true)
	}
}

// look notes which room a user looks at.
func (s *stream) look(m looks) {
	p, known := s.signs.present[m.follower.by.User]
	if !known || s.seats[m.follower] == nil || sameRoom(p.ActiveRoomID, m.active) {
		return
	}
	p.ActiveRoomID, p.At = m.active, time.Now().UTC()
	s.signs.present[p.UserID] = p
	s.signs.changed[p.UserID] = struct{}{}
}

func sameRoom(a, b *uuid.UUID) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// hear takes up a sign of another node.
func (s *stream) hear(m sign) {
	for user, on := range m.Typing {
		s.signs.write(user, on, time.Now().Add(s.hub.config.Typing), false)
	}
	for _, u := range m.Users {
		p, known := s.signs.present[u.UserID]
		if known && p.until.IsZero() {
			continue // the user has a seat here: that is known better
		}
		if (!known && u.State != wire.Offline) || (known && (p.State != u.State || !sameRoom(p.ActiveRoomID, u.ActiveRoomID))) {
			s.signs.changed[u.UserID] = struct{}{}
		}
		s.signs.present[u.UserID] = presence{u, time.Now().Add(remotePresence)}
	}
}

// scheduleSigns sees to it that changes are told soon, together with those that
// come until then, and that what is not renewed ends.
func (s *stream) scheduleSigns(c actors.Context) {
	g := &s.signs
	if !g.scheduled && (g.typed || len(g.changed) > 0 || len(g.newcomers) > 0 || len(g.outgoing.Typing)+len(g.outgoing.Users) > 0) {
		g.scheduled = true
		s.hub.system.After(s.hub.config.Signs, c.Self(), flushSigns{s})
	}
	if !g.expiring && (len(g.typing) > 0 || len(g.present) > 0) {
		g.expiring = true
		wait := remotePresence / 3
		if len(g.typing) > 0 {
			wait = s.hub.config.Typing / 2
		}
		s.hub.system.After(wait, c.Self(), expireSigns{s})
	}
}

func (s *stream) flushSigns() {
	s.flushTyping()
	s.flushPresence()
	s.signal()
}

func (s *stream) flushTyping() {
	if !s.signs.typed {
		return
	}
	s.signs.typed = false
	users := slices.Sorted(maps.Keys(s.signs.typing))
	s.tell(frame(s.key.Room, s.place, wire.EventTyping, wire.LiveTyping{
		Type: wire.EventTyping, RoomID: s.key.Room, UserIDs: append([]string{}, users[:min(len(users), maxTyping)]...),
	}))
}

func (s *stream) presenceOf(users []wire.LiveUser) chatdb.Event {
	return frame(s.key.Room, s.place, wire.EventPresence, wire.LivePresence{Type: wire.EventPresence, RoomID: s.key.Room, Users: users})
}

// flushPresence tells everybody who changed, and newcomers who is there.
func (s *stream) flushPresence() {
	g := &s.signs
	changed := make([]wire.LiveUser, 0, len(g.changed))
	for _, user := range slices.Sorted(maps.Keys(g.changed)) {
		p := g.present[user]
		changed = append(changed, p.LiveUser)
		if p.until.IsZero() {
			g.outgoing.Users = append(g.outgoing.Users, p.LiveUser)
		}
		if p.State == wire.Offline {
			delete(g.present, user)
		}
	}
	clear(g.changed)
	if len(changed) > 0 {
		s.tell(s.presenceOf(changed))
	}
	s.tellNewcomers()
}

func (s *stream) tellNewcomers() {
	g := &s.signs
	if len(g.newcomers) == 0 {
		return
	}
	there := make([]wire.LiveUser, 0, min(len(g.present), maxNewcomer))
	for _, p := range g.present {
		if len(there) == maxNewcomer {
			break
		}
		there = append(there, p.LiveUser)
	}
	slices.SortFunc(there, func(a, b wire.LiveUser) int { return a.At.Compare(b.At) })
	b := &Batch{Room: s.key.Room, Events: []chatdb.Event{s.presenceOf(there)}}
	for f := range g.newcomers {
		if _, seated := s.seats[f]; seated && len(there) > 1 { // beside oneself
			f.sink.Send(b)
		}
	}
	clear(g.newcomers)
}

// signal has other nodes told.
func (s *stream) signal() {
	out := s.signs.outgoing
	s.signs.outgoing = sign{}
	for typing := out.Typing; len(out.Users) > 0 || len(typing) > 0; typing = nil {
		n := min(len(out.Users), maxSignUsers)
		text, err := json.Marshal(sign{Node: s.hub.node, Room: s.key.Room, Typing: typing, Users: out.Users[:n]})
		if err != nil {
			panic(err) // its types are ours
		}
		s.hub.relays.Send(s.key.Client, signal{string(text)})
		out.Users = out.Users[n:]
	}
}

// expireSigns forgets users who were long silent, and names the own ones again to
// other nodes.
func (s *stream) expireSigns() {
	g, now := &s.signs, time.Now()
	g.expiring = false
	for user, until := range g.typing {
		if now.After(until) {
			delete(g.typing, user)
			g.typed = true
		}
	}
	name := now.Sub(g.named) >= remotePresence/3
	if name {
		g.named = now
	}
	for user, p := range g.present {
		switch {
		case p.until.IsZero():
			if name {
				g.outgoing.Users = append(g.outgoing.Users, p.LiveUser)
			}
		case now.After(p.until):
			p.State, p.At = wire.Offline, now.UTC()
			g.present[user] = p
			g.changed[user] = struct{}{}
		}
	}
}
