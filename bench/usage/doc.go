// Package usage reads what processes cost: processor time and memory, from
// Linux's /proc.
//
// The processor time of a process is its user and system time. That of a
// PostgreSQL server is the sum over the postmaster and every process it has
// started: those that live are read one by one, those that have ended are in
// the postmaster's own count of the children it has waited for. The kernel
// counts in steps of 10 ms, so a measurement should last for seconds.
package usage
