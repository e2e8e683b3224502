package chat_test

import (
	"testing"

	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// TestPageSaysWhatItsMessagesAre: a page is written past the types of the answers; what
// it says of each message is what sending, reacting, editing and searching said.
func TestPageSaysWhatItsMessagesAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.room("bob")
	_, err := w.db.Exec(t.Context(), `
		CREATE TABLE athena.files (id text PRIMARY KEY, organization_id text, file_name text);
		INSERT INTO athena.files VALUES ('f1', 'org', 'a "quoted" name'), ('f2', 'org', 'b.txt'), ('f3', 'org', 'c.txt')`)
	require.NoError(t, err)
	op := at("POST /chat/rooms/%s/messages", id)
	var want []wire.ChatMessage
	for _, body := range []string{
		`{"body_text":"one"}`,
		`{"body_text":"two\n\"<&>\u2028\u0001","client_message_id":"c \\","attachments":[{"file_id":"f2","ordinal":7},{"file_id":"f1","ordinal":2}]}`,
		`{"body_json":{"a":[1,{"b":"\u00e4"}]},"metadata_json":{"m":1.50}}`,
		`{"body_text":"gone","attachments":[{"file_id":"f3","ordinal":0}]}`,
		`{"body_text":"five","attachments":[{"file_id":"f3","ordinal":1}]}`,
	} {
		want = append(want, do[wire.Success[wire.ChatMessage]](w, "ann", op, body, 201).Data)
	}
	want[1].Attachments[0], want[1].Attachments[1] = want[1].Attachments[1], want[1].Attachments[0]
	for _, by := range []string{"ann", "bob"} {
		do[any](w, by, at("POST /chat/messages/%s/reactions", want[1].ID), `{"emoji":"👍"}`, 200)
		do[any](w, by, at("POST /chat/messages/%s/reactions", want[3].ID), `{"emoji":"👍"}`, 200)
	}
	want[1].Reactions = do[wire.ChatReactionSummary](w, "bob", at("POST /chat/messages/%s/reactions", want[1].ID), `{"emoji":"🎉"}`, 200).Reactions
	require.Len(t, want[1].Reactions, 2)
	want[2] = do[wire.ChatMessage](w, "ann", at("PATCH /chat/rooms/%s/messages/%s", id, want[2].ID), `{"body_text":"three"}`, 200)
	do[any](w, "ann", at("DELETE /chat/rooms/%s/messages/%s", id, want[3].ID), "", 200)
	_, err = w.db.Exec(t.Context(), "DELETE FROM athena.files WHERE id = 'f3'")
	require.NoError(t, err)

	got := w.history("bob", id, "").Items
	require.Len(t, got, len(want))
	require.NotNil(t, got[3].DeletedAt)
	want[3] = wire.ChatMessage{
		ID: want[3].ID, RoomID: id, RoomSeq: 4, SenderID: "ann", CreatedAt: want[3].CreatedAt, DeletedAt: got[3].DeletedAt,
		Attachments: []wire.ChatAttachmentView{}, Reactions: []wire.ChatReactionCount{},
	}
	bare := wire.ChatAttachmentView{FileID: "f3", Ordinal: 1}
	bare.Link()
	want[4].Attachments[0] = bare
	for i := range want {
		require.JSONEq(t, encoded(t, want[i]), encoded(t, got[i]))
	}
	for query, from := range map[string]int{"?after_seq=1&limit=2": 1, "?before_seq=4&limit=2": 1, "?limit=1": 4, "?after_seq=0": 0} {
		for i, m := range w.history("bob", id, query).Items {
			require.Equal(t, got[from+i], m, query)
		}
	}
	found := do[wire.ChatSearchPage](w, "bob", "POST /chat/messages/search", `{"query":"two"}`, 200).Items
	require.Len(t, found, 1)
	require.Equal(t, got[1], found[0].Message)
}

func encoded(t *testing.T, m wire.ChatMessage) string {
	t.Helper()
	text, err := json.Marshal(m)
	require.NoError(t, err)
	return string(text)
}
