// Package lane runs statements of many callers over a few connections.
//
// A [Lane] is one connection on which statements are pipelined: a caller adds
// its messages to what is about to be written and waits for its own answer, while
// those of others are on the way. Every statement has a Sync of its own, so one
// that fails fails alone. Answers come back in order, and the lane's reader
// writes each one's JSON (see rowjson) into the buffer of its caller. A [Set]
// keeps a few lanes open for one database, gives each statement to the one with
// the least to do, and reopens what breaks.
//
// What is promised: a caller gets its answer, the server's own error, or an error
// that says what became of the lane; never another's answer. It never waits
// longer than its context allows. No more statements are in flight than the
// limit says; the next one is refused at once. A statement on a lane of a Set
// cannot write, because the session is read-only.
//
// [Writers] are lanes for small writes. They are opened as they are needed, and each
// is given a few statements at a time, so that little waits behind a slow one; one
// that meets a lock is refused soon, to be run where it is in nobody's way.
//
// What is not promised: any order among callers, or that a statement is quick.
// Whatever is behind a slow one waits, hence the tight statement time-out, and
// hence [Exec] and [Stream], which run the same queries on a connection that the
// caller has to itself: for other writes, for raw SQL, and for what may be slow or
// large.
package lane
