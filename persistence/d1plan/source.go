package d1plan

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"athena/persistence/pgparse"
	"athena/wire"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// piece is one statement of the source.
type piece struct {
	// start and end are its first byte and the one after its last, without the
	// comments and spaces around it.
	start, end int
	sql        string
	tree       *pg.Node
	err        error // why it cannot be read
	// folded is the statement that says what this one does; -1 where none does.
	folded int
	// guarded says that the source lets it pass where its object exists.
	guarded bool
	// rows are those of a COPY.
	rows *string
}

// split finds the statements of the source, each with its tree or with why it has
// none.
func split(sql string) []piece {
	switch {
	case strings.IndexByte(sql, 0) >= 0:
		return []piece{whole(sql, errors.New("the SQL holds a NUL character"))}
	case !utf8.ValidString(sql):
		return []piece{whole(sql, errors.New("the SQL is not UTF-8"))}
	}
	source, rows := blanked(sql)
	pieces := parts(source)
	for i := range pieces {
		p := &pieces[i]
		p.sql = sql[p.start:p.end]
		if p.err != nil {
			continue
		}
		p.unguard()
		if given, is := rows[p.start]; is {
			p.rows = &given
		}
	}
	return pieces
}

// parts splits what holds nothing but SQL.
func parts(sql string) []piece {
	scanned, err := pgparse.Scan(sql)
	if err != nil {
		return []piece{whole(sql, err)}
	}
	tokens := plain(scanned)
	tree, err := pgparse.Parse(sql)
	if err != nil {
		return each(sql, tokens)
	}
	var pieces []piece
	for _, raw := range tree.Stmts {
		start, end := int(raw.StmtLocation), int(raw.StmtLocation+raw.StmtLen)
		if raw.StmtLen == 0 {
			end = len(sql)
		}
		if from, to, any := within(tokens, start, end); any {
			pieces = append(pieces, piece{start: from, end: to, sql: sql[from:to], tree: raw.Stmt, folded: -1})
		}
	}
	return limited(sql, pieces)
}

func limited(sql string, pieces []piece) []piece {
	if len(pieces) > MaxStatements {
		return []piece{whole(sql, fmt.Errorf("there are %d statements, and at most %d are converted at a time", len(pieces), MaxStatements))}
	}
	return pieces
}

func whole(sql string, err error) piece {
	return piece{end: len(sql), sql: sql, err: err, folded: -1}
}

// plain leaves comments out.
func plain(tokens []*pg.ScanToken) []*pg.ScanToken {
	var list []*pg.ScanToken
	for _, t := range tokens {
		if t.Token != pg.Token_SQL_COMMENT && t.Token != pg.Token_C_COMMENT {
			list = append(list, t)
		}
	}
	return list
}

// within gives the bytes from the first to the last token of a range, a last
// semicolon left out.
func within(tokens []*pg.ScanToken, start, end int) (from, to int, any bool) {
	first := sort.Search(len(tokens), func(i int) bool { return int(tokens[i].Start) >= start })
	after := sort.Search(len(tokens), func(i int) bool { return int(tokens[i].Start) >= end })
	for after > first && tokens[after-1].Token == pg.Token_ASCII_59 {
		after--
	}
	for first < after && tokens[first].Token == pg.Token_ASCII_59 {
		first++
	}
	if first >= after {
		return 0, 0, false
	}
	return int(tokens[first].Start), int(tokens[after-1].End), true
}

// each reads the statements one by one, for a source of which one is wrong.
func each(sql string, tokens []*pg.ScanToken) []piece {
	var pieces []piece
	start, depth := 0, 0
	add := func(end int) {
		if from, to, any := within(tokens, start, end); any {
			pieces = append(pieces, alone(sql, from, to))
		}
	}
	for _, t := range tokens {
		switch t.Token {
		case pg.Token_ASCII_40:
			depth++
		case pg.Token_ASCII_41:
			depth--
		case pg.Token_ASCII_59:
			if depth > 0 {
				continue
			}
			add(int(t.Start))
			start = int(t.End)
		}
	}
	add(len(sql))
	if pieces = limited(sql, pieces); !anyWrong(pieces) {
		return []piece{whole(sql, errors.New("the SQL cannot be read as it is split into statements"))}
	}
	return pieces
}

func anyWrong(pieces []piece) bool {
	for i := range pieces {
		if pieces[i].err != nil {
			return true
		}
	}
	return false
}

func alone(sql string, from, to int) piece {
	p := piece{start: from, end: to, sql: sql[from:to], folded: -1}
	tree, err := pgparse.Parse(p.sql)
	switch {
	case err != nil:
		p.err = err
	case len(tree.Stmts) != 1:
		p.err = errors.New("the statement cannot be read alone")
	default:
		p.tree = tree.Stmts[0].Stmt
	}
	return p
}

// lines finds the line of a byte.
type lines []int // the first byte of each

func newLines(sql string) lines {
	all := lines{0}
	for i := range len(sql) {
		if sql[i] == '\n' {
			all = append(all, i+1)
		}
	}
	return all
}

func (l lines) place(offset int) (line, column int) {
	line = sort.Search(len(l), func(i int) bool { return l[i] > offset })
	return line, offset - l[line-1] + 1
}

func (l lines) span(index, start, end int) wire.D1Range {
	r := wire.D1Range{StatementIndex: index}
	r.StartLine, r.StartColumn = l.place(start)
	r.EndLine, r.EndColumn = l.place(end)
	return r
}
