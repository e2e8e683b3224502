package scenario

import (
	"context"
	"fmt"
	"testing"
	"time"

	"athena/bench/load"

	"github.com/stretchr/testify/require"
)

func newTestSocket(ordered bool) *socket {
	return &socket{ordered: ordered, ended: make(chan struct{}), news: make(chan struct{}, 1)}
}

// created is the frame of a message that was sent a second ago.
func created(seq int, sent time.Time) []byte {
	return fmt.Appendf(nil, `{"type":"chat.message.created","seq":%d,"room_seq":%d,"message":{"room_seq":%d,"body_text":"At %d x"}}`, seq, seq, seq, sent.UnixNano())
}

func TestSocketsCountAndTimeWhatTheyHear(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	s := newTestSocket(true)
	for seq := range 3 {
		require.NoError(t, s.take(created(seq+1, now.Add(-time.Second)), now))
		require.NoError(t, s.take([]byte(`{"type":"chat.presence.updated","users":[]}`), now))
	}
	var times load.Histogram
	require.NoError(t, s.settle(t.Context(), 3, &times))
	require.EqualValues(t, 3, times.Count())
	require.Equal(t, time.Second, times.Max())
	require.NoError(t, s.settle(t.Context(), 3, &times))
	require.EqualValues(t, 3, times.Count(), "each is counted once")
	require.ErrorContains(t, s.settle(t.Context(), 2, &times), "got 3 messages where 2 were acknowledged")
	late, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorContains(t, s.settle(late, 4, &times), "1 of 4 messages did not come")
}

func TestSocketsFindWhatIsWrong(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	for _, tc := range []struct{ name, frame, says string }{
		{"a gap", string(created(3, now)), "message 3 follows message 1"},
		{"again", string(created(1, now)), "message 1 follows message 1"},
		{"left out", `{"type":"chat.sync.required","reason":"slow_reader"}`, "slow_reader"},
		{"refused", `{"type":"error","error":"no"}`, "told"},
		{"no number", `{"type":"chat.message.created"}`, "no room_seq"},
		{"no time", `{"type":"chat.message.created","room_seq":2,"message":{"body_text":"x"}}`, "without the time"},
		{"half a time", `{"type":"chat.message.created","room_seq":2,"message":{"body_text":"At 7`, "without the time"},
		{"another time", `{"type":"chat.message.created","room_seq":2,"message":{"body_text":"At noon "`, "time of sending"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newTestSocket(true)
			require.NoError(t, s.take(created(1, now), now))
			require.ErrorContains(t, s.take([]byte(tc.frame), now), tc.says)
		})
	}
	loose := newTestSocket(false)
	require.NoError(t, loose.take(created(2, now), now))
	require.NoError(t, loose.take(created(1, now), now), "the bare handler promises no order")
}

func TestReadersWantTheirPageWhole(t *testing.T) {
	t.Parallel()
	r := &reader{room: "r", headers: "A: b\r\n", random: random(1), messages: pageSize + 10}
	request := string(r.Next(nil))
	require.Contains(t, request, fmt.Sprintf("GET /chat/rooms/r/messages?limit=50&after_seq=%d HTTP/1.1\r\n", r.after))
	require.LessOrEqual(t, r.after, int64(10), "the page is full wherever it begins")
	page := func(from int64, n int) []byte {
		var body []byte
		for i := range int64(n) {
			body = fmt.Appendf(body, `{"room_seq":%d},`, from+i)
		}
		return body
	}
	require.NoError(t, r.Answered(page(r.after+1, pageSize)))
	require.Error(t, r.Answered(page(r.after+1, pageSize-1)), "too short")
	require.Error(t, r.Answered(page(r.after+2, pageSize)), "another page")
	require.Error(t, r.Answered([]byte(`{"items":[]}`)))
}
