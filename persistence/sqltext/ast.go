package sqltext

// Name is a table, view or function as a caller writes it. An empty Schema means
// that the search path decides.
type Name struct {
	Schema string
	Table  string
}

// String writes the name as a caller would, for messages only.
func (n Name) String() string {
	if n.Schema == "" {
		return n.Table
	}
	return n.Schema + "." + n.Table
}

// Read asks for rows of one relation and of what is embedded in it.
type Read struct {
	// From is the relation; an Embed's own Read leaves it empty.
	From Name
	// Items say what a row of the answer holds. Nil means every column; a list
	// without items selects nothing, as an embed may that only narrows.
	Items []Item
	// Where narrows the rows; nil keeps all.
	Where Cond
	Order []Order
	// Limit and Offset bound the rows; nil leaves them out. A usual limit of the
	// outermost read stands in the statement, anything else is a parameter.
	Limit, Offset *int64
	// Distinct drops rows that are the same in every item.
	Distinct bool
	// Seek reads by a cursor; nil does not.
	Seek *Seek
	// Among reads the rows of these keys alone, in their order; nil does not.
	Among *Among
	// Handler has an aggregate make one value of the rows; nil answers them.
	Handler *Handler

	count CountMode // set by CountOf
}

// Among are rows by the values of a key.
type Among struct {
	Columns []string
	// Values are those of each column, one for each row.
	Values []Value
}

// Handler hands rows to an aggregate of the database. The answer is then one row of value
// and count: the aggregate's value, and the number of the rows.
type Handler struct {
	By Name
	// Returns is the type of its value.
	Returns uint32
	// Typed says that it takes rows of the relation's own type, of which then every column
	// is selected and nothing else; otherwise it takes the rows as they are selected.
	Typed bool
}

// Item is one entry of a select list: *Column, *Star or *Embed.
type Item interface{ item() }

// Star stands for every column of its relation, in the table's order.
type Star struct{}

// Column selects an operand, an aggregate over one, or a count of rows.
type Column struct {
	Operand
	// Alias is the key in the answer; empty takes the name, the last step of the
	// path, or the aggregate's name.
	Alias string
	// Aggregate folds the operand over each group; the other columns of the same
	// list are then what is grouped by. A count without a Name counts rows.
	Aggregate Aggregate
	// AggregateCast converts the result of the aggregate.
	AggregateCast string
}

// Embed selects the rows of a related relation as an object, an array, or, with
// Spread, as columns of the parent.
type Embed struct {
	// Relation is the related table, a foreign key column, a constraint, or a
	// function that takes the parent's row.
	Relation Name
	// Alias is the key in the answer; empty takes Relation's table.
	Alias string
	// Hint settles which of several relationships is meant: a constraint, a
	// column of the foreign key, or a junction table.
	Hint string
	// Inner keeps only parents that have a related row.
	Inner bool
	// Spread lifts the columns of the relation into the parent's row: those of a
	// to-one relation as they are, those of any other as arrays.
	Spread bool
	// Read holds the embed's own items, conditions, order and bounds.
	Read Read
}

// Key is the name of the embed in the answer and in paths that lead into it.
func (e *Embed) Key() string {
	if e.Alias != "" {
		return e.Alias
	}
	return e.Relation.Table
}

func (*Star) item()   {}
func (*Column) item() {}
func (*Embed) item()  {}

// Operand is a column, a place inside its JSON, or a cast of either.
type Operand struct {
	// Embed leads through embedded resources to the relation that has the
	// column; empty means the relation at hand.
	Embed []string
	// Name is the column, or a function that takes the relation's row.
	Name string
	// Path walks into a JSON value.
	Path []Step
	// Bucket rounds a date or time down to a unit such as "day".
	Bucket string
	// Cast converts the operand. A cast in a condition hides the column from its
	// index, so it is there only when the caller asked for it.
	Cast string
}

// Step is one arrow of a JSON path.
type Step struct {
	// Key is the member, or the digits of a position when Index is set.
	Key string
	// Index says that Key is a position in an array.
	Index bool
	// Text takes the value as text (->>) rather than as JSON (->).
	Text bool
}

// Aggregate folds the rows of a group.
type Aggregate string

// The aggregates. None means a plain column.
const (
	None  Aggregate = ""
	Count Aggregate = "count"
	Sum   Aggregate = "sum"
	Avg   Aggregate = "avg"
	Min   Aggregate = "min"
	Max   Aggregate = "max"
)

// Order sorts by one operand.
type Order struct {
	Operand
	// Aggregate sorts groups by a folded operand.
	Aggregate Aggregate
	Desc      bool
	Nulls     Nulls
}

// Nulls says where rows without a value go.
type Nulls uint8

// The places of rows without a value. NullsDefault is PostgreSQL's own: last when
// ascending, first when descending.
const (
	NullsDefault Nulls = iota
	NullsFirst
	NullsLast
)

// Cond is a condition on rows: *And, *Or, *Not or *Compare.
type Cond interface{ cond() }

// And holds when all of its terms hold; with no terms it holds always.
type And struct{ Terms []Cond }

// Or holds when one of its terms holds; with no terms it never does.
type Or struct{ Terms []Cond }

// Not turns its term around.
type Not struct{ Term Cond }

// Compare sets an operand against a value.
type Compare struct {
	Operand
	Op Op
	// Quantifier makes Value a list of which any or all must match.
	Quantifier Quantifier
	// Value is unused by operators that are a test on their own (IsNull, ...).
	Value Value
	// ValueCast converts the value before it is compared.
	ValueCast string
	// Config is the text search configuration of a full text operator.
	Config string
}

func (*And) cond()     {}
func (*Or) cond()      {}
func (*Not) cond()     {}
func (*Compare) cond() {}

// Quantifier relates an operand to the members of a list.
type Quantifier uint8

// The quantifiers.
const (
	One Quantifier = iota
	Any
	All
)

// Insert adds rows to a table.
type Insert struct {
	Into Name
	// Columns names what the rows fill, in the order of their values.
	Columns []string
	// Rows hold a value for each column; an Absent one falls to Missing.
	Rows [][]Value
	// Raw says that all values are of KindRaw, or null.
	Raw bool
	// Conflict says what to do with a row that is there already; nil refuses it.
	Conflict *Conflict
	// Missing says what an Absent value becomes.
	Missing Missing
	// Returning says what to answer; nil answers only the number of rows.
	Returning []Item
	// Order sorts what is answered.
	Order []Order
	// Handler makes one value of what is answered; nil does not.
	Handler *Handler
}

// Missing is what a column becomes when some of the rows do not mention it.
type Missing uint8

// What an absent value becomes.
const (
	MissingDefault Missing = iota
	MissingNull
)

// Conflict is the rule for rows that meet an existing one.
type Conflict struct {
	// Columns is the unique key to compare by; none takes the primary key.
	Columns []string
	// Merge updates the existing row; otherwise it stays as it is.
	Merge bool
	// Set is what to update on Merge; none takes the values of the new row.
	Set []Assignment
	// Tally has the mark of the result tell how many rows were merged. It takes a
	// transaction in which nothing else is.
	Tally bool
}

// Assignment gives a column a value.
type Assignment struct {
	Column string
	Value  Value
}

// Update changes the rows that match.
type Update struct {
	Table Name
	Set   []Assignment
	Where Cond
	// Limit and Offset bound the rows that change, in the order of Order, which
	// sorts what is answered, too.
	Order         []Order
	Limit, Offset *int64
	// Returning says what to answer; nil answers only the number of rows.
	Returning []Item
	// Handler makes one value of what is answered; nil does not.
	Handler *Handler
}

// UpdateRows changes many rows, each to values of its own.
type UpdateRows struct {
	Table Name
	// Key names the columns that find a row; none takes the primary key.
	Key []string
	// Columns names the key and what changes, in the order of the rows' values.
	Columns []string
	Rows    [][]Value
	// Raw says that all values are of KindRaw, or null.
	Raw bool
	// Where narrows further what may change.
	Where     Cond
	Returning []Item
	// Order sorts what is answered.
	Order []Order
	// Handler makes one value of what is answered; nil does not.
	Handler *Handler
}

// Delete removes the rows that match.
type Delete struct {
	From  Name
	Where Cond
	// Limit and Offset bound the rows that go, in the order of Order, which sorts
	// what is answered, too.
	Order         []Order
	Limit, Offset *int64
	// Returning says what to answer; nil answers only the number of rows.
	Returning []Item
	// Handler makes one value of what is answered; nil does not.
	Handler *Handler
}
