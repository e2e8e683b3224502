// Package load sends requests over HTTP and measures the answers.
//
// The load is a closed loop: each connection is kept open, has one request under
// way, and sends the next when the answer is there. All of it shares its
// processors with what is measured, so a request is a run of bytes made ready
// beforehand and an answer is parsed no further than its sender asks.
package load
