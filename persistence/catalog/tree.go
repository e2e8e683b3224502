package catalog

import (
	"iter"
	"strconv"
	"strings"
)

// origin is the column that a column of a view is, unchanged; zero for none.
type origin struct {
	relation uint32
	column   int16
}

// selection is what a view selects, as far as it matters for relationships.
type selection struct {
	// columns are the origins by the view's own column numbers.
	columns map[int16]origin
	// only is the one relation of which each row gives at most one row of the view;
	// zero where there may be more.
	only uint32
}

// parseSelection reads the server's text of a view's query: nested nodes
// {NAME :field value ...} and lists (...). Nothing in it is taken for granted: what is
// not understood has no origin.
func parseSelection(action string) selection {
	s := selection{columns: map[int16]origin{}}
	query := fields(strings.TrimPrefix(action, "("))
	for entry := range elements(query["targetList"]) {
		f := fields(entry)
		table, column, number := number(f["resorigtbl"]), number(f["resorigcol"]), number(f["resno"])
		if table > 0 && column > 0 && f["resjunk"] == "false" {
			s.columns[int16(number)] = origin{uint32(table), int16(column)}
		}
	}
	if query["hasTargetSRFs"] != "false" || query["setOperations"] != "<>" {
		return s
	}
	var from []string
	for item := range elements(fields(query["jointree"])["fromlist"]) {
		from = append(from, item)
	}
	if len(from) != 1 || !strings.HasPrefix(from[0], "{RANGETBLREF ") {
		return s
	}
	at := number(fields(from[0])["rtindex"])
	for entry := range elements(query["rtable"]) {
		if at--; at == 0 {
			if f := fields(entry); f["rtekind"] == "0" {
				s.only = uint32(number(f["relid"]))
			}
		}
	}
	return s
}

func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// fields are the fields of a node, as text.
func fields(node string) map[string]string {
	out := map[string]string{}
	if !strings.HasPrefix(node, "{") {
		return out
	}
	key, value := "", ""
	for token := range tokens(node[1:]) {
		switch {
		case token[0] == ':' && (key == "" || value != ""): // a value may begin like a key
			out[key], key, value = value, token[1:], ""
		case value != "":
			value += " " + token
		default:
			value = token
		}
	}
	out[key] = value
	return out
}

// elements are the nodes of a list.
func elements(list string) iter.Seq[string] {
	if !strings.HasPrefix(list, "(") {
		return func(func(string) bool) {}
	}
	return tokens(list[1:])
}

// tokens are the words, nodes and lists of a text up to the bracket that closes it.
// A backslash takes its meaning from the character behind it.
func tokens(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		depth, start := 0, -1
		for i := 0; i <= len(text); i++ {
			c := byte(' ')
			if i < len(text) {
				c = text[i]
			}
			closing := c == ')' || c == '}'
			if depth == 0 && start >= 0 && (c == ' ' || c == '\n' || closing) {
				if !yield(text[start:i]) {
					return
				}
				start = -1
			}
			switch {
			case closing && depth == 0:
				return
			case closing:
				depth--
			case start < 0 && c != ' ' && c != '\n':
				start = i
			}
			switch c {
			case '(', '{':
				depth++
			case '\\':
				i++
			}
		}
	}
}
