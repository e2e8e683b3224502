package rowjson

import "bytes"

// csvRow adds a row as a line. A plain column is the server's own text, as COPY
// would have it; what is an object or an array is JSON.
func (r *Rows) csvRow(dst []byte, values [][]byte) []byte {
	if r.count == 0 {
		dst = r.csvNames(dst)
	}
	m := r.shape.many
	if m == nil {
		r.count++
		return append(r.csvCells(dst, r.shape.head, values, 0), '\n')
	}
	if !r.sameGroup(values) {
		dst = r.csvClose(dst)
		r.count++
		dst = r.csvCells(dst, r.shape.head, values, 0)
		r.tail = r.csvCells(r.tail[:0], r.shape.tail, values, 1)
		r.array = append(r.array[:0], '[')
	}
	if values[m.presence] != nil {
		if len(r.array) > 1 {
			r.array = append(r.array, ',')
		}
		r.array = appendObject(r.array, m.parts, values)
	}
	return dst
}

// csvClose ends the line that waited for the rows of its array.
func (r *Rows) csvClose(dst []byte) []byte {
	if r.count == 0 || r.shape.many == nil {
		return dst
	}
	if len(r.shape.head) > 0 {
		dst = append(dst, ',')
	}
	dst = appendCell(dst, append(r.array, ']'))
	return append(append(dst, r.tail...), '\n')
}

// csvEnd ends an answer; one without rows that has begun tells the names.
func (r *Rows) csvEnd(dst []byte) []byte {
	if r.count == 0 {
		if r.shape == nil {
			return dst
		}
		return r.csvNames(dst)
	}
	return r.csvClose(dst)
}

func (r *Rows) csvNames(dst []byte) []byte {
	start := len(dst)
	for _, p := range r.shape.head {
		dst = appendCell(append(dst, ','), []byte(p.name))
	}
	if m := r.shape.many; m != nil {
		dst = appendCell(append(dst, ','), []byte(m.name))
	}
	for _, p := range r.shape.tail {
		dst = appendCell(append(dst, ','), []byte(p.name))
	}
	if len(dst) > start {
		dst = append(dst[:start], dst[start+1:]...) // the first comma
	}
	return append(dst, '\n')
}

// csvCells writes cells; before tells how many stand before them in the line.
func (r *Rows) csvCells(dst []byte, parts []part, values [][]byte, before int) []byte {
	for i := range parts {
		if before+i > 0 {
			dst = append(dst, ',')
		}
		p := &parts[i]
		value := values[p.column]
		switch {
		case value == nil:
		case p.isObject:
			r.object = appendObject(r.object[:0], p.object, values)
			dst = appendCell(dst, r.object)
		default:
			dst = appendCell(dst, value)
		}
	}
	return dst
}

// appendCell quotes a value where it has to be. Nothing at all stands for null, so
// that an empty text is quoted.
func appendCell(dst, value []byte) []byte {
	if len(value) > 0 && !bytes.ContainsAny(value, "\",\r\n") {
		return append(dst, value...)
	}
	dst = append(dst, '"')
	for {
		quote := bytes.IndexByte(value, '"')
		if quote < 0 {
			return append(append(dst, value...), '"')
		}
		dst = append(append(dst, value[:quote+1]...), '"')
		value = value[quote+1:]
	}
}
