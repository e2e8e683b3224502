package collector

import (
	"context"
	"errors"
	"time"

	"athena/wire"
)

// Pressure stores how hard the open pools of this process are pressed, and what
// the logs tell of the last period, and notes whose databases answer.
func (c *Collector) Pressure(ctx context.Context, period time.Duration) error {
	known := map[string]bool{}
	for _, target := range c.Clients.Targets() {
		known[target.Name] = true
	}
	pools, seen := []wire.PoolPressure{}, []string{}
	for _, p := range c.Clients.Stats() {
		if !known[p.ClientName] { // a database that a caller named by its address
			continue
		}
		if p.Healthy {
			seen = append(seen, p.ClientName)
		}
		pools = append(pools, wire.PoolPressure{
			ClientName: p.ClientName, InFlight: p.InFlight, InFlightLimit: p.InFlightLimit, Active: p.Active, Max: p.Max,
			LanesInFlight: p.LanesInFlight, Refused: p.Refused, Circuit: p.Circuit,
		})
	}
	return errors.Join(c.Store.SnapPressure(ctx, c.Host, period, pools), c.Seen(ctx, seen))
}
