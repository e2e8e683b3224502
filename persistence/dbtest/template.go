package dbtest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"athena/persistence/migrate"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// template is a database that is made once for the process and only copied.
type template struct {
	once sync.Once
	name string
	err  error
}

var templates sync.Map // name → *template

// Template makes a database for this test that is a copy of the one that fill
// made. fill runs once for each name in the test process, in an empty database,
// and has to close what it opened; what it leaves open is cut. Copying takes
// a fraction of what migrating does.
func Template(t testing.TB, name string, fill func(uri string) error) string {
	t.Helper()
	s := shared(t)
	entry, _ := templates.LoadOrStore(name, &template{})
	tpl := entry.(*template)
	tpl.once.Do(func() {
		// Also when fill ends the goroutine, as a failing assertion does.
		tpl.err = fmt.Errorf("template %s was not finished", name)
		tpl.name = nextName()
		tpl.err = tpl.make(s, s.database(t, tpl.name), fill)
	})
	require.NoError(t, tpl.err, "template database %s", name)
	return create(t, s, tpl.name)
}

// Control makes a control database of this version for this test.
func Control(t testing.TB) string {
	t.Helper()
	return Template(t, "control", func(uri string) error { return migrate.Control(context.Background(), uri) })
}

// Client makes a client's database of this version for this test: with the tables
// of ours that chat, sessions and transactions need, and none of the client's own.
func Client(t testing.TB) string {
	t.Helper()
	return Template(t, "client", func(uri string) error { return migrate.Client(context.Background(), uri) })
}

func (tpl *template) make(s server, uri string, fill func(uri string) error) error {
	if err := s.exec(createSQL(tpl.name, "template0")); err != nil {
		return err
	}
	if err := fill(uri); err != nil {
		return err
	}
	// A database can be copied only while nobody is connected to it.
	ident := pgx.Identifier{tpl.name}.Sanitize()
	return s.exec(
		"ALTER DATABASE "+ident+" ALLOW_CONNECTIONS false",
		"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '"+tpl.name+"'",
	)
}
