package load

import "fmt"

// FailedError says how many requests of a run were not answered well.
type FailedError struct {
	Count uint64
	First error
}

func (e *FailedError) Error() string {
	return fmt.Sprintf("%d requests failed, the first: %v", e.Count, e.First)
}

func (e *FailedError) Unwrap() error { return e.First }
