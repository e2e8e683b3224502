// Command bench measures Athena over HTTP against a bare handler on the same
// Postgres, in the same run.
//
//	go build -o bin/athena ./cmd/athena
//	go run ./bench
//	go run ./bench -scenarios point,page -connections 64,256 -duration 5s -rounds 5
//	go run ./bench -scenarios none -memory
//	go run ./bench -soak 10m
//
// It starts the program on a new data directory, obtains a key and sessions by
// the program's own commands, makes its tables, and starts the bare handler (see
// package baseline) as a second process on the same database. Each scenario then
// runs on both in turn, several short rounds each, so that what disturbs the
// machine disturbs both; which of them goes first changes from round to round.
// Both sides get the same request bytes. Reads must give the same data on both
// before they are measured; what chat acknowledged is looked up in its history
// afterwards. An answer other than 2xx fails the scenario, and the bench.
//
// Where sockets listen, a round is over when every socket has every message, and
// the time of each delivery is taken. Some scenarios have another rival: a group
// commit written by hand in the bench, called as a function; for answers that the
// program keeps, the program itself, for a client whose answers it does not keep; for
// the check of a key, itself without one; and a second one with a large catalog.
//
// With -url it measures a server that runs already, which also needs -key,
// -database, for chat -token and -user, and for cached -kept-key.
package main
