package scenario

import (
	"testing"

	"athena/bench/contender"

	"github.com/stretchr/testify/require"
)

func TestHistory(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		stored []chatItem
		says   string // empty: it is right
	}{
		{"right", []chatItem{{1, "0-1"}, {2, "1-1"}, {3, "0-2"}}, ""},
		{"a gap", []chatItem{{1, "0-1"}, {3, "0-2"}}, "message 3 follows message 1"},
		{"out of order", []chatItem{{2, "1-1"}, {1, "0-1"}}, "message 2 follows message 0"},
		{"a number twice", []chatItem{{1, "0-1"}, {1, "0-1"}}, "message 1 follows message 1"},
		{"stored twice", []chatItem{{1, "0-1"}, {2, "0-1"}}, "stored twice"},
		{"another number", []chatItem{{1, "1-1"}}, "message 1-1 was acknowledged as 2 and is 1"},
		{"lost", []chatItem{{1, "0-1"}, {2, "1-1"}}, "1 acknowledged messages are lost, among them 0-2 as 3 of 2"},
		{"all lost", nil, "3 acknowledged messages are lost"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h := history{acks: map[string]int64{"0-1": 1, "1-1": 2, "0-2": 3}}
			var err error
			for _, m := range tc.stored {
				if err = h.next(m); err != nil {
					break
				}
			}
			if err == nil {
				err = h.done()
			}
			if tc.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tc.says)
		})
	}
}

func TestSenderKeepsWhatItWasTold(t *testing.T) {
	t.Parallel()
	s := newSender(&contender.Contender{}, 7, contender.Session{Token: "t"}, []string{"a", "b"})
	first := string(s.Next(nil))
	require.Contains(t, first, "Authorization: Bearer t\r\n")
	require.Contains(t, first, `"client_message_id":"7-1"`)
	room := s.room
	require.NoError(t, s.Answered([]byte(`{"status":"success","data":{"room_seq":41,"id":"x"}}`)))
	s.Next(nil)
	require.Error(t, s.Answered([]byte(`{"status":"success","data":{"id":"x"}}`)), "no number")
	require.Error(t, s.Answered([]byte(`{"room_seq":"41"}`)), "not a number")
	require.Equal(t, []ack{{room: room, message: 1, seq: 41}}, s.acks)
	acks := acknowledged([]*sender{s}, 2)
	require.Equal(t, map[string]int64{"7-1": 41}, acks[room])
	require.Empty(t, acks[1-room])
}

func TestNamesAreUniqueAndFound(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, s := range All(1) {
		require.False(t, seen[s.Name], s.Name)
		seen[s.Name] = true
		require.NotEmpty(t, s.Title)
		require.NotEmpty(t, s.Connections)
		found, err := Named(s.Name, 1)
		require.NoError(t, err)
		require.Len(t, found, 1)
	}
	_, err := Named("point,teleport", 1)
	require.ErrorContains(t, err, "teleport")
}
