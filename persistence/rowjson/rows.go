package rowjson

import (
	"bytes"
	"encoding/binary"
)

// Rows writes the rows of one answer as a JSON array of objects, appending to
// whatever buffer it is handed; between two calls the buffer may be flushed and
// emptied. Its zero value waits for Begin, and it can begin again.
type Rows struct {
	shape *Shape
	count int64
	// Of the object that is open while its array fills:
	group    []byte // the columns that tell it from the next
	next     []byte // the same of the row in hand
	tail     []byte // its members after the array
	children int
}

// Begin starts an answer.
func (r *Rows) Begin(shape *Shape) {
	r.shape, r.count = shape, 0
}

// Count tells how many objects the array has so far. With an array inside it is
// less than the number of rows.
func (r *Rows) Count() int64 { return r.count }

// Row adds a row, its values in text format and nil for null. The values are not
// kept.
func (r *Rows) Row(dst []byte, values [][]byte) []byte {
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
	if r.count == 0 {
		return append(dst, "[]"...)
	}
	if r.shape.many != nil {
		dst = r.close(dst)
	}
	return append(dst, ']')
}

// separate begins an object: the first opens the array.
func (r *Rows) separate(dst []byte) []byte {
	r.count++
	if r.count == 1 {
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
