package rest_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// films is a schema with one of every relation and type that the language has
// words for.
const films = `
CREATE TABLE directors (id int PRIMARY KEY, name text NOT NULL, born date);
CREATE TABLE films (id int PRIMARY KEY, title text NOT NULL, year int, rating numeric, seen boolean, director_id int CONSTRAINT films_director REFERENCES directors,
	remake_of int CONSTRAINT films_remake REFERENCES films, shown int4range, days daterange, genres text[], scores int[], info jsonb, words tsvector, size point);
CREATE TABLE specs (film_id int PRIMARY KEY REFERENCES films, length int);
CREATE TABLE actors (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE roles (film_id int REFERENCES films, actor_id int REFERENCES actors, part text, PRIMARY KEY (film_id, actor_id));
CREATE TABLE sales ("year, no" int, "sale.s" int, "o'neil ""x""" text, "größe" int, PRIMARY KEY ("year, no"));
CREATE TYPE address AS (street text, zip int);
CREATE TABLE houses (id int PRIMARY KEY, home address, past address[]);
CREATE TABLE reviews (id int PRIMARY KEY, note text, info json, count int);
CREATE FUNCTION decade(f films) RETURNS int STABLE LANGUAGE sql AS 'SELECT f.year / 10 * 10';
CREATE FUNCTION sequels(f films) RETURNS SETOF films STABLE LANGUAGE sql AS 'SELECT * FROM films WHERE remake_of = f.id';
CREATE FUNCTION helmed_by(f films) RETURNS SETOF directors ROWS 1 STABLE LANGUAGE sql AS 'SELECT * FROM directors WHERE id = f.director_id';
CREATE FUNCTION danger(f films) RETURNS int VOLATILE LANGUAGE sql AS 'DELETE FROM canary RETURNING id';
INSERT INTO directors VALUES (1, 'Ada', '1950-01-01'), (2, 'Ben', '1960-02-02'), (3, 'Cy', NULL);
INSERT INTO films VALUES
	(1, 'Cats Run', 1985, 7.5, true, 1, NULL, '[1,5)', '[2024-01-01,2024-01-05)', '{drama,war}', '{1,2}', '{"box": {"usd": [10, 20]}, "lang": "en"}', to_tsvector('english', 'cats are running'), '(1,2)'),
	(2, 'Dogs Sit', 1995, 6, false, 1, 1, '[5,9)', '[2024-01-05,2024-01-09)', '{comedy}', '{3}', '{"lang": "fr"}', to_tsvector('english', 'dogs sat'), NULL),
	(3, 'Eels', 1995, NULL, NULL, 2, NULL, '[20,30)', NULL, '{}', NULL, NULL, NULL, NULL),
	(4, 'fish 100%', 2001, 9, true, NULL, NULL, NULL, NULL, NULL, NULL, '[1, {"a": null}]', NULL, NULL);
INSERT INTO specs VALUES (1, 90), (2, 120);
INSERT INTO actors VALUES (1, 'Kim'), (2, 'Lou'), (3, 'Max');
INSERT INTO roles VALUES (1, 1, 'cat'), (1, 2, 'dog'), (2, 2, 'dog');
INSERT INTO sales VALUES (1, 10, 'x', 5), (2, 20, 'y', 6);
INSERT INTO reviews VALUES (1, '"', '{"!@#$^_d": {"(x)": 3, "e!*": 4}}', 7), (2, 'say "hi"', NULL, 8), (3, 'a, b', NULL, 9);
INSERT INTO houses VALUES (1, ROW('Elm', 12), ARRAY[ROW('Oak', 1)::address]);
`

type question struct{ name, query, want string }

func ask(t *testing.T, questions []question) {
	t.Helper()
	t.Parallel()
	w := newWorld(t)
	w.Exec(t, films)
	for _, q := range questions {
		t.Run(q.name, func(t *testing.T) {
			reply := w.with(t).bare("GET /rest/v1/"+q.query, "")
			require.Equal(t, 200, reply.Status, reply.Body)
			require.JSONEq(t, q.want, reply.Body)
		})
	}
}

func ids(list string) string {
	out := "["
	for i, id := range list {
		if i > 0 {
			out += ","
		}
		out += `{"id":` + string(id) + `}`
	}
	return out + "]"
}

func TestOperators(t *testing.T) {
	const films = "films?select=id&order=id&"
	ask(t, []question{
		{"eq", films + "year=eq.1995", ids("23")},
		{"neq", films + "year=neq.1995", ids("14")},
		{"gt", films + "year=gt.1995", ids("4")},
		{"gte", films + "year=gte.1995", ids("234")},
		{"lt", films + "year=lt.1995", ids("1")},
		{"lte", films + "year=lte.1995", ids("123")},
		{"like", films + "title=like.*s*t", ids("2")},
		{"like percent", films + "title=like.%25s", ids("3")},
		{"ilike", films + "title=ilike.*RUN", ids("1")},
		{"match", films + "title=match.%5E[CD].*s", ids("12")},
		{"imatch", films + "title=imatch.%5ECATS", ids("1")},
		{"in", films + `title=in.(Eels,"Cats%20Run")`, ids("13")},
		{"in with commas", "people?select=id&name=in.(%22D%5C%22e,%20(f)%22,Ann)&order=id", ids("14")},
		{"in with a lone quote", `reviews?select=id&note=in.(")`, ids("1")},
		{"in with quotes inside", `reviews?select=id&note=in.(say%20"hi","a,%20b"%20)&order=id`, ids("23")},
		{"in with nothing but spaces", films + "id=in.(%20%20)", `[]`},
		{"in with spaces", films + "title=in.(%20Eels)", ids("3")},
		{"is null", films + "rating=is.null", ids("3")},
		{"is not_null", films + "rating=is.not_null", ids("124")},
		{"is true", films + "seen=is.true", ids("14")},
		{"is false", films + "seen=is.false", ids("2")},
		{"is unknown", films + "seen=is.unknown", ids("3")},
		{"isdistinct", films + "rating=isdistinct.6", ids("134")},
		{"fts", films + "words=fts.cat", ids("1")},
		{"fts with configuration", films + "title=fts(english).run", ids("1")},
		{"plfts", films + "title=plfts(english).cats%20running", ids("1")},
		{"phfts", films + "title=phfts(english).dogs%20sit", ids("2")},
		{"wfts", films + "title=wfts(english).cat%20or%20dog", ids("12")},
		{"cs array", films + "genres=cs.{war}", ids("1")},
		{"cs json", films + `info=cs.{"lang":"fr"}`, ids("2")},
		{"cs range", films + "shown=cs.[2,3]", ids("1")},
		{"cd array", films + "genres=cd.{war,drama,comedy}", ids("123")},
		{"cd range", films + "shown=cd.[0,10)", ids("12")},
		{"ov array", films + "genres=ov.{war,comedy}", ids("12")},
		{"ov range", films + "days=ov.[2024-01-04,2024-01-06)", ids("12")},
		{"sl", films + "shown=sl.[5,9)", ids("1")},
		{"sr", films + "shown=sr.[1,5)", ids("23")},
		{"nxr", films + "shown=nxr.[1,9)", ids("12")},
		{"nxl", films + "shown=nxl.[5,6)", ids("23")},
		{"adj", films + "shown=adj.[9,20)", ids("23")},
		{"not", films + "year=not.eq.1995", ids("14")},
		{"not in", films + "id=not.in.(1,2)", ids("34")},
		{"not is", films + "rating=not.is.null", ids("124")},
		{"not fts", films + "words=not.fts.cat", ids("2")},
		{"any", films + "year=eq(any).{1985,2001}", ids("14")},
		{"like any", films + "title=like(any).{C*,E*}", ids("13")},
		{"ilike all", films + "title=ilike(all).{*s*,*t*}", ids("12")},
		{"match any", films + `title=match(any).{^C,^D}`, ids("12")},
		{"imatch any", films + `title=imatch(any).{^c,^e}`, ids("13")},
		{"gt all", films + "id=gt(all).{1,2}", ids("34")},
		{"not any", films + "year=not.eq(any).{1985,2001}", ids("23")},
		{"the other spelling", films + "year.gte=1995&title.not.like=E*", ids("24")},
		{"array index", films + "scores->0=eq.3", ids("2")},
		{"json arrow", films + "info->box->usd->0=eq.10", ids("1")},
		{"json text", films + "info->>lang=eq.en", ids("1")},
		{"json from the end", films + "info->box->usd->>-1=eq.20", ids("1")},
		{"json is null", films + "info->>lang=is.null", ids("34")},
		{"json member of any letters", "reviews?select=id&info->!@%23$%5E_d->>e!*=eq.4", ids("1")},
		{"composite", "houses?select=id&home->>street=eq.Elm", ids("1")},
		{"computed column", films + "decade=eq.1990", ids("23")},
		{"cast column", films + "year::text=like.19*", ids("123")},
	})
}

func TestLogic(t *testing.T) {
	const films = "films?select=id&order=id&"
	ask(t, []question{
		{"or", films + "or=(year.eq.1985,rating.gt.8)", ids("14")},
		{"and", films + "and=(year.gte.1990,year.lt.2000)", ids("23")},
		{"nested", films + "or=(id.eq.1,and(year.eq.1995,or(rating.eq.6,title.eq.x)))", ids("12")},
		{"spaces", films + "and=(%20or%20(%20id.eq.1%20,%20id.eq.2%20)%20,%20not.and%20(id.eq.2,year.eq.1995)%20)", ids("1")},
		{"negated inside", films + "and=(not.or(id.eq.1,id.eq.2),id.not.eq.4)", ids("3")},
		{"negated", films + "not.and=(year.eq.1995,id.eq.2)", ids("134")},
		{"quoted values", "people?select=id&or=(name.eq.%22D%5C%22e,%20(f)%22,id.eq.1)&order=id", ids("14")},
		{"in and lists inside", films + "or=(id.in.(1,2),genres.cs.{comedy},year.eq(any).{2001})", ids("124")},
		{"twice", films + "or=(id.eq.1,id.eq.2)&or=(year.eq.1995,id.eq.9)", ids("2")},
		{"json path inside", films + "or=(info->>lang.eq.fr,info->box->usd->>0.eq.10)", ids("12")},
		{"quoted column inside", "sales?select=n:%22year,%20no%22&or=(%22sale.s%22.eq.10,%22gr%C3%B6%C3%9Fe%22.eq.99)", `[{"n":1}]`},
		{"across relations", "films?select=id,directors(),actors()&or=(directors.name.eq.Ben,actors.name.eq.Kim)&order=id", ids("13")},
		{"across relations and columns", "films?select=id,directors(name)&or=(directors.name.eq.Ben,id.eq.4)&order=id", `[{"id":3,"directors":{"name":"Ben"}},{"id":4,"directors":null}]`},
		{"of a relation", "directors?select=id,films(id)&films.or=(id.eq.1,year.gt.2000)&order=id", `[{"id":1,"films":[{"id":1}]},{"id":2,"films":[]},{"id":3,"films":[]}]`},
		{"of a relation, by the name behind its alias", "directors?select=id,f:films(id)&films.or=(id.eq.1,year.gt.2000)&films.order=id&id=eq.1", `[{"id":1,"f":[{"id":1}]}]`},
		{"a column that an alias stands for", "films?select=id,by:director_id(name)&director_id.eq=2", `[{"id":3,"by":{"name":"Ben"}}]`},
		{"relation is null", "directors?select=id,films()&films=is.null", ids("3")},
		{"relation is not null", "directors?select=id,films()&films=not.is.null&order=id", ids("12")},
		{"relation or column", "directors?select=id,films()&or=(films.is.null,name.eq.Ada)&order=id", ids("13")},
	})
}

func TestRelations(t *testing.T) {
	ask(t, []question{
		{"many to one", "films?select=id,directors(name)&id=eq.1", `[{"id":1,"directors":{"name":"Ada"}}]`},
		{"one to many", "directors?select=id,films(id)&id=eq.1&films.order=id.desc", `[{"id":1,"films":[{"id":2},{"id":1}]}]`},
		{"one to one", "films?select=id,specs(length)&order=id&limit=3", `[{"id":1,"specs":{"length":90}},{"id":2,"specs":{"length":120}},{"id":3,"specs":null}]`},
		{"many to many", "films?select=id,actors(name)&id=lt.3&order=id&actors.order=name.desc", `[{"id":1,"actors":[{"name":"Lou"},{"name":"Kim"}]},{"id":2,"actors":[{"name":"Lou"}]}]`},
		{"hint by constraint", "films?select=id,by:directors!films_director(name)&id=eq.1", `[{"id":1,"by":{"name":"Ada"}}]`},
		{"hint by column", "films?select=id,by:directors!director_id(name)&id=eq.1", `[{"id":1,"by":{"name":"Ada"}}]`},
		{"by column alone", "films?select=id,director_id(name)&id=eq.1", `[{"id":1,"director_id":{"name":"Ada"}}]`},
		{"hint by the column that is referred to", "films?select=id,by:directors!id(name)&id=eq.1", `[{"id":1,"by":{"name":"Ada"}}]`},
		{"by the column that is referred to", "directors?select=name,id(title)&id=eq.2", `[{"name":"Ben","id":[{"title":"Eels"}]}]`},
		{"hint by junction", "films?select=id,actors!roles(name)&id=eq.2", `[{"id":2,"actors":[{"name":"Lou"}]}]`},
		{"itself, to one", "films?select=id,original:films_remake(title)&id=eq.2", `[{"id":2,"original":{"title":"Cats Run"}}]`},
		{"itself, to many", "films?select=id,remakes:films!films_remake(id)&id=eq.1", `[{"id":1,"remakes":[{"id":2}]}]`},
		{"inner", "directors?select=id,films!inner(id)&films.year=gt.1990&order=id", `[{"id":1,"films":[{"id":2}]},{"id":2,"films":[{"id":3}]}]`},
		{"left", "directors?select=id,films!left(id)&films.year=gt.2000&order=id&limit=1", `[{"id":1,"films":[]}]`},
		{"hint and inner", "films?select=id,by:directors!films_director!inner(name)&by.name=eq.Ben", `[{"id":3,"by":{"name":"Ben"}}]`},
		{"inner to one bounds", "films?select=id,directors!inner()&order=id.desc&limit=2", ids("32")},
		{"filter", "directors?select=id,films(id)&films.year=eq.1985&order=id&limit=1", `[{"id":1,"films":[{"id":1}]}]`},
		{"limit and offset", "directors?select=id,films(id)&films.order=id&films.limit=1&films.offset=1&id=eq.1", `[{"id":1,"films":[{"id":2}]}]`},
		{"order by a relation", "films?select=id,directors(name)&order=directors(name).desc.nullslast,id&limit=1", `[{"id":3,"directors":{"name":"Ben"}}]`},
		{"nested", "directors?select=name,films(title,actors(name),specs(length))&id=eq.1&films.id=eq.2", `[{"name":"Ada","films":[{"title":"Dogs Sit","actors":[{"name":"Lou"}],"specs":{"length":120}}]}]`},
		{"nested order", "directors?select=id,films(id,actors(name))&films.actors.order=name.desc&films.id=eq.1&id=eq.1", `[{"id":1,"films":[{"id":1,"actors":[{"name":"Lou"},{"name":"Kim"}]}]}]`},
		{"two of the same", "films?select=id,a:actors(name),b:actors(id)&a.name=eq.Kim&b.name=eq.Lou&id=eq.1", `[{"id":1,"a":[{"name":"Kim"}],"b":[{"id":2}]}]`},
		{"spread", "films?select=id,...directors(director:name)&id=eq.1", `[{"id":1,"director":"Ada"}]`},
		{"spread of spread", "roles?select=part,...films(title,...directors(name))&film_id=eq.2", `[{"part":"dog","title":"Dogs Sit","name":"Ada"}]`},
		{"spread one to one", "films?select=id,...specs(length)&id=eq.1", `[{"id":1,"length":90}]`},
		{"spread of many", "directors?select=name,...films(titles:title,years:year)&films.order=id.desc&order=id", `[{"name":"Ada","titles":["Dogs Sit","Cats Run"],"years":[1995,1985]},{"name":"Ben","titles":["Eels"],"years":[1995]},{"name":"Cy","titles":[],"years":[]}]`},
		{"spread of many filtered and bounded", "directors?select=id,...films!inner(id)&films.year=gt.1980&films.order=year&films.limit=1&id=eq.1", `[{"id":[1]}]`},
		{"spread of many to many", "films?select=id,...actors(names:name)&actors.order=name&id=lt.3&order=id", `[{"id":1,"names":["Kim","Lou"]},{"id":2,"names":["Lou"]}]`},
		{"spread of many, all columns", "actors?select=name,...roles(*)&roles.order=film_id&id=eq.2", `[{"name":"Lou","film_id":[1,2],"actor_id":[2,2],"part":["dog","dog"]}]`},
		{"spread to one in a spread of many", "directors?select=...films(id,...specs(length))&films.order=id&id=eq.1", `[{"id":[1,2],"length":[90,120]}]`},
		{"spread of many in a spread of many", "directors?select=...films(id,...actors(name))&films.order=id&films.actors.order=name&id=eq.1", `[{"id":[1,2],"name":[["Kim","Lou"],["Lou"]]}]`},
		{"spread of many in a spread to one", "roles?select=part,...films(title,...sequels(id))&film_id=eq.1&actor_id=eq.1", `[{"part":"cat","title":"Cats Run","id":[2]}]`},
		{"relations in a spread of many", "directors?select=...films(id,specs(length),actors(id))&films.order=id&films.actors.order=id&id=eq.1", `[{"id":[1,2],"specs":[{"length":90},{"length":120}],"actors":[[{"id":1},{"id":2}],[{"id":2}]]}]`},
		{"spread of many, null values", "directors?select=...films(info->>lang)&films.order=id&id=lt.3&order=id", `[{"lang":["en","fr"]},{"lang":[null]}]`},
		{"spread of a computed relation", "films?select=id,...helmed_by(name)&id=eq.1", `[{"id":1,"name":"Ada"}]`},
		{"two spreads beside a relation", "films?select=id,...actors(actors:name),...directors(director:name),specs(length)&actors.order=name&id=eq.1", `[{"id":1,"actors":["Kim","Lou"],"director":"Ada","specs":{"length":90}}]`},
		{"computed column", "films?select=id,decade&id=eq.1", `[{"id":1,"decade":1980}]`},
		{"computed relation to many", "films?select=id,sequels(id)&id=eq.1", `[{"id":1,"sequels":[{"id":2}]}]`},
		{"computed relation to one", "films?select=id,helmed_by(name)&id=in.(1,4)&order=id", `[{"id":1,"helmed_by":{"name":"Ada"}},{"id":4,"helmed_by":null}]`},
		{"computed relation filtered", "films?select=id,sequels!inner(id)&sequels.year=eq.1995", `[{"id":1,"sequels":[{"id":2}]}]`},
		{"nothing within", "directors?select=id,films(actors(roles()),specs())&id=eq.1", ids("1")},
		{"nothing within but inner", "directors?select=id,films!inner(actors!inner())&films.actors.name=eq.Kim", ids("1")},
		{"nothing within beside a column", "directors?select=id,films(id,actors(roles()))&films.order=id&id=eq.1", `[{"id":1,"films":[{"id":1},{"id":2}]}]`},
		{"all columns beside", "specs?select=*,films(id)&film_id=eq.1", `[{"film_id":1,"length":90,"films":{"id":1}}]`},
	})
}

func TestSelects(t *testing.T) {
	ask(t, []question{
		{"alias", "films?select=n:title&id=eq.1", `[{"n":"Cats Run"}]`},
		{"cast", "films?select=year::text&id=eq.1", `[{"year":"1985"}]`},
		{"alias and cast", "films?select=y:year::text&id=eq.1", `[{"y":"1985"}]`},
		{"json path", "films?select=info->box->usd->0,lang:info->>lang&id=eq.1", `[{"usd":10,"lang":"en"}]`},
		{"array path", "films?select=first:genres->>0,last:scores->-1&id=eq.1", `[{"first":"drama","last":2}]`},
		{"composite path", "houses?select=home->street,was:past->0->>street", `[{"street":"Elm","was":"Oak"}]`},
		{"path and cast", "films?select=n:info->box->usd->>0::int&id=eq.1", `[{"n":10}]`},
		{"json member of any letters", "reviews?select=info->!@%23$%5E_d->\"(x)\",info->!@%23$%5E_d->>e!*&id=eq.1", `[{"(x)":3,"e!*":"4"}]`},
		{"every type", "films?select=shown,size,days,words&id=eq.1", `[{"shown":"[1,5)","size":"(1,2)","days":"[2024-01-01,2024-01-05)","words":"'cat':1 'run':3"}]`},
		{"order by a path", "films?select=id&order=info->box->usd->0.asc.nullslast,id&limit=1", ids("1")},
		{"nullsfirst", "films?select=id&order=rating.desc.nullsfirst&limit=1", ids("3")},
		{"quoted names", "sales?select=%22year,%20no%22,%22sale.s%22,%22o'neil%20%5C%22x%5C%22%22,gr%C3%B6%C3%9Fe&%22sale.s%22=eq.10&order=%22year,%20no%22", `[{"year, no":1,"sale.s":10,"o'neil \"x\"":"x","größe":5}]`},
		{"quoted alias", "films?select=%22a.b,c%22:title&id=eq.1", `[{"a.b,c":"Cats Run"}]`},
	})
}

func TestAggregates(t *testing.T) {
	ask(t, []question{
		{"count", "films?select=count()", `[{"count":4}]`},
		{"count of a column", "films?select=rating.count()", `[{"count":3}]`},
		{"sum", "films?select=rating.sum()", `[{"sum":22.5}]`},
		{"avg cast", "films?select=year.avg()::int&year=eq.1995", `[{"avg":1995}]`},
		{"min and max", "films?select=least:year.min(),most:year.max()", `[{"least":1985,"most":2001}]`},
		{"grouped", "films?select=year,count()&order=year", `[{"year":1985,"count":1},{"year":1995,"count":2},{"year":2001,"count":1}]`},
		{"grouped by a path", "films?select=lang:info->>lang,count()&info->>lang=not.is.null&order=lang", `[{"lang":"en","count":1},{"lang":"fr","count":1}]`},
		{"count without parentheses", "films?select=count", `[{"count":4}]`},
		{"count without parentheses, grouped", "films?select=year,n:count::text&limit=1&order=n.desc", `[{"year":1995,"n":"2"}]`},
		{"count without parentheses in a relation", "directors?select=name,films(count)&id=eq.1", `[{"name":"Ada","films":[{"count":2}]}]`},
		{"a column called count", "reviews?select=count&id=eq.1", `[{"count":7}]`},
		{"in a spread", "films?select=rating.sum(),...directors(director:name,films:count())&order=directors(director)", `[{"sum":13.5,"director":"Ada","films":2},{"sum":null,"director":"Ben","films":1},{"sum":9,"director":null,"films":0}]`},
		{"in a spread of a spread", "roles?select=...films(title,...directors(born.max()))&order=films(title).desc", `[{"title":"Dogs Sit","max":"1950-01-01"},{"title":"Cats Run","max":"1950-01-01"}]`},
		{"in a spread of a relation", "actors?select=name,roles(...films(year.max()))&order=id", `[{"name":"Kim","roles":[{"max":1985}]},{"name":"Lou","roles":[{"max":1995}]},{"name":"Max","roles":[{"max":null}]}]`},
		{"by a relation in a spread", "roles?select=...films(directors(name),year.max())", `[{"directors":{"name":"Ada"},"max":1995}]`},
		{"of a path", "films?select=info->>lang.max()", `[{"max":"fr"}]`},
		{"cast before", "films?select=info->box->usd->>0::int.sum()", `[{"sum":10}]`},
		{"in a relation", "directors?select=name,films(count(),year.max())&id=eq.1", `[{"name":"Ada","films":[{"count":2,"max":1995}]}]`},
		{"by a relation", "films?select=count(),...directors(name)&directors.name=not.is.null&order=count.desc&limit=1", `[{"count":2,"name":"Ada"}]`},
		{"counted groups", "films?select=year,count()&limit=1&order=count.desc", `[{"year":1995,"count":2}]`},
	})
}

func TestCountsOfRelations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Exec(t, films)
	for _, tc := range []struct{ name, query, content string }{
		{"a relation that is spread and folded", "films?select=...directors(name,count())", "0-2/3"},
		{"a column called count", "reviews?select=count&limit=1", "0-0/3"},
		{"a relation by the name behind its alias", "films?select=id,by:directors(name)&or=(directors.name.eq.Ben,id.eq.4)", "0-1/2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			reply := w.with(t).bare("GET /rest/v1/"+tc.query, "", "Prefer: count=exact")
			require.Contains(t, []int{200, 206}, reply.Status, reply.Body)
			require.Equal(t, tc.content, string(reply.Header.Peek("Content-Range")))
		})
	}
}

// TestEstimates has the planner asked only where there are more rows than a read answers.
func TestEstimates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Exec(t, `CREATE TABLE shrunk (id int PRIMARY KEY) WITH (autovacuum_enabled = off);
		CREATE TABLE grown (id int PRIMARY KEY) WITH (autovacuum_enabled = off);
		INSERT INTO shrunk SELECT generate_series(1, 5000);
		INSERT INTO grown SELECT generate_series(1, 10);
		ANALYZE shrunk, grown;
		DELETE FROM shrunk WHERE id > 3;
		INSERT INTO grown SELECT generate_series(11, 1500)`)
	counted := func(query string) string {
		return string(w.bare("HEAD /rest/v1/"+query, "", "Prefer: count=estimated").Header.Peek("Content-Range"))
	}
	require.Equal(t, "0-2/3", counted("shrunk"))
	require.Equal(t, "0-1/2", counted("shrunk?id=gt.1"))
	require.Equal(t, "0-999/1001", counted("grown?id=gt.0&id=lt.2000&and=(id.neq.1,id.neq.2,id.neq.3)"), "more were seen than were guessed")
	require.Regexp(t, `^0-0/\d{4,}$`, counted("grown?limit=1"))
}
