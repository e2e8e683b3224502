package sqltext

// Op is a comparison, by its name in the query language.
type Op string

// The operators that compare with a value.
const (
	Eq         Op = "eq"
	Neq        Op = "neq"
	Gt         Op = "gt"
	Gte        Op = "gte"
	Lt         Op = "lt"
	Lte        Op = "lte"
	Like       Op = "like"
	ILike      Op = "ilike"
	Match      Op = "match"
	IMatch     Op = "imatch"
	In         Op = "in"
	IsDistinct Op = "isdistinct"
	Fts        Op = "fts"
	Plfts      Op = "plfts"
	Phfts      Op = "phfts"
	Wfts       Op = "wfts"
	Cs         Op = "cs"
	Cd         Op = "cd"
	Ov         Op = "ov"
	Sl         Op = "sl"
	Sr         Op = "sr"
	Nxr        Op = "nxr"
	Nxl        Op = "nxl"
	Adj        Op = "adj"
)

// The operators that are a test on their own. What a caller writes as is.null
// becomes one of them.
const (
	IsNull    Op = "is.null"
	IsNotNull Op = "is.not_null"
	IsTrue    Op = "is.true"
	IsFalse   Op = "is.false"
	IsUnknown Op = "is.unknown"
)

// symbols holds the SQL of every operator that stands between two operands.
var symbols = map[Op]string{
	Eq: "=", Neq: "<>", Gt: ">", Gte: ">=", Lt: "<", Lte: "<=",
	Like: "LIKE", ILike: "ILIKE", Match: "~", IMatch: "~*",
	IsDistinct: "IS DISTINCT FROM",
	Cs:         "@>", Cd: "<@", Ov: "&&", Sl: "<<", Sr: ">>", Nxr: "&<", Nxl: "&>", Adj: "-|-",
}

// searches holds the function that reads the query of a full text operator.
var searches = map[Op]string{
	Fts: "to_tsquery", Plfts: "plainto_tsquery", Phfts: "phraseto_tsquery", Wfts: "websearch_to_tsquery",
}

// tests holds the SQL of every operator that needs no value.
var tests = map[Op]string{
	IsNull: "IS NULL", IsNotNull: "IS NOT NULL",
	IsTrue: "IS TRUE", IsFalse: "IS FALSE", IsUnknown: "IS UNKNOWN",
}

// synonyms holds the names that the structured gateway uses for operators.
var synonyms = map[string]Op{
	"contains": Cs, "containedBy": Cd, "contained_by": Cd, "overlaps": Ov,
	"=": Eq, "!=": Neq, "<>": Neq, ">": Gt, ">=": Gte, "<": Lt, "<=": Lte,
}

// ParseOp finds an operator by any of its names. The name "is" is not among
// them, for what it means depends on its value: see NewCompare.
func ParseOp(name string) (Op, bool) {
	if op, ok := synonyms[name]; ok {
		return op, true
	}
	op := Op(name)
	return op, op == In || symbols[op] != "" || searches[op] != ""
}

// quantifiable reports whether the operator can be asked of any or all members
// of a list.
func (op Op) quantifiable() bool {
	switch op {
	case Eq, Gt, Gte, Lt, Lte, Like, ILike, Match, IMatch:
		return true
	}
	return false
}
