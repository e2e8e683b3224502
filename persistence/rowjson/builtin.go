package rowjson

import "github.com/jackc/pgx/v5/pgtype"

// The OIDs that pgtype does not name. OIDs of built-in types never change.
const (
	moneyOID      = 790
	moneyArrayOID = 791
	int2vectorOID = 22
	oidvectorOID  = 30
	lsnOID        = 3220
	lsnArrayOID   = 3221
	tsqueryOID    = 3615
	tsqueryArray  = 3645
	voidOID       = 2278
	cstringOID    = 2275
)

// builtin is a type that every server has, and the type of its arrays.
type builtin struct {
	oid, array uint32
	encode     Encoder
}

func builtins() []builtin {
	return []builtin{
		{pgtype.BoolOID, pgtype.BoolArrayOID, Bool},
		{pgtype.Int2OID, pgtype.Int2ArrayOID, Number},
		{pgtype.Int4OID, pgtype.Int4ArrayOID, Number},
		{pgtype.Int8OID, pgtype.Int8ArrayOID, Number},
		{pgtype.Float4OID, pgtype.Float4ArrayOID, Number},
		{pgtype.Float8OID, pgtype.Float8ArrayOID, Number},
		{pgtype.NumericOID, pgtype.NumericArrayOID, Number},
		{pgtype.JSONOID, pgtype.JSONArrayOID, Verbatim},
		{pgtype.JSONBOID, pgtype.JSONBArrayOID, Verbatim},
		{pgtype.TimestampOID, pgtype.TimestampArrayOID, Timestamp},
		{pgtype.TimestamptzOID, pgtype.TimestamptzArrayOID, Timestamptz},
		{pgtype.DateOID, pgtype.DateArrayOID, Text},
		{pgtype.TimeOID, pgtype.TimeArrayOID, Text},
		{pgtype.TimetzOID, pgtype.TimetzArrayOID, Text},
		{pgtype.IntervalOID, pgtype.IntervalArrayOID, Text},
		{pgtype.TextOID, pgtype.TextArrayOID, Text},
		{pgtype.VarcharOID, pgtype.VarcharArrayOID, Text},
		{pgtype.BPCharOID, pgtype.BPCharArrayOID, Text},
		{pgtype.NameOID, pgtype.NameArrayOID, Text},
		{pgtype.QCharOID, pgtype.QCharArrayOID, Text},
		{pgtype.UUIDOID, pgtype.UUIDArrayOID, Text},
		{pgtype.ByteaOID, pgtype.ByteaArrayOID, Text},
		{pgtype.OIDOID, pgtype.OIDArrayOID, Text},
		{pgtype.TIDOID, pgtype.TIDArrayOID, Text},
		{pgtype.XIDOID, pgtype.XIDArrayOID, Text},
		{pgtype.CIDOID, pgtype.CIDArrayOID, Text},
		{pgtype.XID8OID, pgtype.XID8ArrayOID, Text},
		{pgtype.XMLOID, pgtype.XMLArrayOID, Text},
		{pgtype.InetOID, pgtype.InetArrayOID, Text},
		{pgtype.CIDROID, pgtype.CIDRArrayOID, Text},
		{pgtype.MacaddrOID, pgtype.MacaddrArrayOID, Text},
		{pgtype.BitOID, pgtype.BitArrayOID, Text},
		{pgtype.VarbitOID, pgtype.VarbitArrayOID, Text},
		{pgtype.PointOID, pgtype.PointArrayOID, Text},
		{pgtype.LineOID, pgtype.LineArrayOID, Text},
		{pgtype.LsegOID, pgtype.LsegArrayOID, Text},
		{pgtype.PathOID, pgtype.PathArrayOID, Text},
		{pgtype.PolygonOID, pgtype.PolygonArrayOID, Text},
		{pgtype.CircleOID, pgtype.CircleArrayOID, Text},
		{pgtype.TSVectorOID, pgtype.TSVectorArrayOID, Text},
		{pgtype.JSONPathOID, pgtype.JSONPathArrayOID, Text},
		{pgtype.Int4rangeOID, pgtype.Int4rangeArrayOID, Text},
		{pgtype.Int8rangeOID, pgtype.Int8rangeArrayOID, Text},
		{pgtype.NumrangeOID, pgtype.NumrangeArrayOID, Text},
		{pgtype.TsrangeOID, pgtype.TsrangeArrayOID, Text},
		{pgtype.TstzrangeOID, pgtype.TstzrangeArrayOID, Text},
		{pgtype.DaterangeOID, pgtype.DaterangeArrayOID, Text},
		{pgtype.Int4multirangeOID, pgtype.Int4multirangeArrayOID, Text},
		{pgtype.Int8multirangeOID, pgtype.Int8multirangeArrayOID, Text},
		{pgtype.NummultirangeOID, pgtype.NummultirangeArrayOID, Text},
		{pgtype.TsmultirangeOID, pgtype.TsmultirangeArrayOID, Text},
		{pgtype.TstzmultirangeOID, pgtype.TstzmultirangeArrayOID, Text},
		{pgtype.DatemultirangeOID, pgtype.DatemultirangeArrayOID, Text},
		{moneyOID, moneyArrayOID, Text},
		{lsnOID, lsnArrayOID, Text},
		{tsqueryOID, tsqueryArray, Text},
	}
}

// Builtin knows the types that every server has. It serves a session whose
// database has not been asked for its own types yet.
func Builtin() *Types {
	known := map[uint32]Encoder{
		// The only type whose arrays do not use a comma.
		pgtype.BoxOID:      Text,
		pgtype.BoxArrayOID: Array(Text, ';'),
		int2vectorOID:      Vector(Number),
		oidvectorOID:       Vector(Text),
		pgtype.UnknownOID:  Text,
		cstringOID:         Text,
		voidOID:            Text,
	}
	for _, b := range builtins() {
		known[b.oid] = b.encode
		known[b.array] = Array(b.encode, ',')
	}
	return &Types{builtin: known}
}
