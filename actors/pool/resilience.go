package pool

import (
	"reflect"
	"time"

	"athena/persistence/gatewaydb"
	"athena/wire"

	"github.com/sony/gobreaker/v2"
)

const (
	// tripAfter is how many lost connections in a row open the circuit.
	tripAfter = 5
	// probeAfter is how long an open circuit refuses before one request may try: so
	// much can a recovery be late.
	probeAfter = 250 * time.Millisecond
	// retryAfter is the least that is asked of callers who are refused meanwhile.
	retryAfter = time.Second
	// retryPause is what a read waits that is run again; it doubles each time.
	retryPause = 50 * time.Millisecond
)

// limits are how a client's database is used: as the server's settings say, but for
// what an operator set for the client.
type limits struct {
	options gatewaydb.Options
	// inFlight is how many requests may be under way.
	inFlight int64
	// retries is how often a read is run again that lost its connection.
	retries int
	// trips and pause are when the circuit opens, and for how long.
	trips uint32
	pause time.Duration
}

// equal compares all that can change while the process runs.
func (l limits) equal(other limits) bool {
	l.options.Announce, other.options.Announce = nil, nil // functions cannot be compared
	return reflect.DeepEqual(l, other)
}

// limitsOf gives the limits of a client.
func limitsOf(options gatewaydb.Options, inFlight int64, config *wire.ClientConfig) limits {
	l := limits{options: options, inFlight: inFlight, trips: tripAfter, pause: probeAfter}
	if config == nil || config.Resilience == nil {
		return l
	}
	r := config.Resilience
	set(&l.options.PoolSize, r.PoolSize, 1)
	set(&l.options.StatementTimeout, r.StatementTimeoutMS, time.Millisecond)
	set(&l.options.LaneTimeout, r.LaneTimeoutMS, time.Millisecond)
	set(&l.options.ConnectTimeout, r.ConnectTimeoutMS, time.Millisecond)
	set(&l.options.MaxInFlight, r.MaxInFlight, 1)
	set(&l.inFlight, r.MaxInFlight, 1)
	set(&l.retries, r.ReadRetries, 1)
	set(&l.trips, r.CircuitFailures, 1)
	set(&l.pause, r.CircuitOpenMS, time.Millisecond)
	return l
}

// set takes a number of a configuration, if there is one.
func set[T ~int | ~int64 | ~uint32](value *T, number *int, unit T) {
	if number != nil {
		*value = T(*number) * unit
	}
}

// newBreaker makes the circuit of a database. Once it opens, the connections are
// dropped: those in the pool are most likely lost as well, and each probe would find
// only one of them out.
func newBreaker(client string, l *limits, store *gatewaydb.Store) *gobreaker.TwoStepCircuitBreaker[struct{}] {
	trips := l.trips
	return gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name: client, MaxRequests: 1, Timeout: l.pause,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= trips },
		IsSuccessful: func(err error) bool { return !unreachable(err) },
		OnStateChange: func(_ string, _, to gobreaker.State) {
			if to == gobreaker.StateOpen {
				store.DB().Reset()
			}
		},
	})
}
