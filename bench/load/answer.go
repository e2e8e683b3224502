package load

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

var (
	headEnd       = []byte("\r\n\r\n")
	lineEnd       = []byte("\r\n")
	contentLength = []byte("Content-Length")
)

// parseAnswer finds the status and the body in an HTTP/1.1 answer that may not
// have arrived whole. It takes answers with a Content-Length alone (RFC 9112,
// section 6.2), which is what every contender sends.
func parseAnswer(in []byte) (status int, body []byte, complete bool, err error) {
	head, rest, found := bytes.Cut(in, headEnd)
	if !found {
		return 0, nil, false, nil
	}
	line, fields, _ := bytes.Cut(head, lineEnd)
	if status, err = parseStatus(line); err != nil {
		return 0, nil, false, err
	}
	length, err := parseLength(fields)
	if err != nil {
		return 0, nil, false, err
	}
	if len(rest) > length {
		return 0, nil, false, fmt.Errorf("load: %d bytes after the answer", len(rest)-length)
	}
	return status, rest, len(rest) == length, nil
}

func parseStatus(line []byte) (int, error) {
	const prefix, digits = "HTTP/1.1 ", 3
	if len(line) < len(prefix)+digits || string(line[:len(prefix)]) != prefix {
		return 0, fmt.Errorf("load: not an HTTP/1.1 answer: %.40q", line)
	}
	status, err := strconv.Atoi(string(line[len(prefix) : len(prefix)+digits]))
	if err != nil {
		return 0, fmt.Errorf("load: status: %w", err)
	}
	return status, nil
}

func parseLength(fields []byte) (int, error) {
	for line := range bytes.SplitSeq(fields, lineEnd) {
		name, value, _ := bytes.Cut(line, []byte{':'})
		if !bytes.EqualFold(name, contentLength) {
			continue
		}
		length, err := strconv.Atoi(string(bytes.TrimSpace(value)))
		if err != nil || length < 0 {
			return 0, fmt.Errorf("load: Content-Length: %.40q", value)
		}
		return length, nil
	}
	return 0, errors.New("load: an answer without Content-Length")
}
