// Package scylla runs CQL in a ScyllaDB or Cassandra cluster.
package scylla

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"athena/wire"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

// Config names a cluster; one without hosts is none.
type Config struct {
	Hosts              []string
	Port               int
	Keyspace           string
	Username, Password string
}

// Cluster is one cluster. It connects when it is first asked, and again after a
// failure.
type Cluster struct {
	config Config
	mu     sync.Mutex
	live   *gocql.Session
}

// New describes a cluster without connecting to it.
func New(config Config) *Cluster { return &Cluster{config: config} }

// Configured reports whether there is a cluster at all.
func (c *Cluster) Configured() bool { return c != nil && len(c.config.Hosts) > 0 }

const (
	connectTimeout = 5 * time.Second
	queryTimeout   = 20 * time.Second
	maxRows        = 10_000
)

// Query runs one CQL statement and gives its rows as a JSON array.
func (c *Cluster) Query(ctx context.Context, cql string) (rows json.RawMessage, count int, err error) {
	if !c.Configured() {
		return nil, 0, wire.Fail(wire.BackendUnavailable, "this server has no ScyllaDB or Cassandra cluster: set scylla.hosts")
	}
	session, err := c.session()
	if err != nil {
		return nil, 0, wire.Fail(wire.BackendUnavailable, "the ScyllaDB cluster cannot be reached right now").After(time.Second).Because(err)
	}
	list, err := collect(session.Query(cql).IterContext(ctx))
	if err != nil {
		return nil, 0, explain(ctx, err)
	}
	text, err := json.Marshal(list)
	if err != nil {
		return nil, 0, fmt.Errorf("encode CQL rows: %w", err)
	}
	return text, len(list), nil
}

func collect(iter *gocql.Iter) ([]map[string]any, error) {
	list := []map[string]any{}
	for row := map[string]any{}; iter.MapScan(row); row = map[string]any{} {
		if len(list) == maxRows {
			_ = iter.Close() // the rest is not wanted
			return nil, wire.Fail(wire.AnswerTooLarge, "the statement gives more than %d rows", maxRows).WithHint("add LIMIT")
		}
		list = append(list, row)
	}
	return list, iter.Close()
}

// session connects, or gives the session that is there.
func (c *Cluster) session() (*gocql.Session, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.live != nil && !c.live.Closed() {
		return c.live, nil
	}
	cluster := gocql.NewCluster(c.config.Hosts...)
	cluster.Keyspace, cluster.Timeout, cluster.ConnectTimeout = c.config.Keyspace, queryTimeout, connectTimeout
	if c.config.Port != 0 {
		cluster.Port = c.config.Port
	}
	if c.config.Username != "" {
		cluster.Authenticator = gocql.PasswordAuthenticator{Username: c.config.Username, Password: c.config.Password}
	}
	session, err := cluster.CreateSession()
	c.live = session
	return session, err
}

// Close lets go of the cluster.
func (c *Cluster) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.live != nil {
		c.live.Close()
	}
}

// explain tells what the cluster refused from a cluster that is not there.
func explain(ctx context.Context, err error) error {
	if _, ok := wire.AsProblem(err); ok {
		return err
	}
	var refused gocql.RequestError
	switch {
	case ctx.Err() != nil:
		return wire.Expired(ctx).Because(err)
	case !errors.As(err, &refused):
		return wire.Fail(wire.BackendUnavailable, "the ScyllaDB cluster cannot be reached right now").After(time.Second).Because(err)
	}
	switch refused.Code() {
	case gocql.ErrCodeSyntax, gocql.ErrCodeInvalid, gocql.ErrCodeConfig, gocql.ErrCodeAlreadyExists, gocql.ErrCodeUnauthorized:
		return wire.Fail(wire.InvalidSQL, "ScyllaDB: %.500s", refused.Message()).At("query")
	}
	return wire.Fail(wire.BackendUnavailable, "ScyllaDB: %.300s", refused.Message()).After(time.Second).Because(err)
}
