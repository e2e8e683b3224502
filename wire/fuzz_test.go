package wire

import (
	"encoding/base64"
	stdjson "encoding/json"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// refused checks that an error is a problem of the caller's, with words for it.
func refused(t *testing.T, err error) bool {
	t.Helper()
	if err == nil {
		return false
	}
	p, ok := AsProblem(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, 400, p.Code.Status, "%v", err)
	require.NotEmpty(t, p.Detail)
	return true
}

func addAll(f *testing.F, seeds ...string) {
	for _, seed := range seeds {
		f.Add(seed)
	}
}

// FuzzPgURI: what is taken is an address that stays as it is when it is read again,
// with the credentials where the driver looks for them; what is refused is not
// repeated, for it may hold a password.
func FuzzPgURI(f *testing.F) {
	addAll(f, "postgres://u:p@h:5432/d", "postgresql://h/d?sslmode=disable", "jdbc:postgresql://h:5432/d?user=u&password=p%40&ssl=true&sslmode=require",
		"jdbc:postgresql://a,b:1/d", "postgres:///d?host=/tmp&port=1", " postgres://h ", "postgres://[::1]:1/d", "jdbc:postgresql://u:p@h/d?user=v", "mysql://h/d", "jdbc:jdbc:postgresql://h")
	_, err := NormalizePgURI("")
	complaint := err.Error()
	f.Fuzz(func(t *testing.T, text string) {
		uri, err := NormalizePgURI(text)
		if refused(t, err) {
			require.EqualError(t, err, complaint)
			return
		}
		again, err := NormalizePgURI(uri)
		require.NoError(t, err, uri)
		require.Equal(t, uri, again)
		u, err := url.Parse(uri)
		require.NoError(t, err)
		require.Equal(t, "postgres", u.Scheme)
		if strings.HasPrefix(strings.TrimSpace(text), "jdbc:") {
			require.False(t, u.Query().Has("password"), uri)
		}
	})
}

// FuzzIPRanges: ranges come back as they were read, and none meets another.
func FuzzIPRanges(f *testing.F) {
	addAll(f, "10.0.0.0/8,192.168.1.7", "::1", "::ffff:1.2.3.4", "::ffff:1.2.3.0/120", "fe80::1%eth0", "10.0.0.1/8", "0.0.0.0/0", "1.2.3.4/33", " 1.1.1.1 ,2.2.2.2/32", "01.2.3.4")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ParseIPRanges("addrs", strings.Split(text, ","))
		if refused(t, err) {
			return
		}
		var texts []string
		for i, prefix := range list {
			require.Equal(t, prefix.Masked(), prefix)
			require.False(t, prefix.Addr().Is4In6())
			require.Empty(t, prefix.Addr().Zone())
			for _, other := range list[:i] {
				require.False(t, other.Overlaps(prefix))
			}
			texts = append(texts, prefix.String())
		}
		again, err := ParseIPRanges("addrs", texts)
		require.NoError(t, err)
		require.Equal(t, list, again)
		require.IsType(t, []netip.Prefix{}, again)
	})
}

// FuzzSearchCursor: a cursor that is taken is a place that gives the same place again.
func FuzzSearchCursor(f *testing.F) {
	for _, place := range []string{"0|2024-01-02T03:04:05Z|6ba7b810-9dad-11d1-80b4-00c04fd430c8", "1e-45|2024-01-02T03:04:05.123456+02:00|6ba7b8109dad11d180b400c04fd430c8", "NaN||", "-1|x|y", "||"} {
		f.Add(base64.RawURLEncoding.EncodeToString([]byte(place)))
	}
	f.Add("=")
	f.Fuzz(func(t *testing.T, cursor string) {
		place, err := (&SearchChat{Cursor: &cursor}).After()
		if refused(t, err) || place == nil {
			return
		}
		require.GreaterOrEqual(t, place.Rank, float32(0))
		next := place.Cursor()
		again, err := (&SearchChat{Cursor: &next}).After()
		require.NoError(t, err)
		require.Equal(t, next, again.Cursor())
		require.True(t, place.CreatedAt.Equal(again.CreatedAt))
	})
}

// FuzzClientConfig: what is taken means the same when it is written and read again.
func FuzzClientConfig(f *testing.F) {
	addAll(f, `{}`, `{"cache":{"enabled":true,"ttl_seconds":5},"rest":{"envelope":"none"}}`, `{"cache":null,"Cache":{}}`, `{"admission":{"limit":1,"window_ms":1,"on_limit":"defer"}}`,
		`{"resilience":{"pool_size":3,"pool_size":4}}`, `{"inserts":{"share":false,"batch_cap":0}}`, `{"keys":{"enforced":true},"x":1}`, `[]`, `null`, `{"cache":[]}`)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseClientConfig([]byte(text))
		if refused(t, err) {
			return
		}
		written, err := json.Marshal(c)
		require.NoError(t, err)
		again, err := ParseClientConfig(written)
		require.NoError(t, err, "%s", written)
		require.Equal(t, c, again)
	})
}

// FuzzJSONWalk: the walkers see in JSON what the standard library sees, and the
// bound on its depth is kept whatever the text is.
func FuzzJSONWalk(f *testing.F) {
	addAll(f, `{"a":1,"b":[{"c":"]}"}],"a":"\""}`, `[1, "x\\", {}, [] ]`, `{"\u0061":"\ud83d\ude00"}`, ` [ ] `, `"x"`, `[[[]]]`, `{"a":{"a":{}}}`, `{"":""}`)
	f.Fuzz(func(t *testing.T, text string) {
		refused(t, CheckJSONText([]byte(text)))
		text = strings.TrimSpace(text)
		if !stdjson.Valid([]byte(text)) {
			return
		}
		switch text[0] {
		case '{':
			want, got := map[string]stdjson.RawMessage{}, map[string]stdjson.RawMessage{}
			require.NoError(t, stdjson.Unmarshal([]byte(text), &want))
			require.NoError(t, EachMember(text, func(name, value string) error {
				got[strings.ToValidUTF8(name, "\uFFFD")] = stdjson.RawMessage(value)
				return nil
			}))
			require.Len(t, got, len(want))
		case '[':
			want, got := []stdjson.RawMessage{}, []stdjson.RawMessage{}
			require.NoError(t, stdjson.Unmarshal([]byte(text), &want))
			require.NoError(t, EachElement(text, func(value string) error {
				got = append(got, stdjson.RawMessage(value))
				return nil
			}))
			require.Equal(t, want, got)
		}
	})
}
