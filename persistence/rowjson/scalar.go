package rowjson

import "bytes"

// Bool writes true or false.
func Bool(dst, text []byte) []byte {
	if len(text) > 0 && text[0] == 't' {
		return append(dst, "true"...)
	}
	return append(dst, "false"...)
}

// Number writes the digits as the server gave them, so that a numeric keeps its
// scale and a bigint its precision; NaN and the infinities become strings.
func Number(dst, text []byte) []byte {
	if finite(text) {
		return append(dst, text...)
	}
	return Text(dst, text)
}

func finite(text []byte) bool {
	digits := bytes.TrimPrefix(text, []byte{'-'})
	return len(digits) > 0 && digits[0] >= '0' && digits[0] <= '9'
}

// Verbatim writes what is JSON already.
func Verbatim(dst, text []byte) []byte { return append(dst, text...) }

// Timestamp writes a date and time without zone in ISO 8601, with the era behind
// it where there is one, as in "0044-03-15T12:00:00 BC".
func Timestamp(dst, text []byte) []byte {
	day, clock, found := bytes.Cut(text, []byte{' '})
	if !found { // infinity
		return Text(dst, text)
	}
	dst = append(dst, '"')
	dst = append(dst, day...)
	dst = append(dst, 'T')
	dst = append(dst, clock...)
	return append(dst, '"')
}

// Timestamptz writes a date and time with its offset in full, +00:00 for +00.
func Timestamptz(dst, text []byte) []byte {
	start := len(dst)
	dst = Timestamp(dst, text)
	sign := bytes.LastIndexAny(dst[start:], "+-") + start
	era := sign + len("+00")
	if sign <= start+len(`"YYYY-MM-DDT`) || era >= len(dst) || dst[era] == ':' {
		return dst
	}
	dst = append(dst, ":00"...)
	copy(dst[era+3:], dst[era:len(dst)-3])
	copy(dst[era:], ":00")
	return dst
}
