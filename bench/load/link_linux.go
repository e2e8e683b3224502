package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const firstBuffer = 64 << 10

// link is one kept-alive connection with one request under way at a time.
type link struct {
	fd      int // -1 when it is given up
	caller  Caller
	began   time.Time
	request []byte
	in      []byte
	filled  int
}

// dialRaw opens a connection that Go's own poller does not watch.
func dialRaw(ctx context.Context, address string) (int, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return 0, fmt.Errorf("load: %w", err)
	}
	defer conn.Close()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		return 0, fmt.Errorf("load: %w", err)
	}
	var fd int
	var failed error
	err = raw.Control(func(own uintptr) { fd, failed = unix.FcntlInt(own, unix.F_DUPFD_CLOEXEC, 0) })
	if err = errors.Join(err, failed); err != nil {
		return 0, fmt.Errorf("load: %w", err)
	}
	return fd, nil
}

// send starts the next request and says whether it is under way.
func (l *link) send(whole *Result) bool {
	l.request, l.filled = l.caller.Next(l.request[:0]), 0
	l.began = time.Now()
	for rest := l.request; len(rest) > 0; {
		n, err := unix.Write(l.fd, rest)
		switch {
		case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
			// A request fits the socket's buffer, so this is as good as never.
			err = l.writable()
		case err == nil:
			rest = rest[n:]
		}
		if err != nil {
			return l.broken(whole, fmt.Errorf("load: send: %w", err))
		}
	}
	return true
}

func (l *link) writable() error {
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(l.fd), Events: unix.POLLOUT}}, int(patience.Milliseconds()))
	switch {
	case errors.Is(err, unix.EINTR):
		return nil
	case err == nil && n == 0:
		return os.ErrDeadlineExceeded
	}
	return err
}

// ready reads what is there. Once the answer is whole it counts it and, when more
// is wanted, sends the next request. It says whether a request is under way.
func (l *link) ready(whole *Result, more bool) bool {
	if l.filled == len(l.in) {
		l.in = append(l.in, make([]byte, len(l.in))...)
	}
	n, err := unix.Read(l.fd, l.in[l.filled:])
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
		return true
	}
	if err == nil && n == 0 {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return l.broken(whole, fmt.Errorf("load: read the answer: %w", err))
	}
	l.filled += n
	status, body, complete, err := parseAnswer(l.in[:l.filled])
	switch {
	case err != nil:
		return l.broken(whole, err)
	case !complete:
		return true
	}
	whole.answered(l.caller, l.began, status, body, nil)
	return more && l.send(whole)
}

func (l *link) broken(whole *Result, err error) bool {
	whole.answered(l.caller, l.began, 0, nil, err)
	l.end()
	return false
}

func (l *link) end() {
	if l.fd >= 0 {
		_ = unix.Close(l.fd) // what it had to tell has been counted
		l.fd = -1
	}
}
