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
