package wire

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Problem is the one error that a caller sees. Everything else that reaches the
// front end is a bug and is answered as Internal, its text in the log alone.
type Problem struct {
	// Code says what kind of failure it is and, through the registry, its status.
	Code Code
	// Message overrides the registry's summary; empty keeps it.
	Message string
	// Detail says what was wrong with this very request. It is the envelope's
	// `error` and never holds a secret.
	Detail string
	// Field names the part of the request that was wrong, where one is to blame.
	Field string
	// Hint says what to do instead, such as a near match for a misspelt column.
	Hint string
	// SQLState is PostgreSQL's five-letter code when the database refused.
	SQLState string
	// RetryAfter asks the caller to wait that long; zero sends no header.
	RetryAfter time.Duration
	// Headers are what else the answer tells in its headers.
	Headers []Pair
	// Data travels in the envelope's `data`.
	Data any
	// Equivalent is the code that PostgREST has for this very failure, where it is not
	// that of every failure with the same Code.
	Equivalent string

	cause error
}

// Fail makes a problem with a code of the registry and a detail for the caller.
func Fail(code Code, format string, args ...any) *Problem {
	return &Problem{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// Error reads for the log: the code, the detail and the cause.
func (p *Problem) Error() string {
	text := p.Code.Name + ": " + p.Detail
	if p.cause != nil {
		text += ": " + p.cause.Error()
	}
	return text
}

// Unwrap gives the cause, which only the log sees.
func (p *Problem) Unwrap() error { return p.cause }

// At names the field to blame.
func (p *Problem) At(field string) *Problem {
	p.Field = field
	return p
}

// WithHint says what to do instead.
func (p *Problem) WithHint(format string, args ...any) *Problem {
	p.Hint = fmt.Sprintf(format, args...)
	return p
}

// Like names the code that PostgREST has for this very failure.
func (p *Problem) Like(equivalent string) *Problem {
	p.Equivalent = equivalent
	return p
}

// After asks the caller to come back after d.
func (p *Problem) After(d time.Duration) *Problem {
	p.RetryAfter = d
	return p
}

// Because keeps the cause for the log.
func (p *Problem) Because(err error) *Problem {
	p.cause = err
	return p
}

// AsProblem finds the problem in an error's chain.
func AsProblem(err error) (*Problem, bool) {
	var p *Problem
	ok := errors.As(err, &p)
	return p, ok
}

// Expired is the problem of a caller whose context ended before its answer.
func Expired(ctx context.Context) *Problem {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return Fail(DeadlineExceeded, "the request's deadline passed before the work was done").Because(ctx.Err())
	}
	return Fail(Canceled, "the client went away before the work was done").Because(context.Cause(ctx))
}
