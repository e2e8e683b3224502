package wire

// ManagementCapabilities tells what the management operations can do for a client.
type ManagementCapabilities struct {
	// Backend is the kind of database.
	Backend string `json:"backend"`
	// SupportedOperations are the names of the operations.
	SupportedOperations []string `json:"supported_operations"`
	// RequiredRights tells which right each operation asks for.
	RequiredRights []ManagementRight `json:"required_rights"`
	// AllowedColumnDataTypes are the types that columns may have, beside arrays of
	// them and the database's own enums, domains and types of extensions.
	AllowedColumnDataTypes []string `json:"allowed_column_data_types"`
	// AllowedIndexMethods are the access methods of indexes.
	AllowedIndexMethods []string `json:"allowed_index_methods"`
	// AllowedExtensions are the extensions that can be installed.
	AllowedExtensions []string `json:"allowed_extensions"`
	// ReplicationMutationSupported is false: replication cannot be changed here.
	ReplicationMutationSupported bool `json:"replication_mutation_supported"`
	// RetentionMutationSupported is false: retention cannot be changed here.
	RetentionMutationSupported bool `json:"retention_mutation_supported"`
}

// ManagementRight is the right that an operation asks for.
type ManagementRight struct {
	// Operation is the operation's name.
	Operation string `json:"operation"`
	// RequiredRight is the right.
	RequiredRight string `json:"required_right"`
}

// DescribeManagement asks for the capabilities.
type DescribeManagement struct{ ClientHeaders }

// SchemaChange tells of a change of a client's schema that was made.
type SchemaChange struct {
	// Operation is what was done, such as "create_table".
	Operation string `json:"operation"`
	// ObjectType is what it was done to, such as "table".
	ObjectType string `json:"object_type"`
	// SchemaName is the object's schema; an extension has none.
	SchemaName string `json:"schema_name"`
	// ObjectName is the object; for a column its table and name.
	ObjectName string `json:"object_name"`
	// Statements are what ran, in one transaction.
	Statements []string `json:"statements"`
	// AuditID is the row in database_audit_log.
	AuditID string `json:"audit_id"`
}

// ManagementColumn describes a column to be made.
type ManagementColumn struct {
	// Name is the column's name.
	Name string `json:"name" required:"true"`
	// DataType is a type such as "text", "numeric(10,2)" or "uuid[]".
	DataType string `json:"data_type" required:"true"`
	// Nullable is false for a column that needs a value; true unless given.
	Nullable *bool `json:"nullable"`
	// DefaultExpression is one SQL expression that fills the column.
	DefaultExpression *string `json:"default_expression"`
	// CheckExpression is one SQL condition that each row must meet.
	CheckExpression *string `json:"check_expression"`
	// PrimaryKey makes the column a part of the primary key of a new table.
	PrimaryKey bool `json:"primary_key"`
	// Unique has no two rows share a value.
	Unique bool `json:"unique"`
}

// CreateTable makes a table.
type CreateTable struct {
	ClientHeaders
	// TableName is the name.
	TableName string `json:"table_name" required:"true"`
	// SchemaName is the schema; public unless given.
	SchemaName string `json:"schema_name"`
	// Columns are its columns, in order.
	Columns []ManagementColumn `json:"columns"`
	// IfNotExists is accepted from older clients and has no effect: a table that is
	// there is a conflict.
	IfNotExists bool `json:"if_not_exists"`
}

// TableEdit is one step of a change of a table.
type TableEdit struct {
	// Type is what to do; it says which other members there must be.
	Type string `json:"type" required:"true" enum:"add_column,rename_column,set_default,drop_default,set_not_null,drop_not_null"`
	// Column is the column that add_column adds.
	Column *ManagementColumn `json:"column"`
	// From is the column that rename_column renames.
	From *string `json:"from"`
	// To is its new name.
	To *string `json:"to"`
	// ColumnName is the column that the others change.
	ColumnName *string `json:"column_name"`
	// DefaultExpression is the expression of set_default.
	DefaultExpression *string `json:"default_expression"`
}

// EditTable changes a table, all steps or none.
type EditTable struct {
	ClientHeaders
	// TableName is the table.
	TableName string `path:"table_name" json:"-"`
	// SchemaName is the schema; public unless given.
	SchemaName string `json:"schema_name"`
	// Operations are the steps, in order.
	Operations []TableEdit `json:"operations" required:"true"`
}

// DropTable removes a table with its rows.
type DropTable struct {
	ClientHeaders
	OptionalBody
	// TableName is the table.
	TableName string `path:"table_name" json:"-"`
	// SchemaName is the schema; public unless given.
	SchemaName string `json:"schema_name"`
	// Cascade removes what depends on the table, too.
	Cascade bool `json:"cascade"`
}

// DropColumn removes a column.
type DropColumn struct {
	ClientHeaders
	OptionalBody
	// TableName is the table.
	TableName string `path:"table_name" json:"-"`
	// ColumnName is the column.
	ColumnName string `path:"column_name" json:"-"`
	// SchemaName is the schema; public unless given.
	SchemaName string `json:"schema_name"`
	// Cascade removes what depends on the column, too.
	Cascade bool `json:"cascade"`
}

// CreateIndex makes an index.
type CreateIndex struct {
	ClientHeaders
	// TableName is the table.
	TableName string `json:"table_name" required:"true"`
	// SchemaName is the schema; public unless given.
	SchemaName string `json:"schema_name"`
	// IndexName is the index's name; made from table and columns where left out.
	IndexName *string `json:"index_name"`
	// Columns are what is indexed, in order.
	Columns []string `json:"columns" required:"true"`
	// Unique has no two rows share the values of all columns.
	Unique bool `json:"unique"`
	// Method is btree, hash, gin, gist, spgist or brin; btree unless given.
	Method string `json:"method"`
}

// DropIndex removes an index.
type DropIndex struct {
	ClientHeaders
	OptionalBody
	// IndexName is the index.
	IndexName string `path:"index_name" json:"-"`
	// SchemaName is the schema; public unless given.
	SchemaName string `json:"schema_name"`
}

// CreateView makes a view, or keeps the rows of a query as a materialized view.
type CreateView struct {
	ClientHeaders
	// ViewName is the name.
	ViewName string `json:"view_name" required:"true"`
	// SchemaName is the schema; public unless given.
	SchemaName string `json:"schema_name"`
	// Definition is the view's query: one SELECT.
	Definition string `json:"definition" required:"true" also:"query"`
	// Materialized keeps the rows of the query.
	Materialized bool `json:"materialized"`
	// OrReplace changes a view that is there; a materialized one cannot be replaced.
	OrReplace bool `json:"or_replace"`
	// SecurityInvoker has the query run with the rights of who reads the view.
	SecurityInvoker bool `json:"security_invoker"`
}

// DropView removes a view.
type DropView struct {
	ClientHeaders
	OptionalBody
	// ViewName is the view.
	ViewName string `path:"view_name" json:"-"`
	// SchemaName is the schema; public unless given.
	SchemaName string `json:"schema_name"`
	// Materialized is true for a materialized view.
	Materialized bool `json:"materialized"`
	// Cascade removes what depends on the view, too.
	Cascade bool `json:"cascade"`
}

// InstallExtension installs an extension of PostgreSQL.
type InstallExtension struct {
	ClientHeaders
	// ExtensionName is one of those that the capabilities list.
	ExtensionName string `json:"extension_name" required:"true"`
	// IfNotExists is content with an extension that is there.
	IfNotExists bool `json:"if_not_exists"`
}
