package collector

import (
	"context"
	"time"

	"athena/wire"
)

// Pressure stores how hard the open pools of this process are pressed, and what
// the logs tell of the last period.
func (c *Collector) Pressure(ctx context.Context, period time.Duration) error {
	known := map[string]bool{}
	for _, target := range c.Clients.Targets() {
		known[target.Name] = true
	}
	pools := []wire.PoolPressure{}
	for _, p := range c.Clients.Stats() {
		if !known[p.ClientName] { // a database that a caller named by its address
			continue
		}
		pools = append(pools, wire.PoolPressure{
			ClientName: p.ClientName, InFlight: p.InFlight, InFlightLimit: p.InFlightLimit, Active: p.Active, Max: p.Max,
			LanesInFlight: p.LanesInFlight, Refused: p.Refused, Circuit: p.Circuit,
		})
	}
	return c.Store.SnapPressure(ctx, c.Host, period, pools)
}
