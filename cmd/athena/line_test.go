package main

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"athena/persistence/dbtest"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/stretchr/testify/require"
)

// line is the way of a server to a database, and what goes wrong on it. New
// connections always get as far as a ready server, unless the line is cut.
type line struct {
	address, target string

	mu       sync.Mutex
	fault    fault
	changed  chan struct{} // closed when the fault changes
	listener net.Listener
	open     map[*crossing]bool
}

// fault is what happens to a statement.
type fault struct {
	// stuck keeps statements from arriving, without a sign.
	stuck bool
	// state is the SQLSTATE with which the database refuses every statement; empty
	// for none.
	state string
}

// secretOfStore is what a refusal says that no caller may read.
const secretOfStore = "could not read block 7 of store_secret_relation"

// newLine is a line to a database, and the address of the database behind it.
func newLine(t *testing.T, uri string) (*line, string) {
	t.Helper()
	u, err := url.Parse(uri)
	require.NoError(t, err)
	l := &line{target: u.Host, changed: make(chan struct{}), open: map[*crossing]bool{}, address: "127.0.0.1:0"}
	l.restore(t)
	t.Cleanup(l.cut)
	u.Host = l.address
	query := u.Query()
	query.Set("sslmode", "disable") // the line reads along
	u.RawQuery = query.Encode()
	return l, u.String()
}

// cut ends all connections and refuses new ones.
func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.listener.Close()
	for c := range l.open {
		c.close()
	}
}

// restore lets connections in, again or for the first time.
func (l *line) restore(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("tcp", l.address)
	require.NoError(t, err)
	l.mu.Lock()
	l.listener, l.address = listener, listener.Addr().String()
	l.mu.Unlock()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go l.serve(conn)
		}
	}()
}

// become is how the line treats statements from now on.
func (l *line) become(f fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fault = f
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *line) now() (fault, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fault, l.changed
}

// crossing is one connection over the line.
type crossing struct {
	line             *line
	client, database net.Conn
	fromClient       *bufio.Reader

	mu      sync.Mutex // holds what the client is told together
	status  byte       // of the transaction, as the database last said; 0 before it is ready
	skipped bool       // the statement was refused, and its end has not come yet
}

func (c *crossing) close() {
	_ = c.client.Close()
	_ = c.database.Close()
}

func (l *line) serve(client net.Conn) {
	database, err := net.Dial("tcp", l.target)
	if err != nil {
		_ = client.Close()
		return
	}
	c := &crossing{line: l, client: client, database: database, fromClient: bufio.NewReader(client)}
	l.mu.Lock()
	l.open[c] = true
	l.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer c.close()
		c.answers()
	}()
	c.statements()
	c.close()
	<-done
	l.mu.Lock()
	delete(l.open, c)
	l.mu.Unlock()
}

// message reads one message; the first that a client sends has no kind.
func message(from *bufio.Reader, first bool) (kind byte, whole []byte, err error) {
	if !first {
		if kind, err = from.ReadByte(); err != nil {
			return 0, nil, err
		}
		whole = append(whole, kind)
	}
	size := make([]byte, 4)
	if _, err := io.ReadFull(from, size); err != nil {
		return 0, nil, err
	}
	body := make([]byte, binary.BigEndian.Uint32(size)-4)
	_, err = io.ReadFull(from, body)
	return kind, append(append(whole, size...), body...), err
}

// answers hands on what the database says.
func (c *crossing) answers() {
	from := bufio.NewReader(c.database)
	for {
		kind, whole, err := message(from, false)
		if err != nil {
			return
		}
		c.mu.Lock()
		if kind == 'Z' {
			c.status = whole[len(whole)-1]
		}
		_, err = c.client.Write(whole)
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// statements hands on what the client says, or does with it what the line does now.
func (c *crossing) statements() {
	for first := true; ; first = false {
		kind, whole, err := message(c.fromClient, first)
		if err != nil || !c.pass(kind, whole) {
			return
		}
	}
}

// pass reports whether the connection goes on.
func (c *crossing) pass(kind byte, whole []byte) bool {
	c.mu.Lock()
	ready := c.status != 0
	c.mu.Unlock()
	f, changed := c.line.now()
	switch {
	case ready && f.stuck:
		<-changed // what was sent never arrives: the caller has given it up
		return false
	case ready && f.state != "":
		return c.refuse(kind, f.state)
	}
	_, err := c.database.Write(whole)
	return err == nil
}

// refuse answers a message in the database's place.
func (c *crossing) refuse(kind byte, state string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	var said []byte
	if kind != 'S' && !c.skipped {
		said, _ = (&pgproto3.ErrorResponse{Severity: "ERROR", Code: state, Message: secretOfStore}).Encode(said)
		c.skipped = true
	}
	if kind == 'S' || kind == 'Q' {
		status := c.status
		if status == 'T' {
			status = 'E'
		}
		said, _ = (&pgproto3.ReadyForQuery{TxStatus: status}).Encode(said)
		c.skipped = false
	}
	_, err := c.client.Write(said)
	return err == nil && kind != 'X'
}

func TestLine(t *testing.T) {
	t.Parallel()
	l, uri := newLine(t, dbtest.New(t))
	pool := dbtest.Pool(t, uri)
	ask := func() error {
		var one int
		return pool.QueryRow(t.Context(), "SELECT $1::int", 1).Scan(&one)
	}
	require.NoError(t, ask())
	l.become(fault{state: "XX000"})
	require.ErrorContains(t, ask(), secretOfStore)
	require.ErrorContains(t, ask(), "XX000")
	l.become(fault{})
	require.NoError(t, ask(), "a refused statement costs no connection")
	l.cut()
	require.Error(t, ask())
	l.restore(t)
	require.Eventually(t, func() bool { return ask() == nil }, patience, 1)
}
