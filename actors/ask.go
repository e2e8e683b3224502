package actors

import (
	"context"

	"athena/wire"
)

// For is embedded in every question: it carries the way back to the caller who
// waits for a T, and the caller's deadline.
type For[T any] struct {
	ctx    context.Context
	answer chan answer[T]
}

type answer[T any] struct {
	value T
	err   error
}

// Question is a message that names the type of its answer by embedding For.
type Question[T any] interface {
	arm(ctx context.Context) <-chan answer[T]
}

// failer is any question, whatever its answer.
type failer interface{ Fail(error) }

func (f *For[T]) arm(ctx context.Context) <-chan answer[T] {
	f.ctx, f.answer = ctx, make(chan answer[T], 1)
	return f.answer
}

// Reply answers the question. Only the first answer counts.
func (f *For[T]) Reply(value T) { f.send(answer[T]{value: value}) }

// Fail answers the question with an error. Only the first answer counts.
func (f *For[T]) Fail(err error) { f.send(answer[T]{err: err}) }

// Context is the caller's: its deadline bounds the work done for it.
func (f *For[T]) Context() context.Context { return f.ctx }

func (f *For[T]) send(a answer[T]) {
	select {
	case f.answer <- a:
	default:
	}
}

// Ask puts a question to the member of a family that has the key, starting it
// where it does not run, and waits for the answer or the end of ctx.
func Ask[T any, K comparable](ctx context.Context, f *Family[K], key K, q Question[T]) (T, error) {
	var none T
	reply := q.arm(ctx)
	if err := f.offer(ctx, key, q); err != nil {
		return none, err
	}
	select {
	case a := <-reply:
		return a.value, a.err
	case <-ctx.Done():
		return none, wire.Expired(ctx)
	}
}
