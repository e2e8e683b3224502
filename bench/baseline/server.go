package baseline

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/goccy/go-json"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/valyala/fasthttp"
)

// connections is the size of the pool.
const connections = 16

// statementTime is how long a request may take in the database.
const statementTime = 30 * time.Second

// Serve answers requests until ctx ends. It calls ready with its address once
// it accepts connections.
func Serve(ctx context.Context, database string, ready func(address string)) error {
	config, err := pgxpool.ParseConfig(database)
	if err != nil {
		return fmt.Errorf("baseline: %w", err)
	}
	config.MaxConns, config.MinConns = connections, connections
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("baseline: %w", err)
	}
	defer pool.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("baseline: %w", err)
	}
	server := &fasthttp.Server{Handler: handler{pool, newHub()}.handle, NoDefaultServerHeader: true}
	stop := context.AfterFunc(ctx, func() { _ = server.Shutdown() })
	defer stop()
	ready(listener.Addr().String())
	return server.Serve(listener)
}

type handler struct {
	pool *pgxpool.Pool
	hub  *hub
}

func (h handler) handle(c *fasthttp.RequestCtx) {
	ctx, cancel := context.WithTimeout(context.Background(), statementTime)
	defer cancel()
	if err := h.route(ctx, c); err != nil {
		c.Error(err.Error(), fasthttp.StatusInternalServerError)
		return
	}
	if c.Response.StatusCode() != fasthttp.StatusSwitchingProtocols {
		c.SetContentType("application/json")
	}
}

func (h handler) route(ctx context.Context, c *fasthttp.RequestCtx) error {
	path := string(c.Path())
	switch operation := string(c.Method()) + " " + path; {
	case operation == "GET /ping":
		c.SetBodyString(`{"status":"ok"}`)
		return nil
	case operation == "POST /gateway/fetch":
		return h.fetch(ctx, c)
	case operation == "POST /gateway/rpc":
		return h.call(ctx, c)
	case operation == "PUT /gateway/insert":
		return h.insert(ctx, c)
	case operation == "GET /wss/gateway":
		return h.hub.upgrade(c)
	case operation == "POST /chat/rooms":
		return h.createRoom(ctx, c)
	case strings.HasPrefix(operation, "GET /rest/v1/"):
		return h.rest(ctx, c, strings.TrimPrefix(path, "/rest/v1/"))
	case strings.HasPrefix(operation, "POST /chat/rooms/"):
		return h.sendMessage(ctx, c, roomOf(path))
	case strings.HasPrefix(operation, "GET /chat/rooms/"):
		return h.history(ctx, c, roomOf(path))
	}
	return fmt.Errorf("baseline: no operation %s %s", c.Method(), path)
}

func roomOf(path string) string {
	id, _, _ := strings.Cut(strings.TrimPrefix(path, "/chat/rooms/"), "/")
	return id
}

// success writes the envelope around JSON that is ready.
func success(c *fasthttp.RequestCtx, data []byte) {
	c.Response.AppendBodyString(`{"status":"success","message":"ok","data":`)
	c.Response.AppendBody(data)
	c.Response.AppendBodyString(`}`)
}

func decode(c *fasthttp.RequestCtx, into any) error {
	if err := json.Unmarshal(c.PostBody(), into); err != nil {
		return fmt.Errorf("baseline: read the body: %w", err)
	}
	return nil
}
