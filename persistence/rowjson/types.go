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

//go:embed attributes.sql
var attributesSQL string

// Load learns the types of a database beside the built-in ones: its enums,
// domains, ranges, composites, the rows of its tables, the types of its
// extensions, and the arrays of them all. What it learnt holds until the next
// change of the schema.
func Load(ctx context.Context, db Querier) (*Types, error) {
	defs, err := collect(ctx, db, typesSQL, pgx.RowToStructByPos[definition])
	if err != nil {
		return nil, fmt.Errorf("rowjson: load types: %w", err)
	}
	attributes, err := collect(ctx, db, attributesSQL, pgx.RowToStructByPos[attribute])
	if err != nil {
		return nil, fmt.Errorf("rowjson: load attributes: %w", err)
	}
	l := loader{defs: make(map[uint32]definition, len(defs)), rows: rowsOf(attributes), done: Builtin().known}
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

// collect reads all rows of a query as its columns stand. It runs under the settings of
// any session, so the query is not kept prepared.
func collect[T any](ctx context.Context, db Querier, sql string, to pgx.RowToFunc[T]) ([]T, error) {
	rows, err := db.Query(ctx, sql, pgx.QueryExecModeDescribeExec)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, to)
}

// definition is a row of types.sql.
type definition struct {
	OID        uint32
	Kind       string
	Base       uint32
	Element    uint32
	Delim      string
	Relation   uint32
	CastToJSON bool
}

// attribute is a row of attributes.sql.
type attribute struct {
	Relation uint32
	Name     string
	Type     uint32
}

// rowsOf are the attributes of each relation, by its number. Equal names are one string.
func rowsOf(list []attribute) map[uint32][]attribute {
	rows, names := map[uint32][]attribute{}, map[string]string{}
	for start, i := 0, 0; i < len(list); i++ {
		name, known := names[list[i].Name]
		if !known {
			name = list[i].Name
			names[name] = name
		}
		list[i].Name = name
		if next := i + 1; next == len(list) || list[next].Relation != list[i].Relation {
			rows[list[i].Relation] = list[start:next]
			start = next
		}
	}
	return rows
}

// loader works out encoders, those of a type's parts first.
type loader struct {
	defs map[uint32]definition
	rows map[uint32][]attribute
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
	of := l.rows[d.Relation]
	attributes := make([]Attribute, len(of))
	for i, a := range of {
		encode := l.encoder(a.Type)
		if encode == nil {
			return nil
		}
		attributes[i] = Attribute{a.Name, encode}
	}
	return Record(attributes)
}
