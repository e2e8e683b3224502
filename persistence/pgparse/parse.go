package pgparse

import (
	"errors"
	"fmt"

	pg "github.com/pganalyze/pg_query_go/v6"
)

const (
	// MaxSQL is how many bytes of SQL are parsed at most; a tree takes about a
	// hundred times as much memory.
	MaxSQL = 1 << 20
	// maxChain bounds how deep a tree can be. PostgreSQL's grammar bounds what nests
	// to the right, but not what nests to the left, such as a + b + c: the library
	// writes its trees by recursion in C, where some 25000 levels overflow the stack
	// of a thread and end the process.
	maxChain = 10_000
)

// Scan takes SQL apart into tokens.
func Scan(sql string) ([]*pg.ScanToken, error) {
	if len(sql) > MaxSQL {
		return nil, fmt.Errorf("it has %d bytes, and at most %d are read", len(sql), MaxSQL)
	}
	scanned, err := pg.Scan(sql)
	return scanned.GetTokens(), err
}

// Parse reads SQL. What could make a tree too large or too deep is refused before
// the parser sees it.
func Parse(sql string) (*pg.ParseResult, error) {
	if len(sql) > maxChain { // no token is shorter than a byte
		tokens, err := Scan(sql)
		if err != nil {
			return nil, err
		}
		if longest(tokens) > maxChain {
			return nil, errors.New("it is nested too deep, or a part of it is too long")
		}
	}
	return pg.Parse(sql)
}

// longest bounds the depth of a statement's tree: the most tokens that can stand in
// one chain to the left, with all that encloses it.
func longest(tokens []*pg.ScanToken) int {
	levels, most := []level{{}}, 0
	for _, t := range tokens {
		now := &levels[len(levels)-1]
		switch t.Token {
		case pg.Token_ASCII_40, pg.Token_ASCII_91: // ( [
			now.chain++
			levels = append(levels, level{})
			continue
		case pg.Token_ASCII_41, pg.Token_ASCII_93: // ) ]
			if len(levels) > 1 {
				inner := now.depth()
				levels = levels[:len(levels)-1]
				now = &levels[len(levels)-1]
				now.inner = max(now.inner, inner)
			}
		case pg.Token_ASCII_44: // ,
			now.longest, now.chain = max(now.longest, now.chain), 0
		case pg.Token_ASCII_59: // ;
			if len(levels) == 1 {
				*now = level{}
			}
		case pg.Token_UNION, pg.Token_INTERSECT, pg.Token_EXCEPT, pg.Token_JOIN:
			now.parts++
		default:
			now.chain++
		}
		most = max(most, now.depth())
	}
	return most
}

// level is what stands between two brackets. A comma ends a chain, but for those of
// set operations and joins, which go on after the commas of their parts.
type level struct {
	// chain counts the tokens since the last comma, longest is the most between two.
	chain, longest int
	// parts counts set operations and joins.
	parts int
	// inner is the deepest of the brackets within.
	inner int
}

func (l *level) depth() int { return max(l.chain, l.longest) + l.parts + l.inner }
