package sqltext_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"athena/persistence/sqltext"
)

var point = []string{"select", "id,name,age", "id", "eq.1", "limit", "1"}

func BenchmarkReadKey(b *testing.B) {
	r := query(b, "users", point...)
	var key []byte
	var values []sqltext.Value
	b.ReportAllocs()
	for b.Loop() {
		key, values = sqltext.ReadKey(key[:0], values[:0], r)
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parseQuery("users", point...); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	w := newWorld(b)
	for _, bc := range []struct {
		name  string
		query []string
	}{
		{"point", point},
		{"embeds", []string{"select", "id,posts!author_id(id,comments(text)),profiles(bio)", "order", "id", "limit", "50"}},
	} {
		b.Run(bc.name, func(b *testing.B) {
			r := query(b, "users", bc.query...)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.compiler.Read(w.cat, w.path, r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkArgs(b *testing.B) {
	w := newWorld(b)
	r := query(b, "users", point...)
	plan, err := w.compiler.Read(w.cat, w.path, r)
	require.NoError(b, err)
	_, values := sqltext.ReadKey(nil, nil, r)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := plan.Args(values); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseRows(b *testing.B) {
	body := []byte(`{"name":"Ann","age":41,"tags":["a","b"],"data":{"x":1}}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := sqltext.ParseRows(body); err != nil {
			b.Fatal(err)
		}
	}
}
