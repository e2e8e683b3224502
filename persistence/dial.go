package persistence

import (
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// silence is how long a connection may be idle before its other end is asked
	// for a sign of life, again after each probeEvery, and given up after probes.
	silence    = 10 * time.Second
	probeEvery = 5 * time.Second
	probes     = 3
	// unheard is how long what was sent may stay without an acknowledgement.
	unheard = 20 * time.Second
)

// Dial makes connections of a configuration notice a server that cannot be
// reached: connecting takes no longer than timeout, or than the configuration's
// own limit where that is less, and an open connection whose other end is gone is
// lost within half a minute.
func Dial(config *pgconn.Config, timeout time.Duration) {
	if config.ConnectTimeout == 0 || config.ConnectTimeout > timeout {
		config.ConnectTimeout = timeout
	}
	dialer := net.Dialer{
		Timeout:         config.ConnectTimeout,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: silence, Interval: probeEvery, Count: probes},
		Control:         boundUnheard,
	}
	config.DialFunc = dialer.DialContext
}
