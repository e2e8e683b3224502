package rest_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestViewRelations embeds by columns that views show unchanged.
func TestViewRelations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Exec(t, `
		CREATE TABLE bands (id int PRIMARY KEY, name text);
		CREATE TABLE songs (id int PRIMARY KEY, band int CONSTRAINT played_by REFERENCES bands, title text);
		CREATE TABLE genres (id int PRIMARY KEY, label text);
		CREATE TABLE song_genres (song int REFERENCES songs, genre int REFERENCES genres, PRIMARY KEY (song, genre));
		CREATE VIEW loud_bands AS SELECT id AS number, upper(name) AS loud FROM bands;
		CREATE VIEW song_list AS SELECT s.id, s.title, s.band AS by, b.name FROM songs AS s JOIN bands AS b ON b.id = s.band;
		CREATE VIEW doubled AS SELECT id, n FROM bands, generate_series(1, 2) AS n;
		CREATE TABLE parts (id int PRIMARY KEY, whole int REFERENCES parts);
		CREATE VIEW levels AS SELECT p.id, p.whole, w.whole AS above FROM parts AS p LEFT JOIN parts AS w ON w.id = p.whole;
		INSERT INTO parts VALUES (1, NULL), (2, 1), (3, 2);
		CREATE VIEW echoes AS SELECT id, band, band AS again, id AS same FROM songs;
		CREATE VIEW first_genre AS SELECT song, genre FROM song_genres WHERE song < 3;
		CREATE MATERIALIZED VIEW kept AS SELECT id, band, title FROM songs WITH NO DATA;
		INSERT INTO bands VALUES (1, 'abba'), (2, 'blur'), (3, 'cake');
		INSERT INTO songs VALUES (1, 1, 'Waterloo'), (2, 1, 'Fernando'), (3, 2, 'Beetlebum'), (4, NULL, 'Greensleeves');
		INSERT INTO genres VALUES (1, 'pop');
		INSERT INTO song_genres VALUES (1, 1), (3, 1);
		REFRESH MATERIALIZED VIEW kept`)
	for _, tc := range []struct{ name, query, want string }{
		{"from a view to a table", "loud_bands?select=loud,songs(title)&order=number&songs.order=id", `[{"loud":"ABBA","songs":[{"title":"Waterloo"},{"title":"Fernando"}]},{"loud":"BLUR","songs":[{"title":"Beetlebum"}]},{"loud":"CAKE","songs":[]}]`},
		{"from a table to a view", "songs?select=id,loud_bands(loud)&order=id&id=gte.3", `[{"id":3,"loud_bands":{"loud":"BLUR"}},{"id":4,"loud_bands":null}]`},
		{"between views", "song_list?select=title,band:loud_bands(loud)&id=eq.3", `[{"title":"Beetlebum","band":{"loud":"BLUR"}}]`},
		{"from a joined view", "song_list?select=id,bands(name)&order=id&limit=1", `[{"id":1,"bands":{"name":"abba"}}]`},
		{"to a materialized view", "bands?select=name,kept(title)&id=eq.2", `[{"name":"blur","kept":[{"title":"Beetlebum"}]}]`},
		{"by a junction", "song_list?select=id,genres(label)&order=id&limit=2", `[{"id":1,"genres":[{"label":"pop"}]},{"id":2,"genres":[]}]`},
		{"by a junction to a view", "genres?select=label,song_list(title)&song_list.order=title", `[{"label":"pop","song_list":[{"title":"Beetlebum"},{"title":"Waterloo"}]}]`},
		{"by a view of a junction, as a hint", "genres?select=label,songs!first_genre(id)", `[{"label":"pop","songs":[{"id":1}]}]`},
		{"by a junction, not by a view of it", "genres?select=label,songs(id)&songs.order=id", `[{"label":"pop","songs":[{"id":1},{"id":3}]}]`},
		{"to a column that is shown twice", "bands?select=name,echoes(id)&id=eq.2", `[{"name":"blur","echoes":[{"id":3}]}]`},
		{"to a column that is shown twice, by its second name", "bands?select=name,echoes!again(again)&id=eq.2", `[{"name":"blur","echoes":[{"again":2}]}]`},
		{"from a column that is shown twice", "echoes?select=id,bands(name)&id=eq.1", `[{"id":1,"bands":{"name":"abba"}}]`},
		{"by the second name of a column", "echoes?select=id,again(name)&id=eq.1", `[{"id":1,"again":{"name":"abba"}}]`},
		{"from both sides of a table that is joined to itself", "levels?select=id,whole(id),above(id)&id=eq.3", `[{"id":3,"whole":{"id":2},"above":{"id":1}}]`},
		{"by a junction to a key that is shown twice", "genres?select=label,echoes(same)&echoes.order=id", `[{"label":"pop","echoes":[{"same":1},{"same":3}]}]`},
		{"by a column, which means the table", "songs?select=id,band(name)&id=eq.1", `[{"id":1,"band":{"name":"abba"}}]`},
		{"by a constraint as a hint", "song_list?select=id,loud_bands!played_by(loud)&id=eq.1", `[{"id":1,"loud_bands":{"loud":"ABBA"}}]`},
		{"inner and filtered", "loud_bands?select=loud,kept!inner(title)&kept.title=like.F*", `[{"loud":"ABBA","kept":[{"title":"Fernando"}]}]`},
		{"rows that a view has twice do not double", "songs?select=id,doubled(id)&order=id&id=lte.2", `[{"id":1,"doubled":{"id":1}},{"id":2,"doubled":{"id":1}}]`},
		{"spread", "songs?select=id,...loud_bands(loud)&id=eq.1", `[{"id":1,"loud":"ABBA"}]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.JSONEq(t, tc.want, w.with(t).rows(200, "GET /rest/v1/"+tc.query, ""))
		})
	}
	refused := w.refused(400, "GET /rest/v1/loud_bands?select=genres(label)", "")
	require.Contains(t, refused.Hint, "kept, song_list, songs")
}

// TestPartitionRelations has a partitioned table stand for its partitions.
func TestPartitionRelations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Exec(t, `
		CREATE TABLE shops (id int PRIMARY KEY, name text);
		CREATE TABLE goods (id int PRIMARY KEY, label text);
		CREATE TABLE stocks (shop int CONSTRAINT kept_in REFERENCES shops, good int CONSTRAINT kept_of REFERENCES goods, n int, PRIMARY KEY (shop, good)) PARTITION BY RANGE (shop);
		CREATE TABLE stocks_low PARTITION OF stocks FOR VALUES FROM (0) TO (10);
		CREATE TABLE stocks_high PARTITION OF stocks FOR VALUES FROM (10) TO (20);
		INSERT INTO shops VALUES (1, 'Low'), (11, 'High');
		INSERT INTO goods VALUES (1, 'Nail'), (2, 'Saw');
		INSERT INTO stocks VALUES (1, 1, 5), (11, 1, 6), (11, 2, 7)`)
	for _, tc := range []struct{ name, query, want string }{
		{"to many", "shops?select=name,stocks(n)&order=id&stocks.order=n", `[{"name":"Low","stocks":[{"n":5}]},{"name":"High","stocks":[{"n":6},{"n":7}]}]`},
		{"by the constraint", "shops?select=name,kept_in(n)&id=eq.1", `[{"name":"Low","kept_in":[{"n":5}]}]`},
		{"a junction", "shops?select=name,goods(label)&order=id&goods.order=id", `[{"name":"Low","goods":[{"label":"Nail"}]},{"name":"High","goods":[{"label":"Nail"},{"label":"Saw"}]}]`},
		{"from a partition", "stocks_low?select=n,shops(name)", `[{"n":5,"shops":{"name":"Low"}}]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.JSONEq(t, tc.want, w.with(t).rows(200, "GET /rest/v1/"+tc.query, ""))
		})
	}
	require.Contains(t, w.refused(400, "GET /rest/v1/shops?select=stocks_low(n)", "").Hint, "stocks")
}
