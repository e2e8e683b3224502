package report

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// columns are the heads of the table.
var columns = []string{
	"scenario", "connections", "requests/s", "ratio (spread)", "goal", "CPU ratio", "p50 ms", "p99 ms",
	"server CPU ms/1000", "Postgres CPU ms/1000", "RSS MiB",
}

// Markdown writes the report for people. A value such as "9 / 12" is that of
// the program and that of the baseline.
func (r *Report) Markdown(w io.Writer) error {
	var text strings.Builder
	r.heading(&text)
	if len(r.Rows) > 0 {
		line(&text, columns)
		line(&text, append([]string{"---"}, repeat("---:", len(columns)-1)...))
	}
	for _, row := range r.Rows {
		line(&text, row.cells())
	}
	for _, row := range r.Rows {
		if row.Failure != "" {
			fmt.Fprintf(&text, "\n**FAILED** %s, %d connections: %s\n", row.Scenario, row.Connections, row.Failure)
		}
	}
	for _, row := range r.Rows {
		row.deliveries(&text)
	}
	if r.Memory != nil {
		r.Memory.markdown(&text)
	}
	if r.Soak != nil {
		r.Soak.markdown(&text)
	}
	if _, err := io.WriteString(w, text.String()); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// heading says what was measured on what, and how quiet it was.
func (r *Report) heading(text *strings.Builder) {
	fmt.Fprintf(text, "%s; PostgreSQL %s. Rounds of %v, taken in turn. ", r.Machine, r.Postgres, r.Duration)
	if n, ok := r.Strangers(); ok {
		fmt.Fprintf(text, "Other processes kept %.1f of %d processors busy. ", n, r.Machine.Cores)
	}
	text.WriteString("Pairs: Athena / bare handler. CPU ratio: processor time of server and Postgres " +
		"for a request, bare handler's divided by Athena's.\n\n")
}

func (row Row) cells() []string {
	return []string{
		row.Title, fmt.Sprint(row.Connections),
		row.pair(func(rs Rounds) string { return fmt.Sprintf("%.0f", rs.Rate()) }),
		row.ratio(), row.goal(), row.saving(),
		row.pair(func(rs Rounds) string { return milliseconds(rs.P50()) }),
		row.pair(func(rs Rounds) string { return milliseconds(rs.P99()) }),
		row.pair(func(rs Rounds) string { return cpu(rs, func(r Round) *time.Duration { return r.Server }) }),
		row.pair(func(rs Rounds) string { return cpu(rs, func(r Round) *time.Duration { return r.Postgres }) }),
		row.pair(memory),
	}
}

func (row Row) pair(show func(Rounds) string) string {
	cell := func(rs Rounds) string {
		if len(rs) == 0 {
			return "–"
		}
		return show(rs)
	}
	return cell(row.Athena) + " / " + cell(row.Baseline)
}

// deliveries tells how messages came to sockets, where there were any.
func (row Row) deliveries(text *strings.Builder) {
	if rate, _, _ := row.Athena.Delivery(); rate == 0 || row.Failure != "" {
		return
	}
	fmt.Fprintf(text, "\n%s, %d connections: %s deliveries a second, from sending to receipt p50 %s ms, p99 %s ms. None was lost, and Athena's came in order.\n",
		row.Title, row.Connections,
		row.pair(func(rs Rounds) string { rate, _, _ := rs.Delivery(); return fmt.Sprintf("%.0f", rate) }),
		row.pair(func(rs Rounds) string { _, p50, _ := rs.Delivery(); return milliseconds(p50) }),
		row.pair(func(rs Rounds) string { _, _, p99 := rs.Delivery(); return milliseconds(p99) }))
}

func (row Row) ratio() string {
	if row.Failure != "" {
		return "**FAILED**"
	}
	ratio, ok := row.Ratio()
	if !ok {
		return "–"
	}
	return fmt.Sprintf("**%.2f** (%.2f–%.2f)", ratio.Median, ratio.Low, ratio.High)
}

func (row Row) goal() string {
	if row.Goal == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", row.Goal)
}

func (row Row) saving() string {
	times, ok := row.Saving()
	if !ok {
		return "–"
	}
	return fmt.Sprintf("%.2f", times)
}

func cpu(rs Rounds, pick func(Round) *time.Duration) string {
	ms, ok := rs.CPU(pick)
	if !ok {
		return "–"
	}
	return fmt.Sprintf("%.0f", ms)
}

func memory(rs Rounds) string {
	bytes, ok := rs.RSS()
	if !ok {
		return "–"
	}
	return mebibytes(bytes)
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()*1e3) }

func mebibytes(n int64) string { return fmt.Sprintf("%.0f", float64(n)/(1<<20)) }

func line(text *strings.Builder, cells []string) {
	text.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

func repeat(s string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = s
	}
	return all
}
