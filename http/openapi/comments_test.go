package openapi_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"
)

// comments finds the comments of types and fields in the source of their
// packages, each package read once. Keys are "Type" and "Type.Field".
type comments struct {
	// root is the module's folder.
	root     string
	packages map[string]map[string]string
}

func newComments(root string) *comments {
	return &comments{root: root, packages: map[string]map[string]string{}}
}

// typ is the comment of a named type, without its subject.
func (c *comments) typ(t reflect.Type) string {
	name := bareName(t)
	return withoutSubject(name, c.pkg(t.PkgPath())[name])
}

// field is the comment of a field, found by its owner's package and by its path
// within the package, without its subject: readers of the document know the field
// by another name.
func (c *comments) field(pkg, path string) string {
	name := path[strings.LastIndexByte(path, '.')+1:]
	return withoutSubject(name, c.pkg(pkg)[path])
}

func (c *comments) pkg(path string) map[string]string {
	if known, ok := c.packages[path]; ok {
		return known
	}
	_, folder, _ := strings.Cut(strings.TrimSuffix(path, "_test"), "/")
	found, err := readComments(filepath.Join(c.root, folder))
	if err != nil {
		panic(fmt.Sprintf("openapi: comments of %s: %v", path, err))
	}
	c.packages[path] = found
	return found
}

func readComments(folder string) (map[string]string, error) {
	found := map[string]string{}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(folder, entry.Name()), nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		collect(found, file)
	}
	return found, nil
}

func collect(found map[string]string, file *ast.File) {
	for _, decl := range file.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.TYPE {
			continue
		}
		for _, spec := range group.Specs {
			typ := spec.(*ast.TypeSpec)
			doc := typ.Doc
			if doc == nil && len(group.Specs) == 1 {
				doc = group.Doc
			}
			found[typ.Name.Name] = prose(doc)
			collectFields(found, typ.Name.Name, typ.Type)
		}
	}
}

// collectFields walks into structs that stand inside others without a name, also
// behind pointers and in lists.
func collectFields(found map[string]string, path string, expr ast.Expr) {
	switch e := expr.(type) {
	case *ast.StarExpr:
		collectFields(found, path, e.X)
	case *ast.ArrayType:
		collectFields(found, path, e.Elt)
	case *ast.MapType:
		collectFields(found, path, e.Value)
	case *ast.StructType:
		for _, field := range e.Fields.List {
			doc := field.Doc
			if doc == nil {
				doc = field.Comment
			}
			for _, name := range field.Names {
				found[path+"."+name.Name] = prose(doc)
				collectFields(found, path+"."+name.Name, field.Type)
			}
		}
	}
}

// prose joins the lines of each paragraph of a comment.
func prose(doc *ast.CommentGroup) string {
	var paragraphs []string
	for paragraph := range strings.SplitSeq(doc.Text(), "\n\n") {
		if text := strings.Join(strings.Fields(paragraph), " "); text != "" {
			paragraphs = append(paragraphs, text)
		}
	}
	return strings.Join(paragraphs, "\n\n")
}

// withoutSubject turns "Name is the room's title." into "The room's title.".
func withoutSubject(name, text string) string {
	rest, ok := strings.CutPrefix(text, name+" ")
	if !ok {
		return text
	}
	for _, verb := range []string{"is ", "are "} {
		rest = strings.TrimPrefix(rest, verb)
	}
	first, size := utf8.DecodeRuneInString(rest)
	return string(unicode.ToUpper(first)) + rest[size:]
}

// bareName is a type's name without type arguments.
func bareName(t reflect.Type) string {
	name, _, _ := strings.Cut(t.Name(), "[")
	return name
}
