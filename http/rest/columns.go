package rest

import (
	"slices"
	"strings"

	"athena/persistence/sqltext"
)

// restrict takes only the columns that the caller lists; a row that lacks one
// stores what it stores for a missing value.
func restrict(columns []string, rows [][]sqltext.Value, wanted []string) ([]string, [][]sqltext.Value) {
	places := make([]int, len(wanted))
	for i, name := range wanted {
		places[i] = slices.Index(columns, name)
	}
	for i, row := range rows {
		kept := make([]sqltext.Value, len(wanted))
		for j, place := range places {
			if place >= 0 {
				kept[j] = row[place]
			}
		}
		rows[i] = kept
	}
	return wanted, rows
}

// names splits a list of columns at its commas; quotes keep a comma in a name.
func names(list string) []string {
	var out []string
	for _, part := range splitQuoted(list, ',') {
		part = strings.TrimSpace(part)
		if len(part) >= 2 && part[0] == '"' && part[len(part)-1] == '"' {
			part = strings.ReplaceAll(part[1:len(part)-1], `\"`, `"`)
		}
		out = append(out, part)
	}
	return out
}

// splitQuoted splits a list at what parts it; quotes keep that in a part.
func splitQuoted(list string, at byte) []string {
	var parts []string
	start, quoted := 0, false
	for i := range len(list) {
		switch {
		case list[i] == '"' && (i == 0 || list[i-1] != '\\'):
			quoted = !quoted
		case list[i] == at && !quoted:
			parts = append(parts, list[start:i])
			start = i + 1
		}
	}
	return append(parts, list[start:])
}
