package sqltext

import (
	"encoding/binary"
	"strconv"
)

// ReadKey appends the shape of a read to dst and its values to values.
func ReadKey(dst []byte, values []Value, r *Read) ([]byte, []Value) {
	k := keyer{dst: dst, values: values}
	k.read(r)
	return k.dst, k.values
}

// InsertKey appends the shape of an insert to dst and its values to values.
func InsertKey(dst []byte, values []Value, in *Insert) ([]byte, []Value) {
	k := keyer{dst: dst, values: values}
	k.insert(in)
	return k.dst, k.values
}

// UpdateKey appends the shape of an update to dst and its values to values.
func UpdateKey(dst []byte, values []Value, u *Update) ([]byte, []Value) {
	k := keyer{dst: dst, values: values}
	k.update(u)
	return k.dst, k.values
}

// UpdateRowsKey appends the shape of an update of many rows.
func UpdateRowsKey(dst []byte, values []Value, u *UpdateRows) ([]byte, []Value) {
	k := keyer{dst: dst, values: values}
	k.updateRows(u)
	return k.dst, k.values
}

// DeleteKey appends the shape of a delete to dst and its values to values.
func DeleteKey(dst []byte, values []Value, d *Delete) ([]byte, []Value) {
	k := keyer{dst: dst, values: values}
	k.delete(d)
	return k.dst, k.values
}

// keyer walks over a tree. It is the only walk that decides the order of the
// values: the compiler uses it as well, with sites, to number its parameters.
type keyer struct {
	dst    []byte
	values []Value
	// nodes counts items and conditions, and deepest is how far embeds are nested.
	nodes, depth, deepest int
	// sites, where it is not nil, gets the number of the parameter at each
	// *Value, *int64 or *Insert of the tree.
	sites map[any]int
}

func (k *keyer) tag(b byte) { k.dst = append(k.dst, b) }

// text appends a string with its length in front, so that no two lists of
// strings look the same.
func (k *keyer) text(s string) {
	k.dst = binary.AppendUvarint(k.dst, uint64(len(s)))
	k.dst = append(k.dst, s...)
}

func (k *keyer) number(n int) { k.dst = binary.AppendUvarint(k.dst, uint64(n)) }

func (k *keyer) flag(b bool) {
	if b {
		k.tag(1)
	} else {
		k.tag(0)
	}
}

func (k *keyer) texts(list []string) {
	k.number(len(list))
	for _, s := range list {
		k.text(s)
	}
}

func (k *keyer) name(n Name) {
	k.text(n.Schema)
	k.text(n.Table)
}

// param collects a value and remembers where it stands.
func (k *keyer) param(site any, v Value) {
	k.values = append(k.values, v)
	if k.sites != nil {
		k.sites[site] = len(k.values)
	}
}

func (k *keyer) bound(n *int64) {
	k.flag(n != nil)
	if n != nil {
		k.param(n, Number(strconv.FormatInt(*n, 10)))
	}
}

func (k *keyer) read(r *Read) {
	k.name(r.From)
	k.tag(byte(r.count))
	k.flag(r.Distinct)
	k.items(r.Items)
	k.where(r.Where)
	k.order(r.Order)
	k.limit(r.Limit)
	k.bound(r.Offset)
	k.seek(r.Seek)
	k.among(r.Among)
	k.handler(r.Handler)
}

func (k *keyer) handler(h *Handler) {
	k.flag(h != nil)
	if h != nil {
		k.name(h.By)
		k.flag(h.Typed)
	}
}

func (k *keyer) among(a *Among) {
	k.flag(a != nil)
	if a == nil {
		return
	}
	k.texts(a.Columns)
	for i := range a.Values {
		k.param(&a.Values[i], a.Values[i])
	}
}

func (k *keyer) seek(s *Seek) {
	k.flag(s != nil)
	if s == nil {
		return
	}
	k.dst = binary.BigEndian.AppendUint64(k.dst, s.Order)
	k.number(len(s.After))
	k.nodes += len(s.After)
	for i := range s.After {
		v := &s.After[i]
		k.flag(v.Kind == KindNull)
		if v.Kind != KindNull {
			k.param(v, *v)
		}
	}
}

// plainLimit is the largest limit that stands in the statement itself.
const plainLimit = 1000

// limit makes a usual limit of the outermost read part of the shape: the planner
// takes a limit that it does not know for a tenth of the rows, and chooses
// accordingly.
func (k *keyer) limit(n *int64) {
	if k.depth > 0 || n == nil || *n > plainLimit {
		k.bound(n)
		return
	}
	k.tag('l')
	k.number(int(*n))
}

func (k *keyer) items(items []Item) {
	k.flag(items == nil)
	k.number(len(items))
	k.nodes += len(items)
	for _, item := range items {
		switch item := item.(type) {
		case *Star:
			k.tag('*')
		case *Column:
			k.column(item)
		case *Embed:
			k.embed(item)
		}
	}
}

func (k *keyer) column(c *Column) {
	k.tag('c')
	k.operand(&c.Operand)
	k.text(c.Alias)
	k.text(string(c.Aggregate))
	k.text(c.AggregateCast)
}

func (k *keyer) embed(e *Embed) {
	k.tag('e')
	k.name(e.Relation)
	k.text(e.Alias)
	k.text(e.Hint)
	k.flag(e.Inner)
	k.flag(e.Spread)
	k.depth++
	k.deepest = max(k.deepest, k.depth)
	k.read(&e.Read)
	k.depth--
}

func (k *keyer) operand(o *Operand) {
	k.texts(o.Embed)
	k.text(o.Name)
	k.number(len(o.Path))
	for _, step := range o.Path {
		k.text(step.Key)
		k.flag(step.Index)
		k.flag(step.Text)
	}
	k.text(o.Bucket)
	k.text(o.Cast)
}

func (k *keyer) order(orders []Order) {
	k.number(len(orders))
	k.nodes += len(orders)
	for i := range orders {
		o := &orders[i]
		k.operand(&o.Operand)
		k.text(string(o.Aggregate))
		k.flag(o.Desc)
		k.tag(byte(o.Nulls))
	}
}

func (k *keyer) where(c Cond) {
	switch c := c.(type) {
	case nil:
		k.tag('-')
	case *And:
		k.tag('&')
		k.terms(c.Terms)
	case *Or:
		k.tag('|')
		k.terms(c.Terms)
	case *Not:
		k.tag('!')
		k.where(c.Term)
	case *Compare:
		k.compare(c)
	}
}

func (k *keyer) terms(terms []Cond) {
	k.number(len(terms))
	k.nodes += len(terms)
	for _, t := range terms {
		k.where(t)
	}
}

func (k *keyer) compare(c *Compare) {
	k.tag('=')
	k.operand(&c.Operand)
	k.text(string(c.Op))
	k.tag(byte(c.Quantifier))
	k.text(c.ValueCast)
	k.text(c.Config)
	if tests[c.Op] == "" {
		k.param(&c.Value, c.Value)
	}
}
