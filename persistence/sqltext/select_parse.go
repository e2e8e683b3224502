package sqltext

import "athena/wire"

// aggregates lists what can follow a column as ".sum()".
var aggregates = []Aggregate{Count, Sum, Avg, Min, Max}

// ParseSelect reads a select list:
//
//	id,full_name:name,data->address->>city,price::text,amount.sum(),count(),
//	author:user_id!inner(name),shop.items!items_fk(*),...details(note)
//
// An empty text, like "*", selects every column.
func ParseSelect(text string) ([]Item, error) {
	s, err := newScanner(wire.InvalidSelect, "select", text)
	if err != nil {
		return nil, err
	}
	if s.spaces(); s.done() {
		return []Item{&Star{}}, nil
	}
	items, err := s.selectList(0)
	if err != nil {
		return nil, err
	}
	return items, s.end()
}

func (s *scanner) selectList(depth int) ([]Item, error) {
	if err := s.deeper(depth); err != nil {
		return nil, err
	}
	var items []Item
	for {
		if err := s.count(); err != nil {
			return nil, err
		}
		item, err := s.selectItem(depth)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		if s.spaces(); !s.accept(",") {
			return items, nil
		}
	}
}

func (s *scanner) selectItem(depth int) (Item, error) {
	s.spaces()
	if s.accept("...") {
		return s.spread(depth)
	}
	if s.accept("*") {
		return &Star{}, nil
	}
	alias, name, err := s.aliased()
	if err != nil {
		return nil, err
	}
	if name == string(Count) && s.accept("()") {
		c := &Column{Alias: alias, Aggregate: Count}
		c.AggregateCast, err = s.cast()
		return c, err
	}
	relation, isEmbed, err := s.relation(name)
	if err != nil {
		return nil, err
	}
	if isEmbed {
		return s.embed(alias, relation, depth)
	}
	return s.column(alias, name)
}

func (s *scanner) spread(depth int) (Item, error) {
	name, _, err := s.name()
	if err != nil {
		return nil, err
	}
	relation, isEmbed, err := s.relation(name)
	if err != nil {
		return nil, err
	}
	if !isEmbed {
		return nil, s.fail("a spread needs a list of columns in parentheses")
	}
	e, err := s.embed("", relation, depth)
	if err != nil {
		return nil, err
	}
	e.Spread = true
	return e, nil
}

// aliased reads "name" or "alias:name".
func (s *scanner) aliased() (alias, name string, err error) {
	if name, _, err = s.name(); err != nil {
		return "", "", err
	}
	if s.peek("::") || !s.accept(":") {
		return "", name, nil
	}
	alias = name
	name, _, err = s.name()
	return alias, name, err
}

// relation decides whether an embed follows and, if so, reads the rest of a name
// that has its schema in front.
func (s *scanner) relation(first string) (Name, bool, error) {
	if s.peek("(") || s.peek("!") {
		return Name{Table: first}, true, nil
	}
	if !s.peek(".") || s.atFunction() {
		return Name{}, false, nil
	}
	s.pos++
	table, _, err := s.name()
	if err != nil {
		return Name{}, false, err
	}
	if !s.peek("(") && !s.peek("!") {
		return Name{}, false, s.fail("expected the columns of %s.%s in parentheses", first, table)
	}
	return Name{Schema: first, Table: table}, true, nil
}

func (s *scanner) embed(alias string, relation Name, depth int) (*Embed, error) {
	e := &Embed{Alias: alias, Relation: relation}
	if err := s.hints(e); err != nil {
		return nil, err
	}
	if err := s.expect("("); err != nil {
		return nil, err
	}
	e.Read.Items = []Item{}
	if s.spaces(); !s.peek(")") {
		items, err := s.selectList(depth + 1)
		if err != nil {
			return nil, err
		}
		e.Read.Items = items
	}
	return e, s.expect(")")
}

// hints reads what stands between an embed's name and its columns.
func (s *scanner) hints(e *Embed) error {
	for s.accept("!") {
		hint, quoted, err := s.name()
		switch {
		case err != nil:
			return err
		case hint == "inner" && !quoted:
			e.Inner = true
		case hint == "left" && !quoted:
			e.Inner = false
		case e.Hint != "":
			return s.fail("a second hint; there can be one beside inner or left")
		default:
			e.Hint = hint
		}
	}
	return nil
}

func (s *scanner) column(alias, name string) (Item, error) {
	c := &Column{Alias: alias, Operand: Operand{Name: name}}
	var err error
	if c.Path, err = s.path(); err != nil {
		return nil, err
	}
	if c.Cast, err = s.cast(); err != nil {
		return nil, err
	}
	for _, a := range aggregates {
		if s.accept("." + string(a) + "()") {
			c.Aggregate = a
			c.AggregateCast, err = s.cast()
			return c, err
		}
	}
	return c, nil
}
