package wire

import (
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// SearchChat asks for messages whose text holds all of some words, in all rooms of
// the caller or in one.
type SearchChat struct {
	ChatHeaders
	// Query is what to find. Each word is to be there, the last one at least as the
	// beginning of a word; "words in quotes" are to follow each other. One or two
	// characters, and signs, are found within words too. Upper and lower case are the
	// same, for the letters that the database's locale knows.
	Query string `json:"query"`
	// RoomID narrows the search to one room.
	RoomID *uuid.UUID `json:"room_id"`
	// Limit is how many hits to return: 20 where absent, 100 at most.
	Limit *int64 `json:"limit"`
	// Cursor is the next_cursor of the page before.
	Cursor *string `json:"cursor"`
}

const maxChatQuery = 1000

// Check reports the first thing wrong with the request.
func (r *SearchChat) Check() error {
	if strings.TrimSpace(r.Query) == "" {
		return badChat("query", "must not be empty")
	}
	if len(r.Query) > maxChatQuery {
		return badChat("query", "must have at most %d bytes", maxChatQuery)
	}
	if _, err := r.After(); err != nil {
		return err
	}
	_, err := pageLimit(r.Limit, 20, 100)
	return err
}

// Page is the limit in force.
func (r *SearchChat) Page() int64 {
	limit, _ := pageLimit(r.Limit, 20, 100) // checked before
	return limit
}

// After is the place to go on from, nil for the beginning.
func (r *SearchChat) After() (*ChatSearchPlace, error) {
	if r.Cursor == nil || *r.Cursor == "" {
		return nil, nil
	}
	place, err := parsePlace(*r.Cursor)
	if err != nil {
		return nil, badChat("cursor", "is malformed: send the next_cursor of the page before").Because(err)
	}
	return place, nil
}

// ChatSearchPlace is a place in the order of search results: the best first, and
// of equals the newest.
type ChatSearchPlace struct {
	// Rank is how well the message fits, by PostgreSQL's ts_rank; 0 for what was
	// found within words.
	Rank      float32
	CreatedAt time.Time
	ID        uuid.UUID
}

// Cursor writes the place as text that only Athena reads.
func (p ChatSearchPlace) Cursor() string {
	rank := strconv.FormatFloat(float64(p.Rank), 'g', -1, 32)
	text := rank + "|" + p.CreatedAt.UTC().Format(time.RFC3339Nano) + "|" + p.ID.String()
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

func parsePlace(cursor string) (*ChatSearchPlace, error) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return nil, fmt.Errorf("decode cursor: %w", err)
	}
	rank, rest, _ := strings.Cut(string(text), "|")
	at, id, _ := strings.Cut(rest, "|")
	value, err := strconv.ParseFloat(rank, 32)
	if err != nil || !(value >= 0 && value <= math.MaxFloat32) { // NaN is neither
		return nil, fmt.Errorf("rank of cursor: %q", rank)
	}
	p := &ChatSearchPlace{Rank: float32(value)}
	if p.CreatedAt, err = time.Parse(time.RFC3339Nano, at); err != nil {
		return nil, fmt.Errorf("time of cursor: %w", err)
	}
	if p.ID, err = uuid.Parse(id); err != nil {
		return nil, fmt.Errorf("id of cursor: %w", err)
	}
	return p, nil
}

// ChatSearchHit is a message that was found.
type ChatSearchHit struct {
	// RoomID is the room it stands in.
	RoomID uuid.UUID `json:"room_id"`
	// Message is the message.
	Message ChatMessage `json:"message"`
}

// ChatSearchPage is a part of what was found, the best first.
type ChatSearchPage struct {
	// Items are the hits.
	Items []ChatSearchHit `json:"items"`
	// NextCursor leads to the hits after these; absent where the page is not full.
	NextCursor *string `json:"next_cursor,omitempty"`
}
