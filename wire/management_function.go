package wire

// ListFunctions asks for the functions of a database.
type ListFunctions struct {
	ClientHeaders
	// Schema leaves out those of other schemas.
	Schema string `query:"schema" json:"-"`
	// NameLike is a part of the name in any case, or an ILIKE pattern.
	NameLike string `query:"name_like" json:"-"`
	// IncludeSystem lists PostgreSQL's own functions, too.
	IncludeSystem bool `query:"include_system" json:"-"`
	// IncludeDefinition tells the whole CREATE statement of each.
	IncludeDefinition bool `query:"include_definition" json:"-"`
}

// ManagedFunction is a function of a client's database.
type ManagedFunction struct {
	// SchemaName is its schema.
	SchemaName string `json:"schema_name" db:"schema_name"`
	// FunctionName is its name.
	FunctionName string `json:"function_name" db:"function_name"`
	// ArgTypes are the types that tell it from others of its name.
	ArgTypes []string `json:"arg_types" db:"arg_types"`
	// Arguments are its parameters as SQL spells them.
	Arguments string `json:"arguments" db:"arguments"`
	// ReturnType is what it returns.
	ReturnType string `json:"return_type" db:"return_type"`
	// Language is what it is written in.
	Language string `json:"language" db:"language"`
	// Volatility is immutable, stable or volatile.
	Volatility string `json:"volatility" db:"volatility"`
	// SecurityDefiner is true where it runs with its owner's rights.
	SecurityDefiner bool `json:"security_definer" db:"security_definer"`
	// Owner is the role that owns it.
	Owner string `json:"owner" db:"owner"`
	// Definition is the CREATE statement, where that was asked.
	Definition *string `json:"definition,omitempty" db:"definition"`
}

// ManagedFunctionPage lists functions.
type ManagedFunctionPage struct {
	// Functions are the functions, by schema and name.
	Functions []ManagedFunction `json:"functions"`
}

// UpsertFunction makes or replaces a function.
type UpsertFunction struct {
	ClientHeaders
	// DDL is exactly one CREATE OR REPLACE FUNCTION statement.
	DDL string `json:"ddl" required:"true"`
}

// DropFunction removes a function.
type DropFunction struct {
	ClientHeaders
	// FunctionName is the function.
	FunctionName string `json:"function_name" required:"true"`
	// SchemaName is the schema; public unless given.
	SchemaName string `json:"schema_name"`
	// ArgTypes are the types of its arguments, none for a function without.
	ArgTypes []string `json:"arg_types" required:"true"`
}
