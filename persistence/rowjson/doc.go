// Package rowjson writes the rows of an answer as JSON while they stream past,
// straight from the bytes of PostgreSQL's text format; no row becomes a Go
// value on its way.
//
// An [Encoder] knows one type, [Types] finds the encoder of a type by its OID, a
// [Shape] says how the columns of a statement become a JSON object, and [Rows]
// writes the array. What comes out means, number for number and character for
// character, what row_to_json would have said in the same session, provided that
// it is a session as [Session] makes it. The tests hold every encoder against a
// real server.
//
// Nothing here allocates for a row once its buffers have grown, and nothing
// here keeps or changes the bytes it was given. A Types and a Shape never change
// and may be shared; a Rows belongs to one goroutine.
package rowjson

// Encoder appends the JSON of one value that is not null, given in text format.
type Encoder func(dst, text []byte) []byte
