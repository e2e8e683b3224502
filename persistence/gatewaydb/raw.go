package gatewaydb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"athena/persistence"
	"athena/persistence/lane"
	"athena/persistence/sqltext"
	"athena/wire"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

const retryAfter = time.Second

// Raw is a caller's own SQL: one statement.
type Raw struct {
	SQL    string
	Params []sqltext.Value
	// Schema goes before public on the search path of this statement alone.
	Schema string
	// ReadOnly has the database refuse a statement that writes.
	ReadOnly bool
}

// Query runs a caller's own SQL on a connection of its own and gives its rows. A
// statement that changes the schema is seen by the requests after it.
func (s *Store) Query(ctx context.Context, raw Raw) (Result, error) {
	if err := checkRaw(raw.SQL); err != nil {
		return Result{}, err
	}
	if o := onceOf(ctx); o != nil && o.Done != nil {
		result, _, err := before(ctx)
		s.wroteRaw(nil, &raw) // whoever did it may not have lived to tell
		if changesSchema(raw.SQL, result.Tag) {
			s.announce(ctx)
			s.Reread()
		}
		return result, err
	}
	began := time.Now()
	result, err := s.runRaw(ctx, raw)
	for attempt := 1; attempt < attempts && raw.ReadOnly && persistence.Undone(err); attempt++ {
		result, err = s.runRaw(ctx, raw)
	}
	s.wroteRaw(err, &raw)
	if err != nil {
		return Result{}, explainRaw(err, raw.ReadOnly)
	}
	// The connection is free again: reading the schema needs one, too.
	if changesSchema(raw.SQL, result.Tag) {
		if err := s.altered(ctx, began); err != nil {
			result.Release()
			return Result{}, err
		}
	}
	return result, nil
}

// altered reads a schema that this process has changed, and tells the others. What
// is done is done: where they cannot be told, they find out by themselves later.
func (s *Store) altered(ctx context.Context, since time.Time) error {
	s.announce(ctx)
	return s.Changed(ctx, since)
}

// announce tells other processes that the schema was changed.
func (s *Store) announce(ctx context.Context) {
	if s.options.Announce == nil {
		return
	}
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	if err := s.options.Announce(bound); err != nil {
		s.options.Log.Warn("changed schema not announced", "error", err)
	}
}

// checkRaw refuses what the protocol of one statement and its rows cannot carry.
// The rest is the server's to judge.
func checkRaw(sql string) error {
	if strings.IndexByte(sql, 0) >= 0 {
		return wire.Fail(wire.InvalidSQL, "query must not contain NUL characters").At("query")
	}
	switch verb := firstWord(sql); {
	case verb == "":
		return wire.Fail(wire.InvalidSQL, "query holds no statement").At("query")
	case strings.EqualFold(verb, "COPY"): // it would wait for data that never comes
		return wire.Fail(wire.InvalidSQL, "COPY is not possible in a query").At("query").
			WithHint("insert rows with /gateway/insert, or read them with SELECT")
	}
	return nil
}

// firstWord is what a statement begins with, behind blanks, semicolons and
// comments.
func firstWord(sql string) string {
	for {
		sql = strings.TrimLeft(sql, " \t\r\n\f\v;")
		switch {
		case strings.HasPrefix(sql, "--"):
			_, sql, _ = strings.Cut(sql, "\n")
		case strings.HasPrefix(sql, "/*"):
			sql = afterComment(sql)
		default:
			end := strings.IndexFunc(sql, func(r rune) bool { return !unicode.IsLetter(r) && r != '_' })
			if end < 0 {
				return sql
			}
			return sql[:max(end, min(1, len(sql)))]
		}
	}
}

// afterComment is what follows a comment, in which others may be nested.
func afterComment(sql string) string {
	depth := 0
	for i := 0; i+1 < len(sql); i++ {
		switch sql[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				return sql[i+1:]
			}
		}
	}
	return ""
}

func (s *Store) runRaw(ctx context.Context, raw Raw) (Result, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return Result{}, acquireProblem(ctx, err)
	}
	var tag pgconn.CommandTag
	defer func() { release(conn, tag) }()
	pg := conn.Conn().PgConn()
	if err := setPath(ctx, pg, raw.Schema); err != nil {
		return Result{}, err
	}
	described, err := pg.Prepare(ctx, "", raw.SQL, nil)
	if err != nil {
		return Result{}, err
	}
	args, err := rawArgs(conn.Conn().TypeMap(), described.ParamOIDs, raw.Params)
	if err != nil {
		return Result{}, err
	}
	switch {
	case Rehearses(ctx):
		return Result{}, ErrRehearsed
	case raw.ReadOnly:
		err = beginReading(ctx, pg)
	case onceOf(ctx) != nil:
		err = command(ctx, pg, beginReadWrite)
	}
	if err != nil {
		return Result{}, err
	}
	buffer := buffers.Get().(*[]byte)
	q := lane.Query{Plan: &lane.Plan{SQL: raw.SQL}, Args: args, MaxBytes: s.options.MaxAnswer}
	r, err := lane.Exec(ctx, pg, s.types.Load(), q, (*buffer)[:0])
	if err != nil {
		return Result{}, err
	}
	tag = r.Tag
	ran := result(r, buffer)
	if onceOf(ctx) != nil {
		return ran, commitRaw(ctx, pg, &ran)
	}
	if pg.TxStatus() != 'I' && !raw.ReadOnly {
		return Result{}, wire.Fail(wire.InvalidSQL, "a query cannot begin a transaction of its own").At("query").
			WithHint("send one statement; it is a transaction by itself")
	}
	return ran, nil
}

// setPath puts a schema before public until the session is reset.
func setPath(ctx context.Context, pg *pgconn.PgConn, schema string) error {
	if schema == "" {
		return nil
	}
	path := sqltext.Ident(schema) + ", public"
	set := pg.ExecParams(ctx, "SELECT set_config('search_path', $1, false) FROM pg_namespace WHERE nspname = $2",
		[][]byte{[]byte(path), []byte(schema)}, nil, nil, nil).Read()
	if set.Err == nil && len(set.Rows) == 0 {
		return wire.Fail(wire.UnknownTable, "there is no schema %.63q", schema).At("schema_name")
	}
	return set.Err
}

// rawArgs writes the parameters as text; a JSON array becomes an array literal
// where the statement wants an array.
func rawArgs(types *pgtype.Map, oids []uint32, params []sqltext.Value) ([][]byte, error) {
	if len(oids) != len(params) {
		return nil, wire.Fail(wire.InvalidRequest, "the query has %d parameters, but params has %d values", len(oids), len(params)).At("params")
	}
	args := make([][]byte, len(params))
	for i := range params {
		typ, known := types.TypeForOID(oids[i])
		array := false
		if known {
			_, array = typ.Codec.(*pgtype.ArrayCodec)
		}
		args[i] = sqltext.Arg(&params[i], array)
	}
	return args, nil
}

// changesSchema tells by the command tag whether a statement may have been DDL. A
// table made of a query goes by the tag of the query.
func changesSchema(sql string, tag pgconn.CommandTag) bool {
	switch firstWord(tag.String()) {
	case "CREATE", "ALTER", "DROP", "COMMENT", "GRANT", "REVOKE", "IMPORT", "DO", "CALL", "REFRESH":
		return true
	case "SELECT":
		sql = strings.ToUpper(sql)
		return strings.Contains(sql, "INTO") || strings.Contains(sql, "CREATE")
	}
	return false
}

// explainRaw explains a refusal of a caller's own SQL; where it stands in the text
// helps.
func explainRaw(err error, read bool) error {
	explained := explainAs(err, read)
	var refused *pgconn.PgError
	p, ok := wire.AsProblem(explained)
	if !ok || !errors.As(err, &refused) {
		return explained
	}
	if refused.Position > 0 {
		p.Detail = fmt.Sprintf("%s (at character %d)", p.Detail, refused.Position)
	}
	switch {
	case p.Field != "":
	case refused.Position > 0 || refused.Code == "42601": // a syntax error without a place
		p.Field = "query"
	case strings.HasPrefix(refused.Code, "22") && lastParam(refused.Where) > 0:
		p.Field = "params"
	}
	return explained
}

// lastParam is where the digits of the last "$n" in a text begin, or -1.
func lastParam(text string) int {
	if i := strings.LastIndexByte(text, '$'); i >= 0 {
		return i + 1
	}
	return -1
}
