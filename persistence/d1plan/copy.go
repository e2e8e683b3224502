package d1plan

import (
	"regexp"
	"strconv"
	"strings"

	"athena/persistence/pgparse"

	pg "github.com/pganalyze/pg_query_go/v6"
)

const (
	// copyBytes and copyRows bound the INSERT that rows of a COPY are gathered in.
	copyBytes, copyRows = 48_000, 500
)

var (
	copyHead = regexp.MustCompile(`(?im)^COPY [^;\n]*\bFROM stdin\b[^;\n]*;\r?\n`)
	copyEnd  = regexp.MustCompile(`(?m)^\\\.\r?$`)
	// psqlLine is a command to psql that dumps hold and that says nothing of data.
	psqlLine = regexp.MustCompile(`(?m)^\\(?:un)?restrict [0-9A-Za-z]+\r?$`)
)

// blanked is the source with spaces in place of what is not SQL: the rows of COPY, by
// where its statement starts, and lines that only psql reads. Every other byte keeps
// its place.
func blanked(sql string) (string, map[int]string) {
	text, rows := []byte(sql), map[int]string{}
	for at := 0; ; {
		head := copyHead.FindStringIndex(sql[at:])
		if head == nil {
			break
		}
		start, from := at+head[0], at+head[1]
		end := copyEnd.FindStringIndex(sql[from:])
		if at = from; end == nil {
			continue
		}
		rows[start] = sql[from : from+end[0]]
		at = from + end[1]
		space(text[from:at])
	}
	for _, line := range psqlLine.FindAllIndex(text, -1) {
		space(text[line[0]:line[1]])
	}
	tokens, err := pgparse.Scan(string(text))
	if err != nil {
		return sql, nil
	}
	found := 0
	for _, t := range tokens {
		if _, is := rows[int(t.Start)]; is {
			found++
		}
	}
	if found < len(rows) { // what looks like a COPY is within a string
		return sql, nil
	}
	return string(text), rows
}

func space(b []byte) {
	for i := range b {
		if b[i] != '\n' {
			b[i] = ' '
		}
	}
}

// copy writes the rows of a COPY as INSERT.
func (c *converter) copy(s *pg.CopyStmt, rows *string) []string {
	t := c.known.tables[plainName(s.Relation)]
	switch {
	case rows == nil || !s.IsFrom || s.Query != nil || s.IsProgram || s.Filename != "" || s.WhereClause != nil || len(s.Options) > 0:
		c.unsupported("unsupported.copy", "D1 has no COPY: only one FROM stdin, without options and followed by its rows, becomes INSERT")
		return nil
	case t == nil:
		c.unsupported("unsupported.copy", "the rows of a COPY become INSERT only where the SQL makes the table too: without it the types of its columns are not known")
		return nil
	}
	columns := names(s.Attlist)
	if len(columns) == 0 {
		columns = t.order
	}
	kinds := (&writer{converter: c}).kindsOf(t, columns)
	head := "INSERT INTO " + c.table(s.Relation) + " (" + quoted(columns) + ") VALUES\n"
	var out, batch []string
	size := 0
	flush := func() {
		if len(batch) > 0 {
			out = append(out, head+strings.Join(batch, ",\n"))
		}
		batch, size = nil, 0
	}
	for line := range strings.Lines(*rows) {
		row, ok := c.copiedRow(strings.TrimRight(line, "\r\n"), kinds)
		if !ok {
			c.unsupported("unsupported.copy", "a row of the COPY has not the %d fields that it should have", len(columns))
			return nil
		}
		if size += len(row); size > copyBytes || len(batch) == copyRows {
			flush()
			size = len(row)
		}
		batch = append(batch, row)
	}
	flush()
	return out
}

func (c *converter) copiedRow(line string, kinds []kind) (string, bool) {
	fields := strings.Split(line, "\t")
	if len(fields) != len(kinds) {
		return "", false
	}
	w := &writer{converter: c}
	values := make([]string, len(fields))
	for i, field := range fields {
		values[i] = "NULL"
		if field != `\N` {
			values[i] = w.copied(unescaped(field), kinds[i])
		}
	}
	return "(" + strings.Join(values, ", ") + ")", true
}

// copied writes a field as a column of a kind wants it.
func (w *writer) copied(value string, k kind) string {
	switch {
	case k.ownWay():
		return w.ownLiteral(value, k)
	case k.target == "integer":
		if _, err := strconv.ParseInt(value, 10, 64); err != nil {
			return w.giveUp("the integer %.40q", value)
		}
		return value
	case k.target == "real":
		return w.float(value)
	}
	return text(value)
}

// float writes a number that is given as text.
func (w *writer) float(value string) string {
	switch strings.ToLower(value) {
	case "infinity":
		return "9e999"
	case "-infinity":
		return "-9e999"
	}
	if _, err := strconv.ParseFloat(value, 64); err != nil || strings.Trim(value, "+-.0123456789eE") != "" {
		return w.giveUp("the number %.40q: D1 has none like it", value)
	}
	return strings.TrimPrefix(value, "+")
}

var escapes = map[byte]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}

// unescaped undoes the backslashes of COPY's text format.
func unescaped(field string) string {
	if strings.IndexByte(field, '\\') < 0 {
		return field
	}
	var b strings.Builder
	for i := 0; i < len(field); i++ {
		if field[i] != '\\' || i+1 == len(field) {
			b.WriteByte(field[i])
			continue
		}
		i++
		if other, is := escapes[field[i]]; is {
			b.WriteByte(other)
			continue
		}
		digits, base := field[i:min(i+3, len(field))], 8
		if field[i] == 'x' {
			digits, base = field[i+1:min(i+3, len(field))], 16
		}
		n := 0
		for n < len(digits) && isDigit(digits[n:n+1], base) {
			n++
		}
		code, err := strconv.ParseUint(digits[:n], base, 8)
		switch {
		case err != nil:
			b.WriteByte(field[i])
		case base == 16:
			b.WriteByte(byte(code))
			i += n
		default:
			b.WriteByte(byte(code))
			i += n - 1
		}
	}
	return b.String()
}

func isDigit(s string, base int) bool {
	_, err := strconv.ParseUint(s, base, 8)
	return err == nil
}
