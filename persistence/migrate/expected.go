package migrate

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// Relation is a table that the files of a list leave behind.
type Relation struct {
	Schema, Name string
	// Kind is table or partitioned_table.
	Kind string
	// Purpose is the comment above its statement.
	Purpose string
	// Columns are its columns, in order.
	Columns []string
}

// Relations reads the files of a list, without a database, and gives the tables
// that they leave behind, by name. What functions and DO blocks make is not known.
func Relations(list List) ([]Relation, error) {
	names, err := fs.Glob(list.Files, "*.sql") // in the order of their numbers
	if err != nil {
		return nil, fmt.Errorf("migrate: list files: %w", err)
	}
	made := relations{}
	for _, name := range names {
		text, err := fs.ReadFile(list.Files, name)
		if err != nil {
			return nil, fmt.Errorf("migrate: %w", err)
		}
		tree, err := pg.Parse(string(text))
		if err != nil {
			return nil, fmt.Errorf("migrate: %s: %w", name, err)
		}
		for _, raw := range tree.Stmts {
			made.follow(raw.Stmt, comment(string(text), raw))
		}
	}
	out := make([]Relation, 0, len(made))
	for _, r := range made {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(x, y Relation) int { return strings.Compare(x.Schema+"."+x.Name, y.Schema+"."+y.Name) })
	return out, nil
}

// comment is what stands in comment lines right before a statement.
func comment(text string, raw *pg.RawStmt) string {
	var lines []string
	for line := range strings.SplitSeq(text[raw.StmtLocation:], "\n") {
		line, is := strings.CutPrefix(strings.TrimSpace(line), "--")
		switch line = strings.TrimSpace(line); {
		case !is && line != "":
			return strings.Join(lines, " ")
		case !is:
			lines = nil // an empty line ends what was said of something else
		case !strings.HasPrefix(line, "+goose"):
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, " ")
}

// relations are tables by schema and name.
type relations map[[2]string]*Relation

func key(r *pg.RangeVar) [2]string {
	if r.Schemaname == "" {
		return [2]string{"public", r.Relname}
	}
	return [2]string{r.Schemaname, r.Relname}
}

// follow does to the list what a statement does to a schema.
func (m relations) follow(stmt *pg.Node, purpose string) {
	switch s := stmt.Node.(type) {
	case *pg.Node_CreateStmt:
		if s.CreateStmt.Partbound == nil { // partitions belong to their parent
			m.create(s.CreateStmt, purpose)
		}
	case *pg.Node_AlterTableStmt:
		if r := m[key(s.AlterTableStmt.Relation)]; r != nil {
			r.alter(s.AlterTableStmt.Cmds)
		}
	case *pg.Node_RenameStmt:
		m.rename(s.RenameStmt)
	case *pg.Node_DropStmt:
		m.drop(s.DropStmt)
	}
}

func (m relations) create(s *pg.CreateStmt, purpose string) {
	k := key(s.Relation)
	r := &Relation{Schema: k[0], Name: k[1], Kind: "table", Purpose: purpose, Columns: []string{}}
	if s.Partspec != nil {
		r.Kind = "partitioned_table"
	}
	for _, element := range s.TableElts {
		if column := element.GetColumnDef(); column != nil {
			r.Columns = append(r.Columns, column.Colname)
		}
	}
	m[k] = r
}

func (r *Relation) alter(commands []*pg.Node) {
	for _, node := range commands {
		switch c := node.GetAlterTableCmd(); c.GetSubtype() {
		case pg.AlterTableType_AT_AddColumn:
			r.Columns = append(r.Columns, c.Def.GetColumnDef().Colname)
		case pg.AlterTableType_AT_DropColumn:
			r.Columns = slices.DeleteFunc(r.Columns, func(name string) bool { return name == c.Name })
		}
	}
}

func (m relations) rename(s *pg.RenameStmt) {
	if s.Relation == nil || m[key(s.Relation)] == nil {
		return
	}
	k := key(s.Relation)
	switch r := m[k]; s.RenameType {
	case pg.ObjectType_OBJECT_COLUMN:
		if at := slices.Index(r.Columns, s.Subname); at >= 0 {
			r.Columns[at] = s.Newname
		}
	case pg.ObjectType_OBJECT_TABLE:
		delete(m, k)
		r.Name = s.Newname
		m[[2]string{r.Schema, r.Name}] = r
	}
}

func (m relations) drop(s *pg.DropStmt) {
	if s.RemoveType != pg.ObjectType_OBJECT_TABLE {
		return
	}
	for _, object := range s.Objects {
		names := object.GetList().GetItems()
		k := [2]string{"public", names[len(names)-1].GetString_().GetSval()}
		if len(names) > 1 {
			k[0] = names[len(names)-2].GetString_().GetSval()
		}
		delete(m, k)
	}
}
