package chatdb

import (
	"context"
	"strings"
	"time"

	"athena/persistence"
	"athena/wire"

	"github.com/google/uuid"
)

// likeText makes text mean itself in a LIKE pattern.
var likeText = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// Search finds messages by a part of their text, in the caller's rooms, the newest
// first.
func (s Store) Search(ctx context.Context, by Caller, q *wire.SearchChat) (wire.ChatSearchPage, error) {
	page := wire.ChatSearchPage{Items: []wire.ChatSearchHit{}}
	places, err := s.searchPlaces(ctx, by, q)
	if err != nil || len(places) == 0 {
		return page, err
	}
	ids := make([]uuid.UUID, len(places))
	for i, p := range places {
		ids[i] = p.ID
	}
	found, err := messages(ctx, s.DB, by.User, ids...)
	if err != nil {
		return page, err
	}
	for _, m := range found {
		page.Items = append(page.Items, wire.ChatSearchHit{RoomID: m.RoomID, Message: m})
	}
	if int64(len(places)) == q.Page() {
		cursor := places[len(places)-1].Cursor()
		page.NextCursor = &cursor
	}
	return page, nil
}

func (s Store) searchPlaces(ctx context.Context, by Caller, q *wire.SearchChat) ([]wire.ChatSearchPlace, error) {
	if q.RoomID != nil {
		if _, err := s.Room(ctx, by, *q.RoomID); err != nil {
			return nil, err
		}
	}
	after, err := q.After()
	if err != nil {
		return nil, err
	}
	var at *time.Time
	var id *uuid.UUID
	if after != nil {
		at, id = &after.CreatedAt, &after.ID
	}
	pattern := "%" + likeText.Replace(strings.TrimSpace(q.Query)) + "%"
	return persistence.All[wire.ChatSearchPlace](ctx, s.DB, sql.Get("search"), by.User, by.Organization, q.RoomID, pattern, at, id, q.Page())
}
