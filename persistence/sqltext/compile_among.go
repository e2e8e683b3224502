package sqltext

import (
	"strconv"
	"strings"
)

// amongPlace is the place of a row among the keys that it was asked for by.
const amongPlace = "among.n"

// among has the rows come from a list of keys.
func (b *build) among(s *scope, a *Among) (source, error) {
	arrays, names, ties := make([]string, len(a.Columns)), make([]string, len(a.Columns)), make([]string, len(a.Columns))
	for i, name := range a.Columns {
		c, err := mustFind(s.rel, name)
		if err != nil {
			return source{}, err
		}
		names[i] = "k" + strconv.Itoa(i)
		array, value := b.array(c, b.param(&a.Values[i], c.Name, encodeText), "among."+names[i])
		arrays[i], ties[i] = array, s.column(c.Name)+" = "+value
	}
	return source{
		from: "unnest(" + strings.Join(arrays, ", ") + ") WITH ORDINALITY AS among (" + strings.Join(names, ", ") + ", n), " + table(s.rel) + " AS " + s.alias,
		on:   strings.Join(ties, " AND "),
	}, nil
}
