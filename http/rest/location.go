package rest

import (
	"net/url"
	"strings"

	"athena/persistence/gatewaydb"

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
		filters[i] = url.QueryEscape(quotedName(column)) + "=eq." + url.QueryEscape(text(rows[0][column]))
	}
	return strings.Replace(path, "{table}", url.PathEscape(r.name.Table), 1) + "?" + strings.Join(filters, "&")
}

// quotedName is a column as a filter names it.
func quotedName(column string) string {
	if strings.ContainsAny(column, `.,:()"*-> `) {
		return `"` + strings.ReplaceAll(strings.ReplaceAll(column, `\`, `\\`), `"`, `\"`) + `"`
	}
	return column
}

// text is the content of a JSON string, or the value as it is written.
func text(value json.RawMessage) string {
	var content string
	if json.Unmarshal(value, &content) == nil {
		return content
	}
	return string(value)
}
