package wire

import "github.com/goccy/go-json"

// Transaction asks for several operations, of which all are done or none.
type Transaction struct {
	GatewayHeaders
	// IdempotencyKey has the transaction done once, however often it is sent. It
	// has at most 255 characters.
	IdempotencyKey *string `json:"idempotency_key" also:"idempotencyKey"`
	// Operations are done in their order; there are at most 100.
	Operations []TransactionOperation `json:"operations" required:"true"`
	// Options are those of the database's transaction.
	Options TransactionOptions `json:"options"`
}

// TransactionOperation is one operation of a transaction.
type TransactionOperation struct {
	// ID comes back in the operation's result.
	ID json.RawMessage `json:"id"`
	// Kind says what to do: fetch, insert, update or delete.
	Kind string `json:"kind" enum:"fetch,insert,update,delete" required:"true"`
	// Payload is the body that the gateway's operation of that kind takes.
	Payload json.RawMessage `json:"payload" required:"true"`
}

// TransactionOptions are those of the database's transaction.
type TransactionOptions struct {
	// IsolationLevel is read committed, where it is left out, repeatable read or
	// serializable; words may be joined by blanks or underscores.
	IsolationLevel string `json:"isolation_level"`
	// ReadOnly refuses operations that write.
	ReadOnly bool `json:"read_only"`
	// Deferrable waits for a moment in which nothing can disturb; it needs
	// serializable and read_only.
	Deferrable bool `json:"deferrable"`
}

// UnmarshalJSON refuses options that are not known.
func (o *TransactionOptions) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil {
		return Fail(TransactionOption, "options must be an object").At("options")
	}
	for name, value := range object {
		var err error
		switch name {
		case "isolation_level", "isolationLevel":
			err = json.Unmarshal(value, &o.IsolationLevel)
		case "read_only", "readOnly":
			err = json.Unmarshal(value, &o.ReadOnly)
		case "deferrable":
			err = json.Unmarshal(value, &o.Deferrable)
		default:
			return Fail(TransactionOption, "a transaction does not take the option %.40q", name).At("options").
				WithHint("it takes isolation_level, read_only and deferrable")
		}
		if err != nil {
			return Fail(TransactionOption, "the option %s has a value of the wrong kind", name).At("options." + name)
		}
	}
	return nil
}

// TransactionReply is the answer to a transaction.
type TransactionReply struct {
	// Status is always "success".
	Status string `json:"status"`
	// Message says how many operations were done.
	Message string `json:"message"`
	TransactionResults
}

// TransactionResults tell what became of a transaction. In a failure they stand in
// its data.
type TransactionResults struct {
	// Committed says that everything is kept.
	Committed bool `json:"committed"`
	// Results hold one for each operation, in their order.
	Results []OperationResult `json:"results"`
}

// OperationResult is what became of one operation of a transaction.
type OperationResult struct {
	// ID is the operation's own.
	ID json.RawMessage `json:"id,omitempty"`
	// Kind is the operation's.
	Kind string `json:"kind"`
	// OK says that the operation was done and kept.
	OK bool `json:"ok"`
	// Status is the one that the operation would have had alone; 424 for one that
	// was undone, or not begun, since another failed.
	Status int `json:"status"`
	// Data are the rows that were read or touched; null where it failed.
	Data json.RawMessage `json:"data"`
	// Count is how many rows were touched or, where a fetch asks for it, how many
	// there are without the limit.
	Count *int64 `json:"count"`
	// NextCursor is what to send as the cursor to read on behind a fetch by a cursor;
	// left out at its end.
	NextCursor string `json:"next_cursor,omitempty"`
	// Error says why the operation failed; null where it did not.
	Error *Failure `json:"error"`
}
