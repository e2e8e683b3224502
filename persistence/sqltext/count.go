package sqltext

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"athena/persistence/rowjson"
)

// CountMode says how the rows of a read are counted.
type CountMode uint8

// The ways of counting.
const (
	// NoCount reads rows.
	NoCount CountMode = iota
	// CountExact counts every row.
	CountExact
	// CountPlanned asks the planner for its estimate; PlannedRows reads it.
	CountPlanned
)

// CountOf makes the read that counts the rows which r finds without its bounds.
// An exact count answers one row with the one column "count"; a planned one
// answers a plan, which PlannedRows reads.
func CountOf(r *Read, mode CountMode) *Read {
	counted := &Read{From: r.From, Where: r.Where, Distinct: r.Distinct, Items: r.Items, count: mode}
	if !r.Distinct && !mayFold(r.Items) {
		counted.Items = narrowed(r.Items, mentions(r.Where))
	}
	return counted
}

// narrowed keeps the embeds that decide which rows there are.
func narrowed(items []Item, paths [][]string) []Item {
	kept := []Item{}
	for _, item := range items {
		e, ok := item.(*Embed)
		if !ok {
			continue
		}
		tails, mentioned := below(paths, func(name string) bool { return findEmbed(items, name) == e })
		if !e.Inner && !mentioned {
			continue
		}
		slim := *e
		slim.Read = Read{Where: e.Read.Where, Items: narrowed(e.Read.Items, append(tails, mentions(e.Read.Where)...))}
		kept = append(kept, &slim)
	}
	return kept
}

// below finds the paths whose first name is meant, and what is left of them.
func below(paths [][]string, meant func(name string) bool) (tails [][]string, found bool) {
	for _, path := range paths {
		if !meant(path[0]) {
			continue
		}
		found = true
		if len(path) > 1 {
			tails = append(tails, path[1:])
		}
	}
	return tails, found
}

// mentions are the paths of embeds that a condition leads into.
func mentions(c Cond) [][]string {
	switch c := c.(type) {
	case *And:
		return mentionsOf(c.Terms)
	case *Or:
		return mentionsOf(c.Terms)
	case *Not:
		return mentions(c.Term)
	case *Compare:
		if len(c.Embed) > 0 {
			return [][]string{slices.Clone(c.Embed)}
		}
		return [][]string{{c.Name}} // a test for null may be about an embed
	}
	return nil
}

func mentionsOf(terms []Cond) [][]string {
	var paths [][]string
	for _, t := range terms {
		paths = append(paths, mentions(t)...)
	}
	return paths
}

// countRows compiles a read that CountOf made.
func (b *build) countRows(s *scope, src source, r *Read) (*Plan, error) {
	rows, err := b.countedRows(s, src, r)
	if err != nil {
		return nil, err
	}
	if r.count == CountPlanned {
		return b.finish("EXPLAIN (FORMAT JSON) "+rows, nil)
	}
	return b.finish("SELECT count(*) AS count FROM ("+rows+") AS c", rowjson.Flat([]string{"count"}))
}

func (b *build) countedRows(s *scope, src source, r *Read) (string, error) {
	if r.Distinct || mayFold(r.Items) {
		sql, _, err := b.flatSelect(s, src, r, false)
		return sql, err
	}
	l := &level{build: b, s: s, r: r}
	rest, err := l.clauses(s, src, "")
	return "SELECT FROM " + rest, err
}

// PlannedRows reads the estimate out of the answer to a planned count.
func PlannedRows(explained []byte) (int64, error) {
	var plans []struct {
		Plan struct {
			Rows float64 `json:"Plan Rows"`
		}
	}
	if err := json.Unmarshal(explained, &plans); err != nil {
		return 0, fmt.Errorf("sqltext: read planned rows: %w", err)
	}
	if len(plans) == 0 {
		return 0, errors.New("sqltext: read planned rows: no plan")
	}
	return int64(plans[0].Plan.Rows), nil
}
