package wire

import (
	"strings"

	"github.com/goccy/go-json"
)

// CustomSupabase is the client whose Supabase project each request names itself.
const CustomSupabase = "custom_supabase"

// Backends are what a client has beside its PostgreSQL database. They stand in the
// metadata of its catalog entry, under these names; their secrets are never shown.
type Backends struct {
	// Supabase is a Supabase project.
	Supabase *SupabaseBackend `json:"supabase,omitempty"`
	// D1 is a database of Cloudflare's D1.
	D1 *D1Backend `json:"d1,omitempty"`
}

// SupabaseBackend is a Supabase project.
type SupabaseBackend struct {
	// URL is the project's address.
	URL string `json:"url"`
	// Key is a secret key of the project, or a personal access token.
	Key string `json:"key"`
}

// D1Backend is a database of Cloudflare's D1.
type D1Backend struct {
	// AccountID is the account that the database belongs to.
	AccountID string `json:"account_id"`
	// DatabaseID is the database.
	DatabaseID string `json:"database_id"`
	// Token is an API token that may edit D1.
	Token string `json:"token"`
}

// Backends reads the backends out of a client's metadata.
func (c *AthenaClient) Backends() (Backends, error) {
	var b Backends
	if len(c.Metadata) == 0 {
		return b, nil
	}
	if err := json.Unmarshal(c.Metadata, &b); err != nil {
		return b, Fail(BackendUnavailable, "the metadata of the client %s describes no backend that can be used", c.ClientName)
	}
	return b, nil
}

// redactMetadata hides the secrets of backends in a client's metadata.
func redactMetadata(metadata json.RawMessage) json.RawMessage {
	if !strings.Contains(string(metadata), `"supabase"`) && !strings.Contains(string(metadata), `"d1"`) {
		return metadata
	}
	var all map[string]json.RawMessage
	if json.Unmarshal(metadata, &all) != nil {
		return metadata
	}
	for backend, secret := range map[string]string{"supabase": "key", "d1": "token"} {
		var section map[string]any
		if json.Unmarshal(all[backend], &section) != nil || section[secret] == nil {
			continue
		}
		section[secret] = "****"
		all[backend], _ = json.Marshal(section) // it was decoded from JSON just now
	}
	hidden, err := json.Marshal(all)
	if err != nil {
		return nil
	}
	return hidden
}
