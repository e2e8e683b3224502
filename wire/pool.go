package wire

import "time"

// PoolStats is the state of the connections to one client's database.
type PoolStats struct {
	// ClientName is the client, or a digest for a database named by address.
	ClientName string `json:"client_name"`
	// Initialized is true once the database was reached.
	Initialized bool `json:"initialized"`
	// InitializedAt is when the pool was opened.
	InitializedAt time.Time `json:"initialized_at"`
	// LastUsedAt is when the last request came.
	LastUsedAt time.Time `json:"last_used_at"`
	// Healthy is true while the database can be reached.
	Healthy bool `json:"healthy"`
	// Circuit is "closed", "half-open" or "open": whether requests are let through.
	Circuit string `json:"circuit"`
	// Frozen is true while the operator has the client refused.
	Frozen bool `json:"frozen"`
	// Size counts the pooled connections.
	Size int `json:"size"`
	// Idle counts the pooled connections without work.
	Idle int `json:"idle"`
	// Active counts the pooled connections at work.
	Active int `json:"active"`
	// Max is the most pooled connections there may be.
	Max int `json:"max"`
	// LanesInFlight counts the reads that wait on a lane.
	LanesInFlight int `json:"lanes_in_flight"`
	// InFlight counts the requests under way.
	InFlight int64 `json:"in_flight"`
	// InFlightLimit is how many there may be; more are refused.
	InFlightLimit int64 `json:"in_flight_limit"`
	// Requests counts those let in since the pool was opened.
	Requests int64 `json:"requests"`
	// Refused counts those turned away at once.
	Refused int64 `json:"refused"`
	// Failures counts those that lost the database.
	Failures int64 `json:"failures"`
}

// ListPools asks for the state of all pools.
type ListPools struct{ AdminHeaders }

// PoolPage is the state of all pools of this process.
type PoolPage struct {
	// Pools are the open ones, by client.
	Pools []PoolStats `json:"pools"`
}
