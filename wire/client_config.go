package wire

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-json"
)

// ClientConfig is what an operator sets for one client. What is left out follows
// the server's own settings.
type ClientConfig struct {
	// Cache is about answers that are kept.
	Cache *CacheConfig `json:"cache,omitempty"`
	// Admission bounds how many requests are let in.
	Admission *AdmissionConfig `json:"admission,omitempty"`
	// Inserts is about rows that share a statement.
	Inserts *InsertConfig `json:"inserts,omitempty"`
	// REST is about the REST interface.
	REST *RESTConfig `json:"rest,omitempty"`
	// Keys is about API keys.
	Keys *KeysConfig `json:"keys,omitempty"`
	// Resilience is about how the client's database is used and what happens when it
	// fails.
	Resilience *ResilienceConfig `json:"resilience,omitempty"`
	// Features switches parts of the API off.
	Features *FeaturesConfig `json:"features,omitempty"`
}

// ResilienceConfig is about how a client's database is used and what happens when it
// fails. A change opens the database anew; what is under way ends on the old
// connections.
type ResilienceConfig struct {
	// PoolSize is how many connections there are for writes and slow statements.
	PoolSize *int `json:"pool_size,omitempty"`
	// MaxInFlight is how many requests may be under way; more are refused.
	MaxInFlight *int `json:"max_in_flight,omitempty"`
	// StatementTimeoutMS is the longest a statement may take, in milliseconds.
	StatementTimeoutMS *int `json:"statement_timeout_ms,omitempty"`
	// LaneTimeoutMS is how long a read may take before it gets a connection of its own,
	// in milliseconds.
	LaneTimeoutMS *int `json:"lane_timeout_ms,omitempty"`
	// ConnectTimeoutMS is the longest that opening one connection may take, in milliseconds.
	ConnectTimeoutMS *int `json:"connect_timeout_ms,omitempty"`
	// ReadRetries is how often a read is run again that lost its connection; writes never are.
	ReadRetries *int `json:"read_retries,omitempty"`
	// CircuitFailures is how many lost connections in a row have requests refused at once.
	CircuitFailures *int `json:"circuit_failures,omitempty"`
	// CircuitOpenMS is for how long, before one request may try, in milliseconds.
	CircuitOpenMS *int `json:"circuit_open_ms,omitempty"`
}

// CacheConfig is about answers that are kept.
type CacheConfig struct {
	// Enabled lets answers of reads be kept.
	Enabled *bool `json:"enabled,omitempty"`
	// TTLSeconds is how long they are kept at most.
	TTLSeconds *int `json:"ttl_seconds,omitempty"`
}

// AdmissionConfig bounds how many requests are let in.
type AdmissionConfig struct {
	// Limit is how many requests are let in for each window.
	Limit *int `json:"limit,omitempty"`
	// WindowMS is the length of a window in milliseconds.
	WindowMS *int `json:"window_ms,omitempty"`
	// OnLimit is "reject" to refuse what is over the limit, or "defer" to do it later.
	OnLimit *string `json:"on_limit,omitempty" enum:"reject,defer"`
}

// InsertConfig is about rows that share a statement.
type InsertConfig struct {
	// Share lets rows of several requests share a statement.
	Share *bool `json:"share,omitempty"`
	// WindowMS is how long a row may wait for others, in milliseconds.
	WindowMS *int `json:"window_ms,omitempty"`
	// BatchCap is how many rows a statement may have.
	BatchCap *int `json:"batch_cap,omitempty"`
}

// RESTConfig is about the REST interface.
type RESTConfig struct {
	// Envelope is "none" for the answers of PostgREST, bare rows and its errors, and
	// "data" for rows in an object. A request may say otherwise in X-Athena-Envelope.
	Envelope *string `json:"envelope,omitempty" enum:"data,none"`
	// PlanEnabled lets callers ask for the plan of a statement in place of its answer. A
	// plan tells of the tables behind views and functions, of policies, and of how many
	// rows there are.
	PlanEnabled *bool `json:"plan_enabled,omitempty"`
}

// KeysConfig is about API keys.
type KeysConfig struct {
	// Enforced says whether callers need a key. A rule under
	// /admin/api-key-clients counts before it.
	Enforced *bool `json:"enforced,omitempty"`
}

// Bare reports whether the REST interface answers without an envelope; nothing
// configured says that it does not.
func (c *ClientConfig) Bare() bool {
	return c != nil && c.REST != nil && c.REST.Envelope != nil && *c.REST.Envelope == "none"
}

// Plans reports whether the REST interface tells plans; nothing configured says that it
// does not.
func (c *ClientConfig) Plans() bool {
	return c != nil && c.REST != nil && c.REST.PlanEnabled != nil && *c.REST.PlanEnabled
}

// ParseClientConfig reads a configuration. The problem names every key that is
// unknown, with its path.
func ParseClientConfig(text []byte) (c ClientConfig, err error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil || object == nil {
		return c, Fail(InvalidRequest, "config must be a JSON object").At("config")
	}
	if unknown := unknownKeys(object, reflect.TypeFor[ClientConfig](), ""); len(unknown) > 0 {
		slices.Sort(unknown)
		return c, Fail(InvalidRequest, "config has unknown keys: %s", strings.Join(unknown, ", ")).At("config").
			WithHint("its sections are cache, admission, inserts, rest, keys, resilience and features")
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return c, JSONProblem(err)
	}
	return c, c.check()
}

// unknownKeys are the keys of an object that a type does not have, one level of
// sections deep.
func unknownKeys(object map[string]json.RawMessage, typ reflect.Type, prefix string) []string {
	known := map[string]reflect.Type{}
	for i := range typ.NumField() {
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		known[name] = typ.Field(i).Type.Elem()
	}
	var unknown []string
	for key, value := range object {
		field, ok := known[key]
		if !ok {
			unknown = append(unknown, prefix+key)
			continue
		}
		var section map[string]json.RawMessage
		if field.Kind() == reflect.Struct && json.Unmarshal(value, &section) == nil {
			unknown = append(unknown, unknownKeys(section, field, prefix+key+".")...)
		}
	}
	return unknown
}

// Bounds of a client's configuration.
const (
	maxTTLSeconds = 86_400
	maxWindowMS   = 60_000
	maxBatchCap   = 10_000
	maxAdmission  = 1_000_000
	maxPoolSize   = 200
	maxInFlight   = 100_000
	maxTimeoutMS  = 600_000
	maxRetries    = 3
	maxTrips      = 1_000
)

// bound is what a number of a configuration may be.
type bound struct {
	path     string
	value    *int
	min, max int
}

func (r *ResilienceConfig) bounds() []bound {
	if r == nil {
		return nil
	}
	return []bound{
		{"resilience.pool_size", r.PoolSize, 1, maxPoolSize},
		{"resilience.max_in_flight", r.MaxInFlight, 1, maxInFlight},
		{"resilience.statement_timeout_ms", r.StatementTimeoutMS, 1, maxTimeoutMS},
		{"resilience.lane_timeout_ms", r.LaneTimeoutMS, 1, maxTimeoutMS},
		{"resilience.connect_timeout_ms", r.ConnectTimeoutMS, 100, maxTimeoutMS},
		{"resilience.read_retries", r.ReadRetries, 0, maxRetries},
		{"resilience.circuit_failures", r.CircuitFailures, 1, maxTrips},
		{"resilience.circuit_open_ms", r.CircuitOpenMS, 1, maxTimeoutMS},
	}
}

func (c *ClientConfig) check() error {
	var bounds []bound
	if s := c.Cache; s != nil {
		bounds = append(bounds, bound{"cache.ttl_seconds", s.TTLSeconds, 1, maxTTLSeconds})
	}
	if s := c.Admission; s != nil {
		bounds = append(bounds, bound{"admission.limit", s.Limit, 1, maxAdmission}, bound{"admission.window_ms", s.WindowMS, 1, maxWindowMS})
		if s.OnLimit != nil && *s.OnLimit != "reject" && *s.OnLimit != "defer" {
			return Fail(InvalidRequest, "admission.on_limit must be reject or defer").At("config")
		}
	}
	if s := c.REST; s != nil && s.Envelope != nil && *s.Envelope != "data" && *s.Envelope != "none" {
		return Fail(InvalidRequest, "rest.envelope must be data or none").At("config")
	}
	if s := c.Inserts; s != nil {
		bounds = append(bounds, bound{"inserts.window_ms", s.WindowMS, 0, maxWindowMS}, bound{"inserts.batch_cap", s.BatchCap, 1, maxBatchCap})
	}
	for _, b := range append(bounds, c.Resilience.bounds()...) {
		if b.value != nil && (*b.value < b.min || *b.value > b.max) {
			return Fail(InvalidRequest, "%s must lie between %d and %d", b.path, b.min, b.max).At("config")
		}
	}
	return nil
}

// ClientConfigRecord is a client's configuration as it is stored.
type ClientConfigRecord struct {
	// ClientName is the client.
	ClientName string `json:"client_name" db:"client_name"`
	// Config is what is set for it.
	Config ClientConfig `json:"config" db:"config"`
	// Metadata is the operator's own.
	Metadata JSONObject `json:"metadata" db:"metadata"`
	// CreatedAt is when the configuration was first stored.
	CreatedAt time.Time `json:"created_at" db:"created_at"`
	// UpdatedAt is when it last changed.
	UpdatedAt time.Time `json:"updated_at" db:"updated_at"`
}

// ListClientConfigs asks for all configurations.
type ListClientConfigs struct{ AdminHeaders }

// ClientConfigPage lists configurations by client.
type ClientConfigPage struct {
	// Configs are the configurations.
	Configs []ClientConfigRecord `json:"configs"`
}

// ClientConfigReply holds one configuration.
type ClientConfigReply struct {
	// Config is the record as it is stored.
	Config ClientConfigRecord `json:"config"`
}

// SaveClientConfig takes the place of what is set for a client.
type SaveClientConfig struct {
	ClientByName
	// Config is what to set: an object with the sections cache, admission, inserts,
	// rest, keys, resilience and features. Unknown keys are refused.
	Config json.RawMessage `json:"config" required:"true"`
	// Metadata is the operator's own; left out it stays.
	Metadata JSONObject `json:"metadata"`
	// Parsed is the configuration once it was checked.
	Parsed ClientConfig `json:"-"`
}

// Check reports the first thing wrong with the request.
func (s *SaveClientConfig) Check() (err error) {
	if err := checkClientName(s.ClientName); err != nil {
		return err
	}
	s.Parsed, err = ParseClientConfig(s.Config)
	return err
}

// SeededClientConfigs tells what was taken over from the configuration file.
type SeededClientConfigs struct {
	// Seeded are the clients whose configuration was stored.
	Seeded []string `json:"seeded"`
	// Configs are all configurations as they are now.
	Configs []ClientConfigRecord `json:"configs"`
}
