package sqltext

// Arg writes one value as a parameter in text format, nil for NULL, for SQL that
// was not compiled here. array says that the parameter is an array, so that a
// JSON array becomes an array literal; else JSON goes as it is.
func Arg(v *Value, array bool) []byte {
	if v.Kind == KindNull || v.Kind == KindAbsent {
		return nil
	}
	as := encodeText
	if array {
		as = encodeArray
	}
	return as.append([]byte{}, v)
}

// ArrayArg writes an array literal of the text of its members, nil for NULL.
func ArrayArg(members [][]byte) []byte {
	size := 2
	for _, m := range members {
		size += len(m) + 5
	}
	dst := append(make([]byte, 0, size), '{')
	for i, m := range members {
		if i > 0 {
			dst = append(dst, ',')
		}
		if m == nil {
			dst = append(dst, "NULL"...)
		} else {
			dst = appendArrayText(dst, m)
		}
	}
	return append(dst, '}')
}
