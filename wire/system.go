package wire

// Empty is a request without content.
type Empty struct{}

// Root tells that the server is up and what it serves.
type Root struct {
	// Message greets.
	Message string `json:"message"`
	// Version is the server's version.
	Version string `json:"version"`
	// AthenaAPI is "online".
	AthenaAPI string `json:"athena_api"`
	// AthenaDeadpool is "online" while the pools of tenant databases are served.
	AthenaDeadpool string `json:"athena_deadpool"`
	// AthenaScyllaDB is "online" where a CQL backend is configured.
	AthenaScyllaDB string `json:"athena_scylladb"`
	// CargoTomlVersion repeats the version under the name that older clients read.
	CargoTomlVersion string `json:"cargo_toml_version"`
	// Routes are all operations, one entry for each path.
	Routes []RouteEntry `json:"routes"`
}

// RouteEntry is one path of the root listing.
type RouteEntry struct {
	// Path has its variables in braces.
	Path string `json:"path"`
	// Methods are those that the path takes.
	Methods []string `json:"methods"`
	// Summary says what the path is for.
	Summary string `json:"summary"`
}

// Health is the state of the process and of what it depends on.
type Health struct {
	// Status is "ok", or "degraded" when something below is not well.
	Status string `json:"status"`
	// Message greets.
	Message string `json:"message"`
	// Version is the server's version.
	Version string `json:"version"`
	// AthenaAPI is "online".
	AthenaAPI string `json:"athena_api"`
	// AthenaDeadpool is "online" while the pools of tenant databases are served.
	AthenaDeadpool string `json:"athena_deadpool"`
	// AthenaScyllaDB is "online" where a CQL backend is configured.
	AthenaScyllaDB string `json:"athena_scylladb"`
	// GatewayAuthStore is "online" while API keys can be looked up.
	GatewayAuthStore string `json:"gateway_auth_store"`
	// GatewayBenchmarkClient is the client that the benchmark uses, empty for none.
	GatewayBenchmarkClient string `json:"gateway_benchmark_client"`
	// CargoTomlVersion repeats the version under the name that older clients read.
	CargoTomlVersion string `json:"cargo_toml_version"`
	// Provisioning tells whether databases can be provisioned on this host.
	Provisioning Provisioning `json:"provisioning"`
}

// Provisioning is what the host offers for new databases.
type Provisioning struct {
	// LocalDocker is the state of the host's container engine.
	LocalDocker LocalDocker `json:"local_docker"`
}

// LocalDocker is whether the process may use the host's container engine.
type LocalDocker struct {
	// Available is true when the engine's socket answers.
	Available bool `json:"available"`
	// Status is "available", "not_installed", "permission_denied" or "not_running".
	Status string `json:"status"`
	// Detail says what was found.
	Detail string `json:"detail"`
	// Hint says what to do about it, null when nothing is needed.
	Hint *string `json:"hint"`
}
