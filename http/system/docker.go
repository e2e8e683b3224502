package system

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"syscall"
	"time"

	"athena/wire"
)

// probeDocker looks whether the host's container engine would serve this process.
func probeDocker(ctx context.Context, path string) wire.LocalDocker {
	dialer := net.Dialer{Timeout: time.Second}
	conn, err := dialer.DialContext(ctx, "unix", path)
	if err != nil {
		return dockerProblem(err)
	}
	conn.Close()
	return wire.LocalDocker{Available: true, Status: "available", Detail: "the engine's socket answers"}
}

func dockerProblem(err error) wire.LocalDocker {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return unavailable("not_installed", "there is no engine socket on this host", "install a Docker engine to provision local databases")
	case errors.Is(err, fs.ErrPermission):
		return unavailable("permission_denied", "the engine's socket refuses this user", "add the server's user to the docker group")
	case errors.Is(err, syscall.ECONNREFUSED):
		return unavailable("not_running", "the engine's socket has no listener", "start the Docker engine")
	}
	return unavailable("unreachable", "the engine's socket does not answer", "check the Docker engine")
}

func unavailable(status, detail, hint string) wire.LocalDocker {
	return wire.LocalDocker{Status: status, Detail: detail, Hint: &hint}
}
