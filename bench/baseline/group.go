package baseline

import (
	"context"
	"fmt"
	"time"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Group is chat as somebody writes it by hand who wants many messages in a commit:
// one goroutine takes all that wait and stores them in one transaction, with their
// numbers and their events. It looks neither for members nor for repeats.
type Group struct {
	pool    *pgxpool.Pool
	waiting chan *post
	stop    context.CancelFunc
	ended   chan struct{}
}

// post is a message on its way, and what becomes of it.
type post struct {
	message
	done chan error
}

// most is how many messages one transaction takes.
const most = 1024

// OpenGroup starts the goroutine.
func OpenGroup(ctx context.Context, database string) (*Group, error) {
	pool, err := pgxpool.New(ctx, database)
	if err != nil {
		return nil, fmt.Errorf("baseline: %w", err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	g := &Group{pool: pool, waiting: make(chan *post, most), stop: stop, ended: make(chan struct{})}
	go g.commit(ctx)
	return g, nil
}

// Close ends it. Nothing may be under way.
func (g *Group) Close() {
	g.stop()
	<-g.ended
	g.pool.Close()
}

// CreateRoom makes a room and gives its id.
func (g *Group) CreateRoom(ctx context.Context) (string, error) {
	id := uuid.New()
	var row []byte
	err := g.pool.QueryRow(ctx, sql["create_room"], id, "group", "bench", "bench-user-0").Scan(&row)
	if err != nil {
		return "", fmt.Errorf("baseline: create a room: %w", err)
	}
	return id.String(), nil
}

// Send stores a message and gives its number once it is durable.
func (g *Group) Send(ctx context.Context, room, sender, clientID, text string) (seq int64, err error) {
	p := &post{message{
		ID: uuid.New(), RoomID: room, SenderID: sender, ClientMessageID: &clientID, BodyText: &text,
		Attachments: []struct{}{}, Reactions: []struct{}{},
	}, make(chan error, 1)}
	select {
	case g.waiting <- p:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	// Whatever ctx does now, the transaction under way decides.
	err = <-p.done
	return p.RoomSeq, err
}

// commit stores what waits, one transaction after the other.
func (g *Group) commit(ctx context.Context) {
	defer close(g.ended)
	for {
		batch := g.next(ctx)
		if batch == nil {
			return
		}
		err := pgx.BeginFunc(ctx, g.pool, func(tx pgx.Tx) error { return store(ctx, tx, batch) })
		for _, p := range batch {
			p.done <- err
		}
	}
}

// next takes all that waits, and waits for a first one; nil at the end.
func (g *Group) next(ctx context.Context) []*post {
	var batch []*post
	select {
	case first := <-g.waiting:
		batch = append(batch, first)
	case <-ctx.Done():
		return nil
	}
	for len(batch) < most {
		select {
		case more := <-g.waiting:
			batch = append(batch, more)
		default:
			return batch
		}
	}
	return batch
}

// store takes numbers from the rows of the rooms, which stay locked until the
// commit, and writes messages and events.
func store(ctx context.Context, tx pgx.Tx, batch []*post) error {
	now, err := number(ctx, tx, batch)
	if err != nil {
		return err
	}
	n := len(batch)
	ids, seqs := make([]uuid.UUID, n), make([]int64, n)
	rooms, senders, clientIDs, texts, events := make([]string, n), make([]string, n), make([]*string, n), make([]*string, n), make([]string, n)
	for i, p := range batch {
		event, err := json.Marshal(p.message)
		if err != nil {
			return fmt.Errorf("baseline: write the event: %w", err)
		}
		ids[i], rooms[i], seqs[i], senders[i], clientIDs[i], texts[i], events[i] = p.ID, p.RoomID, p.RoomSeq, p.SenderID, p.ClientMessageID, p.BodyText, string(event)
	}
	queue := &pgx.Batch{}
	queue.Queue(sql["append_all"], ids, rooms, seqs, senders, clientIDs, texts, now)
	queue.Queue(sql["announce_all"], ids, rooms, seqs, events)
	return tx.SendBatch(ctx, queue).Close()
}

// number gives every message its room's next number, in the order of the batch.
func number(ctx context.Context, tx pgx.Tx, batch []*post) (now time.Time, err error) {
	counts, lasts := map[string]int64{}, map[string]uuid.UUID{}
	for _, p := range batch {
		counts[p.RoomID]++
		lasts[p.RoomID] = p.ID
	}
	var rooms []string
	var ns []int64
	var ids []uuid.UUID
	for room, n := range counts {
		rooms, ns, ids = append(rooms, room), append(ns, n), append(ids, lasts[room])
	}
	rows, err := tx.Query(ctx, sql["advance_all"], rooms, ns, ids)
	if err != nil {
		return now, err
	}
	next := map[string]int64{}
	var room string
	var before int64
	if _, err := pgx.ForEachRow(rows, []any{&room, &before, &now}, func() error {
		next[room] = before
		return nil
	}); err != nil {
		return now, err
	}
	for _, p := range batch {
		before, found := next[p.RoomID]
		if !found {
			return now, fmt.Errorf("baseline: there is no room %s", p.RoomID)
		}
		next[p.RoomID] = before + 1
		p.RoomSeq, p.CreatedAt = before+1, now
	}
	return now, nil
}

// History visits the messages of a room in the order of their numbers.
func (g *Group) History(ctx context.Context, room string, visit func(seq int64, clientID string) error) error {
	rows, err := g.pool.Query(ctx, sql["all_messages"], room)
	if err != nil {
		return fmt.Errorf("baseline: read the history: %w", err)
	}
	var seq int64
	var id string
	_, err = pgx.ForEachRow(rows, []any{&seq, &id}, func() error { return visit(seq, id) })
	return err
}
