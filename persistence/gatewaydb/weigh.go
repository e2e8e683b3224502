package gatewaydb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"athena/persistence/lane"
	"athena/persistence/sqltext"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// endTimeout bounds the end of a transaction whose caller may have left.
const endTimeout = 5 * time.Second

// Verdict judges what a statement did before it is kept. An error undoes it and
// becomes the answer; without keep it is undone, and answered as if it were not.
type Verdict func(Result) (keep bool, err error)

// Weigh runs a statement in a transaction of its own, which the verdict ends.
func (s *Store) Weigh(ctx context.Context, st *Statement, verdict Verdict) (Result, error) {
	if result, settled, err := before(ctx); settled {
		if err == nil { // whoever did it may not have lived to tell
			s.wrote(nil, st)
		}
		return result, err
	}
	result, err := retried(func() (Result, error) { return s.inside(ctx, st, beginReadWrite, verdict) })
	s.wrote(err, st)
	return result, st.explain(err)
}

// The transactions that a statement can run inside.
const (
	beginReadWrite = "BEGIN"
	beginReadOnly  = "BEGIN READ ONLY"
)

// inside runs a statement in a transaction.
func (s *Store) inside(ctx context.Context, st *Statement, begin string, verdict Verdict) (Result, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return Result{}, acquireProblem(ctx, err)
	}
	defer leave(conn, st)
	pg := conn.Conn().PgConn()
	if err := st.mode.begin(ctx, pg, begin, st.functions); err != nil {
		return Result{}, err
	}
	buffer := buffers.Get().(*[]byte)
	r, err := lane.Exec(ctx, pg, s.types.Load(), st.query(s.options.MaxAnswer), (*buffer)[:0])
	if err != nil {
		return Result{}, s.rollback(ctx, pg, err)
	}
	weighed := result(r, buffer)
	keep := false
	if err = st.told(ctx, pg, &weighed); err == nil {
		keep, err = verdict(weighed)
	}
	return s.conclude(ctx, pg, weighed, keep, err)
}

// conclude ends a transaction as its verdict has it. What a commit would have refused is
// refused all the same where everything is undone.
func (s *Store) conclude(ctx context.Context, pg *pgconn.PgConn, weighed Result, keep bool, err error) (Result, error) {
	switch {
	case err == nil && keep:
		err = note(ctx, pg, &weighed)
	case err == nil:
		err = command(ctx, pg, "SET CONSTRAINTS ALL IMMEDIATE")
	}
	if err != nil || !keep {
		err = s.rollback(ctx, pg, err)
	} else {
		err = command(ctx, pg, "COMMIT")
	}
	if err != nil {
		weighed.Release()
		return Result{}, err
	}
	return weighed, nil
}

// begin begins a transaction with its settings, and with the search path of the mode where
// functions are to find names by it. A connection with one that failed to begin is not
// used again.
func (m Mode) begin(ctx context.Context, pg *pgconn.PgConn, sql string, functions bool) error {
	if err := command(ctx, pg, sql); err != nil || !m.own() && !functions {
		return err
	}
	var calls []string
	var args [][]byte
	set := func(setting, value string) {
		if value != "" {
			args = append(args, []byte(value))
			calls = append(calls, fmt.Sprintf("set_config('%s', $%d, true)", setting, len(args)))
		}
	}
	set("timezone", m.Zone)
	if functions {
		set("search_path", m.searchPath())
	}
	if x := m.Exchange; x != nil {
		set("request.method", x.Method)
		set("request.path", x.Path)
		set("request.headers", x.Headers)
	}
	return pg.ExecParams(ctx, "SELECT "+strings.Join(calls, ", "), args, nil, nil, nil).Read().Err
}

// searchPath is the path on which functions find names, empty for that of the database.
func (m Mode) searchPath() string {
	if len(m.Path) == 0 || m.Path[0] == public {
		return ""
	}
	names := make([]string, len(m.Path), len(m.Path)+1)
	for i, schema := range m.Path {
		names[i] = sqltext.Ident(schema)
	}
	return strings.Join(append(names, public), ", ")
}

const public = "public"

// leave gives a connection back after a transaction, which costs the connection
// where it is still open. A function may have done things to its session.
func leave(conn *pgxpool.Conn, st *Statement) {
	if st.sql.Function != nil || st.mode.Exchange != nil {
		release(conn, pgconn.CommandTag{})
		return
	}
	conn.Release()
}

// rollback ends a transaction that failed for a cause; where even that fails, the
// connection goes, and the transaction with it.
func (s *Store) rollback(ctx context.Context, pg *pgconn.PgConn, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	if err := command(ctx, pg, "ROLLBACK"); err != nil && cause == nil {
		return err
	}
	return cause
}

// command runs a statement without rows. A COMMIT that the server turned into a
// rollback is an error: what was answered would be gone.
func command(ctx context.Context, pg *pgconn.PgConn, sql string) error {
	results, err := pg.Exec(ctx, sql).ReadAll()
	if err != nil {
		return err
	}
	if tag := results[0].CommandTag.String(); !strings.HasPrefix(sql, tag) {
		return fmt.Errorf("gatewaydb: %s was answered by %s", sql, tag)
	}
	return nil
}
