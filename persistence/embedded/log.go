package embedded

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// logCap is how large the server's log grows before it starts over; the part
// before is kept once. A server writes to the same open file for life, so the
// content is copied away and the file emptied.
const logCap = 16 << 20

// serverLog is the server's log, opened for one run of the server.
type serverLog struct {
	file *os.File
	from int64 // where this run's part begins
}

func openLog(path string) (*serverLog, error) {
	if err := capLog(path, logCap); err != nil {
		return nil, err
	}
	// Append mode is what lets another process empty the file.
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("embedded: open the server's log: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("embedded: open the server's log: %w", errors.Join(err, file.Close()))
	}
	return &serverLog{file: file, from: info.Size()}, nil
}

// close gives up our own handle; the server keeps its.
func (l *serverLog) close() { _ = l.file.Close() }

// tail is the last that this run of the server had to say, on one line.
func (l *serverLog) tail() string {
	file, err := os.Open(l.file.Name())
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err.Error()
	}
	from := l.from
	if from > info.Size() { // the log started over since
		from = 0
	}
	from = max(from, info.Size()-4096)
	text, err := io.ReadAll(io.NewSectionReader(file, from, info.Size()-from))
	if err != nil {
		return err.Error()
	}
	return lastLines(string(text), 5)
}

// capLog starts the log over when it has grown beyond limit.
func capLog(path string, limit int64) error {
	info, err := os.Stat(path)
	if err != nil || info.Size() <= limit {
		return nil
	}
	if err := copyFile(path, path+".1"); err != nil {
		return fmt.Errorf("embedded: keep the server's old log: %w", err)
	}
	if err := os.Truncate(path, 0); err != nil {
		return fmt.Errorf("embedded: cap the server's log: %w", err)
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
