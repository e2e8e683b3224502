package keysdb_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"athena/persistence/keysdb"
)

// FuzzParse: the halves of a key make the same key again.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"ath_0123456789abcdef.00", "ath_.x", "ath_x.", "ath_a.b.c", "ATH_a.b", "", "ath_", "ath_\x00.\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, key string) {
		public, secret, ok := keysdb.Parse(key)
		if ok {
			require.NotEmpty(t, public)
			require.NotEmpty(t, secret)
			require.NotContains(t, public, ".")
			require.Equal(t, key, "ath_"+public+"."+secret)
		}
	})
}
