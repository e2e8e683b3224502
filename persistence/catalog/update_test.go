package catalog_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"athena/persistence/catalog"
	"athena/persistence/dbtest"
	"athena/persistence/migrate"
)

// follower keeps a catalog up to date by what the database tells.
type follower struct {
	t         *testing.T
	db, heard *pgx.Conn
	cat       *catalog.Catalog
	begun     int // transactions
}

// Begin counts the transactions of the catalog.
func (f *follower) Begin(ctx context.Context) (pgx.Tx, error) {
	f.begun++
	return f.db.Begin(ctx)
}

func follow(t *testing.T, sql ...string) *follower {
	t.Helper()
	uri := dbtest.Client(t)
	permitted, err := migrate.Watch(t.Context(), uri, true)
	require.NoError(t, err)
	require.True(t, permitted)
	f := &follower{t: t}
	for _, conn := range []**pgx.Conn{&f.db, &f.heard} {
		*conn, err = pgx.Connect(t.Context(), uri)
		require.NoError(t, err)
		t.Cleanup(func() { _ = (*conn).Close(t.Context()) })
	}
	for _, text := range append([]string{"SET search_path = public"}, sql...) {
		_, err = f.db.Exec(t.Context(), text)
		require.NoError(t, err)
	}
	_, err = f.heard.Exec(t.Context(), "LISTEN athena_schema_changed")
	require.NoError(t, err)
	f.cat, err = catalog.Load(t.Context(), f.db)
	require.NoError(t, err)
	return f
}

// change does a change and takes up what is told of it; it reports whether that was
// objects alone, and whether these were read alone.
func (f *follower) change(sql string) (told, alone bool) {
	f.t.Helper()
	for _, text := range []string{sql, "NOTIFY athena_schema_changed, 'mark'"} {
		_, err := f.db.Exec(f.t.Context(), text)
		require.NoError(f.t, err, text)
	}
	var all catalog.Objects
	told = true
	for {
		n, err := f.heard.WaitForNotification(f.t.Context())
		require.NoError(f.t, err)
		if n.Payload == "mark" {
			break
		}
		objects, ok := catalog.ParseObjects(n.Payload)
		told = told && ok
		all.Add(objects)
	}
	before := f.cat.Whole()
	old := f.cat
	f.begun = 0
	var err error
	if told {
		f.cat, err = catalog.Update(f.t.Context(), f, f.cat, all)
	} else {
		f.cat, err = catalog.Load(f.t.Context(), f.db)
	}
	require.NoError(f.t, err, sql)
	require.Equal(f.t, before, old.Whole(), "what is in use does not change: %s", sql)
	return told, told && f.begun == 1
}

// same compares with the schema read whole.
func (f *follower) same(sql string) {
	f.t.Helper()
	whole, err := catalog.Load(f.t.Context(), f.db)
	require.NoError(f.t, err)
	want, got := whole.Whole(), f.cat.Whole()
	require.Contains(f.t, want["relations"], "public.customers")
	for name := range want {
		require.Equal(f.t, want[name], got[name], "%s after %s", name, sql)
	}
}

// changes are every kind of change of a schema, one after the other.
var changes = []struct {
	sql   string
	whole bool // more than objects are told
	far   bool // what is told reaches far
}{
	{sql: "CREATE TABLE made (id serial PRIMARY KEY, n int, at timestamptz DEFAULT now())"},
	{sql: "ALTER TABLE made ADD COLUMN customer bigint REFERENCES customers ON DELETE CASCADE, ADD UNIQUE (n)"},
	{sql: "ALTER TABLE made RENAME COLUMN n TO m"},
	{sql: "ALTER TABLE made ALTER COLUMN m TYPE bigint, ALTER COLUMN m SET DEFAULT 7, ALTER COLUMN m SET NOT NULL"},
	{sql: "ALTER TABLE made ALTER COLUMN m DROP DEFAULT, DROP CONSTRAINT made_n_key"},
	{sql: "COMMENT ON TABLE made IS 'x'; COMMENT ON COLUMN made.m IS 'y'"},
	{sql: "ALTER TABLE customers RENAME COLUMN id TO number"},
	{sql: "ALTER TABLE customers RENAME COLUMN number TO id"},
	{sql: "ALTER TABLE made RENAME TO remade"},
	{sql: "ALTER TABLE remade RENAME CONSTRAINT made_customer_fkey TO owned_by"},
	{sql: "CREATE INDEX ON remade (m); CREATE UNIQUE INDEX remade_m ON remade (m)"},
	{sql: "ALTER INDEX remade_m RENAME TO remade_m2"},
	{sql: "DROP INDEX remade_m2"},
	{sql: "ALTER TABLE remade DROP COLUMN customer"},
	{sql: "CREATE TABLE lines (made int REFERENCES remade, author int REFERENCES authors, PRIMARY KEY (made, author))"},
	{sql: "CREATE VIEW shown AS SELECT made AS m, author FROM lines; CREATE VIEW again AS SELECT m FROM shown"},
	{sql: "CREATE OR REPLACE VIEW shown AS SELECT made AS m, author, now() AS at FROM lines"},
	{sql: "ALTER VIEW shown RENAME COLUMN m TO mm"},
	{sql: "ALTER VIEW again RENAME TO once_more"},
	{sql: "CREATE MATERIALIZED VIEW stored AS SELECT * FROM lines; CREATE UNIQUE INDEX ON stored (made, author)"},
	{sql: "CREATE FUNCTION of_made(r remade) RETURNS SETOF lines STABLE LANGUAGE sql AS 'SELECT * FROM lines WHERE made = r.id'"},
	{sql: "CREATE OR REPLACE FUNCTION of_made(r remade) RETURNS SETOF lines STABLE LANGUAGE sql AS 'SELECT * FROM lines'"},
	{sql: "CREATE FUNCTION of_made(r remade, n int) RETURNS int LANGUAGE sql AS 'SELECT 1'"},
	{sql: "ALTER TABLE remade RENAME TO \"Made anew\""},
	{sql: "ALTER FUNCTION of_made(\"Made anew\", int) IMMUTABLE", far: true},
	{sql: "ALTER FUNCTION of_made(\"Made anew\", int) RENAME TO other_of_made", far: true},
	{sql: "DROP FUNCTION other_of_made(\"Made anew\", int)"},
	{sql: "CREATE TYPE colour AS ENUM ('red'); ALTER TYPE colour ADD VALUE 'blue'"},
	{sql: "CREATE TABLE painted (c colour DEFAULT 'red', cs colour[])"},
	{sql: "ALTER TYPE colour RENAME TO color; ALTER TYPE color RENAME VALUE 'red' TO 'dark red'", far: true},
	{sql: "CREATE TYPE pair AS (a int, b color); CREATE TABLE pairs_of (p pair, ps pair[])"},
	{sql: "ALTER TYPE pair ADD ATTRIBUTE c text"},
	{sql: "CREATE DOMAIN few AS int DEFAULT 3; CREATE TABLE somewhat (n few)"},
	{sql: "ALTER DOMAIN few DROP DEFAULT"},
	{sql: "CREATE TYPE \"Pair\" AS (y int); CREATE TYPE \"PAIR\" AS (z int)"},
	{sql: "DROP TYPE \"PAIR\""},
	{sql: "DROP TYPE pair CASCADE"},
	{sql: "CREATE DOMAIN \"a/b\" AS text; CREATE FUNCTION ab(s text, n somewhat) RETURNS \"a/b\" LANGUAGE sql AS 'SELECT s'"},
	{sql: "CREATE AGGREGATE ab(somewhat) (sfunc = ab, stype = \"a/b\"); CREATE AGGREGATE plain(int) (sfunc = int4pl, stype = int)"},
	{sql: "ALTER AGGREGATE ab(somewhat) RENAME TO cd", far: true},
	{sql: "ALTER DOMAIN \"a/b\" RENAME TO \"a/c\"", far: true},
	{sql: "DROP AGGREGATE cd(somewhat)"},
	{sql: "CREATE TRIGGER touched BEFORE INSERT ON somewhat FOR EACH ROW EXECUTE FUNCTION touch()"},
	{sql: "DROP TRIGGER touched ON somewhat"},
	{sql: "ALTER TABLE somewhat ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON somewhat USING (n IN (SELECT id FROM authors))"},
	{sql: "DROP POLICY p ON somewhat"},
	{sql: "CREATE RULE quiet AS ON DELETE TO somewhat DO INSTEAD NOTHING"},
	{sql: "DROP RULE quiet ON somewhat"},
	{sql: "CREATE TABLE parted (id int PRIMARY KEY, at int) PARTITION BY RANGE (id); CREATE TABLE part_1 PARTITION OF parted FOR VALUES FROM (0) TO (10)"},
	{sql: "CREATE TABLE to_parted (id int REFERENCES parted ON DELETE CASCADE)"},
	{sql: "CREATE TABLE part_2 PARTITION OF parted FOR VALUES FROM (10) TO (20)"},
	{sql: "ALTER TABLE parted ADD COLUMN more text, ADD COLUMN author int REFERENCES authors"},
	{sql: "ALTER TABLE parted DETACH PARTITION part_2"},
	{sql: "ALTER TABLE parted ATTACH PARTITION part_2 FOR VALUES FROM (10) TO (20)"},
	{sql: "CREATE UNIQUE INDEX ON parted (id, at); ALTER TABLE parted ALTER COLUMN at SET DEFAULT 5"},
	{sql: "CREATE TRIGGER touched BEFORE INSERT ON parted FOR EACH ROW EXECUTE FUNCTION touch()"},
	{sql: "CREATE TABLE child (own int) INHERITS (authors)"},
	{sql: "ALTER TABLE authors ADD COLUMN born date"},
	{sql: "DROP TABLE parted, to_parted"},
	{sql: "ALTER TABLE child NO INHERIT authors"},
	{sql: "CREATE SCHEMA second; ALTER TABLE painted SET SCHEMA second", whole: true},
	{sql: "CREATE SEQUENCE counted; CREATE TABLE counting (n int DEFAULT nextval('counted'))"},
	{sql: "ALTER SEQUENCE counted RENAME TO recounted", whole: true},
	{sql: "ALTER TABLE recounted RENAME TO counted", whole: true},
	{sql: "CREATE TABLE named_by (r regclass DEFAULT 'authors'::regclass)"},
	{sql: "ALTER TABLE authors RENAME TO writers", far: true},
	{sql: "GRANT SELECT ON writers TO PUBLIC"},
	{sql: "CREATE EXTENSION citext", whole: true},
	{sql: "DROP EXTENSION citext", whole: true},
	{sql: "DROP TABLE writers CASCADE"},
	{sql: "DROP VIEW shown CASCADE"},
	{sql: "SELECT 1 AS id, 2 AS n INTO selected"},
	{sql: "BEGIN; CREATE TABLE swap (a int); ALTER TABLE selected RENAME TO gone; ALTER TABLE swap RENAME TO selected; COMMIT"},
	{sql: "DROP SCHEMA second CASCADE"},
}

// TestUpdate: a catalog that follows every kind of change object by object is the same
// as one that is read whole.
func TestUpdate(t *testing.T) {
	t.Parallel()
	f := follow(t, shop, views)
	for _, tc := range changes {
		told, alone := f.change(tc.sql)
		require.Equal(t, tc.whole, !told, "what is told of %s", tc.sql)
		require.Equal(t, !tc.whole && !tc.far, alone, "what is read after %s", tc.sql)
		f.same(tc.sql)
	}
}

func TestParseObjects(t *testing.T) {
	t.Parallel()
	got, ok := catalog.ParseObjects("r1 f4294967295 r2 t3 i4")
	require.True(t, ok)
	require.Equal(t, catalog.Objects{Relations: []uint32{1, 2}, Functions: []uint32{4294967295}, Types: []uint32{3}, Indexes: []uint32{4}}, got)
	none, ok := catalog.ParseObjects("-")
	require.True(t, ok)
	require.Empty(t, none)
	for _, told := range []string{"", "*", "r", "r1  r2", "x1", "r-1", "r4294967296", "r1 *", " "} {
		_, ok := catalog.ParseObjects(told)
		require.False(t, ok, told)
	}
}
