package report

import (
	"fmt"
	"strings"
)

// Memory is what the program keeps while rooms and sockets come and go.
type Memory struct {
	Steps   []MemoryStep `json:"steps"`
	Failure string       `json:"failure,omitempty"`
}

// MemoryStep is one look at it.
type MemoryStep struct {
	When string `json:"when"`
	// RSS is the resident memory, Heap what of it the runtime uses for objects.
	RSS  int64 `json:"rss_bytes"`
	Heap int64 `json:"heap_bytes"`
	// Rooms and Sockets are those that the program holds.
	Rooms   int64 `json:"rooms"`
	Sockets int64 `json:"sockets"`
}

// String is the step in one line.
func (s MemoryStep) String() string {
	return fmt.Sprintf("%s: %s MiB resident, %s MiB heap, %d rooms, %d sockets held", s.When, mebibytes(s.RSS), mebibytes(s.Heap), s.Rooms, s.Sockets)
}

func (m *Memory) markdown(text *strings.Builder) {
	if len(m.Steps) > 0 {
		text.WriteString("\n")
		line(text, []string{"memory", "resident MiB", "heap MiB", "rooms held", "sockets held"})
		line(text, append([]string{"---"}, repeat("---:", 4)...))
	}
	for _, s := range m.Steps {
		line(text, []string{s.When, mebibytes(s.RSS), mebibytes(s.Heap), fmt.Sprint(s.Rooms), fmt.Sprint(s.Sockets)})
	}
	if m.Failure != "" {
		fmt.Fprintf(text, "\n**FAILED** memory: %s\n", m.Failure)
	}
}
