package wire

import (
	"strings"
)

// Feature is a part of the API that can be switched off for a client.
type Feature string

// The features, by their names in a client's configuration.
const (
	FeatureREST         Feature = "rest"
	FeatureSQL          Feature = "sql"
	FeatureRPC          Feature = "rpc"
	FeatureDeferred     Feature = "deferred"
	FeaturePublicRoutes Feature = "public_routes"
	FeatureChat         Feature = "chat"
	FeatureManagement   Feature = "management"
)

// FeaturesConfig switches parts of the API off for everybody, the admin key
// included. What is left out is on.
type FeaturesConfig struct {
	// REST is everything below /rest/v1.
	REST *bool `json:"rest,omitempty"`
	// SQL is the caller's own SQL, wherever it comes in.
	SQL *bool `json:"sql,omitempty"`
	// RPC is calling functions, wherever that is asked for.
	RPC *bool `json:"rpc,omitempty"`
	// Deferred is having a write done later. One that is waiting already is done.
	Deferred *bool `json:"deferred,omitempty"`
	// PublicRoutes are the routes below /public that lead to the client.
	PublicRoutes *bool `json:"public_routes,omitempty"`
	// Chat is everything below /chat and the live connections, which end within
	// half a minute.
	Chat *bool `json:"chat,omitempty"`
	// Management is everything below /management.
	Management *bool `json:"management,omitempty"`
}

// Has reports whether a client has a feature; nothing configured says that it has
// them all.
func (c *ClientConfig) Has(f Feature) bool {
	if c == nil || c.Features == nil {
		return true
	}
	on := map[Feature]*bool{
		FeatureREST: c.Features.REST, FeatureSQL: c.Features.SQL, FeatureRPC: c.Features.RPC, FeatureDeferred: c.Features.Deferred,
		FeaturePublicRoutes: c.Features.PublicRoutes, FeatureChat: c.Features.Chat, FeatureManagement: c.Features.Management,
	}[f]
	return on == nil || *on
}

// Require is the problem of a feature that a client does not have, nil for one it has.
func (c *ClientConfig) Require(client string, f Feature) error {
	if f == "" || c.Has(f) {
		return nil
	}
	return Fail(FeatureOff, "%s is switched off for the client %s", f, client).
		WithHint("an operator switches it on with features.%s in the client's configuration", f)
}

// FeatureOfRight is the feature that a right is needed for, "" for none.
func FeatureOfRight(right string) Feature {
	switch right {
	case "gateway.query":
		return FeatureSQL
	case "gateway.rpc.execute":
		return FeatureRPC
	}
	return ""
}

// FeatureOfPath is the feature that an operation belongs to as a whole, "" for none.
func FeatureOfPath(path string) Feature {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch first {
	case "rest":
		return FeatureREST
	case "chat":
		return FeatureChat
	case "public":
		return FeaturePublicRoutes
	case "management":
		return FeatureManagement
	}
	return ""
}
