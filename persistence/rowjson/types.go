package rowjson

import (
	"sync"

	"athena/persistence/catalog"

	"github.com/jackc/pgx/v5/pgtype"
)

// Types finds the encoder of a type. Those of a database's own types are worked out when
// they are first asked for.
type Types struct {
	builtin map[uint32]Encoder
	cat     *catalog.Catalog // nil: no others
	own     sync.Map         // uint32 to Encoder, nil for what is unknown
}

// New knows the types of a schema beside the built-in ones: its enums, domains, ranges,
// composites, the rows of its tables, the types of its extensions, and the arrays of
// them all.
func New(cat *catalog.Catalog) *Types { return &Types{builtin: Builtin().builtin, cat: cat} }

// Encoder gives the encoder of a type, and whether the type is known. A type is
// unknown when its text does not tell its JSON: an anonymous record, a type with
// a cast of its own to json, one that the schema does not have, and whatever contains
// one of these. Its encoder writes the text as a string; a statement that selects
// to_json of the column gets the real thing.
func (t *Types) Encoder(oid uint32) (Encoder, bool) {
	encode := t.builtin[oid]
	if encode == nil && t.cat != nil {
		encode = t.find(oid)
	}
	if encode == nil {
		return Text, false
	}
	return encode, true
}

func (t *Types) find(oid uint32) Encoder {
	if known, ok := t.own.Load(oid); ok {
		return known.(Encoder)
	}
	l := loader{types: t, done: map[uint32]Encoder{}}
	encode := l.encoder(oid)
	t.own.Store(oid, encode)
	return encode
}

// loader works out encoders, those of a type's parts first.
type loader struct {
	types *Types
	done  map[uint32]Encoder // nil: unknown
}

func (l *loader) encoder(oid uint32) Encoder {
	if encode := l.types.builtin[oid]; encode != nil {
		return encode
	}
	if encode, ok := l.done[oid]; ok {
		return encode
	}
	l.done[oid] = nil // should a type contain itself after all, it is unknown
	encode := l.build(oid)
	l.done[oid] = encode
	return encode
}

func (l *loader) build(oid uint32) Encoder {
	t, ok := l.types.cat.TypeByID(oid)
	switch {
	case !ok:
		return nil
	case t.Kind == 'd':
		return l.encoder(t.Base)
	case t.Element != 0:
		return l.array(t)
	case t.Kind == 'c':
		return l.record(t)
	case t.Kind == 'p' || t.CastToJSON || t.ID == pgtype.RecordOID:
		return nil
	default:
		return Text
	}
}

func (l *loader) array(t *catalog.Type) Encoder {
	element := l.encoder(t.Element)
	if element == nil {
		return nil
	}
	return Array(element, t.Delimiter)
}

func (l *loader) record(t *catalog.Type) Encoder {
	of, ok := l.types.cat.ByID(t.Relation)
	if !ok {
		return nil
	}
	attributes := make([]Attribute, len(of.Columns))
	for i, c := range of.Columns {
		encode := l.encoder(c.Type)
		if encode == nil {
			return nil
		}
		attributes[i] = Attribute{c.Name, encode}
	}
	return Record(attributes)
}
