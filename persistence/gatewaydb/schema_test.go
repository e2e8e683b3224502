package gatewaydb_test

import (
	"context"
	"testing"
	"time"

	"athena/persistence/gatewaydb"
	"athena/persistence/sqltext"
	"athena/wire"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// outside runs SQL past the store, on a connection that ends with it: the server
// counts at the latest then what the connection did.
func (w *world) outside(sql string) {
	w.t.Helper()
	conn, err := pgx.Connect(w.t.Context(), w.uri)
	require.NoError(w.t, err)
	_, err = conn.Exec(w.t.Context(), sql)
	require.NoError(w.t, err)
	require.NoError(w.t, conn.Close(w.t.Context()))
}

func (w *world) probed() string {
	w.t.Helper()
	probed, err := w.Probe(w.t.Context())
	require.NoError(w.t, err)
	require.NotEmpty(w.t, probed)
	return probed
}

// settled is the probe once everything before has been counted: a change of which
// the server tells comes after all of them.
func (w *world) settled() string {
	w.t.Helper()
	before := w.probed()
	w.outside("CREATE SCHEMA settled; DROP SCHEMA settled")
	require.Eventually(w.t, func() bool { return w.probed() != before }, time.Minute, 10*time.Millisecond)
	return w.probed()
}

func TestChangesFromOutsideAreNoticed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, gatewaydb.Options{})
	for _, ddl := range []string{
		"ALTER TABLE things ADD COLUMN extra int", "CREATE TABLE more (id int PRIMARY KEY)",
		"ALTER TABLE more ADD CONSTRAINT has FOREIGN KEY (id) REFERENCES things", "CREATE TYPE mood AS ENUM ('ok')",
		"ALTER TYPE mood ADD VALUE 'sad'", "COMMENT ON TABLE more IS 'more'", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
		"CREATE OR REPLACE VIEW drawn AS SELECT nextval('tickets') AS number, 1 AS one", "CREATE UNIQUE INDEX ON things (name)",
		"ALTER TABLE things RENAME COLUMN extra TO other", "ALTER TABLE things ALTER COLUMN other SET DEFAULT 7", "DROP TABLE more",
	} {
		before := w.settled()
		w.outside(ddl)
		require.Eventually(t, func() bool { return w.probed() != before }, time.Minute, 10*time.Millisecond, ddl)
	}
	require.NoError(t, w.Check(t.Context()))
	things, ok := w.Catalog().Table("public", "things")
	require.True(t, ok)
	other, ok := things.Column("other")
	require.True(t, ok, "the schema was read again")
	require.Equal(t, "7", other.Default)
	same := w.Catalog()
	require.NoError(t, w.Check(t.Context()))
	require.Same(t, same, w.Catalog())
}

// TestUnknownNamesCostATenthOfTheTimeAtMost: names that do not exist, one after the other,
// do not have a large schema looked at without a pause.
func TestUnknownNamesCostATenthOfTheTimeAtMost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, gatewaydb.Options{})
	w.outside("CREATE TABLE public.latest (id int)")
	read := func() error {
		_, err := w.Prepare(t.Context(), &sqltext.Read{From: sqltext.Name{Table: "latest"}}, public, nil)
		return err
	}
	w.Cost(6*time.Second, 45*time.Second)
	p, ok := wire.AsProblem(read())
	require.True(t, ok)
	require.Equal(t, wire.UnknownTable, p.Code)
	w.Cost(6*time.Second, time.Minute)
	require.NoError(t, read())
}

func TestReadsOfWhatHasChangedAreCompiledAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, gatewaydb.Options{})
	read := &sqltext.Read{From: sqltext.Name{Table: "things"}, Order: []sqltext.Order{{Operand: sqltext.Operand{Name: "id"}}}}
	one := int64(1)
	read.Limit = &one
	require.JSONEq(t, `[{"id":1,"name":"thing 1"}]`, w.rows(read))
	st, err := w.Prepare(t.Context(), read, public, nil)
	require.NoError(t, err)
	w.outside("ALTER TABLE things DROP COLUMN name; ALTER TABLE things ADD COLUMN rank int DEFAULT 5")
	w.Age()
	result, err := w.Run(t.Context(), st)
	require.NoError(t, err)
	require.JSONEq(t, `[{"id":1,"rank":5}]`, string(result.JSON))
	result.Release()

	gone := &sqltext.Read{From: read.From, Items: []sqltext.Item{&sqltext.Column{Operand: sqltext.Operand{Name: "rank"}}}}
	st, err = w.Prepare(t.Context(), gone, public, nil)
	require.NoError(t, err)
	w.outside("ALTER TABLE things DROP COLUMN rank")
	w.Age()
	_, err = w.Run(t.Context(), st)
	require.Error(t, err, "what is not there any more is an error, and no loop")
}

func TestChangesOfThisProcessAreAnnounced(t *testing.T) {
	t.Parallel()
	announced := 0
	w := newWorld(t, gatewaydb.Options{Announce: func(context.Context) error { announced++; return nil }})
	for _, tc := range []struct {
		sql  string
		want int
	}{
		{"SELECT 1", 0}, {"INSERT INTO things VALUES (11)", 0}, {"CREATE TABLE made (id int)", 1}, {"SELECT 1 AS id INTO copied", 2},
		{"DO $$ BEGIN CREATE TABLE done (id int); END $$", 3}, {"/* x */ DROP TABLE made", 4},
	} {
		result, err := w.Query(t.Context(), gatewaydb.Raw{SQL: tc.sql})
		require.NoError(t, err)
		result.Release()
		require.Equal(t, tc.want, announced, tc.sql)
	}
}
