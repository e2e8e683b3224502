package load

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"time"

	"github.com/valyala/fasthttp"
)

// patience is how long an answer may take before its connection is given up.
const patience = 30 * time.Second

// Conn is a kept-alive connection with one request under way at a time.
type Conn struct {
	conn   net.Conn
	reader *bufio.Reader
	answer fasthttp.Response
}

// Dial opens a connection.
func Dial(ctx context.Context, address string) (*Conn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	return &Conn{conn: conn, reader: bufio.NewReaderSize(conn, 64<<10)}, nil
}

// Do sends a request and reads its answer; the body is valid until the next one.
func (c *Conn) Do(request []byte) (status int, body []byte, err error) {
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return 0, nil, fmt.Errorf("load: %w", err)
	}
	if _, err := c.conn.Write(request); err != nil {
		return 0, nil, fmt.Errorf("load: send: %w", err)
	}
	if err := c.answer.Read(c.reader); err != nil {
		return 0, nil, fmt.Errorf("load: read the answer: %w", err)
	}
	return c.answer.StatusCode(), c.answer.Body(), nil
}

// Close ends the connection.
func (c *Conn) Close() error { return c.conn.Close() }

// Once sends one request over a connection of its own. An answer other than 2xx
// is an error.
func Once(ctx context.Context, address string, request []byte) ([]byte, error) {
	conn, err := Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	status, body, err := conn.Do(request)
	if err != nil {
		return nil, err
	}
	if !ok(status) {
		return nil, refusal(status, body)
	}
	return body, nil
}

func ok(status int) bool { return status >= 200 && status < 300 }

// refusal tells enough of an answer to understand it, and no more.
func refusal(status int, body []byte) error {
	return fmt.Errorf("answered %d: %.300s", status, body)
}
