// Package scenario holds what is measured: one file for each kind of request.
//
// A scenario sends the same bytes to every contender, but for the credentials.
// Reads name a probe, whose answer must hold the same data from all of them
// before anything is measured; chat is checked afterwards, from its history. To
// add a scenario, write a function that gives it and name it in All.
package scenario
