package wss_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"

	"athena/http/openapi"
	"athena/http/wss"
	"athena/persistence/dbtest"
	"athena/persistence/notify"
	"athena/wire"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// described are the schemas of the server's frames by their types.
var described = sync.OnceValues(func() (map[string]*openapi3.Schema, error) {
	document, err := load()
	if err != nil {
		return nil, err
	}
	frames := map[string]*openapi3.Schema{}
	for _, kind := range document.Components.Schemas["Event"].Value.OneOf {
		for _, name := range kind.Value.Properties["type"].Value.Enum {
			frames[name.(string)] = kind.Value
		}
	}
	return frames, nil
})

// load reads the document together with what it refers to in the other one.
func load() (*openapi3.T, error) {
	var own, shared map[string]any
	text := bytes.ReplaceAll(wss.Document, []byte("'/openapi.yaml#/"), []byte("'#/"))
	if err := yaml.Unmarshal(text, &own); err != nil {
		return nil, err
	}
	if err := yaml.Unmarshal(openapi.Document, &shared); err != nil {
		return nil, err
	}
	schemas := schemasIn(own)
	for name, schema := range schemasIn(shared) {
		if _, taken := schemas[name]; !taken {
			schemas[name] = schema
		}
	}
	whole, err := yaml.Marshal(own)
	if err != nil {
		return nil, err
	}
	return openapi3.NewLoader().LoadFromData(whole)
}

func schemasIn(document map[string]any) map[string]any {
	return document["components"].(map[string]any)["schemas"].(map[string]any)
}

// requireDescribed holds a frame against the document: its type, its fields, and
// what is in them.
func requireDescribed(t *testing.T, text []byte) {
	t.Helper()
	frames, err := described()
	require.NoError(t, err)
	var content map[string]any
	require.NoError(t, json.Unmarshal(text, &content), string(text))
	schema := frames[fmt.Sprint(content["type"])]
	require.NotNil(t, schema, "no such frame is described: %s", text)
	for field := range content {
		require.Contains(t, schema.Properties, field, "%s", text)
	}
	require.NoError(t, schema.VisitJSON(content, openapi3.MultiErrors()), "%s", text)
}

func TestFramesThatAreNotDescribedAreFound(t *testing.T) {
	t.Parallel()
	frames, err := described()
	require.NoError(t, err)
	for name, text := range map[string]string{
		"a field is missing":        `{"type":"chat.subscribed","room_id":"` + aRoom + `"}`,
		"a field of another type":   `{"type":"chat.subscribed","room_id":"` + aRoom + `","from_seq":"1"}`,
		"a value that is not named": `{"type":"chat.sync.required","reason":"mood"}`,
	} {
		var content map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &content))
		require.Error(t, frames[content["type"].(string)].VisitJSON(content), name)
	}
}

const aRoom = "01a20efc-d305-70ff-b58d-7b1e6260fb3b"

// TestEveryEventAndCommand has every command carried out and every kind of frame
// sent, so that neither the document nor /wss/info names what there is not. Each
// frame is held against the document as it is read.
func TestEveryEventAndCommand(t *testing.T) {
	t.Parallel()
	uri := dbtest.Client(t)
	w := newWorldOn(t, uri, wss.Limits{}, func(ctx context.Context, _ string, changed map[string]func(string)) {
		var list []notify.Subscription
		for channel, do := range changed {
			list = append(list, notify.Subscription{Channel: channel, Changed: do})
		}
		notify.Listen(ctx, func() (string, error) { return uri, nil }, slog.New(slog.DiscardHandler), list...)
	})
	c := w.connect("bob")
	did := map[string]bool{wire.CommandHello: true}
	say := func(command, rest string, args ...any) {
		did[command] = true
		c.say(`{"type":%q`+rest+`}`, append([]any{command}, args...)...)
	}
	act := func(method, path, body string) []byte {
		status, answer := w.call("ann", method, path, body)
		require.Less(t, status, 300, "%s", answer)
		return answer
	}
	create := func(path, body string) string {
		var made struct{ Data struct{ ID string } }
		require.NoError(t, json.Unmarshal(act("POST", path, body), &made))
		return made.Data.ID
	}
	id := create("/chat/rooms", `{"kind":"group","member_user_ids":["bob"]}`)
	room := "/chat/rooms/" + id
	c.hear(wire.EventRoomCreated)
	say(wire.CommandSubscribe, `,"room_id":%q`, id)
	c.hear(wire.EventSubscribed)
	message := create(room+"/messages", `{"body_text":"one","body_json":{"a":1}}`)
	act("PATCH", room+"/messages/"+message, `{"body_text":"two"}`)
	act("POST", "/chat/messages/"+message+"/reactions", `{"emoji":"👍"}`)
	act("DELETE", room+"/messages/"+message, "")
	act("POST", room+"/members", `{"user_ids":["cy"]}`)
	act("PATCH", room, `{"title":"new"}`)
	say(wire.CommandRead, `,"room_id":%q,"seq":1`, id)
	say(wire.CommandTypingStart, `,"room_id":%q`, id)
	say(wire.CommandHeartbeat, `,"active_room_id":%q`, id)
	for !c.heard[wire.EventTyping] || !c.heard[wire.EventPresence] || !c.heard[wire.EventRead] {
		c.any()
	}
	say(wire.CommandTypingStop, `,"room_id":%q`, id)
	for _, command := range []string{wire.CommandFetch, wire.CommandInsert, wire.CommandUpdate, wire.CommandDelete, wire.CommandQuery} {
		say(command, `,"request_id":%q,"payload":{}`, command)
	}
	say(wire.CommandPing, `,"at":[1]`)
	act("POST", room+"/archive", "")
	for !c.heard[wire.EventRoomArchived] || !c.heard[wire.EventPong] || !c.heard[wire.EventGateway] {
		c.any()
	}
	say(wire.CommandResume, `,"rooms":[{"room_id":%q,"last_seq":99}]`, id)
	say(wire.CommandUnsubscribe, `,"room_id":%q`, id)
	require.False(t, c.heard[wire.EventError], "every command was carried out")
	c.say(`{"type":"chat.fly"}`)
	last := c.any()
	for last.Type != wire.EventError {
		last = c.any()
	}
	require.Equal(t, "chat.fly", last.Command)
	info := infoOf(t, w)
	require.ElementsMatch(t, info.Actions, slices.Collect(maps.Keys(did)))
	require.ElementsMatch(t, info.Events, slices.Collect(maps.Keys(c.heard)))
}
