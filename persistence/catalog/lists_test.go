package catalog

import (
	"cmp"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestListsShareWhatNobodyChanged(t *testing.T) {
	t.Parallel()
	first := newLists[string, int]()
	for _, n := range []int{1, 5, 3, 9} {
		first.insert("a", n, cmp.Compare[int])
	}
	first.insert("b", 1, cmp.Compare[int])
	require.Equal(t, []int{1, 3, 5, 9}, first.all["a"])
	second := first.copy()
	second.remove("a", func(n int) bool { return n == 3 })
	second.insert("a", 4, cmp.Compare[int])
	second.remove("b", func(int) bool { return true })
	second.remove("c", func(int) bool { return true })
	require.Equal(t, map[string][]int{"a": {1, 4, 5, 9}}, second.all)
	third := first.copy()
	third.insert("a", 10, cmp.Compare[int])
	other := first.copy()
	other.insert("a", 11, cmp.Compare[int])
	require.Equal(t, []int{1, 3, 5, 9, 10}, third.all["a"])
	require.Equal(t, map[string][]int{"a": {1, 3, 5, 9}, "b": {1}}, first.all)
}
