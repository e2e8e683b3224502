package wire

// RestTable is what every operation on a table of /rest/v1 has.
type RestTable struct {
	// Table is the table or view, with its schema before a dot if need be.
	Table string `path:"table" json:"-"`
	RestHeaders
}

// RestHeaders are the headers of every operation on /rest/v1.
type RestHeaders struct {
	// Client names the Athena client whose database is meant.
	Client string `header:"X-Athena-Client" json:"-" doc:"only"`
	// APIKey is the API key.
	APIKey string `header:"apikey" json:"-" doc:"only" secret:"true"`
	// XAPIKey is another place for the API key.
	XAPIKey string `header:"x-api-key" json:"-" doc:"only" secret:"true"`
	// Prefer asks for a form of the answer and of the work: return=minimal,
	// headers-only or representation; resolution=merge-duplicates or
	// ignore-duplicates; count=exact, planned or estimated; missing=default; tx=rollback
	// to undo what was done; max-affected=N to undo what touches more rows;
	// timezone=NAME to read and write times in a zone, such as America/New_York;
	// handling=strict to refuse what is not known; respond-async to have a write done
	// later.
	Prefer []string `header:"Prefer" json:"-"`
	// Envelope is "none" for PostgREST's own answers: bare rows, its statuses and
	// its errors. "data" wraps rows in an object, as does the server by itself.
	Envelope string `header:"X-Athena-Envelope" json:"-"`
	// Accept is the form of the answer: application/json; text/csv;
	// application/x-ndjson for rows of any number, one a line, as they come;
	// application/vnd.pgrst.object+json for the one row there must be; what functions and
	// aggregates of the database write; or, where the
	// client's configuration has it so, application/vnd.pgrst.plan+json or +text for the
	// plan in place of the rows, of what gives the media type that the parameter for names,
	// with options such as options=analyze|verbose, of which analyze runs the statement.
	Accept string `header:"Accept" json:"-"`
	// Pairs are all parameters of the query string: filters, select, order, limit,
	// offset, on_conflict and columns.
	Pairs []Pair `query:"*" json:"-"`
}

// RestRead asks for rows in PostgREST's language.
type RestRead struct {
	RestTable
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
	// CacheControl of no-cache has the rows read anew where answers are kept.
	CacheControl string `header:"Cache-Control" json:"-"`
	// Range is the first and the last row to answer, from 0, such as items=0-24.
	Range string `header:"Range" json:"-"`
	// Cursor reads page by page, in a total order, with no row twice and none left
	// out: "start", then what the answer before had in the header X-Athena-Cursor,
	// until there is none. The parameter cursor does the same.
	Cursor string `header:"X-Athena-Cursor" json:"-"`
	// Profile is the schema of the table.
	Profile string `header:"Accept-Profile" json:"-"`
	// IfNoneMatch is the ETag of an answer that the caller has: where the rows are
	// still the same, the answer is 304 without them.
	IfNoneMatch string `header:"If-None-Match" json:"-" doc:"only"`
}

// RestWrite adds or changes rows in PostgREST's language.
type RestWrite struct {
	RestTable
	LaterHeaders
	// Profile is the schema of the table.
	Profile string `header:"Content-Profile" json:"-"`
	// ContentType is how the body is written.
	ContentType string `header:"Content-Type" json:"-"`
	// Body is a row, or for an insert an array of rows. A row of an insert may hold
	// rows of its relations by their name: one, or a list of them. Rows may also come
	// as text/csv below a line of column names, where NULL stands for no value, and one
	// row as application/x-www-form-urlencoded.
	Body []byte `body:"raw" media:"text/csv application/x-www-form-urlencoded"`
}

// RestDelete removes rows in PostgREST's language.
type RestDelete struct {
	RestTable
	LaterHeaders
	// Profile is the schema of the table.
	Profile string `header:"Content-Profile" json:"-"`
}

// RestCall calls a function in PostgREST's language.
type RestCall struct {
	// Function is the function, with its schema before a dot if need be.
	Function string `path:"function" json:"-"`
	RestHeaders
	// Select is what to answer of each row, relations included.
	Select string `query:"select" json:"-" doc:"only"`
	// Limit is how many rows at most.
	Limit *int64 `query:"limit" json:"-" doc:"only"`
	// Offset is how many rows to pass over.
	Offset *int64 `query:"offset" json:"-" doc:"only"`
	// Order sorts, such as name.desc.nullslast,id.
	Order string `query:"order" json:"-" doc:"only"`
	// Range is the first and the last row to answer, from 0, such as items=0-24.
	Range string `header:"Range" json:"-"`
}

// RestCallByQuery calls a function whose arguments stand in the query string.
type RestCallByQuery struct {
	RestCall
	// Profile is the schema of the function.
	Profile string `header:"Accept-Profile" json:"-"`
}

// RestCallByBody calls a function whose arguments stand in the body.
type RestCallByBody struct {
	RestCall
	// Profile is the schema of the function.
	Profile string `header:"Content-Profile" json:"-"`
	OptionalBody
	// ContentType is how the body is written.
	ContentType string `header:"Content-Type" json:"-"`
	// Body is an object of arguments by name, or a form
	// (application/x-www-form-urlencoded) of them. A function whose only argument has no
	// name gets the whole body where it takes that: JSON, text as text/plain, XML as
	// text/xml, bytes as application/octet-stream.
	Body []byte `body:"raw" media:"application/x-www-form-urlencoded text/plain text/xml application/octet-stream"`
}

// RestReply is the answer to every operation on /rest/v1 that answers rows.
type RestReply struct {
	// Data are the rows.
	Data []map[string]any `json:"data"`
}

// RestCallReply is the answer to a call of a function.
type RestCallReply struct {
	// Data is what the function gives: rows, values or one value.
	Data any `json:"data"`
}

// RestFailure is an error as PostgREST writes it.
type RestFailure struct {
	// Code is the database's own code, or one of PostgREST's.
	Code string `json:"code"`
	// Message says what was wrong with this request.
	Message string `json:"message"`
	// Details says more, where there is more to say.
	Details *string `json:"details"`
	// Hint says what to do instead.
	Hint *string `json:"hint"`
}
