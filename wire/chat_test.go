package wire

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestMaybeTellsAbsentFromNull(t *testing.T) {
	t.Parallel()
	old := "old"
	for body, want := range map[string]*string{
		`{}`:              &old,
		`{"title":null}`:  nil,
		`{"title":"new"}`: new("new"),
	} {
		var r UpdateChatRoom
		require.NoError(t, json.Unmarshal([]byte(body), &r))
		require.Equal(t, want, r.Title.Or(&old), body)
	}
	require.Error(t, json.Unmarshal([]byte(`{"title":7}`), &UpdateChatRoom{}))
	text, err := json.Marshal(Maybe[string]{Set: true, Value: &old})
	require.NoError(t, err)
	require.Equal(t, `"old"`, string(text))
}

func TestEmoji(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"👍", "👍🏽", "❤️", "❤", "1️⃣", "#️⃣", "🇩🇪", "👨‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "©", "‼️", "㊗️", "⏰", "🫠", "❤️‍🔥", "👩🏽‍🚀", "🏳️‍🌈", "☝🏿", "🏿", "*⃣"} {
		require.NoError(t, checkEmoji(good), good)
	}
	for _, bad := range []string{"", "a", "1", ":+1:", "👍 ", "👍a", "\u200d", "\ufe0f", "é", "<b>", "👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍",
		"👍👍", "🇩🇪🇫🇷", "🇩", "👍\u200d", "\u200d👍", "👍\u200d\u200d👍", "1👍⃣", "⃣", "12⃣", "👍🏽🏽", "\ufe0f👍", "\U000e0067"} {
		require.Error(t, checkEmoji(bad), bad)
	}
}

func TestSearchCursorComesBack(t *testing.T) {
	t.Parallel()
	place := ChatSearchPlace{Rank: 0.060_792_7, CreatedAt: time.Date(2025, 1, 2, 3, 4, 5, 678_901_000, time.UTC), ID: uuid.New()}
	text := place.Cursor()
	got, err := (&SearchChat{Cursor: &text}).After()
	require.NoError(t, err)
	require.Equal(t, &place, got)
	encoded := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	rest := "|2025-01-02T03:04:05Z|" + place.ID.String()
	_, err = (&SearchChat{Cursor: new(encoded("0" + rest))}).After()
	require.NoError(t, err)
	for _, bad := range []string{"!", "YQ", text[:len(text)-4], "fHw", encoded(rest[1:]), encoded("NaN" + rest), encoded("Inf" + rest), encoded("-1" + rest), encoded("1e99" + rest)} {
		_, err := (&SearchChat{Cursor: &bad}).After()
		require.Error(t, err, bad)
	}
}

func TestEmptyObjectsAreNull(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(ChatMessage{})
	require.NoError(t, err)
	require.Contains(t, string(text), `"body_json":null`)
	var o JSONObject
	require.NoError(t, json.Unmarshal([]byte(` {"a": 1} `), &o))
	require.Equal(t, `{"a": 1}`, string(o))
	require.NoError(t, json.Unmarshal([]byte(`null`), &o))
	require.Nil(t, o)
	for _, bad := range []string{`[]`, `"x"`, `1`, `{a:1}`} {
		require.Error(t, json.Unmarshal([]byte(bad), &o), bad)
	}
}
