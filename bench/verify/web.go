package verify

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
)

// patience is how long an answer may take. It is longer than the servers' own
// deadline, so that a message whose answer did not come is not still under way.
const patience = 10 * time.Second

// web calls the servers over HTTP.
type web struct {
	run    *run
	client *http.Client
}

func newWeb(r *run) *web {
	return &web{r, &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
}

func (w *web) close() { w.client.CloseIdleConnections() }

// refusal is an answer that is no success.
type refusal struct {
	status int
	body   string
}

func (r *refusal) Error() string { return fmt.Sprintf("answered %d: %s", r.status, r.body) }

// call sends a request to a server and decodes the answer.
func (w *web) call(ctx context.Context, n *node, user, method, path string, body, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://"+n.listen+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("X-Athena-Client", client)
	request.Header.Set("Authorization", "Bearer "+w.run.tokens[user])
	request.Header.Set("Content-Type", "application/json")
	response, err := w.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return &refusal{response.StatusCode, string(answer)}
	}
	return json.Unmarshal(answer, into)
}

func (w *web) createRoom(ctx context.Context, users []string) (uuid.UUID, error) {
	var made struct{ Data wire.ChatRoom }
	body := map[string]any{"kind": wire.RoomGroup, "member_user_ids": users}
	if err := w.call(ctx, w.run.nodes[0], users[0], http.MethodPost, "/chat/rooms", body, &made); err != nil {
		return uuid.Nil, fmt.Errorf("make a room: %w", err)
	}
	return made.Data.ID, nil
}

// page reads a part of a room's history: the newest, or what comes after a number.
func (w *web) page(ctx context.Context, n *node, room uuid.UUID, after *int64, limit int) (wire.ChatMessagePage, error) {
	path := fmt.Sprintf("/chat/rooms/%s/messages?limit=%d", room, limit)
	if after != nil {
		path += fmt.Sprintf("&after_seq=%d", *after)
	}
	var page wire.ChatMessagePage
	err := w.call(ctx, n, user(0), http.MethodGet, path, nil, &page)
	if err == nil {
		w.run.ledger.count(func(c *Counts) { c.Pages++ })
	}
	return page, err
}

// history reads all that comes after a number, and tries until that works.
func (w *web) history(ctx context.Context, room uuid.UUID, after int64) (list []wire.ChatMessage, err error) {
	random := w.run.random("history", int(after))
	for {
		page, err := w.page(ctx, w.run.anyNode(random), room, &after, 200)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			pause(ctx, retryPause)
			continue
		}
		list = append(list, page.Items...)
		if page.NextAfterSeq == nil {
			return list, nil
		}
		after = *page.NextAfterSeq
	}
}

// anyNode draws a server, whether it runs or not.
func (r *run) anyNode(random *rand.Rand) *node { return r.nodes[random.IntN(len(r.nodes))] }
