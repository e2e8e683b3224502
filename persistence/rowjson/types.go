package rowjson

import (
	"context"
	_ "embed" // the query below
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// Types finds the encoder of a type.
type Types struct{ known map[uint32]Encoder }

// Encoder gives the encoder of a type, and whether the type is known. A type is
// unknown when its text does not tell its JSON: an anonymous record, a type with
// a cast of its own to json, one made after Load, and whatever contains one of
// these. Its encoder writes the text as a string; a statement that selects
// to_json of the column gets the real thing.
func (t *Types) Encoder(oid uint32) (Encoder, bool) {
	if encode, ok := t.known[oid]; ok {
		return encode, true
	}
	return Text, false
}

// Querier is what Load needs of a connection, a pool or a transaction.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

//go:embed types.sql
var typesSQL string

// Load learns the types of a database beside the built-in ones: its enums,
// domains, ranges, composites, the rows of its tables, the types of its
// extensions, and the arrays of them all. What it learnt holds until the next
// change of the schema.
func Load(ctx context.Context, db Querier) (*Types, error) {
	rows, err := db.Query(ctx, typesSQL)
	if err != nil {
		return nil, fmt.Errorf("rowjson: load types: %w", err)
	}
	defs, err := pgx.CollectRows(rows, pgx.RowToStructByName[definition])
	if err != nil {
		return nil, fmt.Errorf("rowjson: load types: %w", err)
	}
	l := loader{defs: make(map[uint32]definition, len(defs)), done: Builtin().known}
	for _, d := range defs {
		l.defs[d.OID] = d
	}
	for oid := range l.defs {
		l.encoder(oid)
	}
	for oid, encode := range l.done {
		if encode == nil {
			delete(l.done, oid)
		}
	}
	return &Types{l.done}, nil
}

// definition is a row of types.sql.
type definition struct {
	OID        uint32   `db:"oid"`
	Kind       string   `db:"kind"`
	Base       uint32   `db:"base"`
	Element    uint32   `db:"element"`
	Delim      string   `db:"delim"`
	Names      []string `db:"names"`
	Types      []uint32 `db:"types"`
	CastToJSON bool     `db:"cast_to_json"`
}

// loader works out encoders, those of a type's parts first.
type loader struct {
	defs map[uint32]definition
	done map[uint32]Encoder // nil: unknown
}

func (l *loader) encoder(oid uint32) Encoder {
	if encode, ok := l.done[oid]; ok {
		return encode
	}
	l.done[oid] = nil // should a type contain itself after all, it is unknown
	encode := l.build(l.defs[oid])
	l.done[oid] = encode
	return encode
}

func (l *loader) build(d definition) Encoder {
	switch {
	case d.Kind == "d":
		return l.encoder(d.Base)
	case d.Element != 0:
		return l.array(d)
	case d.Kind == "c":
		return l.record(d)
	case d.Kind == "p" || d.Kind == "" || d.CastToJSON || d.OID == pgtype.RecordOID:
		return nil
	default:
		return Text
	}
}

func (l *loader) array(d definition) Encoder {
	element := l.encoder(d.Element)
	if element == nil {
		return nil
	}
	return Array(element, d.Delim[0])
}

func (l *loader) record(d definition) Encoder {
	attributes := make([]Attribute, len(d.Names))
	for i, name := range d.Names {
		encode := l.encoder(d.Types[i])
		if encode == nil {
			return nil
		}
		attributes[i] = Attribute{name, encode}
	}
	return Record(attributes)
}
