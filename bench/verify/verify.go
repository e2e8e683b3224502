// Package verify puts a running chat to the test: senders, readers and sockets use
// two or more servers on one database while servers are killed, Postgres is
// stopped and connections are cut, also between a commit and its reply. Everything
// that anybody is told goes into a ledger, and what was stored is held against it
// afterwards:
//
//   - the numbers of a room are unique and have no gap;
//   - history, events and acknowledgements agree on every number;
//   - each sender's messages stand in the order of sending;
//   - what was acknowledged is there, and nothing is there twice;
//   - an event's message can be read at once, so none comes before its commit;
//   - every socket gets every message in order, however often it must resume.
//
// What happens when is drawn from a seed. A run with the same seed breaks the same
// things in the same order, but not at the same moment of the servers' work.
package verify

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"sync"
	"time"

	"github.com/google/uuid"
)

// System is what is put to the test. Its servers find a client "chat" whose
// database has Athena's tables.
type System interface {
	// Postgres is where the database server listens, as host:port.
	Postgres() string
	// Node is the command that runs server n, listening at an address and finding
	// the database server at another one.
	Node(n int, listen, postgres string) *exec.Cmd
	// StopPostgres ends the database server, in an orderly way or at once.
	StopPostgres(ctx context.Context, atOnce bool) error
	// StartPostgres starts it again at the same address.
	StartPostgres(ctx context.Context) error
	// Token makes a session token for a user of one organization.
	Token(ctx context.Context, user string) (string, error)
}

// Config says how to test.
type Config struct {
	System System
	// Seed decides what is broken when.
	Seed uint64
	// For is how long things are broken.
	For time.Duration
	// Nodes, Rooms, Senders, Readers and Sockets are how many there are of each;
	// every second sender repeats what got no answer.
	Nodes, Rooms, Senders, Readers, Sockets int
	// Told hears what is broken, as it happens.
	Told func(line string)
}

// run is one run.
type run struct {
	Config
	began   time.Time
	web     *web
	ledger  *ledger
	nodes   []*node
	rooms   []uuid.UUID
	tokens  map[string]string
	stop    chan struct{} // closed when nothing new is to be sent
	markers sync.Map      // room → number of the last message of all, once that is sent
}

// settleTime is how long a healed system has to finish.
const settleTime = time.Minute

// Run tests and reports. An error means that the test itself could not be made;
// what it found is in the report.
func Run(ctx context.Context, c Config) (*Report, error) {
	r := &run{Config: c, began: time.Now(), ledger: newLedger(), tokens: map[string]string{}, stop: make(chan struct{})}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.web = newWeb(r)
	defer r.web.close()
	err := r.prepare(ctx)
	if err == nil {
		err = r.exercise(ctx)
	}
	for _, n := range r.nodes {
		err = errors.Join(err, n.close())
	}
	return r.ledger.report(&c, time.Since(r.began)), err
}

// random gives each participant its own numbers, whatever the others do.
func (r *run) random(participant string, i int) *rand.Rand {
	stream := uint64(i) << 8
	for _, b := range []byte(participant) {
		stream = stream*131 + uint64(b)
	}
	return rand.New(rand.NewPCG(r.Seed, stream))
}

func (r *run) tell(format string, args ...any) {
	if r.Told != nil {
		r.Told(fmt.Sprintf("%6.1fs  ", time.Since(r.began).Seconds()) + fmt.Sprintf(format, args...))
	}
}

func user(i int) string { return fmt.Sprintf("user-%d", i) }

// prepare starts the servers and makes users and rooms.
func (r *run) prepare(ctx context.Context) error {
	users := make([]string, max(r.Senders, 1))
	for i := range users {
		users[i] = user(i)
		token, err := r.System.Token(ctx, users[i])
		if err != nil {
			return fmt.Errorf("make a session: %w", err)
		}
		r.tokens[users[i]] = token
	}
	for i := range r.Nodes {
		n, err := newNode(r, i)
		if err != nil {
			return err
		}
		r.nodes = append(r.nodes, n)
		if err := n.start(ctx); err != nil {
			return err
		}
	}
	for range r.Rooms {
		room, err := r.web.createRoom(ctx, users)
		if err != nil {
			return err
		}
		r.rooms = append(r.rooms, room)
	}
	return nil
}

// exercise lets everybody work while things are broken, then waits until all is
// settled, and looks at what is stored.
func (r *run) exercise(ctx context.Context) error {
	settled, settle := context.WithCancel(ctx)
	defer settle()
	var sending, watching sync.WaitGroup
	for i := range r.Senders {
		sending.Go(func() { r.send(settled, i) })
	}
	for i := range r.Readers {
		watching.Go(func() { r.read(settled, i) })
	}
	for i := range r.Sockets {
		watching.Go(func() { r.follow(settled, i) })
	}
	err := r.torment(ctx)
	close(r.stop)
	if err != nil {
		settle()
	}
	late := time.AfterFunc(settleTime, settle)
	defer late.Stop()
	sending.Wait()
	if err == nil {
		err = r.mark(settled)
	}
	watching.Wait()
	if err != nil {
		return err
	}
	return r.audit(ctx)
}

// mark sends a last message into every room, by which sockets know that they have
// everything.
func (r *run) mark(ctx context.Context) error {
	for i, room := range r.rooms {
		m := sent{user: user(0), room: room, text: fmt.Sprintf("end/%d", i), careful: true}
		seq, ok := r.deliver(ctx, r.random("end", i), m)
		if !ok {
			return fmt.Errorf("the last message into room %s was never acknowledged", room)
		}
		r.markers.Store(room, seq)
	}
	return nil
}

// audit holds what is stored against the ledger.
func (r *run) audit(ctx context.Context) error {
	for _, room := range r.rooms {
		list, err := r.web.history(ctx, room, 0)
		if err != nil {
			return fmt.Errorf("read the history of room %s: %w", room, err)
		}
		r.ledger.audit(room, list)
	}
	return nil
}

// stopped reports whether nothing new is to be sent.
func (r *run) stopped() bool {
	select {
	case <-r.stop:
		return true
	default:
		return false
	}
}

// pause waits, unless ctx ends before.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// between draws a duration.
func between(random *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(random.Int64N(int64(high-low)))
}
