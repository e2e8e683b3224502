package d1plan

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// moments are the types of dates and times.
var moments = map[string]bool{"date": true, "time": true, "timestamp": true, "timestamptz": true}

var momentForm = regexp.MustCompile(`(?i)^\s*(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:t|\s+)(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s*(z|utc|gmt|[+-]\d{1,2}(?::?\d{2})?)?\s*$`)

// moment writes a date or a time in the one form that D1 compares and reckons with:
// in UTC, without a zone, the parts as long as they must be.
func (w *writer) moment(value, kind string) string {
	word := strings.ToLower(strings.TrimSpace(value))
	switch {
	case kind == "time":
		return text(value)
	case word == "now" && kind != "date":
		return w.now("CURRENT_TIMESTAMP")
	case word == "now" || word == "today":
		return w.now("CURRENT_DATE")
	case word == "epoch":
		value = "1970-01-01 00:00:00Z"
	}
	parts := momentForm.FindStringSubmatch(value)
	if parts == nil {
		w.warn("type.time", "the time %.40q is no plain date or time, and stays as it is: write it as 2006-01-02 15:04:05", value)
		return text(value)
	}
	n := make([]int, 6)
	for i := range n {
		n[i], _ = strconv.Atoi(parts[i+1]) // digits, or nothing, which is 0
	}
	at := time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, time.UTC)
	if at.Day() != n[2] || n[1] > 12 || n[3] > 24 || n[4] > 59 || n[5] > 60 {
		return w.giveUp("the time %.40q", value)
	}
	if kind == "date" {
		return text(at.Format(time.DateOnly))
	}
	if kind == "timestamptz" {
		if parts[8] == "" {
			w.warn("type.time", "a time without a zone is taken for one of UTC")
		}
		at = at.Add(-offset(parts[8]))
	}
	if fraction := strings.TrimRight(parts[7], "0"); fraction != "" {
		return text(at.Format(time.DateTime) + "." + fraction)
	}
	return text(at.Format(time.DateTime))
}

// offset reads a zone such as +02 or -0330.
func offset(zone string) time.Duration {
	if zone == "" || strings.IndexByte("+-", zone[0]) < 0 {
		return 0
	}
	digits := strings.ReplaceAll(zone[1:], ":", "")
	if len(digits) < 3 {
		digits = fmt.Sprintf("%02s00", digits)
	}
	number, _ := strconv.Atoi(digits) // the form allows nothing but digits
	out := time.Duration(number/100)*time.Hour + time.Duration(number%100)*time.Minute
	if zone[0] == '-' {
		return -out
	}
	return out
}
