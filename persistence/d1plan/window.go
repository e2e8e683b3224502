package d1plan

import (
	"slices"
	"strings"

	"athena/persistence/sqltext"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// Bits of the options of a window's frame, as PostgreSQL's parser gives them.
const (
	frameGiven, frameRange, frameRows, frameGroups, frameBetween = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 4
	excludeRow, excludeGroup, excludeTies                        = 1 << 15, 1 << 16, 1 << 17
)

// The ends of a frame: where it starts and where it ends. %s stands for an offset.
var (
	frameStarts = []frameEnd{{1 << 5, "UNBOUNDED PRECEDING"}, {1 << 9, "CURRENT ROW"}, {1 << 11, "% PRECEDING"}, {1 << 13, "% FOLLOWING"}}
	frameEnds   = []frameEnd{{1 << 8, "UNBOUNDED FOLLOWING"}, {1 << 10, "CURRENT ROW"}, {1 << 12, "% PRECEDING"}, {1 << 14, "% FOLLOWING"}}
)

type frameEnd struct {
	bit  int32
	text string
}

// windowed are functions that are of use over a window only.
var windowed = map[string]function{
	"row_number": {"row_number", 0, 0, false}, "rank": {"rank", 0, 0, false}, "dense_rank": {"dense_rank", 0, 0, false},
	"percent_rank": {"percent_rank", 0, 0, false}, "cume_dist": {"cume_dist", 0, 0, false}, "ntile": {"ntile", 1, 1, false},
	"lag": {"lag", 1, 3, false}, "lead": {"lead", 1, 3, false},
	"first_value": {"first_value", 1, 1, false}, "last_value": {"last_value", 1, 1, false}, "nth_value": {"nth_value", 2, 2, false},
}

// over writes OVER with its window.
func (w *writer) over(d *pg.WindowDef) string {
	if d.Name != "" {
		return " OVER " + sqltext.Ident(d.Name)
	}
	return " OVER (" + w.window(d) + ")"
}

// windows writes the windows that a query names.
func (w *writer) windows(list []*pg.Node) string {
	parts := make([]string, len(list))
	for i, n := range list {
		d := n.GetWindowDef()
		parts[i] = sqltext.Ident(d.GetName()) + " AS (" + w.window(d) + ")"
	}
	return " WINDOW " + strings.Join(parts, ", ")
}

func (w *writer) window(d *pg.WindowDef) string {
	var parts []string
	if d.GetRefname() != "" {
		parts = append(parts, sqltext.Ident(d.Refname))
	}
	if len(d.GetPartitionClause()) > 0 {
		parts = append(parts, "PARTITION BY "+w.list(d.PartitionClause))
	}
	if len(d.GetOrderClause()) > 0 {
		parts = append(parts, "ORDER BY "+w.sortKeys(d.OrderClause))
	}
	if d.GetFrameOptions()&frameGiven != 0 {
		parts = append(parts, w.frame(d))
	}
	return strings.Join(parts, " ")
}

func (w *writer) frame(d *pg.WindowDef) string {
	o := d.FrameOptions
	word := "RANGE"
	switch {
	case o&frameRows != 0:
		word = "ROWS"
	case o&frameGroups != 0:
		word = "GROUPS"
	}
	for _, offset := range []*pg.Node{d.StartOffset, d.EndOffset} {
		if offset != nil && (w.typeOf(offset) == "interval" || (word == "RANGE" && len(d.OrderClause) != 1)) {
			return w.giveUp("a frame as wide as an interval, or a range of no one value")
		}
	}
	end := func(ends []frameEnd, offset *pg.Node) string {
		for _, e := range ends {
			if o&e.bit == 0 {
				continue
			}
			if rest, is := strings.CutPrefix(e.text, "%"); is {
				return w.expr(offset) + rest
			}
			return e.text
		}
		return w.giveUp("this frame of a window")
	}
	out := word + " " + end(frameStarts, d.StartOffset)
	if o&frameBetween != 0 {
		out = word + " BETWEEN " + end(frameStarts, d.StartOffset) + " AND " + end(frameEnds, d.EndOffset)
	}
	switch {
	case o&excludeRow != 0:
		out += " EXCLUDE CURRENT ROW"
	case o&excludeGroup != 0:
		out += " EXCLUDE GROUP"
	case o&excludeTies != 0:
		out += " EXCLUDE TIES"
	}
	return out
}

func (w *writer) sortKeys(list []*pg.Node) string {
	parts := make([]string, len(list))
	for i, n := range list {
		parts[i] = w.sortKey(n.GetSortBy())
	}
	return strings.Join(parts, ", ")
}

// aggregate writes an aggregate or a window function with what belongs to it.
func (w *writer) aggregate(f function, args string, e *pg.FuncCall) string {
	if len(e.AggOrder) > 0 {
		if !f.aggregate || e.AggDistinct || e.Over != nil || e.AggStar {
			return w.giveUp("ORDER BY within %s here", f.name)
		}
		args += " ORDER BY " + w.sortKeys(e.AggOrder)
	}
	rest := ""
	if e.AggFilter != nil {
		if !f.aggregate {
			return w.giveUp("FILTER of %s", f.name)
		}
		rest = " FILTER (WHERE " + w.expr(e.AggFilter) + ")"
	}
	if e.Over != nil {
		rest += w.over(e.Over)
	}
	out := f.name + "(" + args + ")" + rest
	if slices.Contains([]string{"json_group_array", "json_group_object"}, f.name) && e.Over == nil {
		return "CASE WHEN count(*)" + rest + " > 0 THEN " + out + " END" // of no rows PostgreSQL makes NULL
	}
	return out
}
