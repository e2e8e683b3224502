package rowjson

import (
	"bytes"
	"encoding/binary"
)

// Format is the form in which an answer's rows stand one after the other.
type Format uint8

// The formats.
const (
	// JSONArray is one array of objects.
	JSONArray Format = iota
	// JSONLines is an object for each line.
	JSONLines
	// CSV is a line of names, then a line for each row.
	CSV
)

// Rows writes the rows of one answer as a JSON array of objects, or in another
// format, appending to whatever buffer it is handed; between two calls the buffer
// may be flushed and emptied. Its zero value waits for Begin, and it can begin again.
type Rows struct {
	shape  *Shape
	format Format
	count  int64
	// Of the object that is open while its array fills:
	group    []byte // the columns that tell it from the next
	next     []byte // the same of the row in hand
	tail     []byte // its members after the array
	children int
	// Of a line of comma-separated values:
	array  []byte // the rows of its array so far
	object []byte // an object that becomes a cell
	mark   []byte
}

// Begin starts an answer.
func (r *Rows) Begin(shape *Shape) { r.BeginAs(shape, JSONArray) }

// BeginAs starts an answer in a format.
func (r *Rows) BeginAs(shape *Shape, format Format) {
	r.shape, r.format, r.count, r.mark = shape, format, 0, nil
}

// Mark is what the last row had in the column of the shape's mark, nil where there is
// neither. It belongs to the caller once the answer has ended.
func (r *Rows) Mark() []byte { return r.mark }

// Count tells how many objects the array has so far. With an array inside it is
// less than the number of rows.
func (r *Rows) Count() int64 { return r.count }

// Row adds a row, its values in text format and nil for null. The values are not
// kept.
func (r *Rows) Row(dst []byte, values [][]byte) []byte {
	if r.shape.mark > 0 {
		r.mark = append(r.mark[:0], values[r.shape.mark-1]...)
	}
	if r.format == CSV {
		return r.csvRow(dst, values)
	}
	if r.shape.many == nil {
		return appendObject(r.separate(dst), r.shape.head, values)
	}
	if !r.sameGroup(values) {
		dst = r.open(r.close(dst), values)
	}
	return r.child(dst, values)
}

// End closes the array.
func (r *Rows) End(dst []byte) []byte {
	switch {
	case r.format == CSV:
		return r.csvEnd(dst)
	case r.format == JSONLines && r.count == 0:
		return dst
	case r.count == 0:
		return append(dst, "[]"...)
	}
	if r.shape.many != nil {
		dst = r.close(dst)
	}
	if r.format == JSONLines {
		return append(dst, '\n')
	}
	return append(dst, ']')
}

// separate begins an object: the first opens the array.
func (r *Rows) separate(dst []byte) []byte {
	r.count++
	switch {
	case r.format == JSONLines && r.count == 1:
		return dst
	case r.format == JSONLines:
		return append(dst, '\n')
	case r.count == 1:
		return append(dst, '[')
	}
	return append(dst, ',')
}

// sameGroup tells whether the row belongs to the object that is open, and
// remembers its group.
func (r *Rows) sameGroup(values [][]byte) bool {
	r.next = r.next[:0]
	for _, n := range r.shape.many.group {
		// The length in front keeps ("a", "bc") and ("ab", "c") apart; a null has none.
		if values[n] != nil {
			r.next = binary.AppendUvarint(r.next, uint64(len(values[n]))+1)
		} else {
			r.next = append(r.next, 0)
		}
		r.next = append(r.next, values[n]...)
	}
	same := r.count > 0 && bytes.Equal(r.group, r.next)
	r.group, r.next = r.next, r.group
	return same
}

// open writes a parent up to its array. What stands behind the array is kept,
// for the parent's values are gone by the time the last child has passed.
func (r *Rows) open(dst []byte, values [][]byte) []byte {
	dst = r.separate(dst)
	start := len(dst)
	dst = appendParts(dst, r.shape.head, values)
	dst = append(dst, r.shape.many.open...)
	dst[start] = '{'
	r.tail = appendParts(r.tail[:0], r.shape.tail, values)
	r.children = 0
	return dst
}

func (r *Rows) child(dst []byte, values [][]byte) []byte {
	m := r.shape.many
	if values[m.presence] == nil {
		return dst
	}
	if r.children > 0 {
		dst = append(dst, ',')
	}
	r.children++
	return appendObject(dst, m.parts, values)
}

// close ends the open parent, if there is one.
func (r *Rows) close(dst []byte) []byte {
	if r.count == 0 {
		return dst
	}
	dst = append(dst, ']')
	dst = append(dst, r.tail...)
	return append(dst, '}')
}
