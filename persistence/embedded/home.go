package embedded

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// home is the folder of a cluster:
//
//	lock       held by the owner, holds its process id
//	password   of the superuser, readable by Athena alone
//	port       the port of the last start
//	server.log what the server says; server.log.1 what it said before
//	pgdata/    the cluster itself, owned by the server's account
//	run/       the server's socket
type home struct{ dir string }

// longestSocket is what fits into a socket address on every platform.
const longestSocket = 103

func newHome(dir string) (home, error) {
	if dir == "" {
		return home{}, errors.New("embedded: no folder given for the cluster")
	}
	if err := os.MkdirAll(dir, 0o711); err != nil {
		return home{}, fmt.Errorf("embedded: make the cluster's folder: %w", err)
	}
	// One spelling for one folder, wherever the caller stands and whatever links
	// lead there: a stray server is recognised by its folder.
	abs, err := filepath.Abs(dir)
	if err == nil {
		abs, err = filepath.EvalSymlinks(abs)
	}
	if err != nil {
		return home{}, fmt.Errorf("embedded: resolve the cluster's folder: %w", err)
	}
	// The server's account has to pass through; what is private is so by itself.
	if err := os.Chmod(abs, 0o711); err != nil {
		return home{}, fmt.Errorf("embedded: open the cluster's folder to the server: %w", err)
	}
	return home{dir: abs}, nil
}

func (h home) lock() string    { return filepath.Join(h.dir, "lock") }
func (h home) data() string    { return filepath.Join(h.dir, "pgdata") }
func (h home) logFile() string { return filepath.Join(h.dir, "server.log") }

// socket is the folder of the server's socket: in the home, or in /tmp where the
// home's path is too long for a socket address.
func (h home) socket() string {
	inside := filepath.Join(h.dir, "run")
	if len(inside)+len("/.s.PGSQL.65535") <= longestSocket {
		return inside
	}
	sum := sha256.Sum256([]byte(h.dir))
	return fmt.Sprintf("/tmp/athena-pg-%x", sum[:8])
}

// prepare makes the folders that the server needs beside its data, and gives to
// its account what must be its own.
func (h home) prepare(a *account) error {
	socket := h.socket()
	if err := os.Mkdir(socket, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("embedded: make the socket folder: %w", err)
	}
	// Lstat, because anyone may have put a link of that name into /tmp.
	if info, err := os.Lstat(socket); err != nil || !info.IsDir() {
		return fmt.Errorf("embedded: %s is not a folder", socket)
	}
	if err := os.Chmod(socket, 0o700); err != nil {
		return fmt.Errorf("embedded: keep the socket folder private: %w", err)
	}
	if err := a.own(socket); err != nil {
		return err
	}
	if !h.exists() {
		return nil
	}
	return a.ownTree(h.data())
}

// exists tells whether a whole cluster is there: initdb works beside it, and the
// finished cluster is moved to its place in one step.
func (h home) exists() bool {
	_, err := os.Stat(filepath.Join(h.data(), "PG_VERSION"))
	return err == nil
}

// major is the PostgreSQL version that made the cluster, zero when there is none.
func (h home) major() (int, error) {
	text, err := os.ReadFile(filepath.Join(h.data(), "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("embedded: read the cluster's version: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("embedded: the cluster's version %q is not a number", text)
	}
	return major, nil
}

// password reads the superuser's password, or makes one for a cluster to come.
func (h home) password() (string, error) {
	path := filepath.Join(h.dir, "password")
	text, err := os.ReadFile(path)
	switch {
	case err == nil:
		return strings.TrimSpace(string(text)), nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("embedded: read the password: %w", err)
	case h.exists():
		return "", fmt.Errorf("embedded: %s holds a cluster, but its password file is gone", h.dir)
	}
	made := rand.Text()
	return made, writeFile(path, made+"\n")
}

// lastPort is the port of the last start, zero when unknown.
func (h home) lastPort() int {
	text, err := os.ReadFile(filepath.Join(h.dir, "port"))
	if err != nil {
		return 0
	}
	// A damaged file means an unknown port, and another one will be picked.
	port, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return port
}

func (h home) keepPort(port int) error {
	return writeFile(filepath.Join(h.dir, "port"), fmt.Sprintln(port))
}

// writeFile replaces a private file in one step: a crash leaves the old or the new.
func writeFile(path, text string) error {
	temp := path + ".new"
	if err := os.WriteFile(temp, []byte(text), 0o600); err != nil {
		return fmt.Errorf("embedded: write %s: %w", filepath.Base(path), err)
	}
	if err := syncPath(temp); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return fmt.Errorf("embedded: write %s: %w", filepath.Base(path), err)
	}
	return syncPath(filepath.Dir(path))
}

// syncPath makes a file's content, or a folder's names, survive a power cut.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("embedded: sync: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("embedded: sync %s: %w", path, err)
	}
	return nil
}
