package wire

// ClusterHealth is how the servers that share a control database are.
type ClusterHealth struct {
	// Message says how many of them answer.
	Message string `json:"message"`
	// Version is that of the server which answers.
	Version string `json:"version"`
	// AthenaAPI is "online".
	AthenaAPI string `json:"athena_api"`
	// AthenaDeadpool is "online" while the pools of tenant databases are served.
	AthenaDeadpool string `json:"athena_deadpool"`
	// AthenaScyllaDB is "online" where a CQL backend is configured.
	AthenaScyllaDB string `json:"athena_scylladb"`
	// CargoTomlVersion repeats the version under the name that older clients read.
	CargoTomlVersion string `json:"cargo_toml_version"`
	// Mirrors are the servers, this one among them, by address. One that ended in
	// order is not listed; one that fell silent is for an hour.
	Mirrors []ClusterMirror `json:"mirrors"`
}

// ClusterMirror is how one server answered.
type ClusterMirror struct {
	// URL is where the server says that it answers.
	URL string `json:"url"`
	// Status is online or offline.
	Status string `json:"status" enum:"online,offline"`
	// LatencyMS is the time until the answer began, in milliseconds.
	LatencyMS *float64 `json:"latency_ms"`
	// DownloadBytesPerSec is how fast the answer came, its latency included.
	DownloadBytesPerSec *float64 `json:"download_bytes_per_sec"`
	// CargoTomlVersion is the version that the server tells.
	CargoTomlVersion *string `json:"cargo_toml_version"`
	// Message says what is wrong, null where nothing is.
	Message *string `json:"message"`
}

// States of a mirror.
const (
	// MirrorOnline is the state of a server that answered.
	MirrorOnline = "online"
	// MirrorOffline is the state of a server that did not, or that fell silent.
	MirrorOffline = "offline"
)
