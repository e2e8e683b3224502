package chatdb

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzTerms: a query asks for something, words are letters and digits, and patterns
// mean themselves.
func FuzzTerms(f *testing.F) {
	for _, seed := range []string{"red car", `"red car" blu`, `"open`, `""`, "100% _x\\", "日本語 text", "a b c", "e\u0301te\u0301", "'; DROP TABLE x; --", `a"b"c`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		if strings.TrimSpace(query) == "" || !utf8.ValidString(query) { // refused before
			return
		}
		terms := readTerms(query)
		require.NotEmpty(t, append(terms.words, terms.parts...))
		for _, word := range terms.words {
			require.NotEmpty(t, strings.TrimSpace(word))
			for _, r := range word {
				require.True(t, r == ' ' || inWord(r), "%q", word)
			}
		}
		for _, part := range terms.parts {
			inside := strings.TrimSuffix(strings.TrimPrefix(part, "%"), "%")
			plain := strings.NewReplacer(`\\`, "", `\%`, "", `\_`, "").Replace(inside)
			require.False(t, strings.ContainsAny(plain, `\%_`), "%q", part)
		}
	})
}
