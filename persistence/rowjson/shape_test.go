package rowjson_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/require"

	"athena/persistence/rowjson"
)

// row splits a line into values, with ~ for null.
func row(line string) [][]byte {
	var values [][]byte
	for _, item := range strings.Split(line, "|") {
		if item == "~" {
			values = append(values, nil)
		} else {
			values = append(values, []byte(item))
		}
	}
	return values
}

func encode(shape *rowjson.Shape, lines ...string) (string, int64) {
	var rows rowjson.Rows
	rows.Begin(shape)
	var dst []byte
	for _, line := range lines {
		dst = rows.Row(dst, row(line))
	}
	return string(rows.End(dst)), rows.Count()
}

var (
	// A post, its author where it has one, its comments, and a title behind them.
	post = []rowjson.Field{
		{Key: "id", Column: 0},
		{Key: "author", Presence: 1, Object: []rowjson.Field{
			{Key: "id", Column: 1},
			{Key: "name", Column: 2},
		}},
		{Key: "comments", Presence: 4, Group: []int{0}, Array: []rowjson.Field{
			{Key: "id", Column: 4},
			{Key: "body", Column: 5},
		}},
		{Key: "title", Column: 3},
	}
	postTypes = []uint32{pgtype.Int4OID, pgtype.Int4OID, pgtype.TextOID, pgtype.TextOID, pgtype.Int4OID, pgtype.TextOID}
)

func TestShapes(t *testing.T) {
	t.Parallel()
	pair := []uint32{pgtype.Int4OID, pgtype.TextOID}
	for _, tc := range []struct {
		name   string
		fields []rowjson.Field
		oids   []uint32
		strip  bool
		lines  []string
		want   string
		count  int64
	}{
		{name: "no rows", fields: rowjson.Flat([]string{"a"}), oids: pair, want: `[]`},
		{name: "no columns", lines: []string{"", ""}, want: `[{},{}]`, count: 2},
		{name: "flat", fields: rowjson.Flat([]string{"a", `b "q"`}), oids: pair,
			lines: []string{"1|x", "~|"}, want: `[{"a":1,"b \"q\"":"x"},{"a":null,"b \"q\"":""}]`, count: 2},
		{name: "a name twice", fields: rowjson.Flat([]string{"a", "a"}), oids: pair,
			lines: []string{"1|x"}, want: `[{"a":1,"a":"x"}]`, count: 1},
		{name: "columns reordered and left out", fields: []rowjson.Field{{Key: "b", Column: 1}}, oids: pair,
			lines: []string{"1|x"}, want: `[{"b":"x"}]`, count: 1},
		{name: "stripped", fields: rowjson.Flat([]string{"a", "b"}), oids: pair, strip: true,
			lines: []string{"1|~", "~|x", "~|~"}, want: `[{"a":1},{"b":"x"},{}]`, count: 3},
		{name: "nested", fields: post, oids: postTypes,
			lines: []string{"1|7|ann|t|10|x", "1|7|ann|t|11|~", "2|~|~|~|~|~", "3|8|~|u|12|z"},
			want: `[{"id":1,"author":{"id":7,"name":"ann"},"comments":[{"id":10,"body":"x"},{"id":11,"body":null}],"title":"t"},` +
				`{"id":2,"author":null,"comments":[],"title":null},` +
				`{"id":3,"author":{"id":8,"name":null},"comments":[{"id":12,"body":"z"}],"title":"u"}]`, count: 3},
		{name: "nested and stripped", fields: post, oids: postTypes, strip: true,
			lines: []string{"1|7|~|~|10|~", "2|~|~|t|~|~"},
			want:  `[{"id":1,"author":{"id":7},"comments":[{"id":10}]},{"id":2,"comments":[],"title":"t"}]`, count: 2},
		{name: "array alone", oids: pair, lines: []string{"~|a", "~|b", "1|~"}, want: `[{"k":[{"v":"a"},{"v":"b"}]},{"k":[]}]`, count: 2,
			fields: []rowjson.Field{{Key: "k", Presence: 1, Group: []int{0}, Array: []rowjson.Field{{Key: "v", Column: 1}}}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			shape, err := rowjson.Compile(tc.fields, tc.oids, rowjson.Builtin(), rowjson.Options{StripNulls: tc.strip})
			require.NoError(t, err)
			got, count := encode(shape, tc.lines...)
			require.Equal(t, tc.want, got)
			require.True(t, json.Valid([]byte(got)))
			require.Equal(t, tc.count, count)
		})
	}
}

func TestGroupsOfSeveralColumns(t *testing.T) {
	t.Parallel()
	fields := []rowjson.Field{
		{Key: "a", Column: 0},
		{Key: "many", Presence: 2, Group: []int{0, 1}, Array: []rowjson.Field{{Key: "n", Column: 2}}},
	}
	text := []uint32{pgtype.TextOID, pgtype.TextOID, pgtype.Int4OID}
	shape, err := rowjson.Compile(fields, text, rowjson.Builtin(), rowjson.Options{})
	require.NoError(t, err)
	got, count := encode(shape, "a|bc|1", "ab|c|2", "ab|c|3", "ab|~|4", "ab||5")
	require.Equal(t, `[{"a":"a","many":[{"n":1}]},{"a":"ab","many":[{"n":2},{"n":3}]},`+
		`{"a":"ab","many":[{"n":4}]},{"a":"ab","many":[{"n":5}]}]`, got)
	require.EqualValues(t, 4, count)
}

func TestRowsBeginAgain(t *testing.T) {
	t.Parallel()
	shape, err := rowjson.Compile(post, postTypes, rowjson.Builtin(), rowjson.Options{})
	require.NoError(t, err)
	var rows rowjson.Rows
	for range 2 {
		rows.Begin(shape)
		dst := rows.End(rows.Row(nil, row("1|~|~|t|10|x")))
		require.Equal(t, `[{"id":1,"author":null,"comments":[{"id":10,"body":"x"}],"title":"t"}]`, string(dst))
	}
}

func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	leaf := []rowjson.Field{{Key: "x"}}
	many := rowjson.Field{Key: "many", Array: leaf, Group: []int{0}}
	for name, fields := range map[string][]rowjson.Field{
		"a column that is not there":   {{Key: "a", Column: 1}},
		"a negative column":            {{Key: "a", Column: -1}},
		"a presence that is not there": {{Key: "a", Object: leaf, Presence: 1}},
		"a second array":               {many, many},
		"an array in an object":        {{Key: "a", Object: []rowjson.Field{many}}},
		"an array in an array":         {{Key: "a", Group: []int{0}, Array: []rowjson.Field{many}}},
		"an array without a group":     {{Key: "a", Array: leaf}},
		"a group that is not there":    {{Key: "a", Array: leaf, Group: []int{1}}},
	} {
		_, err := rowjson.Compile(fields, []uint32{pgtype.Int4OID}, rowjson.Builtin(), rowjson.Options{})
		require.Error(t, err, name)
	}
}

// FuzzText asks that any text comes back from the JSON unharmed, and that what
// reads nested literals survives any bytes.
func FuzzText(f *testing.F) {
	for _, literals := range nasty {
		for _, literal := range literals {
			f.Add([]byte(literal))
		}
	}
	nested := rowjson.Record([]rowjson.Attribute{
		{Name: "a", Encode: rowjson.Array(rowjson.Text, ',')},
		{Name: "b", Encode: rowjson.Timestamptz},
	})
	f.Fuzz(func(t *testing.T, text []byte) {
		if utf8.Valid(text) {
			var back string
			require.NoError(t, json.Unmarshal(rowjson.Text(nil, text), &back))
			require.Equal(t, string(text), back)
		}
		before := string(text)
		for _, encode := range []rowjson.Encoder{nested, rowjson.Array(nested, ';'), rowjson.Vector(nested), rowjson.Timestamptz} {
			encode(nil, text)
		}
		require.Equal(t, before, string(text))
	})
}

func BenchmarkPage(b *testing.B) {
	oids := []uint32{pgtype.Int8OID, pgtype.UUIDOID, pgtype.TextOID, pgtype.TextOID, pgtype.NumericOID,
		pgtype.BoolOID, pgtype.TimestamptzOID, pgtype.JSONBOID, pgtype.TextArrayOID, pgtype.Float8OID}
	names := []string{"id", "public_id", "email", "full_name", "balance", "active", "created_at", "profile", "labels", "score"}
	values := row(`123456|a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11|someone@example.com|Some "One" Person|1234.50|t|` +
		`2024-05-01 10:00:00.123456+00|{"a": 1, "b": [true, null]}|{red,green,"deep blue"}|0.25`)
	shape, err := rowjson.Compile(rowjson.Flat(names), oids, rowjson.Builtin(), rowjson.Options{})
	require.NoError(b, err)
	var rows rowjson.Rows
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		rows.Begin(shape)
		dst = dst[:0]
		for range 100 {
			dst = rows.Row(dst, values)
		}
		dst = rows.End(dst)
	}
	b.SetBytes(int64(len(dst)))
}
