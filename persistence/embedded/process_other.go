//go:build !linux

package embedded

import (
	"os/exec"
	"strconv"
	"strings"
)

// serverOn tells what a process has to do with a data folder, by its command
// line: ours name the folder.
func serverOn(pid int, data string) kinship {
	out, err := exec.Command("ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	command := strings.TrimSpace(string(out))
	switch {
	case err != nil || command == "" || strings.HasPrefix(command, "("):
		return unclear
	case strings.Contains(command, "-D "+data+" "):
		return ours
	default:
		return foreign
	}
}
