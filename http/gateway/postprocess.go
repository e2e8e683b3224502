package gateway

import (
	"context"
	"math/big"
	"strings"

	"athena/persistence/gatewaydb"
	"athena/persistence/sqltext"
	"athena/wire"

	"github.com/goccy/go-json"
)

// maxGroups bounds the groups of one answer, and with dedup the values in them:
// beyond it sums would be wrong without notice, so the request is refused.
const maxGroups = 10_000

// groupRow is one row of the grouping read; with dedup there is one for each
// value of a group.
type groupRow struct {
	Key   json.RawMessage `json:"key"`
	Value json.RawMessage `json:"value"`
	Count int64           `json:"count"`
}

// postProcess groups all rows that the read finds, whatever its limit.
func (r *reading) postProcess(ctx context.Context, read *sqltext.Read, g *wire.Grouping) (*wire.PostProcessing, error) {
	if g.GroupBy == "" {
		return nil, nil
	}
	found := r.call.Operation.Rows
	result, _, err := r.run(ctx, groupingRead(read, g), gatewaydb.Mode{Path: searchPath})
	if err != nil {
		return nil, groupingProblem(err, g)
	}
	defer result.Release()
	if r.call.Operation.Rows = found; result.Rows > maxGroups {
		return nil, wire.Fail(wire.InvalidRequest, "there are more than %d groups", maxGroups).At("group_by").
			WithHint("narrow the rows, or round a time with time_granularity")
	}
	var rows []groupRow
	if err := json.Unmarshal(result.JSON, &rows); err != nil {
		return nil, err
	}
	out := &wire.PostProcessing{
		GroupBy: g.GroupBy, TimeGranularity: g.TimeGranularity,
		AggregationColumn: g.AggregationColumn, AggregationStrategy: g.AggregationStrategy,
		Groups: []wire.Group{},
	}
	return out, foldGroups(out, rows, g)
}

// groupingProblem names the part of the request whose column is of a type that
// the database cannot group or add up.
func groupingProblem(err error, g *wire.Grouping) error {
	p, ok := wire.AsProblem(err)
	if !ok || p.Code != wire.UnknownFunction {
		return err
	}
	if g.TimeGranularity != "" && strings.Contains(p.Detail, "date_trunc") {
		return wire.Fail(wire.InvalidRequest, "group_by %s does not hold times", g.GroupBy).At("time_granularity").Because(err)
	}
	return wire.Fail(wire.InvalidRequest, "aggregation_column %s does not hold numbers", g.AggregationColumn).At("aggregation_column").Because(err)
}

func checkGrouping(g *wire.Grouping) error {
	switch {
	case g.GroupBy == "" && (g.TimeGranularity != "" || g.AggregationStrategy != "" || g.AggregationColumn != ""):
		return wire.Fail(wire.InvalidRequest, "grouping needs group_by").At("group_by")
	case g.TimeGranularity != "" && g.TimeGranularity != "day" && g.TimeGranularity != "hour" && g.TimeGranularity != "minute":
		return wire.Fail(wire.InvalidRequest, "time_granularity must be day, hour or minute").At("time_granularity")
	case g.AggregationStrategy != "" && g.AggregationStrategy != "cumulative_sum":
		return wire.Fail(wire.InvalidRequest, "aggregation_strategy must be cumulative_sum").At("aggregation_strategy")
	case g.AggregationStrategy != "" && g.AggregationColumn == "":
		return wire.Fail(wire.InvalidRequest, "aggregation_strategy needs aggregation_column").At("aggregation_column")
	}
	return nil
}

// groupingRead asks for keys, counts and sums. With dedup it asks for each value
// of a group once, and they are added up here.
func groupingRead(read *sqltext.Read, g *wire.Grouping) *sqltext.Read {
	key := sqltext.Operand{Name: g.GroupBy, Bucket: g.TimeGranularity}
	items := []sqltext.Item{
		&sqltext.Column{Operand: key, Alias: "key"},
		&sqltext.Column{Aggregate: sqltext.Count, Alias: "count"},
	}
	if g.AggregationColumn != "" {
		value := &sqltext.Column{Operand: sqltext.Operand{Name: g.AggregationColumn}, Alias: "value"}
		if !g.AggregationDedup {
			value.Aggregate = sqltext.Sum
		}
		items = append(items, value)
	}
	most := int64(maxGroups + 1)
	return &sqltext.Read{From: read.From, Where: read.Where, Items: items, Order: []sqltext.Order{{Operand: key}}, Limit: &most}
}

// foldGroups makes groups of rows that are sorted by key.
func foldGroups(out *wire.PostProcessing, rows []groupRow, g *wire.Grouping) error {
	sums := sums{scale: 0}
	for _, row := range rows {
		if n := len(out.Groups); n == 0 || string(out.Groups[n-1].Key) != string(row.Key) {
			out.Groups = append(out.Groups, wire.Group{Key: row.Key})
			sums.next()
		}
		group := &out.Groups[len(out.Groups)-1]
		group.Count += row.Count
		if g.AggregationColumn == "" || string(row.Value) == "null" || row.Value == nil {
			continue
		}
		if !sums.add(string(row.Value)) {
			return wire.Fail(wire.InvalidRequest, "aggregation_column %s does not hold numbers", g.AggregationColumn).At("aggregation_column")
		}
	}
	if g.AggregationColumn != "" {
		sums.write(out.Groups, g.AggregationStrategy == "cumulative_sum")
	}
	return nil
}

// sums adds up decimal numbers without rounding.
type sums struct {
	groups []*big.Rat
	scale  int
}

func (s *sums) next() { s.groups = append(s.groups, new(big.Rat)) }

func (s *sums) add(text string) bool {
	n, ok := new(big.Rat).SetString(text)
	if !ok {
		return false
	}
	if _, fraction, has := strings.Cut(text, "."); has {
		s.scale = max(s.scale, len(fraction))
	}
	last := s.groups[len(s.groups)-1]
	last.Add(last, n)
	return true
}

func (s *sums) write(groups []wire.Group, cumulative bool) {
	total := new(big.Rat)
	for i := range groups {
		groups[i].Sum = json.Number(s.groups[i].FloatString(s.scale))
		if cumulative {
			groups[i].CumulativeSum = json.Number(total.Add(total, s.groups[i]).FloatString(s.scale))
		}
	}
}
