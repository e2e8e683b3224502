package wire

// ClientHeaders name a client and the key for it.
// The server reads them before the request is decoded.
type ClientHeaders struct {
	// Client names the Athena client whose database is meant.
	Client string `header:"X-Athena-Client" json:"-" doc:"only"`
	// APIKey is the API key.
	APIKey string `header:"apikey" json:"-" doc:"only" secret:"true"`
	// XAPIKey is another place for the API key.
	XAPIKey string `header:"X-API-Key" json:"-" doc:"only" secret:"true"`
}

// DescribeSchema asks for everything about one schema.
type DescribeSchema struct {
	ClientHeaders
	// Schema is the schema; public unless this says otherwise.
	Schema string `query:"schema" json:"-"`
}

// ListSchemaTables asks for the tables and views of a database.
type ListSchemaTables struct {
	ClientHeaders
	// TableSchema leaves out those of other schemas.
	TableSchema string `query:"table_schema" json:"-"`
}

// ListSchemaMigrations asks which migrations ran in a database.
type ListSchemaMigrations struct{ ClientHeaders }

// SchemaOfTable asks about one table.
type SchemaOfTable struct {
	ClientHeaders
	// TableName is the table or view.
	TableName string `query:"table_name" json:"-"`
	// TableSchema is its schema. Without one, columns are those of the tables of
	// this name in any schema, and constraints those of the one in public.
	TableSchema string `query:"table_schema" json:"-"`
}

// Check reports the first thing wrong with the request.
func (s *SchemaOfTable) Check() error {
	if s.TableName == "" {
		return Fail(InvalidRequest, "table_name is missing").At("table_name")
	}
	return nil
}

// SchemaTable names a table, a view or another relation with rows.
type SchemaTable struct {
	// TableSchema is the schema.
	TableSchema string `json:"table_schema" db:"table_schema"`
	// TableName is the name.
	TableName string `json:"table_name" db:"table_name"`
	// TableType is BASE TABLE, VIEW, MATERIALIZED VIEW or FOREIGN.
	TableType string `json:"table_type" db:"table_type"`
}

// SchemaTablePage lists relations by schema and name.
type SchemaTablePage struct {
	// Tables are the relations that the caller may read.
	Tables []SchemaTable `json:"tables"`
}

// SchemaColumn is a column as the SQL standard's information schema tells of it.
type SchemaColumn struct {
	// TableSchema is the schema of the column's table.
	TableSchema string `json:"table_schema" db:"table_schema"`
	// ColumnName is the name.
	ColumnName string `json:"column_name" db:"column_name"`
	// DataType is the standard's word for the type, such as "ARRAY".
	DataType *string `json:"data_type" db:"data_type"`
	// FullType is the type as SQL spells it, such as "character varying(20)[]".
	FullType string `json:"full_type" db:"full_type"`
	// ColumnDefault is the expression that fills the column.
	ColumnDefault *string `json:"column_default" db:"column_default"`
	// IsNullable is YES or NO.
	IsNullable *string `json:"is_nullable" db:"is_nullable"`
	// OrdinalPosition counts from 1; dropped columns leave a gap.
	OrdinalPosition int32 `json:"ordinal_position" db:"ordinal_position"`
}

// SchemaColumnPage lists columns in the order of their table.
type SchemaColumnPage struct {
	// Columns are the columns.
	Columns []SchemaColumn `json:"columns"`
}

// SchemaConstraint is a constraint that keeps rows unique.
type SchemaConstraint struct {
	// ConstraintName is the name.
	ConstraintName string `json:"constraint_name" db:"constraint_name"`
	// ConstraintType is PRIMARY KEY or UNIQUE.
	ConstraintType string `json:"constraint_type" db:"constraint_type"`
	// Columns are its columns, in the key's order.
	Columns []string `json:"columns" db:"columns"`
}

// SchemaConstraintPage lists constraints, the primary key first.
type SchemaConstraintPage struct {
	// Constraints are the constraints.
	Constraints []SchemaConstraint `json:"constraints"`
}

// SchemaMigration is a migration that ran.
type SchemaMigration struct {
	// Version is its number, most often a time.
	Version *string `json:"version" db:"version"`
	// Name says what it did.
	Name *string `json:"name" db:"name"`
}

// SchemaMigrationPage lists migrations by version.
type SchemaMigrationPage struct {
	// Migrations are the migrations.
	Migrations []SchemaMigration `json:"migrations"`
	// Message says that the database keeps no list of migrations, where it does not.
	Message string `json:"message,omitempty"`
}

// SchemaDescription is everything about one schema that the caller may read.
type SchemaDescription struct {
	// Schema is the schema.
	Schema string `json:"schema"`
	// Tables are its relations, by name.
	Tables []SchemaRelation `json:"tables"`
}

// SchemaRelation is a relation with what belongs to it.
type SchemaRelation struct {
	SchemaTable
	// Comment is the relation's own description.
	Comment string `json:"comment"`
	// Columns stand in the table's order.
	Columns []SchemaField `json:"columns"`
	// PrimaryKey names its columns in the key's order.
	PrimaryKey []string `json:"primary_key"`
	// Unique are the sets of columns that no two rows share.
	Unique []SchemaUnique `json:"unique_constraints"`
	// ForeignKeys are those that start here and lead to what the caller may read.
	ForeignKeys []SchemaForeignKey `json:"foreign_keys"`
}

// SchemaField is a column of a description.
type SchemaField struct {
	// ColumnName is the name.
	ColumnName string `json:"column_name"`
	// DataType is the type as SQL spells it.
	DataType string `json:"data_type"`
	// ColumnDefault is the expression that fills the column, null for none.
	ColumnDefault *string `json:"column_default"`
	// IsNullable is YES or NO.
	IsNullable string `json:"is_nullable"`
	// IsGenerated is true for a column that takes no value.
	IsGenerated bool `json:"is_generated"`
	// Comment is the column's own description.
	Comment string `json:"comment"`
}

// SchemaUnique is a set of columns of which no two rows have the same values.
type SchemaUnique struct {
	// ConstraintName is the name of the constraint or index.
	ConstraintName string `json:"constraint_name"`
	// Columns are its columns, in the key's order.
	Columns []string `json:"columns"`
}

// SchemaForeignKey leads from columns of one table to a key of another.
type SchemaForeignKey struct {
	// ConstraintName is the name.
	ConstraintName string `json:"constraint_name"`
	// Columns lead to ForeignColumns, pair by pair.
	Columns []string `json:"columns"`
	// ForeignTableSchema is the schema of the other table.
	ForeignTableSchema string `json:"foreign_table_schema"`
	// ForeignTableName is the other table.
	ForeignTableName string `json:"foreign_table_name"`
	// ForeignColumns are the columns of its key.
	ForeignColumns []string `json:"foreign_columns"`
}
