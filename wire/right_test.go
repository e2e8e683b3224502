package wire

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRightCovers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		held   string
		covers []string
		not    []string
	}{
		{"*", []string{"users.read", "gateway.query", "management.tables.drop", "billing.refund.manage", "invoice.paid"}, nil},
		{"users.read", []string{"users.read"}, []string{"users.write", "users.read.all", "user.read", "users", "gateway.read", "orders.read"}},
		{"users.*", []string{"users.read", "users.write", "users.delete"}, []string{"orders.read", "gateway.read"}},
		{"*.read", []string{"users.read", "gateway.read", "management.read", "billing.read"}, []string{"users.write", "chat.rooms.read", "management.functions.read"}},
		{"*.*", []string{"users.read", "chat.rooms.read"}, []string{"users"}},
		{
			"gateway.read", []string{"gateway.read", "users.read", "orders.read"},
			[]string{"users.write", "management.read", "billing.read", "chat.rooms.read", "chat.read", "gateway.query", "gateway.write"},
		},
		{"gateway.write", []string{"users.write"}, []string{"users.read", "management.tables.write", "chat.rooms.write"}},
		{"gateway.delete", []string{"users.delete"}, []string{"storage.delete", "chat.messages.delete", "users.read"}},
		{
			"gateway.*", []string{"users.read", "users.write", "users.delete", "gateway.query", "gateway.rpc.execute", "gateway.storage_proxy"},
			[]string{
				"management.read", "management.tables.write", "chat.rooms.read", "storage.get", "storage.delete", "billing.read",
				"invoice.paid", "subscription.active", "payment-link.failed",
			},
		},
		{"gateway.rpc.execute", []string{"gateway.rpc.execute"}, []string{"gateway.rpc", "rpc.execute", "users.rpc"}},
		{"management.*", []string{"management.read", "management.tables.drop"}, []string{"users.read", "gateway.query", "chat.rooms.read"}},
		{"chat.rooms.read", []string{"chat.rooms.read"}, []string{"chat.rooms.write", "chat.read", "rooms.read"}},
		{"invoice.*", []string{"invoice.paid", "invoice.read"}, []string{"payment.paid"}},
		{"", nil, []string{"users.read", "users"}},
		{"read", nil, []string{"users.read"}},
	} {
		for _, right := range tc.covers {
			require.True(t, RightCovers(tc.held, right), "%q covers %q", tc.held, right)
		}
		for _, right := range tc.not {
			require.False(t, RightCovers(tc.held, right), "%q does not cover %q", tc.held, right)
		}
	}
}

func TestGrantAllowsWhatAnyOfItsRightsCovers(t *testing.T) {
	t.Parallel()
	grant := &KeyGrant{Rights: []string{"users.read", "orders.*"}}
	require.True(t, grant.Allows("orders.delete"))
	require.True(t, grant.Allows("users.read"))
	require.False(t, grant.Allows("users.write"))
	require.False(t, (&KeyGrant{}).Allows("users.read"))
}

func TestRightNames(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"*", "orders.read", "*.read", "gateway.*", "chat.rooms.read", "Pedidos_año.read", "payment-link.paid"} {
		require.NoError(t, (&SaveKeyRight{Name: good}).Check(), good)
	}
	for _, bad := range []string{"", "orders", ".read", "orders.", "ord*.read", "orders.re*d", "a b.read", "{table}.read", "a\x00.read", "a\n.read", "**.read", "*."} {
		problem, ok := AsProblem((&SaveKeyRight{Name: bad}).Check())
		require.True(t, ok, bad)
		require.Equal(t, InvalidRequest, problem.Code, bad)
		require.Equal(t, "name", problem.Field, bad)
	}
}

func TestCatalogKinds(t *testing.T) {
	t.Parallel()
	name := func(n string) KeyRight { return KeyRight{Name: n} }
	catalog := CatalogOf([]KeyRight{name("orders.read"), name("*"), name("gateway.read"), name("gateway.query"), name("invoice.paid"), name("gateway.*")})
	kinds := map[string][2]any{}
	for _, e := range catalog.Rights {
		kinds[e.Key] = [2]any{e.Kind, e.IsPattern}
	}
	require.Equal(t, map[string][2]any{
		"orders.read": {"capability", false}, "*": {"wildcard", true}, "gateway.read": {"fallback", true},
		"gateway.query": {"capability", false}, "invoice.paid": {"grant", false}, "gateway.*": {"wildcard", true},
		"{table}.read": {"template", true}, "{table}.write": {"template", true}, "{table}.delete": {"template", true},
	}, kinds)
}
