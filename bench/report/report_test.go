package report_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"athena/bench/report"
	"athena/bench/usage"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

func rates(perSecond ...uint64) report.Rounds {
	var rs report.Rounds
	for _, n := range perSecond {
		rs = append(rs, report.Round{Requests: 2 * n, Elapsed: 2 * time.Second, P50: time.Millisecond, P99: 9 * time.Millisecond})
	}
	return rs
}

func TestRatioIsTakenRoundByRound(t *testing.T) {
	t.Parallel()
	// The machine is three times slower in the second round, for both.
	ratio, ok := report.Compare(rates(3000, 1000, 3300), rates(1500, 500, 1500))
	require.True(t, ok)
	require.InDelta(t, 2.0, ratio.Median, 1e-9)
	require.InDelta(t, 2.0, ratio.Low, 1e-9)
	require.InDelta(t, 2.2, ratio.High, 1e-9)
}

func TestRatioNeedsBothSides(t *testing.T) {
	t.Parallel()
	for name, sides := range map[string][2]report.Rounds{
		"no baseline": {rates(1), nil}, "no program": {nil, rates(1)}, "a baseline that answered nothing": {rates(1), rates(0)},
	} {
		_, ok := report.Compare(sides[0], sides[1])
		require.False(t, ok, name)
	}
}

func TestMedians(t *testing.T) {
	t.Parallel()
	require.InDelta(t, 200, rates(900, 100, 200).Rate(), 1e-9)
	require.InDelta(t, 150, rates(100, 200).Rate(), 1e-9)
	require.Zero(t, rates().Rate())
	require.Zero(t, report.Round{Requests: 7}.Rate())
}

func TestProcessorTimeIsForAThousandRequests(t *testing.T) {
	t.Parallel()
	used := 3 * time.Second
	rounds := report.Rounds{{Requests: 10_000, Elapsed: time.Second, Server: &used}, {Requests: 10_000, Elapsed: time.Second}}
	ms, ok := rounds.CPU(func(r report.Round) *time.Duration { return r.Server })
	require.True(t, ok)
	require.InDelta(t, 300, ms, 1e-9)
	_, ok = rounds.CPU(func(r report.Round) *time.Duration { return r.Postgres })
	require.False(t, ok)
}

func TestSaving(t *testing.T) {
	t.Parallel()
	spend := func(server, postgres time.Duration) report.Rounds {
		return report.Rounds{{Requests: 1000, Elapsed: time.Second, Server: &server, Postgres: &postgres}}
	}
	row := report.Row{Athena: spend(300*time.Millisecond, 100*time.Millisecond), Baseline: spend(100*time.Millisecond, 700*time.Millisecond)}
	times, ok := row.Saving()
	require.True(t, ok)
	require.InDelta(t, 2.0, times, 1e-9)
	row.Baseline[0].Postgres = nil
	_, ok = row.Saving()
	require.False(t, ok)
}

func TestStrangers(t *testing.T) {
	t.Parallel()
	server, postgres, load, machine := time.Second, 500*time.Millisecond, 500*time.Millisecond, 3*time.Second
	round := report.Round{Requests: 1, Elapsed: 2 * time.Second, Server: &server, Postgres: &postgres, Load: &load, Machine: &machine}
	n, ok := round.Strangers()
	require.True(t, ok)
	require.InDelta(t, 0.5, n, 1e-9)
	r := &report.Report{Rows: []report.Row{{Athena: report.Rounds{round}}}}
	var out bytes.Buffer
	require.NoError(t, r.Markdown(&out))
	require.Contains(t, out.String(), "Other processes kept 0.5 of")
	round.Load = nil
	_, ok = round.Strangers()
	require.False(t, ok)
}

func sample() *report.Report {
	server, rss := 200*time.Millisecond, int64(64<<20)
	athena := rates(3000)
	athena[0].Server, athena[0].RSS = &server, &rss
	return &report.Report{
		Machine: usage.Machine{CPU: "Some CPU", Cores: 2}, Postgres: "15.1", Duration: 2 * time.Second,
		Rows: []report.Row{
			{Scenario: "point", Title: "Point read", Connections: 64, Goal: 1.5, Athena: athena, Baseline: rates(1500)},
			{Scenario: "page", Title: "Page", Connections: 64, Baseline: rates(10)},
		},
	}
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, sample().Markdown(&out))
	require.Contains(t, out.String(), "Some CPU, 2 cores")
	require.Contains(t, out.String(), "| Point read | 64 | 3000 / 1500 | **2.00** (2.00–2.00) | 1.50 | – | 1.00 / 1.00 | 9.00 / 9.00 | 33 / – | – / – | 64 / – |")
	require.Contains(t, out.String(), "| Page | 64 | – / 10 | – |  | – | – / 1.00 |")
	widths := make(map[int]bool)
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "|") {
			widths[strings.Count(line, "|")] = true
		}
	}
	require.Len(t, widths, 1, "every row has the same number of cells")
}

func TestFailuresAreLoud(t *testing.T) {
	t.Parallel()
	r := sample()
	require.False(t, r.Failed())
	r.Rows[0].Failure = "7 requests failed"
	require.True(t, r.Failed())
	var out bytes.Buffer
	require.NoError(t, r.Markdown(&out))
	require.Contains(t, out.String(), "**FAILED** point, 64 connections: 7 requests failed")
	require.NotContains(t, out.String(), "2.00–2.00", "a failed scenario has no ratio")
}

func TestSoakGrowthLeavesOutTheWarmUp(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	soak := &report.Soak{RSS: []int64{10 * mib, 20 * mib, 50 * mib, 50 * mib, 50 * mib, 50 * mib, 50 * mib, 51 * mib, 52 * mib, 52 * mib}}
	require.EqualValues(t, 2*mib, soak.Growth())
	require.Zero(t, (&report.Soak{RSS: []int64{1, 2}}).Growth())
	r := sample()
	r.Soak = soak
	var out bytes.Buffer
	require.NoError(t, r.Markdown(&out))
	require.Contains(t, out.String(), "+2.0 MiB")
}

func TestJSONReadsBack(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, sample().JSON(&out))
	var back report.Report
	require.NoError(t, json.Unmarshal(out.Bytes(), &back))
	require.Equal(t, sample().Rows, back.Rows)
}

func TestDeliveriesAreTold(t *testing.T) {
	t.Parallel()
	r := sample()
	require.NotContains(t, markdown(t, r), "deliveries")
	for i := range r.Rows[0].Athena {
		round := &r.Rows[0].Athena[i]
		round.Deliveries, round.DeliveryP50, round.DeliveryP99 = 100_000, 2*time.Millisecond, 7*time.Millisecond
	}
	require.Contains(t, markdown(t, r), "Point read, 64 connections: 50000 / 0 deliveries a second, from sending to receipt p50 2.00 / 0.00 ms, p99 7.00 / 0.00 ms.")
	r.Rows[0].Failure = "messages were lost"
	require.NotContains(t, markdown(t, r), "deliveries")
}

func markdown(t *testing.T, r *report.Report) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, r.Markdown(&out))
	return out.String()
}

func TestMemoryIsTold(t *testing.T) {
	t.Parallel()
	r := sample()
	r.Memory = &report.Memory{Steps: []report.MemoryStep{{When: "70 rooms in use", RSS: 90 << 20, Heap: 40 << 20, Rooms: 70, Sockets: 2}}}
	require.Contains(t, markdown(t, r), "| 70 rooms in use | 90 | 40 | 70 | 2 |")
	require.False(t, r.Failed())
	r.Memory.Failure = "rooms are held for ever"
	require.True(t, r.Failed())
	require.Contains(t, markdown(t, r), "**FAILED** memory: rooms are held for ever")
}
