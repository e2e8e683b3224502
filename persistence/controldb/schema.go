package controldb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"athena/persistence"
	"athena/persistence/migrate"
	"athena/wire"
)

// Schema compares the database with the tables that it should have.
func (s Store) Schema(ctx context.Context, expected []migrate.Relation) (wire.SchemaReport, error) {
	var schemas []string
	for i := range expected {
		schemas = append(schemas, expected[i].Schema)
	}
	observed, err := persistence.All[wire.ObservedTable](ctx, s.DB, sql.Get("observed"), schemas)
	if err != nil {
		return wire.SchemaReport{}, err
	}
	none := []string{}
	report := wire.SchemaReport{
		GeneratedAt: time.Now().UTC(), ObservedTables: observed, ExpectedTables: []wire.ExpectedTable{},
		StillNeeded: wire.SchemaNeeds{
			RequiredMissingTables: none, OptionalMissingTables: none,
			RequiredMissingColumns: none, OptionalMissingColumns: none, RelationTypeMismatches: none,
		},
		MissingOptionalTables: none,
	}
	for i := range expected {
		report.ExpectedTables = append(report.ExpectedTables, compare(&expected[i], observed))
	}
	summarize(&report)
	return report, nil
}

// compare holds a table against what is there under its name.
func compare(want *migrate.Relation, observed []wire.ObservedTable) wire.ExpectedTable {
	table := wire.ExpectedTable{
		TableSchema: want.Schema, TableName: want.Name, ExpectedRelationType: want.Kind, Required: true,
		Purpose: want.Purpose, ExpectedColumns: want.Columns, FoundColumns: []string{},
	}
	at := slices.IndexFunc(observed, func(o wire.ObservedTable) bool { return o.TableSchema == want.Schema && o.TableName == want.Name })
	if at >= 0 {
		found := &observed[at]
		table.Found, table.FoundRelationType, table.FoundColumns = true, &found.RelationType, found.Columns
		table.RelationTypeMatches = found.RelationType == want.Kind
	}
	table.MissingColumns = without(table.ExpectedColumns, table.FoundColumns)
	table.UnexpectedColumns = without(table.FoundColumns, table.ExpectedColumns)
	return table
}

// without are the names that another list lacks.
func without(names, others []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(others, name) })
}

func summarize(r *wire.SchemaReport) {
	need := &r.StillNeeded
	for i := range r.ExpectedTables {
		t := &r.ExpectedTables[i]
		name := t.TableSchema + "." + t.TableName
		switch {
		case !t.Found: // its columns go without saying
			need.RequiredMissingTables = append(need.RequiredMissingTables, name)
			continue
		case !t.RelationTypeMatches:
			need.RelationTypeMismatches = append(need.RelationTypeMismatches, name)
		}
		for _, column := range t.MissingColumns {
			need.RequiredMissingColumns = append(need.RequiredMissingColumns, name+"."+column)
		}
	}
	r.MissingRequiredTables = need.RequiredMissingTables
	r.Summary = wire.SchemaSummary{
		Health: "healthy", HealthReasons: []wire.SchemaReason{}, ExpectedTableCount: len(r.ExpectedTables),
		FoundTableCount:            len(r.ExpectedTables) - len(need.RequiredMissingTables),
		RequiredMissingTableCount:  len(need.RequiredMissingTables),
		RequiredMissingColumnCount: len(need.RequiredMissingColumns),
		RelationTypeMismatchCount:  len(need.RelationTypeMismatches),
	}
	for _, reason := range []struct {
		code, words string
		count       int
	}{
		{"required_tables_missing", "tables are missing", len(need.RequiredMissingTables)},
		{"required_columns_missing", "columns are missing", len(need.RequiredMissingColumns)},
		{"relation_types_differ", "tables are something else", len(need.RelationTypeMismatches)},
	} {
		if reason.count > 0 {
			r.Summary.Health = "unhealthy"
			r.Summary.HealthReasons = append(r.Summary.HealthReasons, wire.SchemaReason{
				Code: reason.code, Severity: "error", Count: reason.count,
				Message: fmt.Sprintf("%d %s: run `athena migrate`", reason.count, reason.words),
			})
		}
	}
}
