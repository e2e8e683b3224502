package embedded

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the user that the server runs as when Athena itself runs as root,
// which PostgreSQL refuses. A nil account is Athena's own user.
type account struct {
	name     string
	uid, gid int
}

// serverAccount picks the account and checks that it can reach both folders.
func serverAccount(folders ...string) (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	a, err := findAccount("athena", "postgres", "nobody")
	if err != nil {
		return nil, err
	}
	for _, folder := range folders {
		if blocked := a.blockedAt(folder); blocked != "" {
			return nil, fmt.Errorf("embedded: running as root, PostgreSQL is started as %q, which may not enter %s: "+
				"choose another folder than %s, or chmod o+x that one", a.name, blocked, folder)
		}
	}
	return a, nil
}

func findAccount(names ...string) (*account, error) {
	for _, name := range names {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(u.Uid)
		gid, gidErr := strconv.Atoi(u.Gid)
		if uidErr == nil && gidErr == nil && uid != 0 {
			return &account{name: name, uid: uid, gid: gid}, nil
		}
	}
	return nil, fmt.Errorf("embedded: PostgreSQL refuses to run as root, and none of the accounts %v exists", names)
}

// blockedAt names the outermost folder on the way to path, path included, that
// the account may not enter; empty when the way is free. Access lists and
// supplementary groups are not looked at.
func (a *account) blockedAt(path string) string {
	blocked := ""
	for dir := path; ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil && !a.mayEnter(info) {
			blocked = dir
		}
		if dir == filepath.Dir(dir) {
			return blocked
		}
	}
}

func (a *account) mayEnter(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return true
	}
	switch {
	case int(stat.Uid) == a.uid:
		return info.Mode()&0o100 != 0
	case int(stat.Gid) == a.gid:
		return info.Mode()&0o010 != 0
	default:
		return info.Mode()&0o001 != 0
	}
}

// own gives one file or folder to the account.
func (a *account) own(path string) error {
	if a == nil {
		return nil
	}
	if err := os.Chown(path, a.uid, a.gid); err != nil {
		return fmt.Errorf("embedded: give %s to %s: %w", path, a.name, err)
	}
	return nil
}

// ownTree gives a folder and all below it to the account, unless the folder is
// the account's already.
func (a *account) ownTree(root string) error {
	if a == nil || a.owns(root) {
		return nil
	}
	// The root comes last, so that an interrupted walk is taken up again.
	err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		return os.Lchown(path, a.uid, a.gid)
	})
	if err != nil {
		return fmt.Errorf("embedded: give %s to %s: %w", root, a.name, err)
	}
	return a.own(root)
}

func (a *account) owns(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == a.uid
}

// attributes start a process as the account, in a process group of its own: a
// Ctrl-C in the terminal is for Athena, which stops the server when it is done.
func (a *account) attributes() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if a != nil {
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return attr
}
