// Package operations lists the tables of every domain: all that the server
// serves is found from here.
package operations

import (
	"athena/http/chat"
	"athena/http/clients"
	"athena/http/gateway"
	"athena/http/keys"
	"athena/http/management"
	"athena/http/query"
	"athena/http/rest"
	"athena/http/route"
	"athena/http/routing"
	"athena/http/schema"
	"athena/http/system"
	"athena/http/wss"
)

// APIs are the domains. Their zero values are enough to read the tables.
type APIs struct {
	System     system.API
	Gateway    gateway.API
	REST       rest.API
	Query      query.API
	Chat       chat.API
	Live       wss.API
	Keys       keys.API
	Clients    clients.API
	Schema     schema.API
	Management management.API
	Routing    routing.API
}

// Tables are the operations of all domains.
func (a *APIs) Tables() []route.Table {
	return []route.Table{
		a.System.Routes(),
		a.Gateway.Routes(),
		a.REST.Routes(),
		a.Query.Routes(),
		a.Chat.Routes(),
		a.Live.Routes(),
		a.Keys.Routes(),
		a.Clients.Routes(),
		a.Schema.Routes(),
		a.Management.Routes(),
		a.Routing.Routes(),
	}
}
