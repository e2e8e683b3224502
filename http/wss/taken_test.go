package wss_test

import (
	"net/url"
	"testing"

	"athena/http/openapi"
	"athena/http/wss"
	"athena/wire"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// describedCommands are the document's commands by their types. The document is
// valid, also in what it takes from openapi.yaml.
func describedCommands(t *testing.T) map[string]*openapi3.Schema {
	t.Helper()
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = true
	loader.ReadFromURIFunc = func(_ *openapi3.Loader, at *url.URL) ([]byte, error) {
		require.Equal(t, "/openapi.yaml", at.Path)
		return openapi.Document, nil
	}
	document, err := loader.LoadFromDataWithPath(wss.Document, &url.URL{Path: "/openapi-wss.yaml"})
	require.NoError(t, err)
	require.NoError(t, document.Validate(t.Context()))
	found := map[string]*openapi3.Schema{}
	for _, command := range document.Components.Schemas["Command"].Value.OneOf {
		for _, name := range command.Value.Properties["type"].Value.Enum {
			found[name.(string)] = command.Value
		}
	}
	require.NotEmpty(t, found)
	return found
}

// TestEveryCommandThatIsDescribedIsTaken sends each command with all of the fields
// that the document gives it, and without each that it requires.
func TestEveryCommandThatIsDescribedIsTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wss.Limits{Commands: 1000})
	room := w.room("bob")
	message := w.send(room, "ann", "one").ID
	values := map[string]any{
		"request_id": "r", "token": "bob", "client": "acme", "room_subscriptions": []any{room},
		"room_id": room, "from_seq": 1, "rooms": []any{map[string]any{"room_id": room, "last_seq": 1}},
		"active_room_id": room, "seq": 1, "message_id": message, "at": "now", "payload": map[string]any{},
	}
	fresh := func() *client {
		c := w.connect("bob")
		c.say(`{"type":"chat.subscribe","room_id":%q}`, room)
		c.hear(wire.EventSubscribed)
		return c
	}
	for name, schema := range describedCommands(t) {
		t.Run(name, func(t *testing.T) {
			frame := map[string]any{"type": name}
			for field := range schema.Properties {
				if field != "type" {
					require.Contains(t, values, field)
					frame[field] = values[field]
				}
			}
			if name == wire.CommandRead {
				delete(frame, "message_id") // one of the two
			}
			c := fresh()
			if name == wire.CommandHello {
				c = w.dial()
			}
			require.Empty(t, c.told(frame), "the command is carried out")
			for _, field := range schema.Required {
				left := map[string]any{}
				for key, value := range frame {
					if key != field {
						left[key] = value
					}
				}
				require.NotEmpty(t, fresh().told(left), "without %s", field)
			}
		})
	}
}

// told sends a frame and gives the words of the errors that come of it.
func (c *client) told(frame map[string]any) (words []string) {
	c.t.Helper()
	text, err := json.Marshal(frame)
	require.NoError(c.t, err)
	c.say("%s", text)
	c.say(`{"type":"ping","at":"end"}`)
	called := frame["payload"] == nil
	for ended := false; !ended || !called; {
		f := c.next()
		called = called || f.Type == wire.EventGateway || f.Type == wire.EventError
		ended = ended || f.Type == wire.EventPong && string(f.At) == `"end"`
		if f.Type == wire.EventError {
			words = append(words, f.Error)
		}
	}
	return words
}
