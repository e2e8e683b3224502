package pgparse

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Relation is a table or a view that a statement names. Its schema is empty where
// the search path decides.
type Relation struct{ Schema, Name string }

// Effects are what a statement may change, as far as its text tells.
type Effects struct {
	// Known says that the statement only reads and writes rows; the rest is empty
	// otherwise.
	Known bool
	// Writes are the relations whose rows it adds, changes or removes.
	Writes []Relation
	// Reads are all others that it names; views may do more than the text tells.
	Reads []Relation
	// Functions are the names that it calls, without their schemas.
	Functions []string
}

// EffectsOf reads what a statement may change.
func EffectsOf(sql string) Effects {
	tree, err := Parse(sql)
	if err != nil || len(tree.Stmts) != 1 {
		return Effects{}
	}
	switch tree.Stmts[0].Stmt.GetNode().(type) {
	case *pg.Node_SelectStmt, *pg.Node_InsertStmt, *pg.Node_UpdateStmt, *pg.Node_DeleteStmt, *pg.Node_MergeStmt:
	default:
		return Effects{}
	}
	e := Effects{Known: true}
	e.walk(tree.ProtoReflect())
	if !e.Known {
		return Effects{}
	}
	return e
}

// aggregates do nothing but compute, in every database.
var aggregates = []string{"count", "sum", "avg", "min", "max"}

// OnlyReads reports whether a statement changes nothing, whatever functions a database
// has.
func (e *Effects) OnlyReads() bool {
	return e.Known && len(e.Writes) == 0 && !slices.ContainsFunc(e.Functions, func(name string) bool { return !slices.Contains(aggregates, name) })
}

// walk collects what a part of a statement does.
func (e *Effects) walk(m protoreflect.Message) {
	switch node := m.Interface().(type) {
	case *pg.InsertStmt:
		e.Writes = append(e.Writes, relationOf(node.Relation))
	case *pg.UpdateStmt:
		e.Writes = append(e.Writes, relationOf(node.Relation))
	case *pg.DeleteStmt:
		e.Writes = append(e.Writes, relationOf(node.Relation))
	case *pg.MergeStmt:
		e.Writes = append(e.Writes, relationOf(node.Relation))
	case *pg.IntoClause:
		e.Known = false
	case *pg.RangeVar:
		e.Reads = append(e.Reads, relationOf(node))
	case *pg.FuncCall:
		if n := len(node.Funcname); n > 0 {
			e.Functions = append(e.Functions, strings.ToLower(node.Funcname[n-1].GetString_().GetSval()))
		}
	}
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsList() && field.Message() != nil:
			for i := range value.List().Len() {
				e.walk(value.List().Get(i).Message())
			}
		case field.Message() != nil && !field.IsMap():
			e.walk(value.Message())
		}
		return true
	})
}

func relationOf(r *pg.RangeVar) Relation {
	return Relation{r.GetSchemaname(), r.GetRelname()}
}
