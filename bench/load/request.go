package load

import "strconv"

// Template is a request whose body is still missing.
type Template struct{ head []byte }

// NewTemplate makes a request ready but for its body. Headers are whole lines,
// each ended by a carriage return and a line feed.
func NewTemplate(method, path, headers string) Template {
	return NewRest(method+" "+path, headers)
}

// NewRest makes a template whose beginning, method and path up to the given rest of
// it, its user writes, as it differs from request to request.
func NewRest(rest, headers string) Template {
	return Template{head: []byte(rest + " HTTP/1.1\r\nHost: bench\r\n" +
		"Content-Type: application/json\r\n" + headers + "Content-Length: ")}
}

// Append writes the request with its body to the end of dst.
func (t Template) Append(dst, body []byte) []byte {
	dst = append(dst, t.head...)
	dst = strconv.AppendInt(dst, int64(len(body)), 10)
	dst = append(dst, "\r\n\r\n"...)
	return append(dst, body...)
}

// AppendGet writes a request without a body to the end of dst.
func AppendGet(dst []byte, path, headers string) []byte {
	dst = append(dst, "GET "...)
	dst = append(dst, path...)
	dst = append(dst, " HTTP/1.1\r\nHost: bench\r\n"...)
	dst = append(dst, headers...)
	return append(dst, "\r\n"...)
}
