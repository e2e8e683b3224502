package verify

import (
	"math/rand/v2"
	"testing"
	"time"

	"athena/wire"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

var testRoom = uuid.MustParse("01a20efc-d305-70ff-b58d-7b1e6260fb3b")

func message(seq int64, text string) wire.ChatMessage {
	return wire.ChatMessage{ID: uuid.NewSHA1(testRoom, []byte(text)), RoomID: testRoom, RoomSeq: seq, BodyText: &text}
}

// history are messages with these texts, numbered from 1.
func history(texts ...string) []wire.ChatMessage {
	list := make([]wire.ChatMessage, len(texts))
	for i, text := range texts {
		list[i] = message(int64(i+1), text)
	}
	return list
}

// TestTheLedgerFindsWhatIsWrong breaks each promise once.
func TestTheLedgerFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	ack := func(seq int64, text string) func(*ledger) {
		return func(l *ledger) {
			m := message(seq, text)
			l.acknowledge(&m, &sent{user: "ann", room: testRoom, text: text})
		}
	}
	for _, tc := range []struct {
		name  string
		told  func(*ledger)
		list  []wire.ChatMessage
		finds string
	}{
		{"all is well", ack(2, "ann/1"), history("bob/1", "ann/1", "ann/2"), ""},
		{"unknown outcome, not stored", nil, history("bob/1", "ann/2"), ""},
		{"lost", ack(3, "ann/2"), history("bob/1", "ann/1"), "is lost"},
		{"another number than was told", ack(1, "ann/1"), history("bob/1", "ann/1"), "number 1"},
		{"doubled", nil, history("ann/1", "ann/1"), "stands twice"},
		{"a gap", nil, []wire.ChatMessage{message(1, "ann/1"), message(3, "ann/2")}, "has number 3 in place 2"},
		{"a sender's order", nil, history("ann/2", "ann/1"), "message 1 after its message 2"},
		{"never sent", nil, history("eve/1"), "was never sent"},
		{"another message acknowledged", func(l *ledger) {
			m := message(1, "bob/1")
			l.acknowledge(&m, &sent{user: "ann", room: testRoom, text: "ann/1"})
		}, history("bob/1"), "another message acknowledged"},
		{"event of what is not stored", func(l *ledger) {
			m := message(2, "ann/1")
			l.see(&m, "socket 0")
		}, history("bob/1"), "socket 0 was shown number 2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			l := newLedger()
			for _, text := range []string{"ann/1", "ann/2", "bob/1"} {
				l.begin(text)
			}
			if tc.told != nil {
				tc.told(l)
			}
			l.audit(testRoom, tc.list)
			found := l.report(&Config{}, 0)
			if tc.finds == "" {
				require.Empty(t, found.Violations)
				require.Contains(t, found.String(), "verdict    numbers unique")
				return
			}
			require.NotEmpty(t, found.Violations)
			require.Contains(t, found.String(), tc.finds)
			require.Contains(t, found.String(), "BROKEN")
		})
	}
}

// seldom draws no number that would have anything looked up.
type seldom struct{}

func (seldom) Uint64() uint64 { return 1<<62 | 1<<34 }

// TestSocketsFindWhatIsWrong gives a socket events that break what is promised.
func TestSocketsFindWhatIsWrong(t *testing.T) {
	t.Parallel()
	created := func(seq int64, text string) *wire.ChatEvent {
		m := message(seq, text)
		return &wire.ChatEvent{Type: wire.EventMessageCreated, RoomID: testRoom, RoomSeq: &seq, Message: &m}
	}
	for _, tc := range []struct {
		name  string
		event *wire.ChatEvent
		other bool
		finds string
	}{
		{"the next one", created(2, "ann/2"), false, ""},
		{"a gap", created(3, "ann/2"), false, "got number 3 after 1"},
		{"again", created(1, "ann/1"), false, "got number 1 after 1"},
		{"another message", created(1, "ann/2"), false, "but was"},
		{"an edit at its place", &wire.ChatEvent{RoomID: testRoom, Seq: new(int64(1))}, true, ""},
		{"an edit too early", &wire.ChatEvent{RoomID: testRoom, Seq: new(int64(2))}, true, "while the last message"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := &run{ledger: newLedger()}
			f := &follower{run: r, name: "socket", random: rand.New(seldom{}), last: map[uuid.UUID]int64{}, read: map[uuid.UUID]int64{}}
			r.ledger.begin("ann/1")
			r.ledger.begin("ann/2")
			f.created(t.Context(), created(1, "ann/1"))
			if tc.other {
				f.other(tc.event)
			} else {
				f.created(t.Context(), tc.event)
			}
			found := r.ledger.report(&Config{}, 0)
			if tc.finds == "" {
				require.Empty(t, found.Violations)
				return
			}
			require.Contains(t, found.String(), tc.finds)
		})
	}
}

func TestARunThatWasBrokenOffProvesNothing(t *testing.T) {
	t.Parallel()
	l := newLedger()
	l.audit(uuid.New(), nil)
	require.Contains(t, l.report(&Config{Rooms: 2}, time.Second).String(), "verdict    none: the run ended after the history of 1 of 2 rooms")
	l.violate("something is wrong")
	require.Contains(t, l.report(&Config{Rooms: 2}, time.Second).String(), "BROKEN")
}
