package catalog_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"athena/persistence/catalog"
)

const views = `
CREATE TABLE authors (id int PRIMARY KEY, name text, mentor int CONSTRAINT taught REFERENCES authors);
CREATE TABLE books (id int, edition int, author int CONSTRAINT wrote REFERENCES authors, title text, PRIMARY KEY (id, edition));
CREATE TABLE pages (book int, edition int, n int, CONSTRAINT bound FOREIGN KEY (book, edition) REFERENCES books, PRIMARY KEY (book, edition, n));
CREATE VIEW plain AS SELECT id AS number, name FROM authors WHERE name <> '';
CREATE VIEW twice AS SELECT p.number AS writer FROM plain AS p;
CREATE VIEW joined AS SELECT b.title, b.author AS writer, b.id AS book, b.edition, a.id FROM books AS b LEFT JOIN authors AS a ON a.id = b.author;
CREATE VIEW folded AS SELECT author, count(*) AS n FROM books GROUP BY author;
CREATE VIEW computed AS SELECT author + 0 AS author, id::bigint AS id FROM books;
CREATE VIEW united AS SELECT author FROM books UNION ALL SELECT author FROM books;
CREATE VIEW many AS SELECT id, generate_series(1, 2) AS n FROM authors;
CREATE VIEW cte AS WITH x AS (SELECT author, title FROM books) SELECT (SELECT max(id) FROM authors) AS id, author AS "b{y (\)", title AS ":resno 7" FROM x;
CREATE MATERIALIZED VIEW kept AS SELECT * FROM books;
CREATE VIEW part AS SELECT id FROM books;
`

func TestViewsHaveTheKeysOfWhatTheyShow(t *testing.T) {
	t.Parallel()
	cat, _ := load(t, views)
	ways := func(name string) []string {
		r, ok := cat.Table("public", name)
		require.True(t, ok, name)
		var out []string
		for _, w := range append(cat.Relationships(r), cat.Junctions(r)...) {
			kind := "one"
			switch {
			case w.Many:
				kind = "many"
			case w.Unsure():
				kind = "unsure"
			}
			near := w.Key.Columns
			if w.Reverse {
				near = w.Key.ToColumns
			}
			out = append(out, fmt.Sprintf("%s %s %s by %s", strings.Join(near, ","), kind, w.Target().Name, w.Key.Name))
		}
		slices.Sort(out)
		return out
	}
	// authors, plain, twice, joined and many show the key of authors.
	mentors := func(column string) []string {
		var out []string
		for _, of := range []string{"folded", "books", "joined", "cte", "kept"} {
			out = append(out, column+" many "+of+" by wrote")
		}
		return append(out, column+" many authors by taught")
	}
	sorted := func(list ...string) []string { slices.Sort(list); return list }
	require.Equal(t, sorted(mentors("number")...), ways("plain"))
	require.Equal(t, sorted(mentors("writer")...), ways("twice"))
	require.Equal(t, sorted(mentors("id")...), ways("many"))
	toAuthors := func(column string) []string {
		return []string{
			column + " one authors by wrote", column + " one plain by wrote", column + " one twice by wrote",
			column + " unsure joined by wrote", column + " unsure many by wrote",
		}
	}
	require.Equal(t, sorted(toAuthors("author")...), ways("folded"))
	require.Equal(t, sorted(toAuthors(`b{y (\)`)...), ways("cte"))
	require.Equal(t, sorted(append(toAuthors("author"), "id,edition many pages by bound")...), ways("kept"))
	require.Equal(t, sorted(append(append(toAuthors("writer"), mentors("id")...), "book,edition many pages by bound")...), ways("joined"))
	require.Empty(t, ways("united"))
	require.Empty(t, ways("computed"))
	require.Empty(t, ways("part"), "half of a key is none")
	require.Contains(t, ways("pages"), "book,edition one kept by bound")
	require.Contains(t, ways("pages"), "book,edition unsure joined by bound")
	books, _ := cat.Table("public", "books")
	require.Len(t, cat.ForeignKeys(books), 1, "the table's own stay what they are")
	authors, _ := cat.Table("public", "authors")
	require.Empty(t, slices.DeleteFunc(cat.Incoming(authors), func(fk *catalog.ForeignKey) bool { return fk.From == books || fk.From == authors }))
}
