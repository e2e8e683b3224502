package wire

import (
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"
)

// IPRule is an entry of a key's list of addresses.
type IPRule struct {
	// ID is the entry's row.
	ID uuid.UUID `json:"id" db:"id"`
	// Addr is a range in CIDR notation; a single address ends in /32 or /128.
	Addr string `json:"addr" db:"addr"`
	// Label says for people what the range is.
	Label *string `json:"label" db:"label"`
	// CreatedAt is when the entry was made.
	CreatedAt time.Time `json:"created_at" db:"created_at"`
}

// IPPolicy says from where a key may be used, and how far it has learnt that.
type IPPolicy struct {
	// APIKeyID is the key's id, the same as in the path.
	APIKeyID uuid.UUID `json:"api_key_id" db:"api_key_id"`
	// VirginMode is true for a key that learns its addresses from its first uses.
	VirginMode bool `json:"virgin_mode" db:"virgin_mode"`
	// VirginResolved is true once the key has learnt them.
	VirginResolved bool `json:"virgin_resolved" db:"virgin_resolved"`
	// VirginResolvedAt is when that was.
	VirginResolvedAt *time.Time `json:"virgin_resolved_at" db:"virgin_resolved_at"`
	// VirginUntilNRequests is after how many uses learning ends; 0 does not count them.
	VirginUntilNRequests int32 `json:"virgin_until_n_requests" db:"virgin_until_n_requests"`
	// VirginRequestCount is how many uses were counted.
	VirginRequestCount int32 `json:"virgin_request_count" db:"virgin_request_count"`
	// MaxWhitelistIPs is how many entries the whitelist may have; 0 sets no limit.
	MaxWhitelistIPs int32 `json:"max_whitelist_ips" db:"max_whitelist_ips"`
	// Whitelist holds the only ranges from where the key may be used; with no
	// entry it may be used from anywhere.
	Whitelist []IPRule `json:"whitelist" db:"-"`
	// Blacklist holds the ranges from where it may not be used.
	Blacklist []IPRule `json:"blacklist" db:"-"`
}

// IPPolicyReply holds a key's policy.
type IPPolicyReply struct {
	// Policy is the policy as it is stored.
	Policy IPPolicy `json:"policy"`
}

// ChangedIPPolicy holds a key's policy after a change.
type ChangedIPPolicy struct {
	// Changed counts the entries that were added, changed or removed.
	Changed int64 `json:"changed"`
	// Policy is the policy as it is now.
	Policy IPPolicy `json:"policy"`
}

// APIKeyByID names a key.
type APIKeyByID struct {
	AdminHeaders
	// ID is the key's row.
	ID uuid.UUID `path:"id" json:"-"`
}

// ChangeKeyIPs adds entries to a list of a key, or removes them.
type ChangeKeyIPs struct {
	APIKeyByID
	// Addrs are IPv4 and IPv6 addresses, or ranges in CIDR notation.
	Addrs []string `json:"addrs" required:"true"`
	// Label says for people what the ranges are.
	Label *string `json:"label"`
}

const maxAddrs = 1000

// Check reports the first thing wrong with the request.
func (c *ChangeKeyIPs) Check() error {
	if len(c.Addrs) == 0 {
		return Fail(InvalidRequest, "addrs must name at least one address").At("addrs")
	}
	if len(c.Addrs) > maxAddrs {
		return Fail(InvalidRequest, "addrs may name at most %d addresses at once", maxAddrs).At("addrs")
	}
	_, err := ParseIPRanges("addrs", c.Addrs)
	return err
}

// ParseIPRanges reads addresses and CIDR ranges; the problem names the entry that
// is neither, or that meets another one.
func ParseIPRanges(field string, texts []string) ([]netip.Prefix, error) {
	list := make([]netip.Prefix, 0, len(texts))
	for _, text := range texts {
		fresh, err := ParseIPRange(field, text)
		if err != nil {
			return nil, err
		}
		for _, other := range list {
			if other.Overlaps(fresh) {
				return nil, Fail(InvalidRequest, "%s names %s and %s, which overlap", field, other, fresh).At(field)
			}
		}
		list = append(list, fresh)
	}
	return list, nil
}

// ParseIPRange reads one address or CIDR range.
func ParseIPRange(field, text string) (netip.Prefix, error) {
	text = strings.TrimSpace(text)
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil || prefix.Addr().Is4In6() {
		return netip.Prefix{}, Fail(InvalidRequest, "%q is neither an IP address nor a range in CIDR notation", text).At(field)
	}
	if prefix != prefix.Masked() {
		return netip.Prefix{}, Fail(InvalidRequest, "%q names an address inside a range of %d bits", text, prefix.Bits()).At(field).
			WithHint("the range is %s, the address alone %s", prefix.Masked(), prefix.Addr())
	}
	return prefix, nil
}

// SeenIP is an address from which a key was used while it learnt its addresses.
type SeenIP struct {
	// ID is the entry's row.
	ID uuid.UUID `json:"id" db:"id"`
	// Addr is the address in CIDR notation.
	Addr string `json:"addr" db:"addr"`
	// FirstSeenAt is when the key was first used from there.
	FirstSeenAt time.Time `json:"first_seen_at" db:"first_seen_at"`
	// LastSeenAt is when it last was.
	LastSeenAt time.Time `json:"last_seen_at" db:"last_seen_at"`
	// HitCount is how often it was.
	HitCount int64 `json:"hit_count" db:"hit_count"`
	// LockedIn is true for an address that went into the whitelist.
	LockedIn bool `json:"locked_in" db:"locked_in"`
}

// SeenIPPage lists addresses, the last used first.
type SeenIPPage struct {
	// Records are the addresses.
	Records []SeenIP `json:"records"`
}

// ListSeenIPs asks for the addresses from which a key was used.
type ListSeenIPs struct {
	APIKeyByID
	// Limit is how many to return: 100 where absent, 1000 at most.
	Limit *int `query:"limit" json:"-"`
	// Offset is how many to skip.
	Offset int `query:"offset" json:"-"`
}

// Check reports the first thing wrong with the request.
func (l *ListSeenIPs) Check() error { return checkPage(l.Limit, l.Offset) }

const (
	pageSize    = 100
	maxPageSize = 1000
)

func checkPage(limit *int, offset int) error {
	if limit != nil && (*limit < 1 || *limit > maxPageSize) {
		return Fail(InvalidRequest, "limit must lie between 1 and %d", maxPageSize).At("limit")
	}
	if offset < 0 {
		return Fail(InvalidRequest, "offset must not be negative").At("offset")
	}
	return nil
}

// PageSize is the limit that counts.
func (l *ListSeenIPs) PageSize() int {
	if l.Limit == nil {
		return pageSize
	}
	return *l.Limit
}

// ResetVirgin lets a key learn its addresses anew.
type ResetVirgin struct {
	APIKeyByID
	// ClearSeen also forgets from where the key was used.
	ClearSeen bool `json:"clear_seen"`
}

// GlobalIPRule is a rule for all keys, or for all keyed callers of one client.
type GlobalIPRule struct {
	IPRule
	// ClientName limits the rule to one client; null means all.
	ClientName *string `json:"client_name" db:"client_name"`
	// UpdatedAt is when the rule last changed.
	UpdatedAt time.Time `json:"updated_at" db:"updated_at"`
}

// GlobalIPRulePage lists rules, by client and address.
type GlobalIPRulePage struct {
	// Records are the rules.
	Records []GlobalIPRule `json:"records"`
}

// GlobalIPRuleReply holds one rule.
type GlobalIPRuleReply struct {
	// Record is the rule as it is stored.
	Record GlobalIPRule `json:"record"`
}

// ListGlobalIPRules asks for the rules of a list.
type ListGlobalIPRules struct{ AdminHeaders }

// SaveGlobalIPRule adds a rule, or gives an existing one another label.
type SaveGlobalIPRule struct {
	AdminHeaders
	// Addr is an address or a range in CIDR notation.
	Addr string `json:"addr" required:"true"`
	// ClientName limits the rule to one client; left out or null it is for all.
	ClientName *string `json:"client_name"`
	// Label says for people what the range is.
	Label *string `json:"label"`
}

// Check reports the first thing wrong with the request.
func (s *SaveGlobalIPRule) Check() error {
	if s.ClientName != nil && *s.ClientName == "" {
		return Fail(InvalidRequest, "client_name must not be empty; leave it out for all clients").At("client_name")
	}
	_, err := ParseIPRange("addr", s.Addr)
	return err
}

// DeleteGlobalIPRule names a rule.
type DeleteGlobalIPRule struct {
	AdminHeaders
	// Addr is the rule's address or range.
	Addr string `query:"addr" json:"-" required:"true"`
	// ClientName is the rule's client; left out for a rule for all.
	ClientName *string `query:"client_name" json:"-"`
}

// Check reports the first thing wrong with the request.
func (d *DeleteGlobalIPRule) Check() error {
	_, err := ParseIPRange("addr", d.Addr)
	return err
}

// DeletedGlobalIPRule tells whether there was such a rule.
type DeletedGlobalIPRule struct {
	// Deleted counts the rules that were removed: 1, or 0 where there was none.
	Deleted int64 `json:"deleted"`
}
