package main

import (
	"testing"

	"athena/http/route"
)

// reaching are requests that get as far as a database, for operations whose sample,
// or what their document requires, is answered before that.
var reaching = map[string]request{
	"POST /admin/api-key-rights":       {"", `{"name":"faults.read"}`, ""},
	"PATCH /admin/api-key-rights/{id}": {"", `{"name":"faults.write"}`, ""},

	"POST /admin/api-keys/{id}/ip-blacklist":   {"", someAddresses, ""},
	"DELETE /admin/api-keys/{id}/ip-blacklist": {"", someAddresses, ""},
	"POST /admin/api-keys/{id}/ip-whitelist":   {"", someAddresses, ""},
	"DELETE /admin/api-keys/{id}/ip-whitelist": {"", someAddresses, ""},
	"POST /admin/ip-global-blacklist":          {"", `{"addr":"10.0.0.0/8"}`, ""},
	"DELETE /admin/ip-global-blacklist":        {"?addr=10.0.0.0/8", "", ""},
	"POST /admin/ip-global-whitelist":          {"", `{"addr":"127.0.0.0/8"}`, ""},
	"DELETE /admin/ip-global-whitelist":        {"?addr=127.0.0.0/8", "", ""},

	"PUT /admin/client-configs/{client_name}":                                         {"/admin/client-configs/demo", patient, ""},
	"POST /admin/clients":                                                             {"", `{"client_name":"another","pg_uri":"postgres://a:b@127.0.0.1:1/c"}`, ""},
	"GET /admin/clients/{client_name}/table-row-estimates":                            {"/admin/clients/demo/table-row-estimates", "", ""},
	"POST /admin/clients/{client_name}/query-optimizations/refresh":                   {"/admin/clients/demo/query-optimizations/refresh", "", ""},
	"POST /admin/clients/{client_name}/query-optimizations/{recommendation_id}/apply": {"/admin/clients/demo/query-optimizations/1/apply", "{}", ""},
	"POST /admin/public-routes":                                                       {"", `{"route_key":"another","client_name":"demo","allowed_ops":["fetch"]}`, ""},
	"POST /admin/service-routes":                                                      {"", `{"route_key":"matrix","service_key":"mail","target_url":"https://mail.example"}`, ""},
	"PUT /admin/tenant-hostnames/{tenant}":                                            {"/admin/tenant-hostnames/another", `{"client_name":"demo","allowed_ops":["fetch"]}`, ""},
	"POST /chat/messages/search":                                                      {"", `{"query":"hello"}`, ""},
	"POST /chat/messages/{message_id}/reactions":                                      {"", `{"emoji":"👍"}`, ""},
	"DELETE /chat/messages/{message_id}/reactions/{emoji}":                            {"/chat/messages/" + matrixDeferred + "/reactions/%F0%9F%91%8D", "", ""},
	"POST /chat/rooms":                                                                {"", `{"kind":"group","title":"Faults"}`, ""},
	"POST /chat/rooms/direct/resolve":                                                 {"", `{"participant_user_ids":["ann","bob"]}`, ""},
	"PATCH /chat/rooms/{room_id}":                                                     {"", `{"title":"Faults"}`, ""},
	"POST /chat/rooms/{room_id}/members":                                              {"", `{"user_ids":["bob"]}`, ""},
	"POST /chat/rooms/{room_id}/messages":                                             {"", `{"body_text":"Hello"}`, ""},
	"PATCH /chat/rooms/{room_id}/messages/{message_id}":                               {"", `{"body_text":"Hello"}`, ""},
	"POST /chat/rooms/{room_id}/read-cursor":                                          {"", `{"seq":1}`, ""},
	"GET /chat/events":                                                                {"?rooms=" + matrixDeferred, "", ""},
	"POST /gateway/rpc":                                                               {"", `{"function":"customer_total","args":{"customer":1}}`, ""},
	"GET /rpc/{function_name}":                                                        {"/rpc/customer_total?customer=1", "", ""},
	"POST /rpc/{function_name}":                                                       {"/rpc/customer_total", `{"customer":1}`, ""},
	"GET /rest/v1/rpc/{function}":                                                     {"/rest/v1/rpc/customer_total?customer=1", "", ""},
	"HEAD /rest/v1/rpc/{function}":                                                    {"/rest/v1/rpc/customer_total?customer=1", "", ""},
	"POST /rest/v1/rpc/{function}":                                                    {"/rest/v1/rpc/customer_total", `{"customer":1}`, ""},
	"PATCH /management/tables/{table_name}":                                           {"/management/tables/products", `{"operations":[{"type":"add_column","column":{"name":"extra","data_type":"int"}}]}`, ""},
	"POST /management/views":                                                          {"", `{"view_name":"faults","definition":"SELECT 1 AS one"}`, ""},
	"PUT /management/functions":                                                       {"", `{"ddl":"CREATE OR REPLACE FUNCTION public.faults() RETURNS int LANGUAGE sql AS 'SELECT 1'"}`, ""},
	"POST /management/extensions/install":                                             {"", `{"extension_name":"pg_trgm"}`, ""},
}

// patient is a client whose database is asked again and again, however often it fails:
// otherwise all but the first few operations would be refused at once.
const patient = `{"config":{"resilience":{"circuit_failures":1000}}}`

const someAddresses = `{"addrs":["10.0.0.0/8"]}`

// reach gives path and body of a request that gets as far as an operation's database.
func (s *sampler) reach(t *testing.T, r *route.Route) (path, body string) {
	t.Helper()
	sample, given := reaching[r.Name()]
	switch {
	case !given:
		return s.request(t, r)
	case sample.rest != "" && sample.rest[0] == '/':
		return sample.rest, sample.body
	}
	return filled(r) + sample.rest, sample.body
}
