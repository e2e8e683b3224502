package wire

import (
	"cmp"
	"slices"
)

// ErrorEntry is a code of the registry, as callers look it up.
type ErrorEntry struct {
	// Code is the stable name, the `code` of an error.
	Code string `json:"code"`
	// ErrorNumber is the stable number.
	ErrorNumber int `json:"error_number"`
	// Domain is the part of the server that the error is about.
	Domain string `json:"domain"`
	// Status is the HTTP status of its answers.
	Status int `json:"status"`
	// Summary says in one line what happened.
	Summary string `json:"summary"`
	// DocsURL is the page that explains the error.
	DocsURL string `json:"docs_url"`
}

// ErrorCatalog lists the codes that the server answers with.
type ErrorCatalog struct {
	// Domains are the parts of the server that errors are about.
	Domains []string `json:"domains"`
	// Errors are the codes, by number.
	Errors []ErrorEntry `json:"errors"`
}

// ListErrors asks for the catalog of errors.
type ListErrors struct{ AdminHeaders }

// ExplainError asks for the page of an error.
type ExplainError struct {
	// Code is the error's stable name.
	Code string `path:"code" json:"-"`
}

// domains are told by the thousands of an error's number.
var domains = map[int]string{1: "gateway", 2: "identity", 3: "storage", 4: "chat", 5: "control plane", 9: "server"}

// Domain is the part of the server that a code is about.
func (c Code) Domain() string { return domains[c.Number/1000] }

// Codes are all codes of the registry, by number.
func Codes() []Code {
	return slices.SortedFunc(slices.Values(registry), func(a, b Code) int { return cmp.Compare(a.Number, b.Number) })
}

// CodeNamed finds a code by its name.
func CodeNamed(name string) (Code, bool) {
	i := slices.IndexFunc(registry, func(c Code) bool { return c.Name == name })
	if i < 0 {
		return Code{}, false
	}
	return registry[i], true
}

// ErrorCatalogAt lists all codes. base is the address below which their pages are.
func ErrorCatalogAt(base string) ErrorCatalog {
	var c ErrorCatalog
	for _, code := range Codes() {
		c.Errors = append(c.Errors, ErrorEntry{
			Code: code.Name, ErrorNumber: code.Number, Domain: code.Domain(), Status: code.Status,
			Summary: code.Summary, DocsURL: base + "/" + code.Name,
		})
		if !slices.Contains(c.Domains, code.Domain()) {
			c.Domains = append(c.Domains, code.Domain())
		}
	}
	return c
}
