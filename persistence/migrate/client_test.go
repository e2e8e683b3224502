package migrate_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"athena/persistence/dbtest"
	"athena/persistence/migrate"
)

// before gives a client's database as it was before a file.
func before(t *testing.T, file string) string {
	t.Helper()
	list := migrate.ClientList()
	names, err := fs.Glob(list.Files, "*.sql")
	require.NoError(t, err)
	require.Contains(t, names, file)
	earlier := fstest.MapFS{}
	for _, name := range names {
		if name < file {
			text, err := fs.ReadFile(list.Files, name)
			require.NoError(t, err)
			earlier[name] = &fstest.MapFile{Data: text}
		}
	}
	uri := dbtest.New(t)
	list.Files = earlier
	require.NoError(t, migrate.Up(t.Context(), uri, list))
	return uri
}

func TestUnpublishedEventsStaySo(t *testing.T) {
	t.Parallel()
	uri := before(t, "0008_unpublished.sql")
	const first, second, done = "00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b", "00000000-0000-0000-0000-00000000000c"
	conn := connect(t, uri)
	for _, event := range []struct {
		room, kind string
		seq        int
		published  bool
	}{
		{first, "chat.room.created", 1, true},
		{second, "chat.message.created", 7, false},
		{first, "chat.message.created", 2, false},
		{first, "chat.members.updated", 3, false},
		{first, "chat.room.updated", 4, false},
		{done, "chat.room.created", 1, true},
	} {
		exec(t, conn, `INSERT INTO athena.chat_outbox (aggregate_type, aggregate_id, room_id, room_seq, event_seq, event_type, payload_json, published_at)
			VALUES ('chat_room', '', $1, 0, $2, $3, '{}', CASE WHEN $4 THEN now() END)`, event.room, event.seq, event.kind, event.published)
	}
	require.NoError(t, migrate.Client(t.Context(), uri))
	var left string
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT string_agg(concat_ws(' ', room_ids, event_seqs, arrival_seqs), E'\n' ORDER BY id)
		FROM athena.chat_outbox_unpublished`).Scan(&left))
	require.Equal(t, strings.Join([]string{"{" + second + "} {7} {NULL}", "{" + first + "} {4} {3}"}, "\n"), left)
}
