package verify

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"athena/wire"

	"github.com/google/uuid"
)

const (
	client = "chat"
	// retryPause lets a server that is away come back.
	retryPause = 50 * time.Millisecond
)

// sent is one message of a sender.
type sent struct {
	user    string
	room    uuid.UUID
	text    string
	careful bool // sent again until it is acknowledged
}

// send sends one message after the other. A careful sender gives each an id and
// repeats it until it is acknowledged; another one lets it be, and whether it is
// stored stays open.
func (r *run) send(ctx context.Context, i int) {
	random := r.random("sender", i)
	for n := 1; !r.stopped() && ctx.Err() == nil; n++ {
		m := sent{user: user(i), room: r.rooms[random.IntN(len(r.rooms))], text: fmt.Sprintf("%s/%d", user(i), n), careful: i%2 == 0}
		seq, ok := r.deliver(ctx, random, m)
		if ok && random.IntN(20) == 0 {
			r.touch(ctx, random, m, seq)
		}
	}
}

// deliver sends a message and tells its number, if it was acknowledged.
func (r *run) deliver(ctx context.Context, random *rand.Rand, m sent) (seq int64, ok bool) {
	r.ledger.begin(m.text)
	body := map[string]any{"body_text": m.text}
	if m.careful {
		body["client_message_id"] = m.text
	}
	for tried := time.Now(); ; {
		var answer struct{ Data wire.ChatMessage }
		n, got := r.anyNode(random), time.Now()
		err := r.web.call(ctx, n, m.user, http.MethodPost, "/chat/rooms/"+m.room.String()+"/messages", body, &answer)
		if err == nil {
			r.ledger.acknowledge(&answer.Data, &m)
			r.ledger.served(n, tried, got)
			return answer.Data.RoomSeq, true
		}
		r.excuse(err, m.text)
		pause(ctx, retryPause)
		if !m.careful || ctx.Err() != nil {
			return 0, false
		}
		r.ledger.count(func(c *Counts) { c.Repeats++ })
	}
}

// excuse notes a refusal that no fault explains.
func (r *run) excuse(err error, what string) {
	var refused *refusal
	if errors.As(err, &refused) && refused.status < http.StatusInternalServerError && refused.status != http.StatusTooManyRequests {
		r.ledger.violate("%s was refused: %v", what, refused)
	}
}

// touch moves the sender's read cursor to its message, so that there are events of
// other kinds too. It may fail.
func (r *run) touch(ctx context.Context, random *rand.Rand, m sent, seq int64) {
	var answer struct{}
	err := r.web.call(ctx, r.anyNode(random), m.user, http.MethodPost, "/chat/rooms/"+m.room.String()+"/read-cursor", map[string]any{"seq": seq}, &answer)
	r.excuse(err, "a read cursor")
}

// read reads pieces of history and holds them against each other.
func (r *run) read(ctx context.Context, i int) {
	random := r.random("reader", i)
	by := fmt.Sprintf("reader %d", i)
	newest := map[uuid.UUID]int64{}
	for !r.stopped() && ctx.Err() == nil {
		room := r.rooms[random.IntN(len(r.rooms))]
		var after *int64
		if random.IntN(2) == 0 && newest[room] > 0 {
			after = new(random.Int64N(newest[room]))
		}
		page, err := r.web.page(ctx, r.anyNode(random), room, after, 50)
		if err != nil {
			r.excuse(err, "a page of history")
			pause(ctx, retryPause)
			continue
		}
		r.checkPage(&page, after, by)
		if n := len(page.Items); n > 0 {
			newest[room] = max(newest[room], page.Items[n-1].RoomSeq)
		}
		pause(ctx, retryPause/5)
	}
}

// checkPage wants the numbers of a page to follow each other.
func (r *run) checkPage(page *wire.ChatMessagePage, after *int64, by string) {
	for i := range page.Items {
		m := &page.Items[i]
		r.ledger.see(m, by)
		switch {
		case i > 0 && m.RoomSeq != page.Items[i-1].RoomSeq+1:
			r.ledger.violate("%s found number %d after %d in room %s", by, m.RoomSeq, page.Items[i-1].RoomSeq, m.RoomID)
		case i == 0 && after != nil && m.RoomSeq != *after+1:
			r.ledger.violate("%s asked for what follows %d in room %s and got %d", by, *after, m.RoomID, m.RoomSeq)
		}
	}
}
