package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// serverOn tells what a process has to do with a data folder: a server works in
// its folder. A zombie has no folder any more.
func serverOn(pid int, data string) kinship {
	cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	switch {
	case err == nil && cwd == data:
		return ours
	case err == nil, errors.Is(err, fs.ErrPermission):
		return foreign
	default:
		return unclear
	}
}
