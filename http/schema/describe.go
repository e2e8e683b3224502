package schema

import (
	"context"
	"slices"

	"athena/http/route"
	"athena/persistence/catalog"
	"athena/wire"
)

// describe answers from the schema that the client's statements are compiled with,
// so that it says what the gateway knows, and costs the database nothing.
func (a API) describe(ctx context.Context, in *wire.DescribeSchema) (wire.SchemaDescription, error) {
	caller, name := &route.CallOf(ctx).Caller, or(in.Schema, "public")
	p, err := a.Clients.Get(ctx, caller.Client)
	if err != nil {
		return wire.SchemaDescription{}, err
	}
	known, err := p.Catalog(ctx)
	if err != nil {
		return wire.SchemaDescription{}, err
	}
	if !slices.Contains(known.Schemas, name) {
		if err := readable(caller, name, ""); err != nil {
			return wire.SchemaDescription{}, err
		}
		return wire.SchemaDescription{}, wire.Fail(wire.UnknownTable, "there is no schema %.63q", name).At("schema")
	}
	out := wire.SchemaDescription{Schema: name, Tables: []wire.SchemaRelation{}}
	for _, r := range known.Relations(name) {
		if readable(caller, r.Schema, r.Name) == nil {
			out.Tables = append(out.Tables, relation(caller, known, r))
		}
	}
	return out, nil
}

var tableTypes = map[catalog.Kind]string{
	catalog.View: "VIEW", catalog.MaterializedView: "MATERIALIZED VIEW", catalog.ForeignTable: "FOREIGN",
	catalog.Table: "BASE TABLE", catalog.PartitionedTable: "BASE TABLE",
}

func relation(caller *route.Caller, cat *catalog.Catalog, r *catalog.Relation) wire.SchemaRelation {
	out := wire.SchemaRelation{
		SchemaTable: wire.SchemaTable{TableSchema: r.Schema, TableName: r.Name, TableType: tableTypes[r.Kind]},
		Comment:     r.Comment, Columns: []wire.SchemaField{}, PrimaryKey: list(r.PrimaryKey),
		Unique: []wire.SchemaUnique{}, ForeignKeys: []wire.SchemaForeignKey{},
	}
	for _, c := range r.Columns {
		out.Columns = append(out.Columns, field(c))
	}
	for _, u := range r.Unique {
		if !u.Primary {
			out.Unique = append(out.Unique, wire.SchemaUnique{ConstraintName: u.Name, Columns: u.Columns})
		}
	}
	for _, k := range cat.ForeignKeys(r) {
		if readable(caller, k.To.Schema, k.To.Name) == nil {
			out.ForeignKeys = append(out.ForeignKeys, wire.SchemaForeignKey{
				ConstraintName: k.Name, Columns: k.Columns,
				ForeignTableSchema: k.To.Schema, ForeignTableName: k.To.Name, ForeignColumns: k.ToColumns,
			})
		}
	}
	return out
}

func field(c *catalog.Column) wire.SchemaField {
	f := wire.SchemaField{ColumnName: c.Name, DataType: c.TypeName, IsNullable: "YES", IsGenerated: c.Generated, Comment: c.Comment}
	if c.NotNull {
		f.IsNullable = "NO"
	}
	if c.Default != "" {
		f.ColumnDefault = &c.Default
	}
	return f
}

// list is never null.
func list(names []string) []string { return append([]string{}, names...) }
