package keys_test

import (
	"fmt"
	"net/netip"
	"testing"

	"athena/persistence/keysdb"
	"athena/wire"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func addrs(rules []wire.IPRule) []string {
	list := []string{}
	for _, r := range rules {
		list = append(list, r.Addr)
	}
	return list
}

func (w *world) policy(id uuid.UUID) wire.IPPolicy {
	w.t.Helper()
	return do[wire.Success[wire.IPPolicyReply]](w, at("GET "+keyPath+"/ip-policy", id), "", 200).Data.Policy
}

func TestListsOfKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.key(`{"name":"ci","ip_whitelist":["10.0.0.0/8"],"ip_blacklist":["10.9.0.0/16"]}`).Record.ID
	require.Equal(t, id, w.policy(id).APIKeyID)

	add := func(list, body string) wire.ChangedIPPolicy {
		return do[wire.Success[wire.ChangedIPPolicy]](w, at("POST "+keyPath, id)+"/ip-"+list, body, 200).Data
	}
	changed := add("whitelist", `{"addrs":["2001:db8::/32","192.168.0.1"],"label":"office"}`)
	require.EqualValues(t, 2, changed.Changed)
	require.ElementsMatch(t, []string{"10.0.0.0/8", "192.168.0.1/32", "2001:db8::/32"}, addrs(changed.Policy.Whitelist))
	add("whitelist", `{"addrs":["192.168.0.1"],"label":"home"}`)
	changed = add("blacklist", `{"addrs":["10.8.0.0/16"]}`)
	require.ElementsMatch(t, []string{"10.8.0.0/16", "10.9.0.0/16"}, addrs(changed.Policy.Blacklist))

	policy := w.policy(id)
	require.Equal(t, changed.Policy, policy)
	require.Len(t, policy.Whitelist, 3)
	for _, rule := range policy.Whitelist {
		if rule.Addr == "192.168.0.1/32" {
			require.Equal(t, "home", *rule.Label, "an entry that is there gets the label")
		}
	}

	gone := do[wire.Success[wire.ChangedIPPolicy]](w, at("DELETE "+keyPath+"/ip-whitelist", id), `{"addrs":["10.0.0.0/8","1.2.3.4"]}`, 200).Data
	require.EqualValues(t, 1, gone.Changed)
	require.ElementsMatch(t, []string{"192.168.0.1/32", "2001:db8::/32"}, addrs(gone.Policy.Whitelist))
	gone = do[wire.Success[wire.ChangedIPPolicy]](w, at("DELETE "+keyPath+"/ip-blacklist", id), `{"addrs":["10.8.0.0/16"]}`, 200).Data
	require.Equal(t, []string{"10.9.0.0/16"}, addrs(gone.Policy.Blacklist))
}

func TestBadListsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.key(`{"name":"ci","ip_whitelist":["10.0.0.0/8"],"ip_blacklist":["10.9.0.0/16"],"max_whitelist_ips":2}`).Record.ID
	white, black := at("POST "+keyPath+"/ip-whitelist", id), at("POST "+keyPath+"/ip-blacklist", id)
	w.refuse([]refusal{
		{"no address", white, `{"addrs":["10.0.0.1","no address"]}`, 400, "addrs", `"no address"`},
		{"host inside a range", white, `{"addrs":["172.16.0.1/12"]}`, 400, "addrs", "172.16.0.1/12"},
		{"nothing", white, `{"addrs":[]}`, 400, "addrs", "at least one"},
		{"left out", white, `{}`, 400, "addrs", "at least one"},
		{"overlap in the request", black, `{"addrs":["1.0.0.0/8","1.1.1.1"]}`, 400, "addrs", "overlap"},
		{"inside an entry", white, `{"addrs":["10.1.1.1"]}`, 409, "addrs", "overlaps with 10.0.0.0/8"},
		{"around an entry", black, `{"addrs":["10.8.0.0/15"]}`, 409, "addrs", "overlaps with 10.9.0.0/16"},
		{"allowed in vain", white, `{"addrs":["10.9.0.1"]}`, 409, "addrs", "10.0.0.0/8"},
		{"too many", white, `{"addrs":["1.1.1.1","2.2.2.2"]}`, 400, "addrs", "may have 2"},
		{"unknown key", "POST /admin/api-keys/" + stranger + "/ip-whitelist", `{"addrs":["1.1.1.1"]}`, 404, "", "not found"},
		{"unknown key, black", "POST /admin/api-keys/" + stranger + "/ip-blacklist", `{"addrs":["1.1.1.1"]}`, 404, "", "not found"},
		{"remove from unknown key", "DELETE /admin/api-keys/" + stranger + "/ip-whitelist", `{"addrs":["1.1.1.1"]}`, 404, "", "not found"},
		{"remove from unknown key, black", "DELETE /admin/api-keys/" + stranger + "/ip-blacklist", `{"addrs":["1.1.1.1"]}`, 404, "", "not found"},
		{"policy of unknown key", "GET /admin/api-keys/" + stranger + "/ip-policy", "", 404, "", "not found"},
		{"seen of unknown key", "GET /admin/api-keys/" + stranger + "/ip-seen", "", 404, "", "not found"},
		{"limit", at("GET "+keyPath+"/ip-seen?limit=1001", id), "", 400, "limit", "between"},
	})
}

func TestRangeThatTheBlacklistRefusesIsNotAllowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.key(`{"name":"ci","ip_blacklist":["10.0.0.0/8"]}`).Record.ID
	w.refuse([]refusal{{"inside", at("POST "+keyPath+"/ip-whitelist", id), `{"addrs":["10.1.1.1"]}`, 409, "addrs", "blacklist refuses"}})
	do[wire.Success[wire.ChangedIPPolicy]](w, at("POST "+keyPath+"/ip-whitelist", id), `{"addrs":["8.0.0.0/6"]}`, 200)
}

func TestGlobalLists(t *testing.T) {
	t.Parallel()
	for _, list := range []string{"whitelist", "blacklist"} {
		t.Run(list, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			path := " /admin/ip-global-" + list
			save := func(body string) wire.GlobalIPRule {
				return do[wire.Success[wire.GlobalIPRuleReply]](w, "POST"+path, body, 200).Data.Record
			}
			all := save(`{"addr":"10.0.0.0/8","label":"inside"}`)
			one := save(`{"addr":"10.0.0.1","client_name":"acme"}`)
			require.Equal(t, "acme", *one.ClientName)
			again := save(`{"addr":"10.0.0.0/8","label":"office"}`)
			require.Equal(t, all.ID, again.ID, "the same rule gets the label")
			page := do[wire.Success[wire.GlobalIPRulePage]](w, "GET"+path, "", 200).Data
			require.Equal(t, []wire.GlobalIPRule{again, one}, page.Records)

			w.refuse([]refusal{
				{"no address", "POST" + path, `{"addr":"10.0.0"}`, 400, "addr", "10.0.0"},
				{"left out", "POST" + path, `{}`, 400, "addr", "neither"},
				{"no client", "POST" + path, `{"addr":"1.1.1.1","client_name":""}`, 400, "client_name", "empty"},
				{"overlap", "POST" + path, `{"addr":"10.1.0.0/16"}`, 409, "addrs", "overlaps with 10.0.0.0/8"},
				{"delete nothing", "DELETE" + path, "", 400, "addr", "neither"},
				{"delete no address", "DELETE" + path + "?addr=x", "", 400, "addr", `"x"`},
			})
			remove := func(query string) int64 {
				return do[wire.Success[wire.DeletedGlobalIPRule]](w, "DELETE"+path+query, "", 200).Data.Deleted
			}
			require.EqualValues(t, 0, remove("?addr=10.0.0.1"), "that rule is for one client")
			require.EqualValues(t, 1, remove("?addr=10.0.0.1&client_name=acme"))
			require.EqualValues(t, 1, remove("?addr=10.0.0.0/8"))
		})
	}
}

func (w *world) virgin(body string) (uuid.UUID, func(addr string) keysdb.Lesson) {
	made := w.key(body)
	return made.Record.ID, func(addr string) keysdb.Lesson {
		lesson, err := keysdb.Store{DB: w.db}.Learn(w.t.Context(), made.Record.PublicID, netip.MustParseAddr(addr))
		require.NoError(w.t, err)
		return lesson
	}
}

func TestVirginKeyLearnsUntilItWasUsedOften(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, use := w.virgin(`{"name":"v","virgin_mode":true,"virgin_until_n_requests":3,"ip_whitelist":["9.9.9.9"]}`)
	require.Empty(t, w.policy(id).Whitelist, "a key that learns begins without lists")
	require.Equal(t, keysdb.Lesson{Counted: true}, use("10.0.0.1"))
	require.Equal(t, keysdb.Lesson{Counted: true}, use("10.0.0.1"))
	require.Equal(t, keysdb.Lesson{Counted: true, Resolved: true}, use("2001:db8::1"))
	require.Equal(t, keysdb.Lesson{Resolved: true}, use("10.0.0.3"), "what comes later is not counted")

	policy := w.policy(id)
	require.True(t, policy.VirginResolved)
	require.NotNil(t, policy.VirginResolvedAt)
	require.EqualValues(t, 3, policy.VirginRequestCount)
	require.ElementsMatch(t, []string{"10.0.0.1/32", "2001:db8::1/128"}, addrs(policy.Whitelist))

	seen := do[wire.Success[wire.SeenIPPage]](w, at("GET "+keyPath+"/ip-seen", id), "", 200).Data.Records
	require.Len(t, seen, 2)
	require.Equal(t, "2001:db8::1/128", seen[0].Addr, "the last used comes first")
	require.EqualValues(t, 2, seen[1].HitCount)
	require.True(t, seen[0].LockedIn && seen[1].LockedIn)
	paged := do[wire.Success[wire.SeenIPPage]](w, at("GET "+keyPath+"/ip-seen?limit=1&offset=1", id), "", 200).Data.Records
	require.Equal(t, seen[1:], paged)
}

func TestVirginKeyLearnsUntilItWasUsedFromManyPlaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, use := w.virgin(`{"name":"v","virgin_mode":true,"virgin_until_n_requests":0,"max_whitelist_ips":2}`)
	for range 5 {
		require.False(t, use("10.0.0.1").Resolved)
	}
	require.True(t, use("10.0.0.2").Resolved)
	require.ElementsMatch(t, []string{"10.0.0.1/32", "10.0.0.2/32"}, addrs(w.policy(id).Whitelist))
}

func TestPromoteAndReset(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, use := w.virgin(`{"name":"v","virgin_mode":true,"virgin_until_n_requests":100}`)
	promote, reset := at("POST "+keyPath+"/virgin/promote", id), at("POST "+keyPath+"/virgin/reset", id)
	w.refuse([]refusal{{"nothing learnt", promote, "", 409, "", "not used from anywhere"}})
	for i := range 3 {
		use(fmt.Sprintf("10.0.0.%d", i))
	}
	locked := do[wire.Success[wire.ChangedIPPolicy]](w, promote, "", 200).Data
	require.EqualValues(t, 3, locked.Changed)
	require.True(t, locked.Policy.VirginResolved)
	require.Len(t, locked.Policy.Whitelist, 3)
	require.EqualValues(t, 0, do[wire.Success[wire.ChangedIPPolicy]](w, promote, "", 200).Data.Changed, "once is enough")

	fresh := do[wire.Success[wire.ChangedIPPolicy]](w, reset, `{}`, 200).Data.Policy
	require.False(t, fresh.VirginResolved)
	require.Nil(t, fresh.VirginResolvedAt)
	require.Zero(t, fresh.VirginRequestCount)
	seen := do[wire.Success[wire.SeenIPPage]](w, at("GET "+keyPath+"/ip-seen", id), "", 200).Data.Records
	require.Len(t, seen, 3)
	require.False(t, seen[0].LockedIn)

	require.EqualValues(t, 3, do[wire.Success[wire.ChangedIPPolicy]](w, reset, `{"clear_seen":true}`, 200).Data.Changed)
	require.Empty(t, do[wire.Success[wire.SeenIPPage]](w, at("GET "+keyPath+"/ip-seen", id), "", 200).Data.Records)
}

func TestPromoteTakesTheFirstAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, use := w.virgin(`{"name":"v","virgin_mode":true,"virgin_until_n_requests":100,"max_whitelist_ips":3}`)
	use("10.0.0.9")
	use("10.0.0.1")
	_, err := w.db.Exec(t.Context(), "UPDATE api_keys SET max_whitelist_ips = 1 WHERE id = $1", id)
	require.NoError(t, err)
	locked := do[wire.Success[wire.ChangedIPPolicy]](w, at("POST "+keyPath+"/virgin/promote", id), "", 200).Data
	require.Equal(t, []string{"10.0.0.9/32"}, addrs(locked.Policy.Whitelist))
}

func TestKeyThatDoesNotLearnIsNotPromoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.key(`{"name":"plain"}`).Record.ID
	w.refuse([]refusal{
		{"promote", at("POST "+keyPath+"/virgin/promote", id), "", 409, "", "not made to learn"},
		{"reset", at("POST "+keyPath+"/virgin/reset", id), `{}`, 409, "", "not made to learn"},
		{"promote unknown", "POST /admin/api-keys/" + stranger + "/virgin/promote", "", 404, "", "not found"},
		{"reset unknown", "POST /admin/api-keys/" + stranger + "/virgin/reset", `{}`, 404, "", "not found"},
	})
}
