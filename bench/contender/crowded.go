package contender

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/goccy/go-json"
)

// Beside is the program with another control database, on the server and over the
// client's database of this one; its tables are made. control is the address of that
// database, which must be there.
func (p Program) Beside(ctx context.Context, name, control, database string) (Program, error) {
	folder := filepath.Join(p.Data+"-"+name, "")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return p, fmt.Errorf("make the data folder of another program: %w", err)
	}
	// JSON is YAML, too.
	config, err := json.Marshal(map[string]any{
		"control":          map[string]string{"uri": control},
		"postgres_clients": map[string]any{"demo": map[string]string{"pg_uri": database}},
	})
	if err != nil {
		return p, fmt.Errorf("write the configuration of another program: %w", err)
	}
	other := Program{Binary: p.Binary, Data: folder, Log: filepath.Join(folder, "athena.log"), Config: filepath.Join(folder, "config.yaml"), Name: name, admin: p.admin}
	if err := os.WriteFile(other.Config, config, 0o600); err != nil {
		return p, fmt.Errorf("write the configuration of another program: %w", err)
	}
	_, err = other.output(ctx, "migrate")
	return other, err
}

// Sibling is the address of another database on the same server.
func Sibling(database, name string) (string, error) {
	u, err := url.Parse(database)
	if err != nil {
		return "", fmt.Errorf("read the address of the client's database: %w", err)
	}
	u.Path = "/" + name
	return u.String(), nil
}
