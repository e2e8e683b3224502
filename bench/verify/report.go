package verify

import (
	"fmt"
	"strings"
	"time"
)

// Counts are how often what happened.
type Counts struct {
	// Sent are the messages that were tried, Acknowledged those that were answered
	// with success, Stored those in the final history.
	Sent, Acknowledged, Stored int64
	// Repeats are the times a message was sent again because no answer came.
	Repeats int64
	// Events are new messages that sockets got, Others all their other events of
	// rooms.
	Events, Others int64
	// Connections are sockets that were opened, Resyncs the times one was told to
	// read the history anew.
	Connections, Resyncs int64
	// Pages are pieces of history that were read, Prompt events whose message was
	// looked up at once.
	Pages, Prompt int64
	// Kills, Restarts, Cuts, LostReplies and Delays are what was broken.
	Kills, Restarts, Cuts, LostReplies, Delays int64
}

// Report is what a run found.
type Report struct {
	Seed uint64
	Took time.Duration
	// Nodes, Rooms, Senders, Readers and Sockets took part.
	Nodes, Rooms, Senders, Readers, Sockets int
	Counts                                  Counts
	// Recovery is the time from the end of each fault until every server that it met
	// has acknowledged a message that was sent since. It counts a fault that came
	// between. Unrecovered are the faults for which that never came.
	Recovery    Spread
	Unrecovered int
	// Wait is the time from the first try to send a message to its acknowledgement.
	Wait Spread
	// Audited are the rooms whose final history was held against what was told; where
	// they are fewer than Rooms, the run was broken off and proves nothing.
	Audited int
	// Violations are the promises that were broken; none, with all rooms audited, is a
	// success.
	Violations []string
}

// String is the report for a person.
func (r *Report) String() string {
	c := &r.Counts
	var b strings.Builder
	fmt.Fprintf(&b, "chat-verify with seed %d, %v: %d senders, %d readers and %d sockets in %d rooms, on %d servers\n",
		r.Seed, r.Took.Round(time.Second), r.Senders, r.Readers, r.Sockets, r.Rooms, r.Nodes)
	fmt.Fprintf(&b, "  broken     %d servers killed, %d times Postgres stopped, %d times connections cut, %d times replies lost, %d times slowed\n",
		c.Kills, c.Restarts, c.Cuts, c.LostReplies, c.Delays)
	fmt.Fprintf(&b, "  messages   %d sent, %d acknowledged, %d stored; %d sent again for want of an answer\n", c.Sent, c.Acknowledged, c.Stored, c.Repeats)
	fmt.Fprintf(&b, "  events     %d of messages and %d others over %d connections, %d times to be read anew\n", c.Events, c.Others, c.Connections, c.Resyncs)
	fmt.Fprintf(&b, "  reads      %d pages of history, %d messages looked up at their event\n", c.Pages, c.Prompt)
	fmt.Fprintf(&b, "  recovery   %v from mending to the next message of every server that was met", r.Recovery)
	if r.Unrecovered > 0 {
		fmt.Fprintf(&b, "; %d times not before the end", r.Unrecovered)
	}
	fmt.Fprintf(&b, "\n  senders    waited %v for an acknowledgement, repeats counted\n", r.Wait)
	if r.Audited < r.Rooms && len(r.Violations) == 0 {
		fmt.Fprintf(&b, "  verdict    none: the run ended after the history of %d of %d rooms was looked at", r.Audited, r.Rooms)
		return b.String()
	}
	if len(r.Violations) == 0 {
		b.WriteString("  verdict    numbers unique and without a gap; history, events and acknowledgements in one order,\n" +
			"             each sender's own kept; nothing acknowledged lost, nothing doubled, no event before its commit")
		return b.String()
	}
	fmt.Fprintf(&b, "  verdict    BROKEN, %d times:\n", len(r.Violations))
	for _, v := range r.Violations {
		fmt.Fprintf(&b, "    - %s\n", v)
	}
	return b.String()
}
