package wire

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
)

// RouteHeaders are those of the operations on routes.
type RouteHeaders struct {
	AdminHeaders
	// XAthenaKey is another place for the admin key.
	XAthenaKey string `header:"X-Athena-Key" json:"-" doc:"only" secret:"true"`
}

// PublicRoute is a name under which a client can be reached.
type PublicRoute struct {
	// ID is the route's row.
	ID uuid.UUID `json:"id" db:"id"`
	// RouteKey is the name.
	RouteKey string `json:"route_key" db:"route_key"`
	// ClientName is the client that is reached.
	ClientName string `json:"client_name" db:"client_name"`
	// AllowedOps are the operations that the route takes.
	AllowedOps []string `json:"allowed_ops" db:"allowed_ops"`
	// IsActive is false for a route that is switched off.
	IsActive bool `json:"is_active" db:"is_active"`
	// Metadata is the operator's own.
	Metadata JSONObject `json:"metadata" db:"metadata"`
	// CreatedAt is when the route was made.
	CreatedAt time.Time `json:"created_at" db:"created_at"`
	// UpdatedAt is when it last changed.
	UpdatedAt time.Time `json:"updated_at" db:"updated_at"`
}

// PublicRoutePage lists routes.
type PublicRoutePage struct {
	// Routes are the routes, by key.
	Routes []PublicRoute `json:"routes"`
}

// PublicOps are the operations that a route can take.
var PublicOps = []string{"query", "fetch", "insert", "update", "delete"}

// routeKey is one label of a hostname, so that a route can be reached by one.
var routeKey = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

func checkRouteKey(field, key string) error {
	if !routeKey.MatchString(key) {
		return Fail(InvalidRequest, "%s must be 1 to 63 lower-case letters, digits, - or _, and begin with a letter or digit", field).At(field)
	}
	return nil
}

func checkOps(ops []string) error {
	if len(ops) == 0 {
		return Fail(InvalidRequest, "allowed_ops must name at least one operation").At("allowed_ops")
	}
	for i, op := range ops {
		if !slices.Contains(PublicOps, op) || slices.Contains(ops[:i], op) {
			return Fail(InvalidRequest, "allowed_ops must hold each of %s at most once", strings.Join(PublicOps, ", ")).At("allowed_ops")
		}
	}
	return nil
}

// ListPublicRoutes asks for all routes.
type ListPublicRoutes struct{ RouteHeaders }

// SavePublicRoute makes a route.
type SavePublicRoute struct {
	RouteHeaders
	// RouteKey is the name: lower-case letters, digits, - and _.
	RouteKey string `json:"route_key" required:"true"`
	// ClientName is the client that is to be reached.
	ClientName string `json:"client_name" required:"true"`
	// AllowedOps are the operations: query, fetch, insert, update, delete.
	AllowedOps []string `json:"allowed_ops" required:"true"`
	// IsActive switches the route on; it is on unless this says false.
	IsActive *bool `json:"is_active"`
	// Metadata is the operator's own.
	Metadata JSONObject `json:"metadata"`
}

// Check reports the first thing wrong with the request.
func (s *SavePublicRoute) Check() error {
	if err := checkRouteKey("route_key", s.RouteKey); err != nil {
		return err
	}
	if s.ClientName == "" {
		return Fail(InvalidRequest, "client_name is missing").At("client_name")
	}
	return checkOps(s.AllowedOps)
}

// PublicRouteByKey names a route.
type PublicRouteByKey struct {
	RouteHeaders
	// RouteKey is the name.
	RouteKey string `path:"route_key" json:"-"`
}

// UpdatePublicRoute changes what it mentions of a route.
type UpdatePublicRoute struct {
	PublicRouteByKey
	// ClientName is the client that is to be reached.
	ClientName *string `json:"client_name"`
	// AllowedOps are the operations that the route takes.
	AllowedOps []string `json:"allowed_ops"`
	// IsActive switches the route on or off.
	IsActive *bool `json:"is_active"`
	// Metadata is the operator's own.
	Metadata JSONObject `json:"metadata"`
}

// Check reports the first thing wrong with the request.
func (u *UpdatePublicRoute) Check() error {
	if u.AllowedOps == nil {
		return nil
	}
	return checkOps(u.AllowedOps)
}

// CallPublicRoute asks a route for an operation; the body is the operation's own.
type CallPublicRoute struct {
	// RouteKey is the route.
	RouteKey string `path:"route_key" json:"-"`
	// Op is query, fetch, insert, update or delete.
	Op string `path:"op" json:"-"`
	// XAthenaKey is the API key of the route's client; the other places for keys
	// are good, too.
	XAthenaKey string `header:"X-Athena-Key" json:"-" doc:"only" secret:"true"`
	// Body is what the operation takes.
	Body json.RawMessage `body:"raw" json:"-"`
}

// PutTenantHostname has a hostname lead to a client.
type PutTenantHostname struct {
	RouteHeaders
	// Tenant is the hostname's first label.
	Tenant string `path:"tenant" json:"-"`
	// ClientName is the client; named like the tenant unless given.
	ClientName string `json:"client_name"`
	// AllowedOps are the operations of the tenant's public route; all unless given.
	AllowedOps []string `json:"allowed_ops"`
	// EnableHTTPRoute has the hostname answer; true unless given.
	EnableHTTPRoute *bool `json:"enable_http_route"`
	// EnablePostgresBinding notes that the tenant is to be reached as a database.
	EnablePostgresBinding bool `json:"enable_postgres_binding"`
	// PublicHost is the host of that database.
	PublicHost *string `json:"public_host"`
	// PublicPort is its port.
	PublicPort *int32 `json:"public_port"`
	// RouteMetadata becomes the metadata of the route.
	RouteMetadata JSONObject `json:"route_metadata"`
	// PersistInCatalog is kept for the operator's tools; the route is always kept.
	PersistInCatalog bool `json:"persist_in_catalog"`
}

// Check reports the first thing wrong with the request, and fills in what it
// leaves open.
func (p *PutTenantHostname) Check() error {
	if err := checkRouteKey("tenant", p.Tenant); err != nil {
		return err
	}
	if p.PublicPort != nil && (*p.PublicPort < 1 || *p.PublicPort > 65535) {
		return Fail(InvalidRequest, "public_port must be a port").At("public_port")
	}
	if p.PublicHost != nil && !hostName.MatchString(*p.PublicHost) {
		return Fail(InvalidRequest, "public_host must be the name of a host").At("public_host")
	}
	if p.ClientName == "" {
		p.ClientName = p.Tenant
	}
	if p.AllowedOps == nil {
		p.AllowedOps = PublicOps
	}
	return checkOps(p.AllowedOps)
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)

// TenantHostname is a hostname that leads to a client.
type TenantHostname struct {
	// Tenant is the hostname's first label.
	Tenant string `json:"tenant" db:"tenant"`
	// ClientName is the client.
	ClientName string `json:"client_name" db:"client_name"`
	// EnableHTTPRoute is whether the hostname answers.
	EnableHTTPRoute bool `json:"enable_http_route" db:"enable_http_route"`
	// EnablePostgresBinding notes that the tenant is to be reached as a database.
	EnablePostgresBinding bool `json:"enable_postgres_binding" db:"enable_postgres_binding"`
	// PublicHost is the host of that database.
	PublicHost *string `json:"public_host" db:"public_host"`
	// PublicPort is its port.
	PublicPort *int32 `json:"public_port" db:"public_port"`
	// PersistInCatalog is kept for the operator's tools.
	PersistInCatalog bool `json:"persist_in_catalog" db:"persist_in_catalog"`
	// CreatedAt is when the hostname was added.
	CreatedAt time.Time `json:"created_at" db:"created_at"`
	// UpdatedAt is when it last changed.
	UpdatedAt time.Time `json:"updated_at" db:"updated_at"`
	// Route is the public route behind it.
	Route PublicRoute `json:"route" db:"-"`
}

// ServiceRoute tells where a service of a tenant is.
type ServiceRoute struct {
	// ID is the row.
	ID uuid.UUID `json:"id" db:"id"`
	// RouteKey is the public route that the tenant is reached by.
	RouteKey string `json:"route_key" db:"route_key"`
	// ServiceKey names the service.
	ServiceKey string `json:"service_key" db:"service_key"`
	// TargetURL is where it is.
	TargetURL string `json:"target_url" db:"target_url"`
	// IsActive is false for a service that is switched off.
	IsActive bool `json:"is_active" db:"is_active"`
	// Metadata is the operator's own.
	Metadata JSONObject `json:"metadata" db:"metadata"`
	// CreatedAt is when the binding was made.
	CreatedAt time.Time `json:"created_at" db:"created_at"`
	// UpdatedAt is when it last changed.
	UpdatedAt time.Time `json:"updated_at" db:"updated_at"`
}

// ServiceRoutePage lists bindings.
type ServiceRoutePage struct {
	// Routes are the bindings, by route and service.
	Routes []ServiceRoute `json:"routes"`
}

// SaveServiceRoute binds a service to a route.
type SaveServiceRoute struct {
	RouteHeaders
	// RouteKey is a public route.
	RouteKey string `json:"route_key" required:"true"`
	// ServiceKey names the service: lower-case letters, digits, - and _.
	ServiceKey string `json:"service_key" required:"true"`
	// TargetURL is where the service is: http or https, without credentials.
	TargetURL string `json:"target_url" required:"true"`
	// IsActive switches the service on; it is on unless this says false.
	IsActive *bool `json:"is_active"`
	// Metadata is the operator's own.
	Metadata JSONObject `json:"metadata"`
}

// Check reports the first thing wrong with the request.
func (s *SaveServiceRoute) Check() error {
	if err := checkRouteKey("route_key", s.RouteKey); err != nil {
		return err
	}
	if err := checkRouteKey("service_key", s.ServiceKey); err != nil {
		return err
	}
	return checkTarget(s.TargetURL)
}

func checkTarget(target string) error {
	u, err := url.Parse(target)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return Fail(InvalidRequest, "target_url must be an http or https address without credentials, query or fragment").At("target_url")
	}
	return nil
}

// ServiceRouteByKey names a binding.
type ServiceRouteByKey struct {
	RouteHeaders
	// RouteKey is the public route.
	RouteKey string `path:"route_key" json:"-"`
	// ServiceKey is the service.
	ServiceKey string `path:"service_key" json:"-"`
}

// UpdateServiceRoute changes what it mentions of a binding.
type UpdateServiceRoute struct {
	ServiceRouteByKey
	// TargetURL is where the service is: http or https, without credentials.
	TargetURL *string `json:"target_url"`
	// IsActive switches the service on or off.
	IsActive *bool `json:"is_active"`
	// Metadata is the operator's own.
	Metadata JSONObject `json:"metadata"`
}

// Check reports the first thing wrong with the request.
func (u *UpdateServiceRoute) Check() error {
	if u.TargetURL == nil {
		return nil
	}
	return checkTarget(*u.TargetURL)
}
