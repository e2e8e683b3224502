// Package contender starts what is measured, each in a process of its own, so
// that their costs can be told apart: the program itself, or one that runs
// already, and the baseline.
package contender
