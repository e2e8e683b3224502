package wire

import (
	"strings"

	"github.com/goccy/go-json"
)

// Condition compares a column with a value. Older clients send the names that
// begin with eq_.
type Condition struct {
	// Column is the column to compare.
	Column string `json:"column"`
	// Operator is eq, neq, gt, gte, lt, lte, like, ilike, is, in, contains,
	// containedBy or another of the query language; eq where it is left out. For
	// not and or the value is a condition in the query language.
	Operator string `json:"operator"`
	// Value is what to compare with.
	Value json.RawMessage `json:"value"`
	// Values are what to compare with, for in.
	Values json.RawMessage `json:"values"`
	// ColumnCast converts the column first.
	ColumnCast string `json:"column_cast"`
	// ValueCast converts the value first.
	ValueCast string `json:"value_cast"`
	// EqColumn is the column, for equality.
	EqColumn string `json:"eq_column"`
	// EqValue is the value, for equality.
	EqValue json.RawMessage `json:"eq_value"`
	// EqColumnCast converts the column first.
	EqColumnCast string `json:"eq_column_cast"`
	// EqValueCast converts the value first.
	EqValueCast string `json:"eq_value_cast"`
}

// UnmarshalJSON refuses a member that is not known or stands there twice, which
// the usual decoding passes over: part of what was demanded would be dropped.
func (c *Condition) UnmarshalJSON(text []byte) error {
	object := strings.TrimSpace(string(text))
	if object[0] != '{' {
		return badCondition("a condition must be an object, not %.20s", object)
	}
	seen := 0
	return EachMember(object, func(name, value string) error {
		place, target, raw := c.member(name)
		if place == 0 {
			return badCondition("a condition does not take %q", name).
				WithHint("it takes column, operator, value, column_cast and value_cast")
		}
		if seen&place != 0 {
			return badCondition("a condition has %q twice", name)
		}
		seen |= place
		if raw != nil {
			*raw = json.RawMessage(value)
			return nil
		}
		return readName(target, name, value)
	})
}

// member gives a bit of its own for each member, and where it is kept.
func (c *Condition) member(name string) (place int, text *string, raw *json.RawMessage) {
	switch name {
	case "column":
		return 1, &c.Column, nil
	case "operator":
		return 2, &c.Operator, nil
	case "value":
		return 4, nil, &c.Value
	case "values":
		return 8, nil, &c.Values
	case "column_cast":
		return 16, &c.ColumnCast, nil
	case "value_cast":
		return 32, &c.ValueCast, nil
	case "eq_column":
		return 64, &c.EqColumn, nil
	case "eq_value":
		return 128, nil, &c.EqValue
	case "eq_column_cast":
		return 256, &c.EqColumnCast, nil
	case "eq_value_cast":
		return 512, &c.EqValueCast, nil
	}
	return 0, nil, nil
}

func readName(target *string, name, value string) (err error) {
	switch value[0] {
	case '"':
		*target, err = Unquote(value)
	case 'n': // null is the same as leaving it out
	default:
		return badCondition("%s must be a string", name)
	}
	return err
}

func badCondition(format string, args ...any) *Problem {
	return Fail(InvalidFilter, format, args...).At("conditions")
}
