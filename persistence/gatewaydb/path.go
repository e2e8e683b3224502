package gatewaydb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"athena/persistence"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// endPatience bounds the goodbye of a connection that is needed no more.
const endPatience = time.Second

// guardPath keeps the sessions of a user who is named like one of Athena's own schemas
// from looking there first: "$user" on the search path is that schema, and whoever made
// a table without naming one would make it among Athena's. The rest of the path stays
// as the server has it. It must be the session's own from its start, since a clean
// session goes back to that.
func guardPath(ctx context.Context, config *pgxpool.Config) (err error) {
	if !slices.Contains(persistence.OwnSchemas, config.ConnConfig.User) {
		return nil
	}
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return err
	}
	defer func() {
		bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), endPatience)
		defer cancel()
		err = errors.Join(err, conn.Close(bound))
	}()
	var path string
	if err := conn.QueryRow(ctx, "SHOW search_path", pgx.QueryExecModeExec).Scan(&path); err != nil {
		return fmt.Errorf("read the search path: %w", err)
	}
	config.ConnConfig.RuntimeParams["search_path"] = withoutUser(path)
	return nil
}

// withoutUser takes "$user" off a search path. A comma in the name of a schema parts
// that as well, and joins it again.
func withoutUser(path string) string {
	rest := slices.DeleteFunc(strings.Split(path, ","), func(part string) bool {
		return strings.Trim(strings.TrimSpace(part), `"`) == "$user"
	})
	return strings.TrimSpace(strings.Join(rest, ","))
}
