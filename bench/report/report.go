package report

import (
	"fmt"
	"io"
	"slices"
	"time"

	"athena/bench/usage"

	"github.com/goccy/go-json"
)

// Report is everything that was measured.
type Report struct {
	Machine  usage.Machine `json:"machine"`
	Postgres string        `json:"postgres"`
	Duration time.Duration `json:"round_ns"`
	Rows     []Row         `json:"rows"`
	Memory   *Memory       `json:"memory,omitempty"`
	Soak     *Soak         `json:"soak,omitempty"`
}

// Row is one scenario at one number of connections.
type Row struct {
	Scenario    string  `json:"scenario"`
	Title       string  `json:"title"`
	Connections int     `json:"connections"`
	Goal        float64 `json:"goal,omitempty"`
	Athena      Rounds  `json:"athena,omitempty"`
	Baseline    Rounds  `json:"baseline,omitempty"`
	// Failure says why the scenario does not count; empty when it does.
	Failure string `json:"failure,omitempty"`
}

// Ratio compares the program with the baseline.
func (row Row) Ratio() (Ratio, bool) { return Compare(row.Athena, row.Baseline) }

// Saving is how many times the processor time of the program the baseline needs
// for a request, Postgres included. Unlike the rates it hardly depends on what
// else the machine does. ok is false where a side was not measured.
func (row Row) Saving() (times float64, ok bool) {
	athena, measured := row.Athena.Total()
	baseline, both := row.Baseline.Total()
	if !measured || !both || athena == 0 {
		return 0, false
	}
	return baseline / athena, true
}

// Strangers is the median number of processors that others kept busy during the
// rounds. Above a small part of one, the rates and times are those of a machine
// that is shared, and only the processor times are worth comparing.
func (r *Report) Strangers() (processors float64, ok bool) {
	var all []float64
	for _, row := range r.Rows {
		for _, round := range slices.Concat(row.Athena, row.Baseline) {
			if n, ok := round.Strangers(); ok {
				all = append(all, n)
			}
		}
	}
	return median(all), len(all) > 0
}

// Failed tells whether any scenario failed.
func (r *Report) Failed() bool {
	for _, row := range r.Rows {
		if row.Failure != "" {
			return true
		}
	}
	return r.Memory != nil && r.Memory.Failure != "" || r.Soak != nil && r.Soak.Failure != ""
}

// JSON writes the report for programs.
func (r *Report) JSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(r); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}
