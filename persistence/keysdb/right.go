package keysdb

import (
	"context"
	"fmt"

	"athena/persistence"
	"athena/wire"

	"github.com/google/uuid"
)

// Rights gives all rights by name.
func (s Store) Rights(ctx context.Context) ([]wire.KeyRight, error) {
	return persistence.All[wire.KeyRight](ctx, s.DB, sql.Get("list_rights"))
}

// CreateRight defines a right; a name that is taken is a conflict.
func (s Store) CreateRight(ctx context.Context, r *wire.SaveKeyRight) (wire.KeyRight, error) {
	return persistence.One[wire.KeyRight](ctx, s.DB, "right", sql.Get("create_right"), r.Name, r.Description)
}

// UpdateRight renames a right or changes its description.
func (s Store) UpdateRight(ctx context.Context, u *wire.UpdateKeyRight) (wire.KeyRight, error) {
	return persistence.One[wire.KeyRight](ctx, s.DB, fmt.Sprintf("right %s", u.ID), sql.Get("update_right"),
		u.ID, u.Name, u.Description.Set, u.Description.Value)
}

// DeleteRight removes a right and withdraws it from every key.
func (s Store) DeleteRight(ctx context.Context, id uuid.UUID) error {
	_, err := persistence.One[uuid.UUID](ctx, s.DB, fmt.Sprintf("right %s", id), sql.Get("delete_right"), id)
	return err
}
