package window

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"athena/persistence"
	"athena/persistence/gatewaydb"
)

// longest bounds a statement whose callers have no deadline, or have left.
const longest = 30 * time.Second

// write stores a batch and answers its callers. freed is called once, as soon as
// the next batch may begin.
func write(batch []*row, freed func(locked bool)) {
	once := sync.Once{}
	free := func(locked bool) { once.Do(func() { freed(locked) }) }
	defer free(false)
	defer func() {
		if p := recover(); p != nil {
			fail(batch, fmt.Errorf("insert window: panic: %v\n%s", p, debug.Stack()))
		}
	}()
	if len(batch) == 1 {
		_ = batch[0].run() // the caller has it
		return
	}
	ctx, cancel := context.WithDeadline(context.Background(), latest(batch))
	defer cancel()
	settle(ctx, batch, free)
}

// settle stores a batch; one that the database refuses is split, until the row
// that is to blame stands alone. It reports whether a row was refused for good.
func settle(ctx context.Context, batch []*row, free func(locked bool)) (refused bool) {
	if len(batch) == 1 {
		return batch[0].run() != nil
	}
	results, err := batch[0].store.RunShared(ctx, statements(batch))
	switch {
	case err == nil:
		free(false)
		for i, r := range batch {
			r.Reply(results[i])
		}
		return false
	case gatewaydb.Blocked(err):
		free(true)
		return each(batch)
	case !gatewaydb.Refused(err):
		fail(batch, persistence.Explain(err))
		return true
	}
	free(false) // others need not wait for the search
	return split(ctx, batch)
}

// split stores the halves of a batch side by side. One that fails while all of its
// rows are taken alone tells that they had better not be shared.
func split(ctx context.Context, batch []*row) bool {
	half := len(batch) / 2
	var first bool
	none := func(bool) {}
	var halves sync.WaitGroup
	halves.Go(func() {
		defer answerPanic(batch[:half])
		first = settle(ctx, batch[:half], none)
	})
	second := settle(ctx, batch[half:], none)
	halves.Wait()
	if len(batch) == 2 && !first && !second {
		batch[0].statement.Strike()
	}
	return first || second
}

// each stores every row alone, side by side.
func each(batch []*row) bool {
	var refused atomic.Bool
	var all sync.WaitGroup
	for _, r := range batch {
		all.Go(func() {
			defer answerPanic([]*row{r})
			if r.run() != nil {
				refused.Store(true)
			}
		})
	}
	all.Wait()
	return refused.Load()
}

// storeAlone stores a row outside of any batch.
func (r *row) storeAlone() {
	defer answerPanic([]*row{r})
	_ = r.run() // the caller has it
}

// run stores a row by its own statement, as if it had never waited, and answers
// its caller with what comes of it.
func (r *row) run() error {
	ctx, cancel := context.WithDeadline(r.Context(), latest([]*row{r}))
	defer cancel()
	result, err := r.store.Run(ctx, r.statement)
	if err != nil {
		r.Fail(err)
		return err
	}
	r.Reply(result)
	return nil
}

// latest is the deadline of the caller who waits longest.
func latest(batch []*row) time.Time {
	last := time.Time{}
	for _, r := range batch {
		deadline, ok := r.Context().Deadline()
		if !ok {
			return time.Now().Add(longest)
		}
		if deadline.After(last) {
			last = deadline
		}
	}
	return last
}

func statements(batch []*row) []*gatewaydb.Statement {
	list := make([]*gatewaydb.Statement, len(batch))
	for i, r := range batch {
		list[i] = r.statement
	}
	return list
}

func fail(batch []*row, err error) {
	for _, r := range batch {
		r.Fail(err)
	}
}

// answerPanic keeps a mistake from ending the process: its callers are told.
func answerPanic(batch []*row) {
	if p := recover(); p != nil {
		fail(batch, fmt.Errorf("insert window: panic: %v\n%s", p, debug.Stack()))
	}
}
