package rowjson

// Field describes one member of a JSON object: a plain column, an object made
// of other columns, or an array of objects.
type Field struct {
	// Key is the member's name.
	Key string
	// Column is the column whose value it is, counted from 0, where the field is
	// neither an object nor an array.
	Column int
	// Object makes the field an object of these members: a row that is joined
	// at most once.
	Object []Field
	// Array makes the field an array of such objects: rows that are joined any
	// number of times. There may be one, at the top, and its members may not
	// hold another.
	Array []Field
	// Presence is the column, for an object or an array, that is null when
	// nothing was joined: the field is then null, or the array empty.
	Presence int
	// Group lists, for an array, the columns that tell one parent from the next.
	// The rows of a parent must follow one another.
	Group []int
	// Mark makes the field no member at all: Rows keeps the last row's value of its
	// column. There may be one, at the top.
	Mark bool
}

// Flat makes a plain field of each column, in order. A name that comes twice
// stays twice, as it does in row_to_json.
func Flat(names []string) []Field {
	fields := make([]Field, len(names))
	for i, name := range names {
		fields[i] = Field{Key: name, Column: i}
	}
	return fields
}
