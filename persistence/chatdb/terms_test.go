package chatdb

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadTerms(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]terms{
		"hello":                {words: []string{"hello"}, open: true},
		" two  words ":         {words: []string{"two", "words"}, open: true},
		"hello wo":             {words: []string{"hello"}, parts: []string{"%wo%"}},
		"wo hello":             {words: []string{"hello"}, open: true, parts: []string{"%wo%"}},
		`"to the end" now`:     {words: []string{"to the end", "now"}, open: true},
		`now "to the end"`:     {words: []string{"now", "to the end"}},
		`now "to the en`:       {words: []string{"now", "to the en"}, open: true},
		`"to be"`:              {parts: []string{"%to be%"}},
		`say "" it`:            {words: []string{"say"}, parts: []string{"%it%"}},
		`""`:                   {parts: []string{`%""%`}},
		"c++ 50% a_b \\":       {parts: []string{"%c++%", `%50\%%`, `%a\_b%`, `%\\%`}},
		"ann@example.com":      {words: []string{"ann example com"}, open: true},
		"drop:* & !table <-> ": {words: []string{"drop  ", " table"}, parts: []string{"%&%", "%<->%"}},
		"日本語の文章":               {parts: []string{"%日本語の文章%"}},
		"naïve cafe\u0301":     {words: []string{"naïve", "cafe\u0301"}, open: true},
	} {
		if want.parts == nil {
			want.parts = []string{}
		}
		require.Equal(t, want, readTerms(query), query)
	}
}
