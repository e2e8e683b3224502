package wss

import (
	"encoding/json"
	"testing"

	"athena/wire"

	"github.com/stretchr/testify/require"
)

// refused checks that an error is a problem of the caller's.
func refused(t *testing.T, err error) bool {
	t.Helper()
	if err == nil {
		return false
	}
	p, ok := wire.AsProblem(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, 400, p.Code.Status, "%v", err)
	require.NotEmpty(t, p.Detail)
	return true
}

// FuzzCommand: a frame that is taken is JSON with a type, and what comes back of it
// in an answer leaves that JSON, too.
func FuzzCommand(f *testing.F) {
	for _, seed := range []string{
		`{"type":"auth.hello","token":"t","room_subscriptions":["6ba7b810-9dad-11d1-80b4-00c04fd430c8",{"room_id":"6ba7b810-9dad-11d1-80b4-00c04fd430c8","from_seq":5}]}`,
		`{"type":"chat.resume","rooms":[{"room_id":"6ba7b810-9dad-11d1-80b4-00c04fd430c8","last_seq":-1}]}`, `{"type":"ping","at":{"a":[1,2.5e3,null]}}`,
		`{"type":"gateway.fetch","request_id":"1","payload":{"table_name":"t"}}`, `{"type":1}`, `{"type":"ping","at":1+2-}`, `{"type":"ping","at":tru}`, `{"type":"ping","at":[1}}`, `null`, `[]`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var c wire.LiveCommand
		if refused(t, decode(text, &c)) {
			return
		}
		require.True(t, json.Valid(text), "%s", text)
		require.NotEmpty(t, c.Type)
		require.NotEmpty(t, encodeFrame(wire.LivePong{Type: wire.EventPong, At: c.At}))
	})
}

// FuzzPlaces: every room that a stream asks for is followed from where it says.
func FuzzPlaces(f *testing.F) {
	const id = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
	f.Add(id, id+":7", int64(3))
	f.Add(id+":0, "+id, "", int64(-1))
	f.Add("{"+id+"}:x,urn:uuid:"+id, ",,", int64(0))
	f.Fuzz(func(t *testing.T, rooms, last string, from int64) {
		places, err := placesOf(&wire.FollowChat{Rooms: rooms, LastEventID: last, FromSeq: &from})
		if refused(t, err) {
			return
		}
		require.LessOrEqual(t, len(places), maxStreamRooms)
		for _, after := range places {
			require.NotNil(t, after)
			require.GreaterOrEqual(t, *after, int64(0))
		}
	})
}
