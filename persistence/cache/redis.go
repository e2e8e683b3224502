package cache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/redis/rueidis"
	"github.com/sony/gobreaker/v2"
)

const (
	// redisTimeout is the longest that a request waits for Redis.
	redisTimeout = 150 * time.Millisecond
	// redisTrips is how many failures in a row have Redis left alone, and redisPause
	// how long.
	redisTrips = 3
	redisPause = time.Second
	// stampTTL is how long a stamp is kept that nobody renews. It may go at any time:
	// answers that know it are not served without it.
	stampTTL = 24 * time.Hour
	// form is the version of what is kept, so that programs that keep it in another
	// way do not meet.
	form = "1"
)

// remote is a Redis that may be away.
type remote struct {
	option  rueidis.ClientOption
	log     *slog.Logger
	client  atomic.Pointer[rueidis.Client]
	breaker *gobreaker.CircuitBreaker[struct{}]
	stop    context.CancelFunc
	stopped chan struct{}
}

func newRemote(address string, log *slog.Logger) (*remote, error) {
	option, err := redisOption(address)
	if err != nil {
		return nil, err
	}
	r := &remote{option: option, log: log, stopped: make(chan struct{})}
	r.breaker = gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Name: "redis", MaxRequests: 1, Timeout: redisPause,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= redisTrips },
		OnStateChange: func(_ string, _, to gobreaker.State) {
			if to == gobreaker.StateOpen {
				log.Warn("redis does not answer; reads go to the database")
			}
		},
	})
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	first := make(chan struct{})
	go r.connect(ctx, first)
	<-first
	return r, nil
}

// redisOption reads an address, whose password no error repeats.
func redisOption(address string) (rueidis.ClientOption, error) {
	option, err := rueidis.ParseURL(address)
	if err != nil {
		if u, bad := url.Parse(address); bad != nil || (u.Scheme != "redis" && u.Scheme != "rediss") {
			return option, errors.New("the address of Redis must be redis://[user:password@]host:port[/number], or rediss://")
		}
		return option, errors.New("the address of Redis cannot be read")
	}
	option.DisableCache, option.DisableRetry, option.ForceSingleClient = true, true, true
	option.AlwaysRESP2, option.ClientSetInfo = false, rueidis.DisableClientSetInfo
	option.Dialer.Timeout, option.ConnWriteTimeout = redisTimeout, time.Second
	return option, nil
}

// Ping asks a Redis for a sign of life.
func Ping(ctx context.Context, address string) error {
	option, err := redisOption(address)
	if err != nil {
		return err
	}
	option.Dialer.Timeout = 3 * time.Second
	client, err := rueidis.NewClient(option)
	if err != nil {
		return fmt.Errorf("connect to redis: %w", err)
	}
	defer client.Close()
	return client.Do(ctx, client.B().Ping().Build()).Error()
}

// connect makes the client, which from then on connects again by itself. The first
// attempt is waited for.
func (r *remote) connect(ctx context.Context, first chan<- struct{}) {
	defer close(r.stopped)
	for attempt := 0; ; attempt++ {
		client, err := rueidis.NewClient(r.option)
		if err == nil {
			r.client.Store(&client)
		} else if attempt == 0 {
			r.log.Warn("redis cannot be reached; it is tried again", "error", err)
		}
		if attempt == 0 {
			close(first)
		}
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(redisPause):
		}
	}
}

func (r *remote) close() {
	r.stop()
	<-r.stopped
	if client := r.client.Load(); client != nil {
		(*client).Close()
	}
}

func (r *remote) up() bool {
	return r.client.Load() != nil && r.breaker.State() == gobreaker.StateClosed
}

// do works with Redis for a moment at most.
func (r *remote) do(ctx context.Context, work func(context.Context, rueidis.Client) error) error {
	client := r.client.Load()
	if client == nil {
		return errors.New("redis is not connected")
	}
	_, err := r.breaker.Execute(func() (struct{}, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), redisTimeout)
		defer cancel()
		return struct{}{}, work(ctx, *client)
	})
	return err
}

// prefix begins the keys of a database, which all lie in one slot of a cluster.
func (d *Database) prefix() string { return "athena:" + form + ":{" + d.id + "}:" }

// stampKeys are where the stamps of tables lie, that of all tables first.
func (t *Tables) stampKeys() []string {
	keys := []string{t.db.prefix() + "*"}
	for _, id := range t.ids {
		keys = append(keys, t.db.prefix()+strconv.FormatUint(uint64(id), 10))
	}
	return keys
}

// remoteKey is where the answer to a read lies; values stand in it as a digest alone.
func (r *Read) remoteKey() string {
	sum := sha256.Sum256(append([]byte(r.Name), r.Args...))
	return r.On.db.prefix() + hex.EncodeToString(sum[:])
}

// stampRedis gives tables new stamps in Redis, all of them where there are no ids,
// and reports whether that is done.
func (c *Cache) stampRedis(d *Database, ids []uint32) bool {
	if c.redis == nil {
		return true
	}
	t := Tables{db: d, ids: ids}
	keys := t.stampKeys()
	if ids != nil {
		keys = keys[1:]
	}
	err := c.redis.do(context.Background(), func(ctx context.Context, client rueidis.Client) error {
		commands := make(rueidis.Commands, len(keys))
		for i, k := range keys {
			commands[i] = client.B().Set().Key(k).Value(uuid.NewString()).Ex(stampTTL).Build()
		}
		for _, answer := range client.DoMulti(ctx, commands...) {
			if err := answer.Error(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		d.missed.Add(1)
	}
	return err == nil
}

// mended reports whether Redis knows of every write of this process, and tells it
// where that is still to be done.
func (c *Cache) mended(d *Database) bool {
	missed := d.missed.Load()
	if missed == d.mended.Load() {
		return true
	}
	if !d.mending.TryLock() {
		return false
	}
	defer d.mending.Unlock()
	if !c.stampRedis(d, nil) {
		return false
	}
	d.mended.Store(missed)
	return d.missed.Load() == missed
}

// found is what Redis has of a read: its answer, or else the stamps that the answer
// is to be kept with; neither where Redis is not to be trusted now.
type found struct {
	hit    bool
	value  Value
	until  time.Time
	stamps string
}

func (c *Cache) fromRedis(ctx context.Context, r *Read) (f found) {
	if c.redis == nil || r.Name == "" || r.On == nil || !c.mended(r.On.db) {
		return f
	}
	keys := append([]string{r.remoteKey()}, r.On.stampKeys()...)
	var texts []string
	err := c.redis.do(ctx, func(ctx context.Context, client rueidis.Client) (err error) {
		if texts, err = mget(ctx, client, keys); err == nil {
			err = complete(ctx, client, keys[1:], texts[1:])
		}
		return err
	})
	if err != nil {
		return f
	}
	f.stamps = strings.Join(texts[1:], ",")
	f.value, f.until, f.hit = unpack(texts[0], f.stamps)
	return f
}

// mget reads keys; what is missing is empty.
func mget(ctx context.Context, client rueidis.Client, keys []string) ([]string, error) {
	answers, err := client.Do(ctx, client.B().Mget().Key(keys...).Build()).ToArray()
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(answers))
	for i := range answers {
		if answers[i].IsNil() {
			continue
		}
		if texts[i], err = answers[i].ToString(); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// complete makes the stamps that are missing, so that one which was lost is never
// taken for one which never was.
func complete(ctx context.Context, client rueidis.Client, keys, stamps []string) error {
	var commands rueidis.Commands
	for i, k := range keys {
		if stamps[i] == "" {
			commands = append(commands, client.B().Set().Key(k).Value(uuid.NewString()).Nx().Ex(stampTTL).Build())
		}
	}
	if len(commands) == 0 {
		return nil
	}
	for _, answer := range client.DoMulti(ctx, commands...) {
		if err := answer.Error(); err != nil && !rueidis.IsRedisNil(err) {
			return err
		}
	}
	made, err := mget(ctx, client, keys)
	if err == nil && slices.Contains(made, "") {
		err = errors.New("redis does not keep what it is given")
	}
	copy(stamps, made)
	return err
}

// toRedis keeps an answer for other processes. Where that fails it is not kept.
func (c *Cache) toRedis(ctx context.Context, r *Read, stamps string, v Value, ttl time.Duration, until time.Time) {
	if stamps == "" {
		return
	}
	text := pack(v, until, stamps)
	_ = c.redis.do(ctx, func(ctx context.Context, client rueidis.Client) error { // the breaker has heard of it
		return client.Do(ctx, client.B().Set().Key(r.remoteKey()).Value(text).Px(ttl).Build()).Error()
	})
}

// pack writes an answer: its stamps, its end, its rows, its mark and the text itself,
// each on a line.
func pack(v Value, until time.Time, stamps string) string {
	mark := ""
	if v.Mark != nil {
		mark = "." + hex.EncodeToString(v.Mark)
	}
	return strings.Join([]string{stamps, strconv.FormatInt(until.UnixMilli(), 10), strconv.FormatInt(v.Rows, 10), mark, string(v.JSON)}, "\n")
}

// unpack reads an answer, if it has these stamps.
func unpack(text, stamps string) (v Value, until time.Time, ok bool) {
	parts := strings.SplitN(text, "\n", 5)
	if len(parts) != 5 || parts[0] != stamps {
		return v, until, false
	}
	var err error
	ms, bad := strconv.ParseInt(parts[1], 10, 64)
	rows, worse := strconv.ParseInt(parts[2], 10, 64)
	v = Value{JSON: []byte(parts[4]), Rows: rows}
	if mark, marked := strings.CutPrefix(parts[3], "."); marked {
		if v.Mark, err = hex.DecodeString(mark); err != nil {
			return v, until, false
		}
	}
	return v, time.UnixMilli(ms), bad == nil && worse == nil
}
