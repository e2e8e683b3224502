package sqltext

// Kind tells how a value was written by the caller.
type Kind uint8

// The kinds of values.
const (
	// KindAbsent is a column that a row of an Insert does not mention.
	KindAbsent Kind = iota
	// KindNull is SQL's NULL.
	KindNull
	// KindRaw is text as the column's own input syntax wants it, such as the
	// value of a query string.
	KindRaw
	// KindString is a JSON string, decoded.
	KindString
	// KindNumber is a JSON number as it was written.
	KindNumber
	// KindBool is true or false.
	KindBool
	// KindJSON is a JSON object or array as it was written.
	KindJSON
	// KindList is several values, for In and for the quantifiers.
	KindList
)

// Value is one value of a request. The zero Value is an absent one.
type Value struct {
	Kind Kind
	// Text is the value itself, for all kinds but null and lists.
	Text string
	// List holds the members of a list.
	List []Value
}

// The values without content.
var (
	Null  = Value{Kind: KindNull}
	True  = Value{Kind: KindBool, Text: "true"}
	False = Value{Kind: KindBool, Text: "false"}
)

// Raw is text in the column's own input syntax.
func Raw(text string) Value { return Value{Kind: KindRaw, Text: text} }

// String is the content of a JSON string.
func String(text string) Value { return Value{Kind: KindString, Text: text} }

// Number is the literal text of a number.
func Number(literal string) Value { return Value{Kind: KindNumber, Text: literal} }

// JSON is the text of a JSON object or array, which must be valid.
func JSON(text string) Value { return Value{Kind: KindJSON, Text: text} }

// List is several values.
func List(values ...Value) Value { return Value{Kind: KindList, List: values} }
