package lane

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The types of the messages that a server may send a lane, as the protocol has
// them.
const (
	parseComplete   = '1'
	bindComplete    = '2'
	commandComplete = 'C'
	dataRow         = 'D'
	errorResponse   = 'E'
	readyForQuery   = 'Z'
	rowDescription  = 'T'

	closeComplete    = '3'
	emptyQuery       = 'I'
	noData           = 'n'
	paramDescription = 't'
	notice           = 'N'
	notification     = 'A'
	parameterStatus  = 'S'
)

// noTransaction is what ReadyForQuery says outside a transaction.
const noTransaction = 'I'

// headerSize is that of a message's type and length.
const headerSize = 5

// appendPrepare asks for a named statement and the description of its result.
func appendPrepare(dst []byte, name, sql string) []byte {
	dst, size := openMessage(dst, 'P')
	dst = appendCString(dst, name)
	dst = appendCString(dst, sql)
	dst = append(dst, 0, 0) // no parameter types: the server infers them
	closeMessage(dst, size)
	return appendNamed(dst, 'D', name)
}

// appendClose gives up a named statement.
func appendClose(dst []byte, name string) []byte { return appendNamed(dst, 'C', name) }

func appendNamed(dst []byte, kind byte, name string) []byte {
	dst, size := openMessage(dst, kind)
	dst = append(dst, 'S')
	dst = appendCString(dst, name)
	closeMessage(dst, size)
	return dst
}

// appendRun binds the arguments, asks for all rows, and marks the end of what
// fails together.
func appendRun(dst []byte, name string, args [][]byte) []byte {
	dst, size := openMessage(dst, 'B')
	dst = append(dst, 0) // the unnamed portal
	dst = appendCString(dst, name)
	dst = append(dst, 0, 0) // all parameters in text format
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(args)))
	for _, arg := range args {
		dst = appendArg(dst, arg)
	}
	dst = append(dst, 0, 0) // all results in text format
	closeMessage(dst, size)
	return append(dst, "E\x00\x00\x00\x09\x00\x00\x00\x00\x00S\x00\x00\x00\x04"...)
}

func appendArg(dst, arg []byte) []byte {
	if arg == nil {
		return append(dst, 0xff, 0xff, 0xff, 0xff)
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(arg)))
	return append(dst, arg...)
}

func appendCString(dst []byte, s string) []byte { return append(append(dst, s...), 0) }

// openMessage leaves room for the size, which closeMessage fills in.
func openMessage(dst []byte, kind byte) (_ []byte, size int) {
	return append(dst, kind, 0, 0, 0, 0), len(dst) + 1
}

func closeMessage(dst []byte, size int) {
	binary.BigEndian.PutUint32(dst[size:], uint32(len(dst)-size))
}

// inbox cuts what the server sends into messages.
type inbox struct {
	source io.Reader
	buf    []byte
	unread []byte // the part of buf that has not been taken
}

const inboxSize = 64 << 10

// ready tells whether the next message has arrived in full.
func (in *inbox) ready() bool {
	return len(in.unread) >= headerSize && len(in.unread) > int(binary.BigEndian.Uint32(in.unread[1:]))
}

// next gives the next message. Its body is valid until the call after.
func (in *inbox) next() (kind byte, body []byte, err error) {
	if err := in.need(headerSize); err != nil {
		return 0, nil, err
	}
	size := int(int32(binary.BigEndian.Uint32(in.unread[1:])))
	if size < 4 || size > maxMessage {
		return 0, nil, fmt.Errorf("lane: message of %d bytes", size)
	}
	if err := in.need(1 + size); err != nil {
		return 0, nil, err
	}
	kind, body = in.unread[0], in.unread[headerSize:1+size]
	in.unread = in.unread[1+size:]
	return kind, body, nil
}

// maxMessage is what PostgreSQL can build at most: a row of 1 GB.
const maxMessage = 1<<30 + 1<<16

// need reads until n bytes are there.
func (in *inbox) need(n int) error {
	if len(in.unread) >= n {
		return nil
	}
	if n > len(in.buf) || len(in.unread) == 0 && len(in.buf) > inboxSize {
		grown := make([]byte, max(n, inboxSize))
		in.unread = grown[:copy(grown, in.unread)]
		in.buf = grown
	} else {
		in.unread = in.buf[:copy(in.buf, in.unread)]
	}
	for len(in.unread) < n {
		got, err := in.source.Read(in.buf[len(in.unread):])
		in.unread = in.buf[:len(in.unread)+got]
		if err != nil && len(in.unread) < n {
			return err
		}
	}
	return nil
}

var errMalformed = errors.New("lane: malformed message from the server")

// splitRow finds the values of a DataRow, nil for null. They are parts of body.
func splitRow(values [][]byte, body []byte) ([][]byte, error) {
	if len(body) < 2 {
		return nil, errMalformed
	}
	count := int(binary.BigEndian.Uint16(body))
	body = body[2:]
	values = values[:0]
	for range count {
		if len(body) < 4 {
			return nil, errMalformed
		}
		size := int(int32(binary.BigEndian.Uint32(body)))
		body = body[4:]
		if size < 0 {
			values = append(values, nil)
			continue
		}
		if size > len(body) {
			return nil, errMalformed
		}
		values = append(values, body[:size:size])
		body = body[size:]
	}
	return values, nil
}
