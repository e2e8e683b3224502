package sqltext

import (
	"strings"

	"athena/wire"
)

// directions maps the words for a direction to whether it is descending.
var directions = map[string]bool{
	"asc": false, "desc": true, "ascending": false, "descending": true,
}

// nullPlaces maps the words for the place of rows without a value.
var nullPlaces = map[string]Nulls{"nullsfirst": NullsFirst, "nullslast": NullsLast}

// ParseOrder reads an order list, such as "name.desc.nullslast,author(name),id".
func ParseOrder(text string) ([]Order, error) {
	s, err := newScanner(wire.InvalidOrder, "order", text)
	if err != nil {
		return nil, err
	}
	var orders []Order
	for {
		if err := s.count(); err != nil {
			return nil, err
		}
		o, err := s.order()
		if err != nil {
			return nil, err
		}
		orders = append(orders, o)
		if s.spaces(); !s.accept(",") {
			return orders, s.end()
		}
	}
}

// ParseDirection reads a direction by any of its names, in any case; an empty one
// ascends.
func ParseDirection(word string) (desc bool, err error) {
	if word == "" {
		return false, nil
	}
	desc, ok := directions[strings.ToLower(word)]
	if !ok {
		return false, wire.Fail(wire.InvalidOrder, "%s is not a direction", clip(word)).
			At("order").WithHint(`write "asc" or "desc"`)
	}
	return desc, nil
}

func (s *scanner) order() (Order, error) {
	operand, err := s.operand()
	if err != nil {
		return Order{}, err
	}
	if s.accept("(") {
		embed := operand.Name
		if len(operand.Path) > 0 || operand.Cast != "" {
			return Order{}, s.fail("expected the name of an embedded resource before the parenthesis")
		}
		if operand, err = s.operand(); err != nil {
			return Order{}, err
		}
		operand.Embed = []string{embed}
		if err := s.expect(")"); err != nil {
			return Order{}, err
		}
	}
	o := Order{Operand: operand}
	err = s.orderWords(&o)
	return o, err
}

func (s *scanner) orderWords(o *Order) error {
	directed, placed := false, false
	for s.accept(".") {
		start := s.pos
		word := strings.ToLower(s.bare())
		desc, isDirection := directions[word]
		nulls, isPlace := nullPlaces[word]
		switch {
		case isDirection && !directed && !placed:
			o.Desc, directed = desc, true
		case isPlace && !placed:
			o.Nulls, placed = nulls, true
		default:
			s.pos = start
			return s.fail("expected asc, desc, nullsfirst or nullslast")
		}
	}
	return nil
}
