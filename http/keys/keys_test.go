package keys_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"athena/http/apitest"
	"athena/http/keys"
	"athena/persistence/dbtest"
	"athena/persistence/keysdb"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// world is the administration of keys over a control database of its own.
type world struct {
	t   *testing.T
	api *apitest.API
	db  *pgxpool.Pool
}

func newWorld(t *testing.T) *world {
	t.Helper()
	uri := dbtest.Control(t)
	w := &world{t: t, db: dbtest.Pool(t, uri)}
	w.api = apitest.New(t, keys.API{Keys: keysdb.Store{DB: w.db}}.Routes())
	return w
}

// do calls and reads the answer.
func do[T any](w *world, operation, body string, status int) T {
	w.t.Helper()
	return apitest.Answer[T](w.t, w.api, status, operation, body)
}

// refusal is a call that must fail.
type refusal struct {
	name, operation, body string
	status                int
	field, words          string
}

// refuse makes the calls one after the other, and expects that none changes what
// the tables hold.
func (w *world) refuse(calls []refusal) {
	before := w.rows()
	for _, tc := range calls {
		w.t.Run(tc.name, func(t *testing.T) {
			reply := w.api.Do(t, tc.operation, tc.body)
			require.Equal(t, tc.status, reply.Status, reply.Body)
			var f wire.Failure
			require.NoError(t, json.Unmarshal([]byte(reply.Body), &f), reply.Body)
			require.Equal(t, tc.field, f.Field, reply.Body)
			require.Contains(t, f.Error, tc.words)
		})
	}
	require.Equal(w.t, before, w.rows(), "a refused call changes nothing")
}

// rows is the content of every table about keys.
func (w *world) rows() (text string) {
	w.t.Helper()
	for _, table := range []string{
		"api_keys", "api_key_rights", "api_key_right_grants", "api_key_config", "api_key_client_config",
		"api_key_ip_whitelist", "api_key_ip_blacklist", "api_key_ip_seen", "ip_global_whitelist", "ip_global_blacklist",
	} {
		var part *string
		require.NoError(w.t, w.db.QueryRow(w.t.Context(), "SELECT string_agg(r::text, E'\n' ORDER BY r::text) FROM "+table+" AS r").Scan(&part))
		if part != nil {
			text += table + "\n" + *part + "\n"
		}
	}
	return text
}

func (w *world) key(body string) wire.CreatedAPIKey {
	w.t.Helper()
	return do[wire.CreatedAPIKey](w, "POST /admin/api-keys", body, 201)
}

func at(operation string, id uuid.UUID) string { return fmt.Sprintf(operation, id) }

const (
	keyPath  = "/admin/api-keys/%s"
	stranger = "00000000-0000-0000-0000-000000000001"
)

func TestKeyIsShownOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.key(`{"name":"ci","description":"build","client_name":"acme","rights":["gateway.read","chat.rooms.read"]}`)
	require.Regexp(t, `^ath_[0-9a-f]{16}\.[0-9a-f]{64}$`, made.APIKey)
	require.Equal(t, []string{"chat.rooms.read", "gateway.read"}, made.Record.Rights)
	require.True(t, made.Record.IsActive)

	page := do[wire.APIKeyPage](w, "GET /admin/api-keys", "", 200)
	require.Equal(t, []wire.APIKeyRecord{made.Record}, page.APIKeys)
	got := do[wire.APIKeyReply](w, at("GET "+keyPath, made.Record.ID), "", 200)
	require.Equal(t, made.Record, got.Record)

	_, secret, _ := keysdb.Parse(made.APIKey)
	require.NotContains(t, w.rows(), secret, "the secret is stored nowhere")
}

func TestKeysAreListedInPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 5 {
		w.key(fmt.Sprintf(`{"name":"key %d"}`, i))
	}
	names := func(query string) (list []string) {
		for _, k := range do[wire.APIKeyPage](w, "GET /admin/api-keys"+query, "", 200).APIKeys {
			list = append(list, k.Name)
		}
		return list
	}
	require.Equal(t, []string{"key 4", "key 3", "key 2", "key 1", "key 0"}, names(""))
	require.Equal(t, []string{"key 3", "key 2"}, names("?limit=2&offset=1"))
}

func TestChangeOfKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	expires := time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond)
	id := w.key(`{"name":"ci","description":"build","client_name":"acme","rights":["gateway.read"]}`).Record.ID
	patch := func(body string) wire.APIKeyRecord {
		return do[wire.APIKeyReply](w, at("PATCH "+keyPath, id), body, 200).Record
	}
	changed := patch(`{"name":"deploy","is_active":false,"expires_at":"` + expires.Format(time.RFC3339Nano) + `","rights":["gateway.read","gateway.write"]}`)
	require.Equal(t, "deploy", changed.Name)
	require.False(t, changed.IsActive)
	require.WithinDuration(t, expires, *changed.ExpiresAt, 0)
	require.Equal(t, []string{"gateway.read", "gateway.write"}, changed.Rights)
	require.Equal(t, "build", *changed.Description, "what is left out stays")

	cleared := patch(`{"description":null,"client_name":null,"expires_at":null,"rights":[],"is_active":true}`)
	require.Nil(t, cleared.Description)
	require.Nil(t, cleared.ClientName)
	require.Nil(t, cleared.ExpiresAt)
	require.Empty(t, cleared.Rights)
	require.True(t, cleared.IsActive)

	same := patch(`{}`)
	cleared.UpdatedAt = same.UpdatedAt
	require.Equal(t, cleared, same)
}

func TestDeletedKeyIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.key(`{"name":"ci","rights":["gateway.read"],"ip_whitelist":["10.0.0.1"]}`).Record.ID
	require.Equal(t, wire.DeletedID{ID: id}, do[wire.DeletedID](w, at("DELETE "+keyPath, id), "", 200))
	w.refuse([]refusal{
		{"read", at("GET "+keyPath, id), "", 404, "", "not found"},
		{"again", at("DELETE "+keyPath, id), "", 404, "", "not found"},
		{"change", at("PATCH "+keyPath, id), `{"name":"x"}`, 404, "", "not found"},
	})
}

func TestBadKeysAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.key(`{"name":"ci"}`).Record.ID
	create, update := "POST /admin/api-keys", at("PATCH "+keyPath, id)
	w.refuse([]refusal{
		{"no name", create, `{}`, 400, "name", "empty"},
		{"blank name", create, `{"name":"  "}`, 400, "name", "empty"},
		{"name too long", create, `{"name":"` + strings.Repeat("n", 201) + `"}`, 400, "name", "longer"},
		{"expired", create, `{"name":"x","expires_at":"2020-01-01T00:00:00Z"}`, 400, "expires_at", "future"},
		{"no time", create, `{"name":"x","expires_at":"soon"}`, 400, "body", "JSON"},
		{"unknown right", create, `{"name":"x","rights":["gateway.read","no.such"]}`, 400, "rights", `"no.such"`},
		{"virgin without end", create, `{"name":"x","virgin_mode":true}`, 400, "virgin_mode", "positive"},
		{"negative count", create, `{"name":"x","virgin_mode":true,"virgin_until_n_requests":-1,"max_whitelist_ips":1}`, 400, "virgin_until_n_requests", "negative"},
		{"negative maximum", create, `{"name":"x","virgin_mode":true,"virgin_until_n_requests":1,"max_whitelist_ips":-1}`, 400, "max_whitelist_ips", "negative"},
		{"bad range", create, `{"name":"x","ip_whitelist":["10.0.0.1","10.0.0.0/64"]}`, 400, "ip_whitelist", "10.0.0.0/64"},
		{"bad range refused", create, `{"name":"x","ip_blacklist":["nowhere"]}`, 400, "ip_blacklist", "nowhere"},
		{"overlapping ranges", create, `{"name":"x","ip_whitelist":["10.0.0.0/8","10.0.0.1"]}`, 400, "ip_whitelist", "overlap"},
		{"allowed in vain", create, `{"name":"x","ip_whitelist":["10.0.0.1"],"ip_blacklist":["10.0.0.0/8"]}`, 400, "ip_whitelist", "refuses"},
		{"more than the maximum", create, `{"name":"x","ip_whitelist":["10.0.0.1","10.0.0.2"],"max_whitelist_ips":1}`, 400, "ip_whitelist", "allows 1"},
		{"not JSON", create, `{`, 400, "body", "JSON"},
		{"blank new name", update, `{"name":""}`, 400, "name", "empty"},
		{"expired by change", update, `{"expires_at":"2020-01-01T00:00:00Z"}`, 400, "expires_at", "future"},
		{"unknown right by change", update, `{"name":"y","rights":["no.such"]}`, 400, "rights", `"no.such"`},
		{"not an id", "PATCH /admin/api-keys/7", `{}`, 400, "id", "UUID"},
		{"unknown id", "PATCH /admin/api-keys/" + stranger, `{}`, 404, "", "not found"},
		{"limit", "GET /admin/api-keys?limit=0", "", 400, "limit", "between"},
		{"offset", "GET /admin/api-keys?offset=-1", "", 400, "offset", "negative"},
	})
}
