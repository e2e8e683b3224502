package chatdb

import (
	"strings"
	"unicode"
)

// terms are what a query asks for: each of them is to be found.
type terms struct {
	// words are words and phrases that the index knows, without any signs.
	words []string
	// open says that the last of the words may go on: its writer may not be done.
	open bool
	// parts are patterns for what the index does not know, or not well enough.
	parts []string
}

// minWord is the least number of letters and digits in a row that is looked up as
// a word. Fewer say little as a beginning, and stand within words as well.
const minWord = 3

// joined are scripts without spaces between words: the index holds whole sentences.
var joined = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar}

// readTerms takes a query apart. A quote that is not closed goes to the end.
func readTerms(query string) terms {
	t := terms{parts: []string{}}
	pieces := strings.Split(query, `"`)
	for i, piece := range pieces {
		if quoted := i%2 == 1; quoted {
			t.add(strings.TrimSpace(piece), i == len(pieces)-1)
			continue
		}
		for word := range strings.FieldsSeq(piece) {
			t.add(word, true)
		}
	}
	if len(t.words)+len(t.parts) == 0 { // nothing but quotes
		t.parts = append(t.parts, pattern(strings.TrimSpace(query)))
	}
	return t
}

// add takes one more term; only the last one can stay open.
func (t *terms) add(term string, open bool) {
	if term == "" {
		return
	}
	t.open = false
	if !indexed(term) {
		t.parts = append(t.parts, pattern(term))
		return
	}
	t.words, t.open = append(t.words, wordsOf(term)), open
}

// indexed reports whether the index finds a term.
func indexed(term string) bool {
	run, longest := 0, 0
	for _, r := range term {
		switch {
		case unicode.In(r, joined...):
			return false
		case inWord(r):
			run++
			longest = max(longest, run)
		default:
			run = 0
		}
	}
	return longest >= minWord
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

// wordsOf puts a space in the place of every sign, like chat_words in the database.
func wordsOf(term string) string {
	return strings.Map(func(r rune) rune {
		if inWord(r) {
			return r
		}
		return ' '
	}, term)
}

// likeText makes text mean itself in a LIKE pattern.
var likeText = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// pattern is for texts that hold a term anywhere.
func pattern(term string) string { return "%" + likeText.Replace(term) + "%" }
