package lane

import (
	"container/list"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// statement is a prepared statement of one lane.
type statement struct {
	name string
	sql  string
	// description is what the server said of one that a pooled connection keeps.
	description *pgconn.StatementDescription

	// What follows belongs to the lane's reader.
	columns columns
	ready   bool   // the server has prepared it
	failed  error  // why the server did not
	tag     string // the last command tag, so that the same one costs nothing
}

// describe keeps what a RowDescription says of the result.
func (st *statement) describe(body []byte) error {
	var description pgproto3.RowDescription
	if err := description.Decode(body); err != nil {
		return fmt.Errorf("row description: %w", err)
	}
	st.columns = columns{}
	for _, f := range description.Fields {
		st.columns.names = append(st.columns.names, string(f.Name))
		st.columns.oids = append(st.columns.oids, f.DataTypeOID)
	}
	return nil
}

// statements are the prepared statements of one lane by text. Beyond its limit
// the one that was not used for longest goes. They are guarded by the lane's
// lock, which is held while the messages are queued: the server prepares and
// closes statements in the order in which they came and went here.
type statements struct {
	limit  int
	last   uint64
	recent *list.List // of *statement, the latest first
	byText map[string]*list.Element
}

func newStatements(limit int) *statements {
	return &statements{limit: limit, recent: list.New(), byText: map[string]*list.Element{}}
}

// find gives the statement of that text, if it has been prepared.
func (s *statements) find(sql string) *statement {
	e, ok := s.byText[sql]
	if !ok {
		return nil
	}
	s.recent.MoveToFront(e)
	return e.Value.(*statement)
}

// add names a new statement.
func (s *statements) add(sql string) *statement {
	s.last++
	st := &statement{name: "s" + strconv.FormatUint(s.last, 36), sql: sql}
	s.byText[sql] = s.recent.PushFront(st)
	return st
}

// evict forgets the statement that is beyond the limit, if there is one.
func (s *statements) evict() *statement {
	if s.recent.Len() <= s.limit {
		return nil
	}
	st := s.recent.Back().Value.(*statement)
	s.drop(st)
	return st
}

// drop forgets st and tells whether it was there: another may have taken its
// place meanwhile.
func (s *statements) drop(st *statement) bool {
	e, ok := s.byText[st.sql]
	if !ok || e.Value.(*statement) != st {
		return false
	}
	delete(s.byText, st.sql)
	s.recent.Remove(e)
	return true
}
