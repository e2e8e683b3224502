// Package admission bounds how many requests are let in within a window of time,
// for all clients together and for each by its configuration. Windows are fixed:
// each begins when the clock has passed a multiple of its length, and counts from
// nothing. The counts are this process's own, so that n nodes together let in n
// times as many; a count that they share would cost each request a query.
//
// A decision takes no lock where no limit is set. Decisions under a limit are
// written down in batches, off the path of the request; what does not fit is
// dropped and counted.
package admission

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"athena/wire"

	"github.com/goccy/go-json"
)

// Config says what is let in.
type Config struct {
	// Limit is how many requests of all clients are let in within a window; zero
	// sets no limit.
	Limit int64
	// Window is the length of the window of the limit.
	Window time.Duration
	// Client gives what is set for one client, nil for nothing.
	Client func(client string) *wire.AdmissionConfig
	// Save stores decisions.
	Save func(context.Context, []wire.AdmissionEvent) error
	// Now is the clock; time.Now where it is nil.
	Now func() time.Time
}

// Request is what is to be let in.
type Request struct {
	ID, Method, Route string
	// Client is the client; empty for a database that is named by its address.
	Client string
	Bytes  int64
	// DeferRequested says that the caller would have it done later.
	DeferRequested bool
	// CanDefer says that it can be done later.
	CanDefer bool
	// IsQuery says that it runs a caller's own SQL.
	IsQuery bool
}

// Decision is what becomes of a request.
type Decision struct {
	// Kind is wire.Allowed, wire.Deferred or wire.Rejected.
	Kind string
	// Reason is ClientLimit or GlobalLimit, or Requested for what is done later at
	// its caller's wish; empty for what is allowed.
	Reason string
	// Kept notes what is done later, with the id that it was kept with; nil for any
	// other decision, which is noted already.
	Kept func(id string)
	// RetryAfter is the rest of the window.
	RetryAfter time.Duration
}

// Reasons of decisions.
const (
	// ClientLimit says that the limit of the client was reached.
	ClientLimit = "client_limit"
	// GlobalLimit says that the limit of all clients together was reached.
	GlobalLimit = "global_limit"
	// Requested says that its caller asked to have it done later.
	Requested = "requested"
)

// Admission decides about requests.
type Admission struct {
	config  Config
	all     window
	clients sync.Map // client to *window

	mu      sync.Mutex
	events  []wire.AdmissionEvent
	dropped atomic.Int64
}

// capacity is how many decisions may wait to be written.
const capacity = 20_000

// defaultWindow is the length of a client's window where it sets none.
const defaultWindow = time.Second

// New lets in everything but for the limits of the configuration.
func New(config Config) *Admission {
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Admission{config: config}
}

// window counts the requests since its beginning.
type window struct {
	mu    sync.Mutex
	begun time.Time
	count int64
}

// take counts a request if there is room for it, and tells how long the window
// still lasts.
func (w *window) take(now time.Time, length time.Duration, limit int64) (ok bool, rest time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if begun := now.Truncate(length); !begun.Equal(w.begun) {
		w.begun, w.count = begun, 0
	}
	rest = w.begun.Add(length).Sub(now)
	if w.count >= limit {
		return false, rest
	}
	w.count++
	return true, rest
}

// giveBack takes back the count of a request that another limit turned away.
func (w *window) giveBack() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count = max(w.count-1, 0)
}

// rule is what applies to a request of a client.
type rule struct {
	global, client   int64
	window, ofClient time.Duration
	deferring        bool
}

func (a *Admission) rule(client string) (r rule, any bool) {
	r = rule{global: a.config.Limit, window: a.config.Window}
	if set := a.set(client); set != nil && set.Limit != nil {
		r.client, r.ofClient = int64(*set.Limit), defaultWindow
		if set.WindowMS != nil {
			r.ofClient = time.Duration(*set.WindowMS) * time.Millisecond
		}
		r.deferring = set.OnLimit != nil && *set.OnLimit == "defer"
	}
	return r, r.global > 0 || r.client > 0
}

func (a *Admission) set(client string) *wire.AdmissionConfig {
	if client == "" || a.config.Client == nil {
		return nil
	}
	return a.config.Client(client)
}

// Applies reports whether any limit applies to a client's requests; where none
// does, there is nothing to decide.
func (a *Admission) Applies(client string) bool {
	if a.config.Limit > 0 {
		return true
	}
	set := a.set(client)
	return set != nil && set.Limit != nil
}

// Decide counts a request and decides what becomes of it.
func (a *Admission) Decide(request *Request) Decision {
	r, limited := a.rule(request.Client)
	if !limited {
		return Decision{Kind: wire.Allowed}
	}
	now := a.config.Now()
	d := a.count(request, &r, now)
	if d.Kind == wire.Deferred {
		d.Kept = func(id string) { a.note(request, &r, &d, now, id) }
		return d
	}
	a.note(request, &r, &d, now, "")
	return d
}

func (a *Admission) count(request *Request, r *rule, now time.Time) Decision {
	over := func(reason string, rest time.Duration) Decision {
		kind := wire.Rejected
		if request.CanDefer && (r.deferring || request.DeferRequested) {
			kind = wire.Deferred
		}
		return Decision{Kind: kind, Reason: reason, RetryAfter: rest}
	}
	var own *window
	if r.client > 0 {
		own = a.windowOf(request.Client)
		if ok, rest := own.take(now, r.ofClient, r.client); !ok {
			return over(ClientLimit, rest)
		}
	}
	if r.global > 0 {
		if ok, rest := a.all.take(now, r.window, r.global); !ok {
			if own != nil {
				own.giveBack()
			}
			return over(GlobalLimit, rest)
		}
	}
	if request.CanDefer && request.DeferRequested {
		return Decision{Kind: wire.Deferred, Reason: Requested}
	}
	return Decision{Kind: wire.Allowed}
}

// windowOf is kept for each client that has a limit of its own: few, and known.
func (a *Admission) windowOf(client string) *window {
	if w, ok := a.clients.Load(client); ok {
		return w.(*window)
	}
	w, _ := a.clients.LoadOrStore(client, &window{})
	return w.(*window)
}

// note remembers a decision until it is written.
func (a *Admission) note(request *Request, r *rule, d *Decision, now time.Time, id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.events) >= capacity {
		a.dropped.Add(1)
		return
	}
	e := event(request, r, d, now)
	e.DeferredRequestID = some(id)
	a.events = append(a.events, e)
}

func event(request *Request, r *rule, d *Decision, now time.Time) wire.AdmissionEvent {
	length := r.window
	if r.client > 0 && d.Reason != GlobalLimit {
		length = r.ofClient
	}
	seconds := ceilSeconds(length)
	e := wire.AdmissionEvent{
		CreatedAt: now.UTC(), EventID: request.ID, Method: request.Method, Route: request.Route, ClientName: some(request.Client),
		RequestBytes: &request.Bytes, DeferRequested: request.DeferRequested, IsQueryRoute: request.IsQuery, Decision: d.Kind,
		Reason: some(d.Reason), WindowSeconds: &seconds, Meta: meta(length),
	}
	if d.Kind != wire.Allowed {
		after := ceilSeconds(d.RetryAfter)
		e.RetryAfterSeconds = &after
	}
	if r.global > 0 {
		e.GlobalLimitPerWindow = &r.global
	}
	if r.client > 0 {
		e.PerClientLimitPerWindow = &r.client
	}
	return e
}

func meta(length time.Duration) wire.JSONObject {
	text, _ := json.Marshal(map[string]int64{"window_ms": length.Milliseconds()}) // numbers cannot fail
	return text
}

func ceilSeconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

func some(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// Flush writes the decisions that wait.
func (a *Admission) Flush(ctx context.Context) error {
	a.mu.Lock()
	events := a.events
	a.events = nil
	a.mu.Unlock()
	if len(events) == 0 {
		return nil
	}
	if err := a.config.Save(ctx, events); err != nil {
		a.dropped.Add(int64(len(events)))
		return fmt.Errorf("%d admission events dropped: %w", len(events), err)
	}
	return nil
}

// Dropped counts the decisions that were not written.
func (a *Admission) Dropped() int64 { return a.dropped.Load() }
