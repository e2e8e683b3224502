// Package athena_test holds the rules that span the whole tree: which folder may
// import which, and where each library is at home. It reads imports only.
package athena_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "athena/"

// layers are the top folders with the folders that each may import.
var layers = map[string]struct {
	uses []string
	why  string
}{
	"wire":        {nil, "wire is the vocabulary that all others share, so it knows none of them"},
	"persistence": {[]string{"wire", "persistence"}, "a store must not depend on who asks it"},
	"actors":      {[]string{"wire", "persistence", "actors"}, "an actor must not know that its callers speak HTTP"},
	"http":        {[]string{"wire", "persistence", "actors", "http"}, "a handler takes its parts from cmd and never reaches for the program"},
	"cmd":         {[]string{"wire", "persistence", "actors", "http", "cmd", "bench"}, "the program wires all parts"},
	"bench":       {[]string{"wire", "bench"}, "a measurement speaks HTTP like any client, or it measures something else"},
}

// homes are the libraries with the folders that may see them. The program wires
// all parts and may see them all; the bench has peers of its own to compare with.
var homes = []struct {
	library string
	at      []string
	why     string
}{
	{"github.com/jackc/pgx", []string{"persistence", "cmd", "bench"}, "how Postgres is spoken to is decided in one layer"},
	{"github.com/pganalyze/pg_query_go", []string{"persistence"}, "what callers write in SQL is read below the front end"},
	{"github.com/apache/cassandra-gocql-driver", []string{"persistence"}, "other databases are stores, too"},
	{"github.com/riverqueue/river", []string{"persistence"}, "durable jobs are rows, claimed where rows are"},
	{"github.com/pressly/goose", []string{"persistence"}, "migrations belong to the stores"},
	{"github.com/aws/aws-sdk-go-v2", []string{"persistence", "cmd"}, "how objects are kept is decided in one layer"},
	{"github.com/redis/rueidis", []string{"persistence", "cmd"}, "caches are stores"},
	{"github.com/asynkron/protoactor-go", []string{"actors", "cmd"}, "handlers ask through actors.Ask, so that its traps are met in one place"},
	{"github.com/valyala/fasthttp", []string{"http", "bench"}, "nothing below the front end may keep memory of a request"},
	{"github.com/fasthttp/router", []string{"http"}, "routing belongs to the front end"},
	{"github.com/fasthttp/websocket", []string{"http", "cmd", "bench"}, "sockets are served by the front end, and used like any client does"},
	{"github.com/Shopify/toxiproxy", []string{"bench"}, "faults are made where promises are tested"},
	{"github.com/getkin/kin-openapi", []string{"http"}, "the document is compared where it is written and where tables are called"},
	{"github.com/golang-jwt", []string{"http"}, "who calls is found out before a handler runs"},
	{"github.com/MicahParks", []string{"http"}, "who calls is found out before a handler runs"},
	{"github.com/alecthomas/kong", []string{"cmd"}, "only the program reads flags"},
	{"github.com/knadh/koanf", []string{"cmd"}, "only the program reads files and the environment"},
}

// shared are the packages under http that are no domain.
var shared = []string{"http/route", "http/server", "http/auth", "http/openapi", "http/operations", "http/apitest"}

// source is one file: its package's folder, and what it imports.
type source struct {
	file    string
	folder  string
	pkg     string
	test    bool
	imports []string
}

func (s *source) layer() string {
	layer, _, _ := strings.Cut(s.folder, "/")
	return layer
}

// ours are the imports that lie in this module, as folders.
func (s *source) ours() []string {
	var list []string
	for _, imported := range s.imports {
		if folder, ok := strings.CutPrefix(imported, module); ok {
			list = append(list, folder)
		}
	}
	return list
}

func (s *source) uses(library string) bool {
	return slices.ContainsFunc(s.imports, func(imported string) bool {
		return imported == library || strings.HasPrefix(imported, library+"/")
	})
}

// sources are all Go files below the module's folder.
func sources(t *testing.T) []source {
	t.Helper()
	var list []source
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return passOver(entry.Name())
		}
		if !strings.HasSuffix(file, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err == nil {
			list = append(list, sourceOf(filepath.ToSlash(file), parsed))
		}
		return err
	})
	require.NoError(t, err)
	require.Greater(t, len(list), 50, "the walk found hardly any file")
	return list
}

func passOver(folder string) error {
	if folder == "testdata" || folder == "node_modules" || (len(folder) > 1 && strings.HasPrefix(folder, ".")) {
		return filepath.SkipDir
	}
	return nil
}

func sourceOf(file string, parsed *ast.File) source {
	s := source{file: file, folder: path.Dir(file), pkg: parsed.Name.Name, test: strings.HasSuffix(file, "_test.go")}
	for _, spec := range parsed.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value) // the parser has read it as a string already
		s.imports = append(s.imports, imported)
	}
	return s
}

// props are what any test may use to make the databases and tables it runs on.
var props = []string{"persistence/dbtest", "persistence/migrate", "http/apitest"}

// layerRule keeps imports of ours to the direction of the layers, in tests too.
func layerRule(s *source) []string {
	if s.folder == "." {
		return nil
	}
	layer, known := layers[s.layer()]
	if !known {
		return []string{fmt.Sprintf("the folder %s is no layer: give it a place in layers", s.layer())}
	}
	var broken []string
	for _, folder := range s.ours() {
		top, _, _ := strings.Cut(folder, "/")
		if s.test && folder == s.folder { // a test from outside its own package
			continue
		}
		if !slices.Contains(layer.uses, top) && !(s.test && slices.Contains(props, folder)) {
			broken = append(broken, fmt.Sprintf("imports %s, but %s", folder, layer.why))
		}
	}
	return broken
}

// homeRule keeps libraries to their homes. Tests may look at things from outside.
func homeRule(s *source) []string {
	if s.test {
		return nil
	}
	var broken []string
	for _, home := range homes {
		if s.uses(home.library) && !slices.Contains(home.at, s.layer()) {
			broken = append(broken, fmt.Sprintf("imports %s, at home in %s: %s", home.library, strings.Join(home.at, ", "), home.why))
		}
	}
	return broken
}

// siblingRule keeps stores and domains apart. A test may use a neighbour.
func siblingRule(s *source) []string {
	var broken []string
	for _, folder := range s.ours() {
		switch {
		case s.test || folder == s.folder:
		case isStore(s.folder) && isStore(folder):
			broken = append(broken, fmt.Sprintf("imports %s, but a store that leans on another shares its tables: let the caller use both", folder))
		case isDomain(s.folder) && strings.HasPrefix(folder, "http/") && folder != "http/route":
			broken = append(broken, fmt.Sprintf("imports %s, but a domain knows http/route and no neighbour: what two share belongs in wire or below", folder))
		}
	}
	return broken
}

func isStore(folder string) bool {
	return path.Dir(folder) == "persistence" && strings.HasSuffix(folder, "db")
}

func isDomain(folder string) bool {
	return path.Dir(folder) == "http" && !slices.Contains(shared, folder)
}

// testRule keeps what only helps tests out of the program.
func testRule(s *source) []string {
	if s.test || strings.HasSuffix(s.folder, "test") {
		return nil
	}
	var broken []string
	for _, imported := range s.imports {
		if imported == "testing" || (strings.HasPrefix(imported, module) && strings.HasSuffix(imported, "test")) {
			broken = append(broken, fmt.Sprintf("imports %s, which would put test code into the program", imported))
		}
	}
	return broken
}

// nameRule keeps the name http free for net/http, and names that say nothing out.
func nameRule(s *source) []string {
	switch {
	case s.folder == "http":
		return []string{"stands in http, which is a folder and no package, so that http. always means net/http"}
	case slices.Contains([]string{"http", "util", "common", "helpers", "types", "models"}, s.pkg):
		return []string{fmt.Sprintf("calls its package %s: name it for the thing that it holds", s.pkg)}
	}
	return nil
}

func TestImportRules(t *testing.T) {
	t.Parallel()
	files := sources(t)
	for name, rule := range map[string]func(*source) []string{
		"layers": layerRule, "libraries": homeRule, "siblings": siblingRule, "test code": testRule, "names": nameRule,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i := range files {
				for _, broken := range rule(&files[i]) {
					t.Errorf("%s %s", files[i].file, broken)
				}
			}
		})
	}
}

// TestPackageNamesAreUnique keeps every import free of an alias.
func TestPackageNamesAreUnique(t *testing.T) {
	t.Parallel()
	folders := map[string]string{}
	for _, s := range sources(t) {
		if s.test || s.pkg == "main" {
			continue
		}
		if other, known := folders[s.pkg]; known && other != s.folder {
			t.Errorf("%s and %s are both package %s: a file that needs both would need an alias", other, s.folder, s.pkg)
		}
		folders[s.pkg] = s.folder
	}
}

// TestRulesNotice feeds each rule what it must refuse and what it must let pass.
func TestRulesNotice(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		rule   func(*source) []string
		file   source
		broken bool
	}{
		{"a store asks for an actor", layerRule, source{folder: "persistence/chatdb", imports: []string{"athena/actors/room"}}, true},
		{"wire asks for anything", layerRule, source{folder: "wire", imports: []string{"athena/persistence"}}, true},
		{"a folder of its own", layerRule, source{folder: "misc"}, true},
		{"a test goes upwards", layerRule, source{folder: "actors/room", test: true, imports: []string{"athena/http/route"}}, true},
		{"a test makes a database", layerRule, source{folder: "bench", test: true, imports: []string{"athena/persistence/dbtest"}}, false},
		{"a program makes a test's database", layerRule, source{folder: "bench", imports: []string{"athena/persistence/dbtest"}}, true},
		{"an actor uses a store", layerRule, source{folder: "actors/room", imports: []string{"athena/persistence/chatdb"}}, false},
		{"pgx in a handler", homeRule, source{folder: "http/chat", imports: []string{"github.com/jackc/pgx/v5/pgconn"}}, true},
		{"pgx in a handler's test", homeRule, source{folder: "http/chat", test: true, imports: []string{"github.com/jackc/pgx/v5"}}, false},
		{"a name that begins alike", homeRule, source{folder: "wire", imports: []string{"github.com/jackc/pgxother"}}, false},
		{"fasthttp in an actor", homeRule, source{folder: "actors/room", imports: []string{"github.com/valyala/fasthttp"}}, true},
		{"store to store", siblingRule, source{folder: "persistence/keysdb", imports: []string{"athena/persistence/chatdb"}}, true},
		{"store to compiler", siblingRule, source{folder: "persistence/keysdb", imports: []string{"athena/persistence/sqltext"}}, false},
		{"domain to domain", siblingRule, source{folder: "http/rest", imports: []string{"athena/http/gateway"}}, true},
		{"domain to route", siblingRule, source{folder: "http/rest", imports: []string{"athena/http/route"}}, false},
		{"domain's test to server", siblingRule, source{folder: "http/rest", test: true, imports: []string{"athena/http/apitest"}}, false},
		{"test code in the program", testRule, source{folder: "actors/room", imports: []string{"athena/persistence/dbtest"}}, true},
		{"test code in test code", testRule, source{folder: "http/apitest", imports: []string{"testing"}}, false},
		{"a file in http", nameRule, source{folder: "http", pkg: "front"}, true},
		{"a package called util", nameRule, source{folder: "wire/util", pkg: "util"}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.broken, len(tc.rule(&tc.file)) > 0)
		})
	}
}
