package wire

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRegistryIsSound(t *testing.T) {
	t.Parallel()
	names, numbers := map[string]bool{}, map[int]bool{}
	for _, c := range Codes() {
		require.Regexp(t, regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`), c.Name, "a name stands in the path of its page")
		require.False(t, names[c.Name], "the name %s is given twice", c.Name)
		require.False(t, numbers[c.Number], "the number %d is given twice", c.Number)
		require.NotEmpty(t, c.Domain(), "no domain has the number of %s", c.Name)
		require.True(t, c.Status >= 400 && c.Status < 600, c.Name)
		require.NotEmpty(t, c.Summary, c.Name)
		names[c.Name], numbers[c.Number] = true, true
		found, ok := CodeNamed(c.Name)
		require.True(t, ok)
		require.Equal(t, c, found)
	}
	_, ok := CodeNamed("no_such")
	require.False(t, ok)
}

// TestEveryCodeIsRegistered reads the package's source: a code that is written as
// a literal would be missing in the catalog.
func TestEveryCodeIsRegistered(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		require.NoError(t, err)
		for _, declared := range file.Decls {
			group, ok := declared.(*ast.GenDecl)
			if !ok || group.Tok != token.VAR {
				continue
			}
			ast.Inspect(group, func(n ast.Node) bool {
				if literal, ok := n.(*ast.CompositeLit); ok {
					name, _ := literal.Type.(*ast.Ident)
					require.False(t, name != nil && name.Name == "Code", "%s: make codes with code(...), so that the catalog has them", path)
				}
				return true
			})
		}
	}
}
