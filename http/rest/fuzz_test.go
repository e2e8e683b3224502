package rest

import (
	"math"
	"strings"
	"testing"

	"athena/persistence/sqltext"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

// The parsers of headers and lists answer a value or a problem of the caller's,
// whatever they are given.

func requireProblem(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	p, ok := wire.AsProblem(err)
	require.True(t, ok, "%v", err)
	require.Contains(t, []int{400, 406}, p.Code.Status, "%v", err)
	require.NotEmpty(t, p.Detail)
}

func FuzzPrefer(f *testing.F) {
	for _, seed := range []string{"", "return=minimal", "handling=strict, max-affected=2", "count=exact,,tx=rollback", "max-affected=-1", "MISSING=default"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		p, err := parsePreferences([]string{header})
		requireProblem(t, err)
		require.GreaterOrEqual(t, p.most, int64(-1))
	})
}

func FuzzAccept(f *testing.F) {
	for _, seed := range []string{"", "*/*", "text/csv;q=0.5,application/json", "application/vnd.pgrst.object+json; nulls = stripped", "a/b;q=x", ",;,", `application/vnd.pgrst.plan+json; for="text/csv;nulls=stripped"; options=analyze|wal`, `application/vnd.pgrst.plan;for=";options=`} {
		f.Add(seed, true, true)
	}
	f.Fuzz(func(t *testing.T, header string, bare, plans bool) {
		want := form{bare: bare}
		requireProblem(t, want.accept(header, offers{plans: plans}))
		require.Equal(t, bare, want.bare)
		require.True(t, plans || want.explain == nil)
	})
}

func FuzzRange(f *testing.F) {
	for _, seed := range []string{"", "0-24", "items=0-", "5-1", "-1", "0-9223372036854775807", "9223372036854775807-9223372036854775807"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		read := &sqltext.Read{}
		err := addRange(read, header, false)
		requireProblem(t, err)
		if err == nil && read.Limit != nil {
			require.Positive(t, *read.Limit)
		}
		limit, offset := int64(7), int64(math.MaxInt64-3)
		err = addRange(&sqltext.Read{Limit: &limit, Offset: &offset}, header, true)
		requireProblem(t, err)
	})
}

func FuzzNames(f *testing.F) {
	for _, seed := range []string{"", "a,b", `"a,b",c`, `"a\"b"`, `"`, `a,"b`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, list string) {
		require.LessOrEqual(t, len(names(list)), strings.Count(list, ",")+1)
	})
}
