package sqltext

import (
	"strconv"
	"strings"

	"athena/wire"
)

// AddFilter adds one parameter of a query string to a read whose select list is
// there already. It takes both spellings of a filter, "age=gte.5" and
// "age.gte=5"; trees of logic, "or=(...)" and "not.and=(...)"; "order", "limit"
// and "offset"; and each of them for an embed, "posts.title=like.a*".
func AddFilter(r *Read, key, value string) error {
	p, err := parseParam(key, value)
	if err != nil {
		return err
	}
	r, rest := p.target(r)
	switch word := strings.Join(rest, "."); word {
	case "order":
		return p.order(r)
	case "limit":
		return p.bound(&r.Limit)
	case "offset":
		return p.bound(&r.Offset)
	case "or", "and", "not.or", "not.and":
		return p.logic(r, word)
	}
	return p.filter(r, rest)
}

// Filter reads one filter of a query string for a write, which has no embeds.
func Filter(key, value string) (Cond, error) {
	var r Read
	if err := AddFilter(&r, key, value); err != nil {
		return nil, err
	}
	if r.Where == nil {
		return nil, wire.Fail(wire.InvalidFilter, "%s is not a filter", clip(key)).At(clipField(key))
	}
	return r.Where, nil
}

// param is a parameter of a query string, its key taken apart at the dots.
type param struct {
	key, value string
	segments   []segment
}

// segment is a piece of a key with where it begins.
type segment struct {
	name   string
	quoted bool
	pos    int
}

func parseParam(key, value string) (*param, error) {
	s, err := newScanner(wire.InvalidFilter, clipField(key), key)
	if err != nil {
		return nil, err
	}
	if err := checkText(wire.InvalidFilter, clipField(key), value); err != nil {
		return nil, err
	}
	p := &param{key: key, value: value}
	for {
		at := s.pos
		name, quoted, err := s.name()
		if err != nil {
			return nil, err
		}
		p.segments = append(p.segments, segment{name, quoted, at})
		if !s.accept(".") {
			return p, nil // a JSON path or a cast may follow; filter reads them
		}
		if len(p.segments) > MaxDepth {
			return nil, s.deeper(len(p.segments))
		}
	}
}

// target follows the key's leading segments through the embeds of a read as far
// as they lead.
func (p *param) target(r *Read) (*Read, []string) {
	i := 0
	for ; i < len(p.segments)-1; i++ {
		e := findEmbed(r.Items, p.segments[i].name)
		if e == nil || e.Key() != p.segments[i].name && isOperator(p.segments[i+1].name) {
			break
		}
		r = &e.Read
	}
	p.segments = p.segments[i:]
	names := make([]string, len(p.segments))
	for i, seg := range p.segments {
		names[i] = seg.name
		if seg.quoted {
			names[i] = Ident(seg.name) // a quoted word is never one of ours
		}
	}
	return r, names
}

func (p *param) order(r *Read) error {
	orders, err := ParseOrder(p.value)
	r.Order = append(r.Order, orders...)
	return err
}

func (p *param) bound(to **int64) error {
	n, err := strconv.ParseInt(p.value, 10, 64)
	if err != nil || n < 0 {
		return wire.Fail(wire.InvalidRequest, "%s must be a whole number from 0 on, not %s",
			clip(p.key), clip(p.value)).At(clipField(p.key)).Like("PGRST103")
	}
	*to = &n
	return nil
}

func (p *param) logic(r *Read, word string) error {
	name, negated := strings.CutPrefix(word, "not.")
	parse := ParseAnd
	if name == "or" {
		parse = ParseOr
	}
	c, err := parse(p.value)
	if err != nil {
		return err
	}
	if negated {
		c = &Not{Term: c}
	}
	return p.narrow(r, c)
}

// narrow adds a condition, as long as there are not too many for a statement.
func (p *param) narrow(r *Read, c Cond) error {
	r.Narrow(c)
	if and, ok := r.Where.(*And); ok && len(and.Terms) > maxNodes {
		return tooMany().At(clipField(p.key))
	}
	return nil
}

// Narrow adds a condition that must hold as well.
func (r *Read) Narrow(c Cond) { r.Where = Both(r.Where, c) }

// Both is the condition that holds when two do; either may be nil.
func Both(a, b Cond) Cond {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	if and, ok := a.(*And); ok {
		return &And{Terms: append(and.Terms[:len(and.Terms):len(and.Terms)], b)}
	}
	return &And{Terms: []Cond{a, b}}
}

// AllOf is the condition that holds when all of its terms do; nil where there are none.
func AllOf(terms []Cond) Cond {
	switch len(terms) {
	case 0:
		return nil
	case 1:
		return terms[0]
	}
	return &And{Terms: terms}
}

// filter reads "column=op.value", or "column.op=value" when the last word of the
// key is an operator.
func (p *param) filter(r *Read, names []string) error {
	text := p.key[p.segments[0].pos:]
	value := p.value
	if operator, cut := p.operatorAt(); cut > 0 {
		value = operator + "." + value
		text = strings.TrimSuffix(p.key[p.segments[0].pos:cut], ".")
	} else if len(names) > 1 {
		return wire.Fail(wire.InvalidFilter, "%s is neither an embedded resource of the select nor followed by an operator",
			clip(p.segments[0].name)).At(clipField(p.key)).
			WithHint("embed it in select, or write %s=eq.value", p.segments[0].name).Like("PGRST108")
	}
	operand, err := ParseOperand(text)
	if err != nil {
		return err
	}
	c, err := p.condition(operand, value)
	if err != nil {
		return err
	}
	return p.narrow(r, c)
}

// operatorAt finds "op" or "not.op" at the end of a key and where it begins.
func (p *param) operatorAt() (operator string, cut int) {
	n := len(p.segments)
	if n < 2 || p.segments[n-1].quoted || !isOperator(p.segments[n-1].name) {
		return "", 0
	}
	first := n - 1
	if n > 2 && p.segments[n-2].name == "not" && !p.segments[n-2].quoted {
		first--
	}
	if first > 1 {
		return "", 0
	}
	return p.key[p.segments[first].pos:], p.segments[first].pos
}

func (p *param) condition(o Operand, value string) (Cond, error) {
	s, err := newScanner(wire.InvalidFilter, clipField(p.key), value)
	if err != nil {
		return nil, err
	}
	c, err := s.condition(o, false)
	if err != nil {
		return nil, err
	}
	return c, s.end()
}

// ParseOperand reads a column with an optional JSON path and cast, such as
// "data->address->>city" or "price::text".
func ParseOperand(text string) (Operand, error) {
	s, err := newScanner(wire.InvalidFilter, "column", text)
	if err != nil {
		return Operand{}, err
	}
	o, err := s.operand()
	if err != nil {
		return Operand{}, err
	}
	s.spaces()
	return o, s.end()
}

// clipField shortens a parameter's name for the field of a problem.
func clipField(key string) string { return strings.Trim(clip(key), `"`) }
