package sqltext

import "strings"

func (k *keyer) insert(in *Insert) {
	k.tag('I')
	k.name(in.Into)
	k.texts(in.Columns)
	k.tag(byte(in.Missing))
	k.rows(in)
	k.flag(in.Conflict != nil)
	if c := in.Conflict; c != nil {
		k.texts(c.Columns)
		k.flag(c.Merge)
		k.assignments(c.Set)
		k.flag(c.Tally)
	}
	k.items(in.Returning)
	k.order(in.Order)
	k.handler(in.Handler)
}

// rows collects the values of an insert. Many rows that mention the same columns
// travel as one document, so that their number is no part of the shape.
func (k *keyer) rows(in *Insert) {
	if in.bulk() {
		k.tag('b')
		k.flag(in.Raw)
		k.param(in, JSON(document(in.Columns, in.Rows)))
		return
	}
	k.number(len(in.Rows))
	for _, row := range in.Rows {
		for i := range row {
			k.stored(&row[i])
		}
	}
}

// stored collects a value that goes into a column. Whether it is a document, or
// there at all, changes the statement.
func (k *keyer) stored(v *Value) {
	switch v.Kind {
	case KindAbsent:
		k.tag('d')
		return
	case KindJSON:
		k.tag('j')
	default:
		k.tag('v')
	}
	k.param(v, *v)
}

func (k *keyer) assignments(set []Assignment) {
	k.number(len(set))
	for i := range set {
		k.text(set[i].Column)
		k.stored(&set[i].Value)
	}
}

func (k *keyer) update(u *Update) {
	k.tag('U')
	k.name(u.Table)
	k.assignments(u.Set)
	k.where(u.Where)
	k.order(u.Order)
	k.bound(u.Limit)
	k.bound(u.Offset)
	k.items(u.Returning)
	k.handler(u.Handler)
}

func (k *keyer) updateRows(u *UpdateRows) {
	k.tag('R')
	k.name(u.Table)
	k.texts(u.Key)
	k.texts(u.Columns)
	k.flag(u.Raw)
	k.param(u, JSON(document(u.Columns, u.Rows)))
	k.where(u.Where)
	k.items(u.Returning)
	k.order(u.Order)
	k.handler(u.Handler)
}

func (k *keyer) delete(d *Delete) {
	k.tag('D')
	k.name(d.From)
	k.where(d.Where)
	k.order(d.Order)
	k.bound(d.Limit)
	k.bound(d.Offset)
	k.items(d.Returning)
	k.handler(d.Handler)
}

// bulk reports whether an insert sends its rows as one document: there is not
// just one, and none leaves a column to its default.
func (in *Insert) bulk() bool {
	if len(in.Rows) == 1 {
		return false
	}
	if in.Missing == MissingNull {
		return true
	}
	for _, row := range in.Rows {
		for i := range row {
			if row[i].Kind == KindAbsent {
				return false
			}
		}
	}
	return true
}

// document writes rows as a JSON array of objects for json_to_recordset.
func document(columns []string, rows [][]Value) string {
	keys := make([]string, len(columns))
	for i, name := range columns {
		keys[i] = string(appendJSONString(nil, name)) + ":"
	}
	var b strings.Builder
	b.WriteByte('[')
	for i, row := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		writeObject(&b, keys, row)
	}
	b.WriteByte(']')
	return b.String()
}

func writeObject(b *strings.Builder, keys []string, row []Value) {
	b.WriteByte('{')
	comma := false
	for i, v := range row {
		if v.Kind == KindAbsent || i >= len(keys) {
			continue
		}
		if comma {
			b.WriteByte(',')
		}
		comma = true
		b.WriteString(keys[i])
		b.WriteString(v.document())
	}
	b.WriteByte('}')
}

// document is the value as JSON.
func (v Value) document() string {
	switch v.Kind {
	case KindAbsent, KindNull:
		return "null"
	case KindRaw, KindString:
		return string(appendJSONString(nil, v.Text))
	case KindList:
		parts := make([]string, len(v.List))
		for i, member := range v.List {
			parts[i] = member.document()
		}
		return "[" + strings.Join(parts, ",") + "]"
	default:
		return v.Text
	}
}
