package chatdb

import (
	"context"
	"time"

	"athena/persistence"
	"athena/wire"

	"github.com/google/uuid"
)

// Search finds messages by their words, in the caller's rooms: the best first, and
// of equals the newest.
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
	var rank *float32
	var at *time.Time
	var id *uuid.UUID
	if after != nil {
		rank, at, id = &after.Rank, &after.CreatedAt, &after.ID
	}
	terms := readTerms(q.Query)
	if len(terms.words) == 0 {
		return persistence.All[wire.ChatSearchPlace](ctx, s.DB, sql.Get("search_parts"),
			by.User, by.Organization, q.RoomID, terms.parts, at, id, q.Page())
	}
	return persistence.All[wire.ChatSearchPlace](ctx, s.DB, sql.Get("search_words"),
		by.User, by.Organization, q.RoomID, terms.words, terms.open, terms.parts, rank, at, id, q.Page())
}
