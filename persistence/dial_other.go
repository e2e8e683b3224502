//go:build !linux

package persistence

import "syscall"

// boundUnheard does nothing: there is no portable bound.
func boundUnheard(string, string, syscall.RawConn) error { return nil }
