// Package cache keeps the answers to reads, in process and, where it is configured,
// in Redis for all processes.
//
// It promises that an answer which is served was not made before a write that had
// been answered: each table has a stamp, a read notes the stamps of all tables that
// decide its answer before it runs, a write gives its tables new stamps after its
// commit and before its own answer, and an answer whose stamps are old is not served.
// Other processes learn of a write by a notification, and through Redis; until it
// reaches them they may serve the answer from before. A process that may have missed
// notifications trusts nothing that it kept.
//
// Reads of one statement with the same values that miss at the same time share one
// execution, which goes on when the one who began it leaves. Redis is never waited
// for beyond a moment: where it fails, reads go to the database.
//
// Writes past Athena are noticed only when an answer's time is over.
package cache
