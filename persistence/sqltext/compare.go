package sqltext

import (
	"strings"

	"athena/wire"
)

// NewCompare makes a condition as the structured gateway writes it. Operators go
// by any of their names; a null compared for equality means IS NULL; "is" takes
// null, a boolean or one of the words; "in" takes a JSON array or a list.
func NewCompare(column Operand, operator string, value Value) (Cond, error) {
	if err := checkValue(column.Name, value); err != nil {
		return nil, err
	}
	if operator == string(is) {
		return newTest(column, value)
	}
	op, ok := ParseOp(operator)
	if !ok {
		return nil, wire.Fail(wire.InvalidFilter, "%s is not an operator", clip(operator)).
			At("operator").WithHint("%s", operatorHint(operator))
	}
	if value.Kind == KindAbsent {
		return nil, wire.Fail(wire.InvalidFilter, "the condition on %s has no value", clip(column.Name)).At(column.Name)
	}
	if value.Kind == KindNull && op != In {
		return newNullTest(column, op)
	}
	if op != In {
		return &Compare{Operand: column, Op: op, Value: value}, nil
	}
	members, err := listOf(column.Name, value)
	return &Compare{Operand: column, Op: In, Value: members}, err
}

// newTest reads the value of "is".
func newTest(column Operand, value Value) (Cond, error) {
	word := value.Text
	if value.Kind == KindNull {
		word = "null"
	}
	op, ok := parseTest(word)
	if !ok {
		return nil, wire.Fail(wire.InvalidFilter, "is cannot compare %s with %s", clip(column.Name), clip(word)).
			At(column.Name).WithHint("is takes null, not_null, true, false or unknown")
	}
	return &Compare{Operand: column, Op: op}, nil
}

// newNullTest says what a comparison with null was meant to be. One that could
// never hold is refused rather than left to find nothing.
func newNullTest(column Operand, op Op) (Cond, error) {
	switch op {
	case Eq:
		return &Compare{Operand: column, Op: IsNull}, nil
	case Neq:
		return &Compare{Operand: column, Op: IsNotNull}, nil
	case IsDistinct:
		return &Compare{Operand: column, Op: op, Value: Null}, nil
	}
	return nil, wire.Fail(wire.InvalidFilter, "%s with null never holds for %s", op, clip(column.Name)).
		At(column.Name).WithHint(`to look for missing values, use "is" with null`)
}

// listOf makes a list of what a caller may give for "in".
func listOf(column string, v Value) (Value, error) {
	switch {
	case v.Kind == KindList:
		return v, nil
	case v.Kind == KindJSON && strings.HasPrefix(v.Text, "["):
		return parseList(v.Text)
	case v.Kind == KindString || v.Kind == KindRaw:
		return listOfText(v.Text)
	}
	return Value{}, wire.Fail(wire.InvalidFilter, "in wants a list of values for %s", clip(column)).At(column)
}

// listOfText reads "(a,b)" or "a,b".
func listOfText(text string) (Value, error) {
	if !strings.HasPrefix(text, "(") {
		text = "(" + text + ")"
	}
	s, err := newScanner(wire.InvalidFilter, "in", text)
	if err != nil {
		return Value{}, err
	}
	c := &Compare{Op: In}
	err = s.list(c, "(", ")", false)
	return c.Value, err
}

// checkValue refuses text that PostgreSQL cannot hold, naming the column.
func checkValue(column string, v Value) error {
	for _, member := range v.List {
		if err := checkValue(column, member); err != nil {
			return err
		}
	}
	field := clipField(column)
	if err := checkText(wire.InvalidValue, field, v.Text); err != nil {
		return err
	}
	if v.Kind == KindJSON && hasEscapedNUL(v.Text) {
		return wire.Fail(wire.InvalidValue, "%s contains a NUL character", field).At(field)
	}
	return nil
}
