package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"athena/persistence/dbtest"
	"athena/persistence/sessionsdb"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

const (
	crashSenders = 64
	crashRounds  = 3
)

// sender sends one message after the other, each with an id of its own, and goes
// on only when it was acknowledged.
type sender struct {
	user  string
	token string
	acked []int64 // the numbers of its messages, in its own order
}

// TestKillUnderLoadLosesNothing kills the server while 64 senders fill a room,
// three times, and reads the history afterwards. Rerun a failure with its seed in
// ATHENA_TEST_SEED.
func TestKillUnderLoadLosesNothing(t *testing.T) {
	t.Parallel()
	random := seeded(t)
	h := installed(t)
	p := start(t, h)
	senders := newSenders(t, h)
	room := newRoom(t, p, senders)
	for range crashRounds {
		fill(t, p, room, senders, int64(200+random.IntN(600)))
		<-p.ended
		p = serve(t, h)
	}
	for _, s := range senders { // what had no answer is sent once more
		require.NoError(t, s.send(p, room))
	}
	requireWhole(t, history(t, p, room, senders[0].token), senders)
}

func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("ATHENA_TEST_SEED"); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
	}
	t.Logf("ATHENA_TEST_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

func newSenders(t *testing.T, h home) []*sender {
	t.Helper()
	store := sessionsdb.Store{DB: dbtest.Pool(t, h.succeed(t, "client", "uri", "demo"))}
	senders := make([]*sender, crashSenders)
	for i := range senders {
		user := fmt.Sprintf("sender-%02d", i)
		token, err := store.Create(t.Context(), user, "acme", time.Hour)
		require.NoError(t, err)
		senders[i] = &sender{user: user, token: token}
	}
	return senders
}

func newRoom(t *testing.T, p *process, senders []*sender) string {
	t.Helper()
	names := make([]string, len(senders))
	for i, s := range senders {
		names[i] = strconv.Quote(s.user)
	}
	body := `{"kind":"group","title":"crash","member_user_ids":[` + strings.Join(names, ",") + `]}`
	r := p.do(t, "POST", "/chat/rooms", body, senders[0].headers()...)
	require.Equal(t, 201, r.status, r.body)
	var made struct {
		Data struct{ ID uuid.UUID }
	}
	require.NoError(t, json.Unmarshal([]byte(r.body), &made))
	return "/chat/rooms/" + made.Data.ID.String()
}

// fill lets everybody send until so many messages were acknowledged, kills the
// server at that moment, and returns when every sender has noticed.
func fill(t *testing.T, p *process, room string, senders []*sender, acks int64) {
	t.Helper()
	work := make([]func() error, len(senders))
	for i, s := range senders {
		work[i] = func() error { return s.send(p, room) }
	}
	killUnder(t, p, work, acks)
}

// killUnder does all work again and again, each in its own sequence, kills the
// server once so much was acknowledged, and returns when everybody has noticed.
func killUnder(t *testing.T, p *process, work []func() error, acks int64) {
	t.Helper()
	var count atomic.Int64
	var all sync.WaitGroup
	for _, do := range work {
		all.Go(func() {
			for do() == nil {
				if count.Add(1) == acks {
					_ = p.cmd.Process.Kill() // that it took effect is seen by the senders
				}
			}
		})
	}
	all.Wait()
	require.GreaterOrEqual(t, count.Load(), acks, "the senders stopped before the server was killed:\n%s", p.errs.String())
}

func (s *sender) headers() []string {
	return []string{"X-Athena-Client: demo", "Authorization: Bearer " + s.token}
}

// id names the sender's n-th message.
func (s *sender) id(n int) string { return fmt.Sprintf("%s/%d", s.user, n) }

// send sends the sender's next message and notes the number it got.
func (s *sender) send(p *process, room string) error {
	id := s.id(len(s.acked))
	r, err := p.try("POST", room+"/messages", fmt.Sprintf(`{"client_message_id":%q,"body_text":%q}`, id, id), s.headers()...)
	if err != nil {
		return err
	}
	if r.status != 200 && r.status != 201 {
		return fmt.Errorf("answered %d: %s", r.status, r.body)
	}
	var sent struct{ Data wire.ChatMessage }
	if err := json.Unmarshal([]byte(r.body), &sent); err != nil {
		return err
	}
	s.acked = append(s.acked, sent.Data.RoomSeq)
	return nil
}

// history reads the whole room, page by page.
func history(t *testing.T, p *process, room, token string) (list []wire.ChatMessage) {
	t.Helper()
	for after := int64(0); ; {
		r := p.do(t, "GET", fmt.Sprintf("%s/messages?after_seq=%d&limit=200", room, after), "", "X-Athena-Client: demo", "Authorization: Bearer "+token)
		require.Equal(t, 200, r.status, r.body)
		var page wire.ChatMessagePage
		require.NoError(t, json.Unmarshal([]byte(r.body), &page))
		list = append(list, page.Items...)
		if page.NextAfterSeq == nil {
			return list
		}
		after = *page.NextAfterSeq
	}
}

// requireWhole holds the history against what the senders were told.
func requireWhole(t *testing.T, list []wire.ChatMessage, senders []*sender) {
	t.Helper()
	sent := 0
	bySender := map[string][]wire.ChatMessage{}
	for i, m := range list {
		require.EqualValues(t, i+1, m.RoomSeq, "numbers run from 1 without a gap, in the order of the history")
		bySender[m.SenderID] = append(bySender[m.SenderID], m)
	}
	for _, s := range senders {
		sent += len(s.acked)
		own := bySender[s.user]
		require.Len(t, own, len(s.acked), "%s: each acknowledged message is there once", s.user)
		for n, m := range own {
			require.Equal(t, s.id(n), *m.ClientMessageID, "%s: in the order of sending", s.user)
			require.Equal(t, s.id(n), *m.BodyText)
			require.Equal(t, s.acked[n], m.RoomSeq, "%s: with the number that was told", s.user)
		}
	}
	require.Len(t, list, sent, "nothing else is there")
	t.Logf("%d messages of %d senders survived %d kills", sent, len(senders), crashRounds)
}
