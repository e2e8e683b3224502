package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"athena/persistence/dbtest"
	"athena/persistence/redistest"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

// keepers are two servers that keep the answers of one client and share a Redis.
type keepers struct {
	t        *testing.T
	nodes    [2]*process
	redis    *redistest.Server
	shop     []string
	operator string
}

func newKeepers(t *testing.T) *keepers {
	t.Helper()
	k := &keepers{t: t, redis: redistest.New(t)}
	h := newHome(t)
	h.config = configFile(t, `
control: {uri: "${CONTROL}"}
cache: {redis_url: "${REDIS}"}
`)
	h.env = []string{"CONTROL=" + dbtest.New(t), "REDIS=" + k.redis.URL, "ATHENA_KEY_12=the-admin-key"}
	shop := dbtest.New(t, "CREATE TABLE thing (id int PRIMARY KEY, word text); INSERT INTO thing VALUES (1, 'first')")
	for i := range k.nodes {
		k.nodes[i] = serve(t, h)
	}
	k.operator = "apikey: the-admin-key"
	k.shop = []string{"X-Athena-Client: shop", "apikey: " + result[wire.CreatedAPIKey](t, &h, "key", "create", "--right", "*").APIKey}
	r := k.nodes[0].do(t, "POST", "/admin/clients", fmt.Sprintf(`{"client_name":"shop","pg_uri":%q}`, shop), k.operator)
	require.Equal(t, 201, r.status, r.body)
	r = k.nodes[0].do(t, "PUT", "/admin/client-configs/shop", `{"config":{"cache":{"enabled":true,"ttl_seconds":3600}}}`, k.operator)
	require.Equal(t, 200, r.status, r.body)
	for i, node := range k.nodes {
		node.becomes(t, 200, "GET", "/rest/v1/thing", "", k.shop...)
		k.becomes(i, "first", "hit memory")
	}
	return k
}

// look reads the word of the one row, and how it was found.
func (k *keepers) look(node int) (word, found string) {
	k.t.Helper()
	r := k.nodes[node].do(k.t, "GET", "/rest/v1/thing?id=eq.1&select=word", "", k.shop...)
	require.Equal(k.t, 200, r.status, r.body)
	word = regexp.MustCompile(`"word":"([^"]*)"`).FindStringSubmatch(r.body)[1]
	return word, r.header.Get("X-Athena-Cache-Outcome") + " " + r.header.Get("X-Athena-Cache-Source")
}

// becomes waits until a node gives a word as it was found.
func (k *keepers) becomes(node int, word, found string) {
	k.t.Helper()
	var gotWord, gotFound string
	require.Eventually(k.t, func() bool {
		gotWord, gotFound = k.look(node)
		return gotWord == word && gotFound == found
	}, patience, 5e6, "node %d never gives %s as %s; last %v %v", node, word, found, &gotWord, &gotFound)
}

// write sets the word on one node, which reads it at once.
func (k *keepers) write(node int, word string) {
	k.t.Helper()
	r := k.nodes[node].do(k.t, "PATCH", "/rest/v1/thing?id=eq.1", fmt.Sprintf(`{"word":%q}`, word), k.shop...)
	require.Equal(k.t, 200, r.status, r.body)
	got, _ := k.look(node)
	require.Equal(k.t, word, got)
}

// TestNodesOutdateEachOther: what a node keeps in memory and in the Redis that it shares
// is outdated by a write on another, by changes of the schema, and stays right while
// Redis hangs, after it was lost and after it came back.
func TestNodesOutdateEachOther(t *testing.T) {
	t.Parallel()
	k := newKeepers(t)
	k.write(0, "second")
	k.becomes(1, "second", "hit memory")
	k.write(1, "third")
	k.becomes(0, "third", "hit memory")

	k.redis.Pause(t) // what it holds now comes back later
	k.write(0, "fourth")
	k.becomes(1, "fourth", "hit memory")
	k.redis.Resume(t)
	for i := range k.nodes {
		word, _ := k.look(i)
		require.Equal(t, "fourth", word)
	}
	k.write(1, "fifth")
	k.becomes(0, "fifth", "hit memory")

	k.redis.Stop(t)
	k.write(1, "sixth")
	k.becomes(0, "sixth", "hit memory")
	k.redis.Start(t)
	k.write(0, "seventh")
	k.becomes(1, "seventh", "hit memory")

	r := k.nodes[0].do(t, "POST", "/gateway/query", `{"query":"ALTER TABLE thing RENAME COLUMN word TO name"}`, k.shop...)
	require.Equal(t, 200, r.status, r.body)
	k.nodes[1].becomes(t, 400, "GET", "/rest/v1/thing?id=eq.1&select=word", "", k.shop...)
}

// TestKeptAnswersOfAFrozenClient are not served.
func TestKeptAnswersOfAFrozenClient(t *testing.T) {
	t.Parallel()
	k := newKeepers(t)
	freeze := func(on bool) {
		r := k.nodes[0].do(t, "PUT", "/admin/clients/shop/freeze", fmt.Sprintf(`{"is_frozen":%v}`, on), k.operator)
		require.Equal(t, 200, r.status, r.body)
	}
	const read = "/rest/v1/thing?id=eq.1&select=word"
	freeze(true)
	for _, node := range k.nodes {
		node.becomes(t, 503, "GET", read, "", k.shop...)
	}
	freeze(false)
	for i, node := range k.nodes {
		node.becomes(t, 200, "GET", read, "", k.shop...)
		word, _ := k.look(i)
		require.Equal(t, "first", word)
	}
}

// TestAWriteAtTheEndIsTold: a write that is answered while its node stops outdates what
// the other keeps.
func TestAWriteAtTheEndIsTold(t *testing.T) {
	t.Parallel()
	k := newKeepers(t)
	done := make(chan reply, 1)
	go func() {
		r, err := k.nodes[0].try("POST", "/gateway/query", `{"query":"UPDATE thing SET word = 'last' FROM pg_sleep(1)"}`, k.shop...)
		if err != nil {
			r.body = err.Error()
		}
		done <- r
	}()
	require.Eventually(t, func() bool {
		r := k.nodes[1].do(t, "POST", "/gateway/query", `{"query":"SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'UPDATE thing%'"}`, k.shop...)
		return strings.Contains(r.body, `"count":1`)
	}, patience, 5e6)
	require.NoError(t, k.nodes[0].cmd.Process.Signal(os.Signal(syscall.SIGTERM)))
	r := <-done
	require.Equal(t, 200, r.status, r.body)
	k.becomes(1, "last", "hit memory")
}
