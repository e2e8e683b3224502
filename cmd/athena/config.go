package main

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"athena/persistence/cloudflare"
	"athena/persistence/supabase"
	"athena/wire"

	"github.com/go-viper/mapstructure/v2"
	"github.com/goccy/go-json"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/rawbytes"
	"github.com/knadh/koanf/v2"
)

// Config is everything that can be set. Defaults come first, then the file, the
// environment and the command line. A field's environment name is ATHENA_ and
// its path in capitals, unless `env` says otherwise.
type Config struct {
	Listen   string `koanf:"listen" help:"address to answer on"`
	DataDir  string `koanf:"data_dir" help:"folder of the embedded database and of generated secrets"`
	AdminKey string `koanf:"admin_key" env:"ATHENA_KEY_12" secret:"true" help:"static admin key; generated into the data folder where empty"`

	Log       LogConfig       `koanf:"log"`
	API       APIConfig       `koanf:"api"`
	Auth      AuthConfig      `koanf:"auth"`
	Gateway   GatewayConfig   `koanf:"gateway"`
	Inserts   InsertsConfig   `koanf:"inserts"`
	Cache     CacheConfig     `koanf:"cache"`
	Chat      ChatConfig      `koanf:"chat"`
	Logs      LogsConfig      `koanf:"logs"`
	Admission AdmissionConfig `koanf:"admission"`
	Deferred  DeferredConfig  `koanf:"deferred"`
	Health    HealthConfig    `koanf:"health"`
	Control   ControlConfig   `koanf:"control"`
	URLs      URLConfig       `koanf:"urls"`

	Scylla   ScyllaConfig   `koanf:"scylla"`
	Supabase SupabaseConfig `koanf:"supabase"`
	D1       D1Config       `koanf:"d1"`

	PostgresClients map[string]ClientConfig `koanf:"postgres_clients"`
	// ClientConfigs are stored by POST /admin/client-configs/seed-from-config.
	ClientConfigs map[string]map[string]any `koanf:"client_configs"`
}

// LogConfig is how the program logs.
type LogConfig struct {
	Format string `koanf:"format" help:"text or json"`
	Level  string `koanf:"level" help:"debug, info, warn or error"`
	Access bool   `koanf:"access" help:"one line for each request"`
}

// APIConfig bounds the front end.
type APIConfig struct {
	BodyLimit      int           `koanf:"body_limit" help:"largest request body in bytes"`
	HeaderLimit    int           `koanf:"header_limit" help:"largest request line with headers in bytes"`
	ReadTimeout    time.Duration `koanf:"read_timeout" help:"time to read one request"`
	WriteTimeout   time.Duration `koanf:"write_timeout" help:"time to write one answer"`
	IdleTimeout    time.Duration `koanf:"idle_timeout" help:"time that an idle connection is kept"`
	RequestTimeout time.Duration `koanf:"request_timeout" help:"deadline of each request"`
	CORSOrigins    []string      `koanf:"cors_origins" help:"origins that browsers may call from; * for any"`
	TrustedProxies []string      `koanf:"trusted_proxies" help:"addresses and CIDR ranges of proxies whose X-Forwarded-For tells who calls"`
	ShutdownGrace  time.Duration `koanf:"shutdown_grace" help:"time for requests in flight to finish at shutdown"`
}

// AuthConfig is about users' sessions.
type AuthConfig struct {
	URL            string        `koanf:"url" help:"base address of an Athena Auth service, such as https://auth.example/api/auth, that resolves sessions; empty: the session tables"`
	Timeout        time.Duration `koanf:"timeout" help:"longest that the service, or fetching keys for tokens, may take"`
	SessionCache   time.Duration `koanf:"session_cache" help:"how long a resolved session is believed, and so how long signing out may take"`
	CookieSecret   string        `koanf:"cookie_secret" secret:"true" help:"secret that session cookies are signed with; empty: signatures are not looked at"`
	JWKSURL        string        `koanf:"jwks_url" help:"where the keys of signed tokens (JWTs) are published; empty: such tokens are not taken"`
	JWTAlgorithms  []string      `koanf:"jwt_algorithms" help:"signatures that are accepted of such tokens"`
	JWTIssuer      string        `koanf:"jwt_issuer" help:"issuer that such tokens name"`
	JWTAudience    string        `koanf:"jwt_audience" help:"audience that such tokens name"`
	TrustedHeaders bool          `koanf:"trusted_headers" help:"let an API key with the right for a chat or storage operation say by X-User-Id and X-Organization-Id for whom it acts"`
}

// GatewayConfig is about clients and their databases.
type GatewayConfig struct {
	LoggingClient    string        `koanf:"logging_client" help:"name under which the control database is a client"`
	AuthClient       string        `koanf:"auth_client" help:"client whose session tables count for every client; empty: each client's own"`
	APIKeyFailMode   string        `koanf:"api_key_fail_mode" help:"what happens to callers while keys cannot be checked: fail_closed refuses them, fail_open lets them through"`
	BaseDomain       string        `koanf:"base_domain" help:"domain below which a hostname's first label is the key of a public route; empty: none"`
	DirectURI        bool          `koanf:"direct_uri" help:"let callers name a database by its own address"`
	PoolSize         int           `koanf:"pool_size" help:"connections for writes and slow statements, for each client"`
	WriteLanes       int           `koanf:"write_lanes" zero:"allowed" help:"most connections, for each client, on which small writes of several callers follow each other, each committed alone; no more than pool_size, and 0 for none"`
	Lanes            int           `koanf:"lanes" help:"pipelined connections for reads, for each client"`
	LaneTimeout      time.Duration `koanf:"lane_timeout" help:"longest a read may take on a lane before it gets a connection of its own"`
	StatementTimeout time.Duration `koanf:"statement_timeout" help:"longest a statement may take"`
	ConnectTimeout   time.Duration `koanf:"connect_timeout" help:"longest that opening one connection to a client's database may take"`
	FollowSchema     bool          `koanf:"follow_schema" help:"listen for changes of a client's schema where its database tells of them (athena migrate --client), over one more connection; else they show within seconds"`
	MaxInFlight      int           `koanf:"max_in_flight" help:"requests that one client may have under way; more are refused"`
	Deactivate       bool          `koanf:"deactivate" help:"switch a client of the catalog off whose database cannot be opened time and again"`
	DeactivateAfter  int           `koanf:"deactivate_after" help:"failures in a row after which it is"`
	DeactivateWithin time.Duration `koanf:"deactivate_within" help:"time within which these failures count together"`
	MaxRows          int           `koanf:"max_rows" help:"most rows that one structured read may ask for"`
}

// InsertsConfig is about single rows that are stored together with those of others.
type InsertsConfig struct {
	Share    bool `koanf:"share" help:"let single-row inserts of several callers share a statement"`
	BatchCap int  `koanf:"batch_cap" help:"most rows that one such statement stores"`
}

// CacheConfig is about answers that are kept, for clients whose configuration says so.
type CacheConfig struct {
	Memory   int           `koanf:"memory" help:"bytes of answers that are kept in this process"`
	MaxEntry int           `koanf:"max_entry" help:"largest answer in bytes that is kept"`
	TTL      time.Duration `koanf:"ttl" help:"how long an answer is kept at most where the client's configuration does not say"`
	RedisURL string        `koanf:"redis_url" secret:"true" help:"Redis that keeps answers for all nodes, such as redis://:password@host:6379/0; empty: none"`
}

// ChatConfig is about chat and its live events.
type ChatConfig struct {
	RateLimit       int           `koanf:"rate_limit" zero:"allowed" help:"messages a second that each user may send into each room; 0 for no limit"`
	EditWindow      time.Duration `koanf:"edit_window" zero:"allowed" help:"how long a message may be edited; 0 for ever"`
	OutboxRetention time.Duration `koanf:"outbox_retention" zero:"allowed" help:"how long published events are kept for those who come back; 0 for ever"`
	RoomRetention   time.Duration `koanf:"room_retention" zero:"allowed" help:"how long a room in which nothing happens is kept, with all that is in it; 0 for ever"`
	MaxSockets      int           `koanf:"max_sockets" help:"live connections that the server takes"`
}

// LogsConfig is about the logs in the control database and what they add up to.
type LogsConfig struct {
	Retention  time.Duration `koanf:"retention" help:"how long rows of the request and operation logs are kept, and snapshots of clients; rounded up to whole days"`
	CountEvery time.Duration `koanf:"count_every" help:"how often the logs are added up into the statistics of clients"`
}

// ControlConfig names the control database.
type ControlConfig struct {
	URI string `koanf:"uri" secret:"true" help:"address of the control database; empty: the embedded one"`
}

// URLConfig holds addresses that answers refer to.
type URLConfig struct {
	Docs   string `koanf:"docs" help:"where GET /docs leads"`
	Errors string `koanf:"errors" help:"base address of the pages that explain errors; empty: none"`
	Node   string `koanf:"node" help:"address under which other servers on the same control database reach this one, such as http://10.0.0.5:4052; empty: the one that it answers on"`
}

// ClientConfig is a client of the configuration file.
type ClientConfig struct {
	PgURI       string `koanf:"pg_uri" secret:"true" help:"the client's database"`
	PgURIEnvVar string `koanf:"pg_uri_env_var" help:"environment variable that holds the client's database"`
	Description string `koanf:"description" help:"what the client is for"`

	SupabaseURL  string `koanf:"supabase_url" help:"the client's Supabase project, such as https://abc.supabase.co"`
	SupabaseKey  string `koanf:"supabase_key" secret:"true" help:"secret key of that project, or a personal access token"`
	D1AccountID  string `koanf:"d1_account_id" help:"Cloudflare account of the client's D1 database"`
	D1DatabaseID string `koanf:"d1_database_id" help:"the client's D1 database"`
	D1Token      string `koanf:"d1_token" secret:"true" help:"API token that may edit D1"`
}

// What gateway.api_key_fail_mode can be.
const (
	failClosed = "fail_closed"
	failOpen   = "fail_open"
)

func defaultConfig() Config {
	return Config{
		Listen:  "127.0.0.1:4052",
		DataDir: "data",
		Log:     LogConfig{Format: "text", Level: "info", Access: true},
		API: APIConfig{
			BodyLimit: 10 << 20, HeaderLimit: 16 << 10,
			ReadTimeout: 30 * time.Second, WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute,
			RequestTimeout: 30 * time.Second, ShutdownGrace: 20 * time.Second,
		},
		Auth: AuthConfig{
			Timeout: 3 * time.Second, SessionCache: 5 * time.Second,
			JWTAlgorithms: []string{"EdDSA", "ES256", "RS256", "PS256"},
		},
		Gateway: GatewayConfig{
			LoggingClient: "athena_logging", APIKeyFailMode: failClosed, DirectURI: true, PoolSize: 16, WriteLanes: 16, Lanes: 3,
			LaneTimeout: 2 * time.Second, StatementTimeout: 25 * time.Second, ConnectTimeout: 5 * time.Second, MaxInFlight: 2048, FollowSchema: true, MaxRows: 10_000,
			Deactivate: true, DeactivateAfter: 10, DeactivateWithin: 24 * time.Hour,
		},
		Inserts:   InsertsConfig{Share: true, BatchCap: 512},
		Cache:     CacheConfig{Memory: 64 << 20, MaxEntry: 1 << 20, TTL: 30 * time.Second},
		Chat:      ChatConfig{OutboxRetention: 7 * 24 * time.Hour, MaxSockets: 100_000},
		Admission: AdmissionConfig{Window: time.Second},
		Deferred: DeferredConfig{
			Enabled: true, Workers: 8, Attempts: 40, Timeout: 30 * time.Second, LongestPause: 5 * time.Minute, MaxWaiting: 10_000,
			Retention: 7 * 24 * time.Hour,
		},
		Logs:   LogsConfig{Retention: 14 * 24 * time.Hour, CountEvery: time.Minute},
		Health: HealthConfig{VacuumEvery: 10 * time.Minute, PressureEvery: time.Minute},
		URLs:   URLConfig{Docs: "/openapi.yaml"},

		Scylla: ScyllaConfig{Port: 9042}, Supabase: SupabaseConfig{API: supabase.DefaultAPI}, D1: D1Config{API: cloudflare.DefaultAPI},
	}
}

// setting is one scalar of the configuration.
type setting struct {
	path   string
	env    string
	help   string
	secret bool
	zero   bool // whether a number may be 0
	preset string
	value  reflect.Value
}

// settings lists the scalars of the configuration with their defaults.
func settings() []setting {
	return scan(reflect.ValueOf(defaultConfig()), "")
}

func scan(v reflect.Value, prefix string) []setting {
	var list []setting
	for i := range v.NumField() {
		f, path := v.Type().Field(i), prefix+v.Type().Field(i).Tag.Get("koanf")
		switch f.Type.Kind() {
		case reflect.Struct:
			list = append(list, scan(v.Field(i), path+".")...)
		case reflect.Map: // clients are set in the file or through the API
		default:
			env := f.Tag.Get("env")
			if env == "" {
				env = "ATHENA_" + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
			}
			list = append(list, setting{path, env, f.Tag.Get("help"), f.Tag.Get("secret") != "", f.Tag.Get("zero") != "", preset(v.Field(i)), v.Field(i)})
		}
	}
	return list
}

func preset(v reflect.Value) string {
	if v.IsZero() && (v.Kind() == reflect.String || v.Kind() == reflect.Slice) {
		return ""
	}
	return fmt.Sprint(v.Interface())
}

// loadConfig reads the file, if there is one, and the environment. overrides are
// settings of the command line by path. A path given explicitly must exist.
func loadConfig(path string, environ func(string) (string, bool), overrides map[string]any) (Config, error) {
	k := koanf.New(".")
	if err := loadFile(k, path, environ); err != nil {
		return Config{}, err
	}
	fromEnv := map[string]any{}
	for _, s := range settings() {
		if value, ok := environ(s.env); ok {
			fromEnv[s.path] = envValue(s.value.Type(), value)
		}
	}
	for _, layer := range []map[string]any{fromEnv, overrides} {
		if err := k.Load(confmap.Provider(layer, "."), nil); err != nil {
			return Config{}, fmt.Errorf("configuration: %w", err)
		}
	}
	return decodeConfig(k, environ)
}

func envValue(typ reflect.Type, value string) any {
	if typ.Kind() == reflect.Slice {
		return strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
	}
	return value
}

func loadFile(k *koanf.Koanf, path string, environ func(string) (string, bool)) error {
	named := path != ""
	if !named {
		path = findConfig(environ)
	}
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	if err := k.Load(rawbytes.Provider(text), yaml.Parser()); err != nil {
		return fmt.Errorf("configuration: %s: %w", path, err)
	}
	return nil
}

// findConfig gives the first configuration file that is there.
func findConfig(environ func(string) (string, bool)) string {
	if path, ok := environ("ATHENA_CONFIG_PATH"); ok && path != "" {
		return path
	}
	var candidates []string
	if dir, err := os.UserConfigDir(); err == nil {
		candidates = append(candidates, filepath.Join(dir, "athena", "config.yaml"))
	}
	for _, path := range append(candidates, "config.yaml") {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
	}
	return ""
}

func decodeConfig(k *koanf.Koanf, environ func(string) (string, bool)) (Config, error) {
	config := defaultConfig()
	err := k.UnmarshalWithConf("", &config, koanf.UnmarshalConf{DecoderConfig: &mapstructure.DecoderConfig{
		Result:           &config,
		TagName:          "koanf",
		ErrorUnused:      true,
		WeaklyTypedInput: true,
		DecodeHook: mapstructure.ComposeDecodeHookFunc(
			expandHook(environ), mapstructure.StringToTimeDurationHookFunc(),
		),
	}})
	if err != nil {
		return Config{}, fmt.Errorf("configuration: %w", err)
	}
	return config, config.check()
}

var reference = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// expandHook replaces ${NAME} in strings by the environment variable NAME.
func expandHook(environ func(string) (string, bool)) mapstructure.DecodeHookFuncType {
	return func(from, _ reflect.Type, data any) (any, error) {
		if from.Kind() != reflect.String {
			return data, nil
		}
		var missing error
		text := reference.ReplaceAllStringFunc(data.(string), func(match string) string {
			name := reference.FindStringSubmatch(match)[1]
			value, ok := environ(name)
			if !ok {
				missing = fmt.Errorf("environment variable %s is not set", name)
			}
			return value
		})
		return text, missing
	}
}

// check reports all that is wrong, each by the path of its setting.
func (c *Config) check() error {
	problems := slices.Concat(c.checkNumbers(), c.checkWords(), c.Auth.check(), c.checkClients())
	if _, err := c.clientConfigs(); err != nil {
		problems = append(problems, err)
	}
	if len(problems) > 0 {
		return fmt.Errorf("configuration: %w", errors.Join(problems...))
	}
	return nil
}

// checkNumbers wants every number and every duration to be above zero, but for
// those where zero says something: others are limits with which nothing would work.
func (c *Config) checkNumbers() []error {
	var problems []error
	for _, s := range scan(reflect.ValueOf(*c), "") {
		switch number := s.value; {
		case !number.CanInt():
		case s.zero && number.Int() < 0:
			problems = append(problems, fmt.Errorf("%s must not be negative", s.path))
		case !s.zero && number.Int() < 1:
			problems = append(problems, fmt.Errorf("%s must be more than 0", s.path))
		}
	}
	return problems
}

func (c *Config) checkWords() []error {
	var problems []error
	if c.Log.Format != "text" && c.Log.Format != "json" {
		problems = append(problems, errors.New("log.format must be text or json"))
	}
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, strings.ToLower(c.Log.Level)) {
		problems = append(problems, errors.New("log.level must be debug, info, warn or error"))
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		problems = append(problems, errors.New("listen must look like 127.0.0.1:4052"))
	}
	if mode := c.Gateway.APIKeyFailMode; mode != failClosed && mode != failOpen {
		problems = append(problems, errors.New("gateway.api_key_fail_mode must be fail_closed or fail_open"))
	}
	if _, err := c.proxies(); err != nil {
		problems = append(problems, err)
	}
	if node, err := url.Parse(c.URLs.Node); c.URLs.Node != "" && (err != nil || node.Host == "" || node.User != nil || !slices.Contains([]string{"http", "https"}, node.Scheme)) {
		problems = append(problems, errors.New("urls.node must look like http://10.0.0.5:4052"))
	}
	if c.Control.URI != "" {
		if _, err := wire.NormalizePgURI(c.Control.URI); err != nil {
			problems = append(problems, errors.New("control.uri must look like postgres://user:password@host:5432/database"))
		}
	}
	return problems
}

// proxies are the networks of api.trusted_proxies.
func (c *Config) proxies() ([]netip.Prefix, error) {
	list, err := wire.ParseIPRanges("api.trusted_proxies", c.API.TrustedProxies)
	if p, bad := wire.AsProblem(err); bad {
		return nil, fmt.Errorf("api.trusted_proxies: %s", p.Detail)
	}
	return list, nil
}

func (c *Config) checkClients() []error {
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(c.PostgresClients)) {
		client := c.PostgresClients[name]
		wanted := wire.SaveAthenaClient{ClientName: name, PgURI: &client.PgURI, PgURIEnvVar: &client.PgURIEnvVar}
		if client.elsewhere() {
			continue
		}
		if p, bad := wire.AsProblem(wanted.Check()); bad {
			problems = append(problems, fmt.Errorf("postgres_clients.%s: %s", name, p.Detail))
		}
	}
	return problems
}

// clientConfigs are the configurations of single clients.
func (c *Config) clientConfigs() (map[string]wire.ClientConfig, error) {
	configs := make(map[string]wire.ClientConfig, len(c.ClientConfigs))
	for _, name := range slices.Sorted(maps.Keys(c.ClientConfigs)) {
		text, err := json.Marshal(c.ClientConfigs[name])
		if err != nil {
			return nil, fmt.Errorf("client_configs.%s: %w", name, err)
		}
		parsed, err := wire.ParseClientConfig(text)
		if p, bad := wire.AsProblem(err); bad {
			return nil, fmt.Errorf("client_configs.%s: %s", name, p.Detail)
		}
		configs[name] = parsed
	}
	return configs, nil
}
