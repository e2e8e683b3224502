package wire

import (
	"slices"
	"strings"
)

// Kinds of right in the catalog.
const (
	// RightCapability allows one thing.
	RightCapability = "capability"
	// RightFallback stands for an action on any table.
	RightFallback = "fallback"
	// RightWildcard covers many rights by an asterisk.
	RightWildcard = "wildcard"
	// RightTemplate tells the form of rights that are made for single tables.
	RightTemplate = "template"
	// RightGrant is what a state of a payment grants.
	RightGrant = "grant"
)

// RightEntry is a right of the catalog.
type RightEntry struct {
	// Key is the right as it is granted.
	Key string `json:"key"`
	// Resource is what stands before its first dot.
	Resource string `json:"resource"`
	// Action is what stands after it.
	Action string `json:"action"`
	// Kind is capability, fallback, wildcard, template or grant.
	Kind string `json:"kind" enum:"capability,fallback,wildcard,template,grant"`
	// IsPattern is true for a right that covers others, and for a template.
	IsPattern bool `json:"is_pattern"`
	// Description says what the right allows.
	Description string `json:"description"`
	// Source is "native" for a right that the server itself asks for, and "store"
	// for one that was defined.
	Source string `json:"source" enum:"native,store"`
}

// RightCatalog lists the rights that the server knows.
type RightCatalog struct {
	// Rights are the rights, by key.
	Rights []RightEntry `json:"rights"`
}

// nativeTemplates are the forms of the rights for single tables.
var nativeTemplates = map[string]string{
	"{table}.read":   "Read rows of the table",
	"{table}.write":  "Insert and update rows of the table",
	"{table}.delete": "Delete rows of the table",
}

// nativeRights are the rights that the server itself asks for.
var nativeRights = []string{
	"gateway.read", "gateway.write", "gateway.delete",
	"gateway.query", "gateway.rpc.execute", "gateway.storage_proxy", "gateway.typesense_proxy",
	"management.read", "management.tables.write", "management.tables.drop", "management.columns.drop",
	"management.indexes.write", "management.indexes.drop", "management.extensions.write",
	"management.functions.read", "management.functions.write", "management.functions.drop", "management.provision.write",
	"chat.rooms.read", "chat.rooms.write", "chat.rooms.admin", "chat.messages.read", "chat.messages.write", "chat.messages.delete",
	"chat.members.read", "chat.members.write", "chat.reactions.write", "chat.read.write", "chat.search.read",
	"storage.get", "storage.head", "storage.list", "storage.put", "storage.delete",
	"billing.read", "billing.manage", "billing.customer.manage", "billing.document.read", "billing.provider.admin",
	"billing.refund.manage", "billing.subscription.manage",
}

// paidRights are what a state of a payment grants.
var paidRights = []string{
	"invoice.open", "invoice.paid", "payment.paid", "payment.failed", "payment.refunded",
	"payment-link.paid", "payment-link.failed", "subscription.active", "subscription.canceled", "subscription.past-due",
}

var fallbackRights = []string{"gateway.read", "gateway.write", "gateway.delete"}

// NativeRights are the names of the rights that the server itself asks for or
// grants, wildcards and templates left out.
func NativeRights() []string { return slices.Concat(nativeRights, paidRights) }

// CatalogOf tells of stored rights what the server knows of them, and adds the
// forms of the rights for tables.
func CatalogOf(stored []KeyRight) RightCatalog {
	c := RightCatalog{Rights: make([]RightEntry, 0, len(stored)+len(nativeTemplates))}
	for key, description := range nativeTemplates {
		c.Rights = append(c.Rights, rightEntry(key, description))
	}
	for _, right := range stored {
		description := ""
		if right.Description != nil {
			description = *right.Description
		}
		c.Rights = append(c.Rights, rightEntry(right.Name, description))
	}
	slices.SortFunc(c.Rights, func(a, b RightEntry) int { return strings.Compare(a.Key, b.Key) })
	return c
}

func rightEntry(key, description string) RightEntry {
	resource, action, ok := strings.Cut(key, ".")
	if !ok {
		action = resource
	}
	kind := rightKind(key)
	return RightEntry{
		Key: key, Resource: resource, Action: action, Kind: kind, Description: description,
		IsPattern: kind == RightWildcard || kind == RightFallback || kind == RightTemplate,
		Source:    rightSource(key, kind),
	}
}

func rightKind(key string) string {
	switch {
	case nativeTemplates[key] != "":
		return RightTemplate
	case strings.Contains(key, "*"):
		return RightWildcard
	case slices.Contains(fallbackRights, key):
		return RightFallback
	case slices.Contains(paidRights, key):
		return RightGrant
	}
	return RightCapability
}

func rightSource(key, kind string) string {
	if kind == RightTemplate || slices.Contains(nativeRights, key) || slices.Contains(paidRights, key) {
		return "native"
	}
	return "store"
}
