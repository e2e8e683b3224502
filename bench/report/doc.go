// Package report turns measured rounds into a table for people and JSON for
// programs. Each number is the median over the rounds; the ratio is taken round
// by round, between neighbours in time, so that a machine that is slower for a
// while slows both sides of it.
package report
