package wire

import (
	"slices"
	"strings"
)

// KeyGrant is what an API key may do, as it is held in memory for the check of
// each request.
type KeyGrant struct {
	// PublicID is the half of the key that may be shown.
	PublicID string
	// Client is the one client that the key is for; empty means any.
	Client string
	// Rights are patterns such as "orders.read", "*.read" or "gateway.*".
	Rights []string
}

// Allows reports whether one of the key's rights covers the wanted one.
func (g *KeyGrant) Allows(right string) bool {
	for _, held := range g.Rights {
		if RightCovers(held, right) {
			return true
		}
	}
	return false
}

// families are the resources of the fixed rights that are not about a table; only
// their own names and wildcards cover them, never the gateway's table rights.
var families = []string{"management", "chat", "storage", "billing"}

// FixedResource reports whether a resource is one that rights of the server's own
// have. A table of that name is not meant by them.
func FixedResource(name string) bool { return name == "gateway" || slices.Contains(families, name) }

// RightCovers reports whether a held right covers a wanted one. "*" covers all.
// Both are split at the first dot into resource and action; "*" on either side
// covers any. "gateway" as the resource stands for every table, and for the
// gateway's own rights, but not for other families.
func RightCovers(held, wanted string) bool {
	if held == "*" || held == wanted {
		return true
	}
	heldResource, heldAction, ok := strings.Cut(held, ".")
	if !ok {
		return false
	}
	resource, action, ok := strings.Cut(wanted, ".")
	if !ok {
		return false
	}
	if heldAction != "*" && heldAction != action {
		return false
	}
	switch heldResource {
	case "*", resource:
		return true
	case "gateway":
		return !otherFamily(wanted)
	}
	return false
}

// otherFamily reports whether a right is neither about a table nor the gateway's.
func otherFamily(right string) bool {
	resource, _, _ := strings.Cut(right, ".")
	return slices.Contains(families, resource) || slices.Contains(paidRights, right)
}
