// Package dataset makes the tables that the scenarios read and write, in the
// client's database, the same for every contender.
package dataset
