package sqltext

import (
	"errors"

	"athena/persistence/catalog"
)

// Compiler writes statements. The zero value is ready to use.
type Compiler struct{}

// Args gives the statement's parameters in text format, nil for NULL. The values
// are those that the Key function collected from a request of the plan's shape.
func (p *Plan) Args(values []Value) ([][]byte, error) { return nil, errors.ErrUnsupported }

// Read compiles a read. What cannot be compiled is a wire.Problem.
func (c *Compiler) Read(cat *catalog.Catalog, searchPath []string, r *Read) (*Plan, error) {
	return nil, errors.ErrUnsupported
}

// Insert compiles an insert.
func (c *Compiler) Insert(cat *catalog.Catalog, searchPath []string, in *Insert) (*Plan, error) {
	return nil, errors.ErrUnsupported
}

// Update compiles an update.
func (c *Compiler) Update(cat *catalog.Catalog, searchPath []string, u *Update) (*Plan, error) {
	return nil, errors.ErrUnsupported
}

// UpdateRows compiles an update of many rows by key.
func (c *Compiler) UpdateRows(cat *catalog.Catalog, searchPath []string, u *UpdateRows) (*Plan, error) {
	return nil, errors.ErrUnsupported
}

// Delete compiles a delete.
func (c *Compiler) Delete(cat *catalog.Catalog, searchPath []string, d *Delete) (*Plan, error) {
	return nil, errors.ErrUnsupported
}

// ReadKey appends the shape of a read to dst and its values to values.
func ReadKey(dst []byte, values []Value, r *Read) ([]byte, []Value) { return dst, values }

// InsertKey appends the shape of an insert to dst and its values to values.
func InsertKey(dst []byte, values []Value, in *Insert) ([]byte, []Value) { return dst, values }

// UpdateKey appends the shape of an update to dst and its values to values.
func UpdateKey(dst []byte, values []Value, u *Update) ([]byte, []Value) { return dst, values }

// UpdateRowsKey appends the shape of an update of many rows.
func UpdateRowsKey(dst []byte, values []Value, u *UpdateRows) ([]byte, []Value) { return dst, values }

// DeleteKey appends the shape of a delete to dst and its values to values.
func DeleteKey(dst []byte, values []Value, d *Delete) ([]byte, []Value) { return dst, values }

// CountOf makes the read that counts the rows which r finds without its bounds:
// one row with the one field "count".
func CountOf(r *Read) *Read { return nil }

// ParseSelect reads a select list, such as "id,author:user_id(name)".
func ParseSelect(text string) ([]Item, error) { return nil, errors.ErrUnsupported }

// ParseOrder reads an order list, such as "name.desc.nullslast,id".
func ParseOrder(text string) ([]Order, error) { return nil, errors.ErrUnsupported }

// ParseOperand reads a column with an optional JSON path and cast.
func ParseOperand(text string) (Operand, error) { return Operand{}, errors.ErrUnsupported }

// ParseOr reads the terms of an or, such as "a.eq.1,b.gt.2", with or without
// parentheses around them.
func ParseOr(text string) (Cond, error) { return nil, errors.ErrUnsupported }

// ParseAnd reads the terms of an and.
func ParseAnd(text string) (Cond, error) { return nil, errors.ErrUnsupported }

// ParseNot reads a term, such as "a.eq.1", and turns it around.
func ParseNot(text string) (Cond, error) { return nil, errors.ErrUnsupported }

// AddFilter adds one parameter of a query string to a read: "age=gte.5",
// "age.gte=5", "or=(...)", "posts.title=like.a*", "not.and=(...)", and the order,
// limit and offset of an embed, "posts.order=id". The select list must be there
// already.
func AddFilter(r *Read, key, value string) error { return errors.ErrUnsupported }

// NewCompare makes a condition as the structured gateway writes it; operators go
// by any of their names, a null that is compared for equality means IS NULL.
func NewCompare(column Operand, operator string, value Value) (Cond, error) {
	return nil, errors.ErrUnsupported
}

// ParseRows reads the rows of a write: a JSON object or an array of them. Columns
// are in the order in which they first appear.
func ParseRows(body []byte) (columns []string, rows [][]Value, err error) {
	return nil, nil, errors.ErrUnsupported
}

// ParseValue reads any JSON value; an array becomes KindJSON.
func ParseValue(body []byte) (Value, error) { return Value{}, errors.ErrUnsupported }

// Ident quotes an identifier. It is the only way in which a name reaches SQL.
func Ident(name string) string { return name }
