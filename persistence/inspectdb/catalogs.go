package inspectdb

import (
	"context"

	"athena/persistence"
)

// S3Catalogs counts the catalogs of S3 stores that the database holds; found is
// false where it has no table for them.
func (d Database) S3Catalogs(ctx context.Context) (found bool, n int64, err error) {
	found, err = persistence.One[bool](ctx, d.DB, "table", sql.Get("has_catalogs"))
	if err != nil || !found {
		return false, 0, err
	}
	n, err = persistence.One[int64](ctx, d.DB, "count", sql.Get("count_catalogs"))
	return true, n, err
}
