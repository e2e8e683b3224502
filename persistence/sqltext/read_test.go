package sqltext_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"athena/persistence/sqltext"
	"athena/wire"
)

func TestReadsAnswerWhatSQLAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct {
		name  string
		table string
		query []string
		sql   string
	}{
		{"every column", "users", []string{"order", "id"}, "SELECT * FROM users ORDER BY id"},
		{"aliases and casts", "users", []string{"select", "n:name,age::text,id", "order", "id.desc"},
			"SELECT name AS n, age::text, id FROM users ORDER BY id DESC"},
		{"json paths", "users", []string{"select", "data->x->y->0,second:data->x->y->>1,data->>s,tags->0,home->>street", "order", "id"},
			`SELECT data->'x'->'y'->0 AS y, data->'x'->'y'->>1 AS second, data->>'s' AS s, to_jsonb(tags)->0 AS tags, to_jsonb(home)->>'street' AS street FROM users ORDER BY id`},
		{"equality", "users", []string{"name", "eq.Ann"}, "SELECT * FROM users WHERE name = 'Ann'"},
		{"the other spelling", "users", []string{"age.gt", "20", "order", "id"}, "SELECT * FROM users WHERE age > 20 ORDER BY id"},
		{"the other spelling negated", "users", []string{"age.not.gt", "20"}, "SELECT * FROM users WHERE NOT age > 20"},
		{"in with quotes", "users", []string{"name", `in.(Bob,"D\"e, (f)")`, "order", "id"}, "SELECT * FROM users WHERE id IN (2, 4) ORDER BY id"},
		{"in of nothing", "users", []string{"name", "in.()"}, "SELECT * FROM users WHERE false"},
		{"not in", "users", []string{"id", "not.in.(1,2)", "order", "id"}, "SELECT * FROM users WHERE id NOT IN (1, 2) ORDER BY id"},
		{"in on an array column", "users", []string{"tags", `in.("{a,b}","{}")`, "order", "id"}, "SELECT * FROM users WHERE tags IN ('{a,b}', '{}') ORDER BY id"},
		{"like with stars", "users", []string{"name", "like.*n*"}, "SELECT * FROM users WHERE name LIKE '%n%'"},
		{"ilike any", "users", []string{"name", "ilike(any).{a*,b*}", "order", "id"}, "SELECT * FROM users WHERE id IN (1, 2) ORDER BY id"},
		{"like all", "users", []string{"name", "like(all).{*n*,A*}"}, "SELECT * FROM users WHERE id = 1"},
		{"match", "users", []string{"name", "match.^[AB]", "order", "id"}, "SELECT * FROM users WHERE id IN (1, 2) ORDER BY id"},
		{"is null", "users", []string{"age", "is.null"}, "SELECT * FROM users WHERE age IS NULL"},
		{"is not null", "users", []string{"age", "is.not_null", "order", "id"}, "SELECT * FROM users WHERE age IS NOT NULL ORDER BY id"},
		{"isdistinct", "users", []string{"age", "isdistinct.41", "order", "id"}, "SELECT * FROM users WHERE age IS DISTINCT FROM 41 ORDER BY id"},
		{"array contains", "users", []string{"tags", "cs.{a}"}, "SELECT * FROM users WHERE tags @> '{a}'"},
		{"array overlaps", "users", []string{"tags", "ov.{a,zz}"}, "SELECT * FROM users WHERE tags && '{a,zz}'"},
		{"json contains", "users", []string{"data", `cs.{"s":"one"}`}, `SELECT * FROM users WHERE data @> '{"s":"one"}'`},
		{"range left of", "users", []string{"span", "sl.[6,7)"}, "SELECT * FROM users WHERE span << '[6,7)'"},
		{"range adjacent", "users", []string{"span", "adj.[9,10)"}, "SELECT * FROM users WHERE span -|- '[9,10)'"},
		{"json text compared", "users", []string{"data->>s", "eq.one"}, "SELECT * FROM users WHERE data->>'s' = 'one'"},
		{"json compared", "users", []string{"data->x->y->0", "eq.10"}, "SELECT * FROM users WHERE id = 1"},
		{"enum", "users", []string{"mood", "in.(sad,ok)", "order", "id"}, "SELECT * FROM users WHERE mood IN ('sad', 'ok') ORDER BY id"},
		{"text search", "posts", []string{"body", "fts(english).quick", "order", "id"}, "SELECT * FROM posts WHERE id IN (1, 4) ORDER BY id"},
		{"phrase search", "posts", []string{"body", "wfts.lazy dogs"}, "SELECT * FROM posts WHERE id = 2"},
		{"or", "users", []string{"or", "(age.lt.18,and(name.eq.Ann,age.gt.40),not.or(id.lt.4,age.is.null))", "order", "id"},
			"SELECT * FROM users WHERE id IN (1, 2, 4) ORDER BY id"},
		{"not or", "users", []string{"not.or", "(id.eq.1,id.eq.2)", "order", "id"}, "SELECT * FROM users WHERE id NOT IN (1, 2) ORDER BY id"},
		{"nested values", "users", []string{"or", `(name.in.(Bob,"D\"e, (f)"),tags.cs.{a,b},span.sl.[6,7),name.not.like.*)`, "order", "id"},
			"SELECT * FROM users WHERE id IN (1, 2, 4) ORDER BY id"},
		{"order with nulls", "users", []string{"select", "id", "order", "age.desc.nullslast,id"}, "SELECT id FROM users ORDER BY age DESC NULLS LAST, id"},
		{"bounds", "users", []string{"select", "id", "order", "id", "limit", "2", "offset", "1"}, "SELECT id FROM users ORDER BY id LIMIT 2 OFFSET 1"},
		{"camel case as it is", "users", []string{"select", "id,camelCase", "camelCase", "eq.7"}, `SELECT id, "camelCase" FROM users WHERE "camelCase" = 7`},
		{"camel case for snake case", "posts", []string{"select", "authorId", "authorId", "eq.2"}, `SELECT author_id AS "authorId" FROM posts WHERE author_id = 2`},
		{"odd names", `odd "name"`, []string{"select", `"a.b","c,d",é`, `"a.b"`, "eq.1"}, `SELECT * FROM "odd ""name"""`},
		{"computed column", "users", []string{"select", "initial", "initial", "eq.B"}, "SELECT 'B' AS initial"},
		{"count of rows", "posts", []string{"select", "count()"}, "SELECT count(*) FROM posts"},
		{"grouped", "posts", []string{"select", "author_id,likes.sum(),top:likes.max()::text", "order", "author_id"},
			"SELECT author_id, sum(likes), max(likes)::text AS top FROM posts GROUP BY author_id ORDER BY author_id"},
		{"ordered by an aggregate", "posts", []string{"select", "author_id,total:likes.sum()", "order", "total.desc", "limit", "1"},
			"SELECT 2 AS author_id, 9 AS total"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := *w
			w.TB = t
			require.JSONEq(t, w.ask(tc.sql), w.read(query(t, tc.table, tc.query...)))
		})
	}
}

func TestEmbedsAnswerWhatSQLAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct {
		name  string
		table string
		query []string
		want  string
	}{
		{"to one by table and hint", "posts", []string{"select", "id,users!author_id(name)", "order", "id", "limit", "2"},
			`[{"id":1,"users":{"name":"Ann"}},{"id":2,"users":{"name":"Ann"}}]`},
		{"to one by column", "posts", []string{"select", "id,from:author_id(name)", "id", "eq.3"}, `[{"id":3,"from":{"name":"Bob"}}]`},
		{"to one by constraint", "posts", []string{"select", "id,edited_by(name)", "order", "id"},
			`[{"id":1,"edited_by":{"name":"Bob"}},{"id":2,"edited_by":null},{"id":3,"edited_by":{"name":"Ann"}},{"id":4,"edited_by":null}]`},
		{"two to one", "posts", []string{"select", "a:author_id(name),e:editor_id(name)", "id", "eq.1"}, `[{"a":{"name":"Ann"},"e":{"name":"Bob"}}]`},
		{"one to one both ways", "users", []string{"select", "id,profiles(bio,users(name))", "order", "id", "id", "in.(1,2,4)"},
			`[{"id":1,"profiles":{"bio":"first","users":{"name":"Ann"}}},{"id":2,"profiles":null},{"id":4,"profiles":{"bio":null,"users":{"name":"D\"e, (f)"}}}]`},
		{"to many", "users", []string{"select", "id,posts!author_id(id,title)", "order", "id", "posts.order", "id.desc"},
			`[{"id":1,"posts":[{"id":2,"title":"beta"},{"id":1,"title":"alpha"}]},{"id":2,"posts":[{"id":3,"title":"gamma"}]},{"id":3,"posts":[]},{"id":4,"posts":[{"id":4,"title":"delta"}]}]`},
		{"limits count parents", "users", []string{"select", "name,posts!author_id(id)", "order", "name.desc", "limit", "2", "offset", "2", "posts.order", "id"},
			`[{"name":"Bob","posts":[{"id":3}]},{"name":"Ann","posts":[{"id":1},{"id":2}]}]`},
		{"limit of an embed", "users", []string{"select", "id,posts!author_id(id)", "posts.order", "id.desc", "posts.limit", "1", "id", "eq.1"},
			`[{"id":1,"posts":[{"id":2}]}]`},
		{"offset of an embed", "users", []string{"select", "id,posts!author_id(id)", "posts.order", "id.desc", "posts.offset", "1", "id", "eq.1"},
			`[{"id":1,"posts":[{"id":1}]}]`},
		{"filter of an embed", "users", []string{"select", "id,posts!author_id(id)", "posts.likes", "gt.4", "order", "id", "limit", "2"},
			`[{"id":1,"posts":[{"id":1}]},{"id":2,"posts":[{"id":3}]}]`},
		{"or of an embed", "users", []string{"select", "id,posts!author_id(id)", "posts.or", "(id.eq.1,id.eq.3)", "order", "id", "limit", "2"},
			`[{"id":1,"posts":[{"id":1}]},{"id":2,"posts":[{"id":3}]}]`},
		{"inner to many", "users", []string{"select", "id,posts!author_id!inner(id)", "posts.likes", "gt.8"}, `[{"id":2,"posts":[{"id":3}]}]`},
		{"inner to one", "posts", []string{"select", "id,author:author_id!inner(name)", "author.name", "eq.Bob", "limit", "5"}, `[{"id":3,"author":{"name":"Bob"}}]`},
		{"left filter keeps parents", "posts", []string{"select", "id,author:author_id(name)", "author.name", "eq.Bob", "order", "id", "limit", "3"},
			`[{"id":1,"author":null},{"id":2,"author":null},{"id":3,"author":{"name":"Bob"}}]`},
		{"inner without columns", "users", []string{"select", "id,posts!author_id!inner()", "order", "id"}, `[{"id":1},{"id":2},{"id":4}]`},
		{"absent by null test", "users", []string{"select", "id,posts!author_id()", "posts", "is.null"}, `[{"id":3}]`},
		{"or across embeds", "posts", []string{"select", "id,author:author_id(name),comments()", "or", "(author.name.eq.Bob,comments.text.eq.nice)", "order", "id"},
			`[{"id":1,"author":{"name":"Ann"}},{"id":3,"author":{"name":"Bob"}}]`},
		{"many to many", "posts", []string{"select", "id,tags(label)", "order", "id", "tags.order", "label.desc"},
			`[{"id":1,"tags":[{"label":"sql"},{"label":"go"}]},{"id":2,"tags":[]},{"id":3,"tags":[{"label":"sql"}]},{"id":4,"tags":[]}]`},
		{"two to many", "posts", []string{"select", "id,comments(text),tags(label)", "id", "eq.1", "comments.order", "id", "tags.order", "id"},
			`[{"id":1,"comments":[{"text":"nice"},{"text":"meh"}],"tags":[{"label":"go"},{"label":"sql"}]}]`},
		{"three levels", "users", []string{"select", "name,posts!author_id(title,comments(text,by:user_id(name)))", "id", "eq.1", "posts.order", "id", "posts.comments.order", "id"},
			`[{"name":"Ann","posts":[{"title":"alpha","comments":[{"text":"nice","by":{"name":"Bob"}},{"text":"meh","by":{"name":"Cid"}}]},{"title":"beta","comments":[]}]}]`},
		{"to many inside to one", "comments", []string{"select", "id,posts(title,tags(label))", "id", "eq.3"}, `[{"id":3,"posts":{"title":"gamma","tags":[{"label":"sql"}]}}]`},
		{"to one inside to many", "users", []string{"select", "id,comments(text,posts(title,a:author_id(name)))", "id", "eq.1"},
			`[{"id":1,"comments":[{"text":"wow","posts":{"title":"gamma","a":{"name":"Bob"}}}]}]`},
		{"spread", "posts", []string{"select", "id,...author_id(author:name)", "id", "eq.1"}, `[{"id":1,"author":"Ann"}]`},
		{"spread with an embed inside", "comments", []string{"select", "id,...posts(title,...author_id(name))", "id", "eq.1"}, `[{"id":1,"title":"alpha","name":"Ann"}]`},
		{"self to one", "users", []string{"select", "name,boss(name)", "id", "eq.2"}, `[{"name":"Bob","boss":{"name":"Ann"}}]`},
		{"self to many", "users", []string{"select", "name,staff:users!boss(name)", "id", "eq.1", "staff.order", "name"}, `[{"name":"Ann","staff":[{"name":"Bob"},{"name":"Cid"}]}]`},
		{"self by constraint", "traps", []string{"select", "r,more(r)", "r", "eq.1"}, `[{"r":1,"more":{"r":2}}]`},
		{"another schema", "users", []string{"select", "name,acc:other.accounts(balance)", "id", "eq.1", "acc.order", "id"}, `[{"name":"Ann","acc":[{"balance":10.50},{"balance":4.25}]}]`},
		{"computed relation", "users", []string{"select", "name,popular(title)", "order", "id", "limit", "2"},
			`[{"name":"Ann","popular":[{"title":"alpha"}]},{"name":"Bob","popular":[{"title":"gamma"}]}]`},
		{"computed column beside an embed", "users", []string{"select", "initial,posts!author_id(id)", "order", "initial.desc", "limit", "1"},
			`[{"initial":"D","posts":[{"id":4}]}]`},
		{"computed column in the order of a page", "users", []string{"select", "name,profiles(bio)", "order", "initial.desc", "limit", "1"},
			`[{"name":"D\"e, (f)","profiles":{"bio":null}}]`},
		{"computed relation of a table without a key", "keyless", []string{"select", "word,labels(label)", "order", "word", "labels.order", "id"},
			`[{"word":"a","labels":[{"label":"go"}]},{"word":"b","labels":[{"label":"go"}]},{"word":"c","labels":[{"label":"go"},{"label":"sql"}]}]`},
		{"names of our own", "traps", []string{"select", "r,t0,pick,more:traps!up(r,t1),up(r,t0,pick,more:traps(r))", "order", "r", "limit", "1", "more.limit", "5"},
			`[{"r":1,"t0":2,"pick":"1","more":[],"up":{"r":2,"t0":3,"pick":"2","more":[{"r":1}]}}]`},
		{"aggregates in an embed", "users", []string{"select", "id,posts!author_id(likes.sum(),count())", "order", "id", "limit", "1"},
			`[{"id":1,"posts":[{"sum":8,"count":2}]}]`},
		{"aggregates by a related row", "posts", []string{"select", "likes.sum(),author:author_id(name)", "order", "sum.desc"},
			`[{"sum":9,"author":{"name":"Bob"}},{"sum":8,"author":{"name":"Ann"}},{"sum":0,"author":{"name":"D\"e, (f)"}}]`},
		{"ordered by a related row", "posts", []string{"select", "id,author:author_id(name)", "order", "author(name).desc,id", "limit", "3"},
			`[{"id":4,"author":{"name":"D\"e, (f)"}},{"id":3,"author":{"name":"Bob"}},{"id":1,"author":{"name":"Ann"}}]`},
		{"all columns of an embed", "comments", []string{"select", "id,posts(*)", "id", "eq.1"},
			`[{"id":1,"posts":{"id":1,"author_id":1,"editor_id":2,"title":"alpha","body":"the quick fox","likes":5}}]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := *w
			w.TB = t
			require.JSONEq(t, tc.want, w.read(query(t, tc.table, tc.query...)))
		})
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct {
		name  string
		table string
		query []string
		want  string
	}{
		{"plain", "users", []string{"age", "gt.20", "limit", "1"}, `[{"count":2}]`},
		{"inner embed", "users", []string{"select", "id,posts!author_id!inner(id)", "posts.likes", "gt.4", "limit", "1"}, `[{"count":2}]`},
		{"left embed with bounds", "users", []string{"select", "id,posts!author_id(id)", "posts.limit", "1", "posts.likes", "gt.4"}, `[{"count":4}]`},
		{"condition across an embed", "posts", []string{"select", "id,a:author_id(name),comments()", "or", "(a.name.eq.Bob,comments.text.eq.nice)"}, `[{"count":2}]`},
		{"groups", "posts", []string{"select", "author_id,count()"}, `[{"count":3}]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := *w
			w.TB = t
			r := query(t, tc.table, tc.query...)
			require.JSONEq(t, tc.want, w.read(sqltext.CountOf(r, sqltext.CountExact)))

			plan, values, err := w.compile(sqltext.CountOf(r, sqltext.CountPlanned))
			require.NoError(t, err)
			args, err := plan.Args(values)
			require.NoError(t, err)
			result := w.db.PgConn().ExecParams(t.Context(), plan.SQL, args, nil, nil, nil).Read()
			require.NoError(t, result.Err, plan.SQL)
			_, err = sqltext.PlannedRows(result.Rows[0][0])
			require.NoError(t, err)
		})
	}
}

func TestRefusalsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct {
		name   string
		table  string
		query  []string
		code   wire.Code
		detail string
		hint   string
	}{
		{"unknown table", "user", nil, wire.UnknownTable, `"user"`, "users"},
		{"unknown column", "users", []string{"select", "nmae"}, wire.UnknownColumn, "nmae", "name"},
		{"unknown column in a filter", "users", []string{"aeg", "eq.1"}, wire.UnknownColumn, "aeg", "age"},
		{"unknown column in an order", "users", []string{"order", "foo"}, wire.UnknownColumn, "foo", ""},
		{"unknown column of an embed", "users", []string{"select", "posts!author_id(titel)"}, wire.UnknownColumn, "titel", "title"},
		{"relation without columns", "posts", []string{"select", "comments"}, wire.UnknownColumn, "comments", "comments(*)"},
		{"unknown relation", "posts", []string{"select", "coments(*)"}, wire.InvalidSelect, "coments", "comments"},
		{"unknown hint", "posts", []string{"select", "users!nobody(*)"}, wire.InvalidSelect, "nobody", "users"},
		{"ambiguous relation", "posts", []string{"select", "users(*)"}, wire.InvalidSelect, "more than one way", "users!edited_by"},
		{"unknown operator", "users", []string{"age", "eqq.1"}, wire.InvalidFilter, "eqq", "eq"},
		{"operator without a value", "users", []string{"age", "eq"}, wire.InvalidFilter, `"."`, ""},
		{"empty value", "users", []string{"age", ""}, wire.InvalidFilter, "operator", ""},
		{"filter of what is not embedded", "users", []string{"posts.title", "eq.a"}, wire.InvalidFilter, "posts", "select"},
		{"filter without effect", "users", []string{"select", "id,posts!author_id()", "posts.id", "eq.1"}, wire.InvalidFilter, "not selected", "inner"},
		{"unbalanced tree", "users", []string{"or", "(id.eq.1,(id.eq.2)"}, wire.InvalidFilter, "character", ""},
		{"misspelt operator in a tree", "users", []string{"or", "(id.eqq.1)"}, wire.InvalidFilter, "eqq", "eq"},
		{"negative limit", "users", []string{"limit", "-1"}, wire.InvalidRequest, "-1", ""},
		{"order by many", "users", []string{"select", "posts!author_id(id)", "order", "posts(id)"}, wire.InvalidOrder, "many", ""},
		{"star beside an aggregate", "users", []string{"select", "*,count()"}, wire.InvalidSelect, "aggregate", ""},
		{"spread of many", "users", []string{"select", "...posts!author_id(id.max())"}, wire.InvalidSelect, "spread", ""},
		{"is of a number", "users", []string{"age", "is.4"}, wire.InvalidFilter, "not_null", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := parseQuery(tc.table, tc.query...)
			if err == nil {
				_, _, err = w.compile(r)
			}
			require.Error(t, err)
			p := problem(t, err)
			require.Equal(t, tc.code, p.Code, p.Error())
			require.Contains(t, p.Detail, tc.detail)
			require.Contains(t, p.Hint, tc.hint)
		})
	}
}
