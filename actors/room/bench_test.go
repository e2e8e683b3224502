package room_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"athena/actors"
	"athena/actors/room"
	"athena/persistence/embedded"
	"athena/persistence/migrate"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// BenchmarkSend measures messages stored for 64 senders: in one hot room and in
// 200, with committers and with a transaction for each message, written by hand
// and without any check. The server syncs to disk. go-us and pg-us are the
// processor time of this process and of the server for each message.
func BenchmarkSend(b *testing.B) {
	c := durable(b)
	for _, rooms := range []int{1, 200} {
		b.Run(fmt.Sprintf("rooms=%d/committers", rooms), func(b *testing.B) {
			db := benchPool(b, c.uri)
			system := actors.NewSystem(slog.New(slog.DiscardHandler))
			defer system.Shutdown()
			r := room.New(system, databases{db: db}, room.Config{})
			c.measure(b, db, rooms, func(ctx context.Context, m wire.ChatMessage) error {
				_, err := r.Send(ctx, "acme", ann, m)
				return err
			})
		})
		b.Run(fmt.Sprintf("rooms=%d/each", rooms), func(b *testing.B) {
			db := benchPool(b, c.uri)
			c.measure(b, db, rooms, func(ctx context.Context, m wire.ChatMessage) error { return alone(ctx, db, m) })
		})
	}
}

// alone is how one message is stored in a transaction of its own.
func alone(ctx context.Context, db *pgxpool.Pool, m wire.ChatMessage) error {
	return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		var eventSeq int64
		err := tx.QueryRow(ctx, `UPDATE athena.chat_rooms SET last_message_seq = last_message_seq + 1, last_event_seq = last_event_seq + 1, last_message_id = $2,
			last_message_at = now() WHERE id = $1 RETURNING last_message_seq, last_message_at, last_event_seq`, m.RoomID, m.ID).Scan(&m.RoomSeq, &m.CreatedAt, &eventSeq)
		if err != nil {
			return err
		}
		event, err := json.Marshal(wire.ChatEvent{Type: wire.EventMessageCreated, EventID: m.ID, OccurredAt: m.CreatedAt, RoomID: m.RoomID, Seq: &m.RoomSeq, Message: &m})
		if err != nil {
			return err
		}
		queue := &pgx.Batch{}
		queue.Queue(`INSERT INTO athena.chat_messages (id, room_id, room_seq, sender_id, body_text, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			m.ID, m.RoomID, m.RoomSeq, m.SenderID, m.BodyText, m.CreatedAt)
		queue.Queue(`INSERT INTO athena.chat_outbox (aggregate_type, aggregate_id, room_id, room_seq, event_seq, event_type, payload_json) VALUES ('chat_message', $1, $2, $3, $4, $5, $6)`,
			m.ID.String(), m.RoomID, m.RoomSeq, eventSeq, wire.EventMessageCreated, string(event))
		return tx.SendBatch(ctx, queue).Close()
	})
}

func (c cluster) measure(b *testing.B, db *pgxpool.Pool, rooms int, send func(context.Context, wire.ChatMessage) error) {
	const senders = 64
	ids := make([]uuid.UUID, rooms)
	for i := range ids {
		ids[i] = newRoom(b, db)
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	here, there := processorTime(), c.processorTime(b)
	b.ReportAllocs()
	b.ResetTimer()
	for range senders {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
			defer cancel()
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				if err := send(ctx, text(ids[n%int64(rooms)], "ann", "a message as people write them, of some length")); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	each := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(b.N) }
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	b.ReportMetric(each(processorTime()-here), "go-us/msg")
	b.ReportMetric(each(c.processorTime(b)-there), "pg-us/msg")
}

func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// cluster is a server that syncs to disk.
type cluster struct{ dir, uri string }

// processorTime is that of all processes whose parent is the server's postmaster.
func (c cluster) processorTime(b *testing.B) time.Duration {
	b.Helper()
	found, err := filepath.Glob(filepath.Join(c.dir, "*", "postmaster.pid"))
	require.NoError(b, err)
	require.Len(b, found, 1)
	text, err := os.ReadFile(found[0])
	require.NoError(b, err)
	postmaster, _, _ := strings.Cut(string(text), "\n")
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	require.NoError(b, err)
	var ticks int64
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // the process has ended
		}
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		if fields[1] != postmaster {
			continue
		}
		for _, field := range fields[11:13] { // utime and stime
			n, err := strconv.ParseInt(field, 10, 64)
			require.NoError(b, err)
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// durable starts a cluster in a file system that is a disk, where the usual
// temporary folder may be memory.
func durable(b *testing.B) cluster {
	b.Helper()
	dir, err := os.MkdirTemp("/var/tmp", "athena-bench-")
	require.NoError(b, err)
	c, err := embedded.Open(context.Background(), embedded.Config{Dir: dir, Settings: map[string]string{"max_connections": "100"}})
	require.NoError(b, err)
	b.Cleanup(func() {
		require.NoError(b, c.Close(context.Background()))
		require.NoError(b, os.RemoveAll(dir))
	})
	require.NoError(b, c.CreateDatabase(context.Background(), "bench"))
	require.NoError(b, migrate.Client(context.Background(), c.URI("bench")))
	return cluster{dir, c.URI("bench")}
}

func benchPool(b *testing.B, uri string) *pgxpool.Pool {
	b.Helper()
	config, err := pgxpool.ParseConfig(uri)
	require.NoError(b, err)
	config.MaxConns = 16
	db, err := pgxpool.NewWithConfig(context.Background(), config)
	require.NoError(b, err)
	b.Cleanup(db.Close)
	return db
}
