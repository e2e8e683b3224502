package persistence

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// boundUnheard bounds how long the kernel sends again what nobody acknowledges;
// its own bound is a quarter of an hour.
func boundUnheard(network, _ string, raw syscall.RawConn) error {
	if network == "unix" {
		return nil
	}
	var refused error
	err := raw.Control(func(fd uintptr) {
		refused = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(unheard.Milliseconds()))
	})
	if err != nil {
		return err
	}
	return refused
}
