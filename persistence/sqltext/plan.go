package sqltext

// Plan is a compiled statement that serves every request of one shape. It is
// immutable and safe to share.
type Plan struct {
	// SQL is the statement, with parameters $1 to $n.
	SQL string
	// Fields say how the columns of the result become JSON. A statement that
	// answers no rows has none.
	Fields []Field
	// ParamColumns names, for each parameter, the column it is compared with or
	// stored in, so that the server's complaint about parameter $2 can name it.
	// It is empty for a parameter that belongs to no column.
	ParamColumns []string
	// Tables are the relations that the statement touches, resolved, each once:
	// for rights and for the cache.
	Tables []Name
}

// Field is one key of the JSON object that a row becomes. Exactly one of three
// things makes its value: a column, the fields of an Object, or, over
// consecutive rows of the same parent, the fields of an Array.
type Field struct {
	Key string
	// Column is the index of the result column that holds the value, for a field
	// that is neither an object nor an array.
	Column int
	// Object holds the fields of a to-one relation.
	Object []Field
	// Array holds the fields of the elements of a to-many relation.
	Array []Field
	// Presence is the index of a column that is NULL where an Object is null or
	// where a row brings no element for an Array.
	Presence int
	// Group are the indexes of the columns whose values stay the same while the
	// rows belong to one parent, for an Array.
	Group []int
}
