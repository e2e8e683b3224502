package rest

import (
	"net/url"
	"slices"
	"strings"

	"athena/persistence/gatewaydb"
	"athena/wire"

	"github.com/goccy/go-json"
)

// location is the address of the one row that a write made, by its key; empty
// where there is no such row, or no key.
func (r *request) location(result gatewaydb.Result, key []string) string {
	if len(key) == 0 || result.Rows != 1 {
		return ""
	}
	var rows []map[string]json.RawMessage
	if err := json.Unmarshal(result.JSON, &rows); err != nil || len(rows) != 1 {
		return "" // the rows are our own JSON
	}
	filters := make([]string, len(key))
	for i, column := range key {
		filters[i] = url.QueryEscape(quotedName(column)) + "=" + is(rows[0][column])
	}
	return address(r.name.Table) + "?" + strings.Join(filters, "&")
}

// address is the path of a table.
func address(table string) string { return strings.Replace(path, "{table}", url.PathEscape(table), 1) }

// canonical is the address of what a query string asks of a table, which is the same
// for all orders of its parameters. Keys are not repeated.
func canonical(table string, pairs []wire.Pair) string {
	sorted := make([]wire.Pair, 0, len(pairs))
	for _, pair := range pairs {
		if pair.Name != "api_key" && pair.Name != "apikey" {
			sorted = append(sorted, pair)
		}
	}
	if len(sorted) == 0 {
		return address(table)
	}
	slices.SortStableFunc(sorted, func(a, b wire.Pair) int { return strings.Compare(a.Name, b.Name) })
	parts := make([]string, len(sorted))
	for i, pair := range sorted {
		parts[i] = escaped(pair.Name) + "=" + escaped(pair.Value)
	}
	return address(table) + "?" + strings.Join(parts, "&")
}

// escaped is a text as a part of a query string.
func escaped(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// quotedName is a column as a filter names it.
func quotedName(column string) string {
	if strings.ContainsAny(column, `.,:()"*-> `) {
		return `"` + strings.ReplaceAll(strings.ReplaceAll(column, `\`, `\\`), `"`, `\"`) + `"`
	}
	return column
}

// is compares with a value; a view may show a key of a row that is not joined.
func is(value json.RawMessage) string {
	if string(value) == "null" {
		return "is.null"
	}
	return "eq." + url.QueryEscape(text(value))
}

// text is the content of a JSON string, or the value as it is written.
func text(value json.RawMessage) string {
	var content string
	if json.Unmarshal(value, &content) == nil {
		return content
	}
	return string(value)
}
