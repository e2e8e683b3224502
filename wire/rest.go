package wire

// RestHeaders are the headers of every operation on /rest/v1.
type RestHeaders struct {
	// Table is the table or view, with its schema before a dot if need be.
	Table string `path:"table" json:"-"`
	// Client names the Athena client whose database is meant.
	Client string `header:"X-Athena-Client" json:"-" doc:"only"`
	// APIKey is the API key.
	APIKey string `header:"apikey" json:"-" doc:"only" secret:"true"`
	// XAPIKey is another place for the API key.
	XAPIKey string `header:"x-api-key" json:"-" doc:"only" secret:"true"`
	// Prefer asks for a form of the answer and of the work: return=minimal or
	// representation, resolution=merge-duplicates or ignore-duplicates,
	// count=exact, planned or estimated, missing=default.
	Prefer []string `header:"Prefer" json:"-"`
	// Pairs are all parameters of the query string: filters, select, order, limit,
	// offset, on_conflict and columns.
	Pairs []Pair `query:"*" json:"-"`
}

// RestRead asks for rows in PostgREST's language.
type RestRead struct {
	RestHeaders
	// Select is what to answer of each row, relations included.
	Select string `query:"select" json:"-" doc:"only"`
	// Limit is how many rows at most; 100 where it is left out.
	Limit *int64 `query:"limit" json:"-" doc:"only"`
	// Offset is how many rows to pass over.
	Offset *int64 `query:"offset" json:"-" doc:"only"`
	// Order sorts, such as name.desc.nullslast,id.
	Order string `query:"order" json:"-" doc:"only"`
	// Or is a list of conditions of which one must hold.
	Or string `query:"or" json:"-" doc:"only"`
	// Range is the first and the last row to answer, from 0, such as items=0-24.
	Range string `header:"Range" json:"-"`
}

// RestWrite adds or changes rows in PostgREST's language.
type RestWrite struct {
	RestHeaders
	// Body is a row, or for an insert an array of rows.
	Body []byte `body:"raw"`
}

// RestDelete removes rows in PostgREST's language.
type RestDelete struct{ RestHeaders }

// RestReply is the answer to every operation on /rest/v1 that answers rows.
type RestReply struct {
	// Data are the rows.
	Data []map[string]any `json:"data"`
}
