package verify

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"athena/wire"

	"github.com/google/uuid"
)

// ledger is what everybody was told, and what of it contradicts.
type ledger struct {
	mu         sync.Mutex
	known      map[place]told
	texts      map[string]place // where each text was seen
	acked      map[string]place // by text
	sent       map[string]bool
	counts     Counts
	violations []string
	more       int // violations that are not listed
	audited    int // rooms whose history was held against what was told
	recovering []*recovery
	recoveries []time.Duration
	waits      []time.Duration // of acknowledged messages
}

// place is a number in a room.
type place struct {
	room uuid.UUID
	seq  int64
}

// told is the message at a place, and who said so first.
type told struct {
	id   uuid.UUID
	text string
	by   string
}

// maxViolations are listed; one mistake can show in every message.
const maxViolations = 50

func newLedger() *ledger {
	return &ledger{known: map[place]told{}, texts: map[string]place{}, acked: map[string]place{}, sent: map[string]bool{}}
}

// count changes the counts.
func (l *ledger) count(change func(*Counts)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(&l.counts)
}

// violate notes that a promise was broken.
func (l *ledger) violate(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.violateLocked(format, args...)
}

func (l *ledger) violateLocked(format string, args ...any) {
	if len(l.violations) == maxViolations {
		l.more++
		return
	}
	l.violations = append(l.violations, fmt.Sprintf(format, args...))
}

// begin notes that a text is about to be sent.
func (l *ledger) begin(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent[text] = true
	l.counts.Sent++
}

// see notes a message that somebody was shown. It must be what everybody else was
// shown at this place, and stand nowhere else.
func (l *ledger) see(m *wire.ChatMessage, by string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p, text := place{m.RoomID, m.RoomSeq}, ""
	if m.BodyText != nil {
		text = *m.BodyText
	}
	if first, ok := l.known[p]; ok && (first.id != m.ID || first.text != text) {
		l.violateLocked("number %d of room %s is %q (%s) to %s, but was %q (%s) to %s", p.seq, p.room, text, m.ID, by, first.text, first.id, first.by)
		return
	} else if ok {
		return
	}
	l.known[p] = told{m.ID, text, by}
	if other, ok := l.texts[text]; ok && other != p {
		l.violateLocked("%q stands twice: at %d and at %d of room %s, says %s", text, other.seq, p.seq, p.room, by)
	}
	if !l.sent[text] {
		l.violateLocked("%q at %d of room %s was never sent, but shown to %s", text, p.seq, p.room, by)
	}
	l.texts[text] = p
}

// acknowledge notes that a sender was told the number of its message.
func (l *ledger) acknowledge(m *wire.ChatMessage, s *sent) {
	if m.BodyText == nil || *m.BodyText != s.text || m.RoomID != s.room {
		l.violate("%s sent %q and got another message acknowledged", s.user, s.text)
		return
	}
	l.see(m, "its sender "+s.user)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acked[s.text] = place{m.RoomID, m.RoomSeq}
	l.counts.Acknowledged++
}

// audit holds a room's whole history against what everybody was told.
func (l *ledger) audit(room uuid.UUID, list []wire.ChatMessage) {
	last := map[string]int{} // by sender
	present := make(map[string]bool, len(list))
	for i := range list {
		m := &list[i]
		if m.RoomSeq != int64(i+1) {
			l.violate("room %s has number %d in place %d of its history", room, m.RoomSeq, i+1)
		}
		l.see(m, "the final history")
		if m.BodyText == nil {
			continue
		}
		present[*m.BodyText] = true
		sender, n := parseText(*m.BodyText)
		if before, ok := last[sender]; ok && n <= before {
			l.violate("room %s has %s's message %d after its message %d", room, sender, n, before)
		}
		last[sender] = n
	}
	l.conclude(room, len(list), present)
}

// conclude looks for what was told and is not there. It is the end of a room's audit.
func (l *ledger) conclude(room uuid.UUID, stored int, present map[string]bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts.Stored += int64(stored)
	l.audited++
	for text, p := range l.acked {
		if p.room == room && !present[text] {
			l.violateLocked("%q was acknowledged with number %d of room %s and is lost", text, p.seq, room)
		}
	}
	for p, t := range l.known {
		if p.room == room && p.seq > int64(stored) {
			l.violateLocked("%s was shown number %d of room %s, which ends at %d", t.by, p.seq, room, stored)
		}
	}
}

// parseText gives the sender and the count of a message.
func parseText(text string) (sender string, n int) {
	sender, number, _ := strings.Cut(text, "/")
	n, _ = strconv.Atoi(number) // a text of ours; any other was noted as never sent
	return sender, n
}

func (l *ledger) report(c *Config, took time.Duration) *Report {
	l.mu.Lock()
	defer l.mu.Unlock()
	report := &Report{
		Seed: c.Seed, Took: took, Nodes: c.Nodes, Rooms: c.Rooms, Senders: c.Senders, Readers: c.Readers, Sockets: c.Sockets,
		Counts: l.counts, Violations: l.violations, Audited: l.audited,
		Recovery: spread(l.recoveries), Unrecovered: len(l.recovering), Wait: spread(l.waits),
	}
	if l.more > 0 {
		report.Violations = append(report.Violations, fmt.Sprintf("and %d more", l.more))
	}
	return report
}
