package wire

import "github.com/goccy/go-json"

// Maybe is a field of a change: left out it keeps what is stored, null clears
// it, and a value replaces it. In the document it is a nullable T.
type Maybe[T any] struct {
	// Set says that the field was there.
	Set bool
	// Value is what it held; nil for null.
	Value *T
}

// UnmarshalJSON notes that the field was there.
func (m *Maybe[T]) UnmarshalJSON(text []byte) error {
	m.Set, m.Value = true, nil
	return json.Unmarshal(text, &m.Value)
}

// MarshalJSON writes the value, and null for none.
func (m Maybe[T]) MarshalJSON() ([]byte, error) { return json.Marshal(m.Value) }

// Or gives the new value where there is one and the old one otherwise.
func (m Maybe[T]) Or(old *T) *T {
	if m.Set {
		return m.Value
	}
	return old
}
