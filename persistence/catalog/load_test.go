package catalog_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"athena/persistence/catalog"
	"athena/persistence/dbtest"
)

const shop = `
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN short AS text CHECK (length(value) < 10);
CREATE TABLE customers (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	email text NOT NULL UNIQUE,
	mood mood DEFAULT 'ok',
	nick short,
	tags text[],
	loud text GENERATED ALWAYS AS (upper(email)) STORED);
COMMENT ON TABLE customers IS 'who buys';
COMMENT ON COLUMN customers.email IS 'where to write';
CREATE TABLE profiles (customer_id bigint PRIMARY KEY REFERENCES customers, bio text);
CREATE TABLE orders (
	id serial PRIMARY KEY,
	buyer bigint NOT NULL CONSTRAINT bought_by REFERENCES customers,
	payer bigint REFERENCES customers);
CREATE TABLE products (id int PRIMARY KEY, name varchar(20));
CREATE TABLE order_lines (
	order_id int REFERENCES orders, product_id int REFERENCES products, n int,
	PRIMARY KEY (order_id, product_id));
CREATE UNIQUE INDEX partial ON orders (payer) WHERE payer IS NULL;
CREATE VIEW happy AS SELECT * FROM customers WHERE mood = 'happy';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER touched BEFORE UPDATE ON products FOR EACH ROW EXECUTE FUNCTION touch();
CREATE FUNCTION add(a int, b int DEFAULT 1, VARIADIC rest int[] DEFAULT '{}') RETURNS int
	IMMUTABLE LANGUAGE sql AS 'SELECT a + b';
CREATE FUNCTION pairs(n int) RETURNS TABLE (x int, y text) STABLE LANGUAGE sql AS $$ SELECT n, 'a' $$;
CREATE SCHEMA "Other";
CREATE TABLE "Other".customers ("Odd Name" int);
`

func load(t *testing.T, sql ...string) (*catalog.Catalog, *pgx.Conn) {
	t.Helper()
	db, err := pgx.Connect(t.Context(), dbtest.New(t, sql...))
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close(t.Context()) })
	cat, err := catalog.Load(t.Context(), db)
	require.NoError(t, err)
	return cat, db
}

func TestLoadReadsColumns(t *testing.T) {
	t.Parallel()
	cat, _ := load(t, shop)

	customers, ok := cat.Table("public", "customers")
	require.True(t, ok)
	require.Equal(t, catalog.Table, customers.Kind)
	require.Equal(t, "who buys", customers.Comment)
	require.Equal(t, []string{"id"}, customers.PrimaryKey)
	require.False(t, customers.Triggers)

	id, _ := customers.Column("id")
	require.Equal(t, catalog.Always, id.Identity)
	require.True(t, id.HasDefault)
	email, _ := customers.Column("email")
	require.True(t, email.NotNull)
	require.Equal(t, "where to write", email.Comment)
	mood, _ := customers.Column("mood")
	require.Equal(t, "public.mood", mood.TypeName)
	require.Equal(t, "'ok'::public.mood", mood.Default)
	labels, _ := cat.TypeByID(mood.Type)
	require.Equal(t, []string{"sad", "ok", "happy"}, labels.Labels)
	loud, _ := customers.Column("loud")
	require.True(t, loud.Generated)
	require.False(t, loud.HasDefault)
	nick, _ := customers.Column("nick")
	base, _ := cat.Underlying(nick.Type)
	require.Equal(t, "text", base.Name)
	tags, _ := customers.Column("tags")
	array, _ := cat.TypeByID(tags.Type)
	require.Equal(t, base.ID, array.Element)

	products, _ := cat.Table("public", "products")
	require.True(t, products.Triggers)
	name, _ := products.Column("name")
	require.Equal(t, "character varying(20)", name.TypeName)
	happy, _ := cat.Table("public", "happy")
	require.Equal(t, catalog.View, happy.Kind)
}

func TestResolveFollowsTheSearchPath(t *testing.T) {
	t.Parallel()
	cat, _ := load(t, shop)

	r, ok := cat.Resolve([]string{"Other", "public"}, "customers")
	require.True(t, ok)
	require.Equal(t, "Other", r.Schema)
	r, ok = cat.Resolve([]string{"Other", "public"}, "orders")
	require.True(t, ok)
	require.Equal(t, "public", r.Schema)
	_, ok = cat.Resolve([]string{"Other"}, "orders")
	require.False(t, ok)
}

func TestRelationsBetween(t *testing.T) {
	t.Parallel()
	cat, _ := load(t, shop)
	table := func(name string) *catalog.Relation {
		r, ok := cat.Table("public", name)
		require.True(t, ok)
		return r
	}

	ways := cat.RelationsBetween(table("orders"), table("customers"))
	require.Len(t, ways, 2)
	require.Equal(t, "bought_by", ways[0].Key.Name)
	require.False(t, ways[0].Many)

	ways = cat.RelationsBetween(table("customers"), table("orders"))
	require.Len(t, ways, 2)
	require.True(t, ways[0].Many, "a partial unique index does not make a key unique")
	require.True(t, ways[1].Many)

	ways = cat.RelationsBetween(table("customers"), table("profiles"))
	require.Len(t, ways, 1)
	require.False(t, ways[0].Many)
	require.True(t, ways[0].Reverse)

	ways = cat.RelationsBetween(table("orders"), table("products"))
	require.Len(t, ways, 1)
	require.Equal(t, "order_lines", ways[0].Key.From.Name)
	require.Equal(t, table("products"), ways[0].Target())
}

func TestFunctions(t *testing.T) {
	t.Parallel()
	cat, _ := load(t, shop)

	add := cat.Functions("public", "add")
	require.Len(t, add, 1)
	require.Equal(t, catalog.Immutable, add[0].Volatility)
	require.True(t, add[0].Variadic)
	require.Equal(t, "integer", add[0].ReturnsName)
	require.Equal(t, []bool{false, true, true},
		[]bool{add[0].Args[0].Default, add[0].Args[1].Default, add[0].Args[2].Default})
	require.Equal(t, catalog.ModeVariadic, add[0].Args[2].Mode)

	pairs := cat.Functions("public", "pairs")
	require.True(t, pairs[0].Set)
	require.Equal(t, catalog.ModeTable, pairs[0].Args[2].Mode)
	require.False(t, pairs[0].Args[2].Input())
}

func TestVersionFollowsTheSchema(t *testing.T) {
	t.Parallel()
	cat, db := load(t, shop)

	again, err := catalog.Load(t.Context(), db)
	require.NoError(t, err)
	require.Equal(t, cat.Version, again.Version)

	_, err = db.Exec(t.Context(), "INSERT INTO products VALUES (1, 'x'); ANALYZE products")
	require.NoError(t, err)
	again, err = catalog.Load(t.Context(), db)
	require.NoError(t, err)
	require.Equal(t, cat.Version, again.Version, "statistics are not schema")

	_, err = db.Exec(t.Context(), "ALTER TABLE products ADD COLUMN price numeric")
	require.NoError(t, err)
	again, err = catalog.Load(t.Context(), db)
	require.NoError(t, err)
	require.NotEqual(t, cat.Version, again.Version)
}

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"customers", "orders", "order_lines", "id"}
	for _, tc := range []struct{ name, want string }{
		{"customer", "customers"},
		{"cusotmers", "customers"},
		{"orderLines", "order_lines"},
		{"ID", "id"},
		{"invoices", ""},
		{"x", ""},
	} {
		got, _ := catalog.Nearest(tc.name, names)
		require.Equal(t, tc.want, got, tc.name)
	}
}

func TestFunctionsDescribeThemselves(t *testing.T) {
	t.Parallel()
	cat, _ := load(t, shop+`
		CREATE TYPE spot AS (street text, zip int);
		CREATE FUNCTION spots(n int, OUT a int, INOUT b text) RETURNS SETOF record STABLE LANGUAGE sql AS $$ SELECT n, b $$;
		CREATE FUNCTION near(s spot) RETURNS void LANGUAGE sql AS ''`)
	add, pairs := cat.Functions("public", "add")[0], cat.Functions("public", "pairs")[0]
	require.Equal(t, "public.add(a integer, [b integer], [VARIADIC rest integer[]])", add.Signature())
	require.Len(t, add.Inputs(), 3)
	require.True(t, add.Takes("rest") && add.Spreads("rest") && !add.Spreads("a") && !add.Takes("c"))
	require.Empty(t, add.Outputs())
	require.False(t, add.Void())

	require.False(t, pairs.Takes("x"))
	require.Len(t, pairs.Outputs(), 2)
	spots := cat.Functions("public", "spots")[0]
	require.Len(t, spots.Inputs(), 2)
	require.Len(t, spots.Outputs(), 2)
	near := cat.Functions("public", "near")[0]
	require.True(t, near.Void())
	spot, ok := cat.TypeByID(near.Args[0].Type)
	require.True(t, ok)
	composite, ok := cat.ByID(spot.Relation)
	require.True(t, ok)
	require.Equal(t, catalog.Composite, composite.Kind)
	require.Len(t, composite.Columns, 2)
	_, ok = cat.Table("public", "spot")
	require.False(t, ok, "a type is no table")
	require.Contains(t, cat.FunctionNames("public"), "spots")
}
