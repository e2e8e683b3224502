package live

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzNotice: anybody who may connect to a database may notify; what is no notice is
// refused, and one that is taken says the same when it is written again.
func FuzzNotice(f *testing.F) {
	const id = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
	for _, seed := range []string{id + ":7", id + ":7:3", id, id + "::", ":7", id + ":9223372036854775808", "{" + id + "}:-1:-1", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := parseNotice(text)
		if err != nil {
			return
		}
		again, err := parseNotice(fmt.Sprintf("%s:%d:%d", n.room, n.last, n.arrival))
		require.NoError(t, err)
		require.Equal(t, n, again)
	})
}
