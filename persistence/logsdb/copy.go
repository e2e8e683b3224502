// Package logsdb writes the request and operation logs to the control database,
// many rows with one COPY.
package logsdb

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"athena/wire"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Store writes logs over a pool of its own, so that logging never competes with
// authentication or with tenants for a connection.
type Store struct{ Pool *pgxpool.Pool }

const (
	copyRequests = `COPY http_request_log (request_id, method, path, route, status_code, client_name, api_key_public_id, user_id,
	organization_id, company_id, remote_addr, user_agent, sdk, duration_us, request_bytes, response_bytes, error_code, created_at) FROM STDIN`
	copyOperations = `COPY gateway_operation_log (request_id, client_name, operation, schema_name, table_name, method, path, status_code, rows,
	duration_us, cached, error_code, message, created_at) FROM STDIN`
	// writerLock is the advisory lock that batches share while they are written.
	// Who takes it alone knows that no number of a row is still to come below the
	// last that was given out.
	writerLock = 0x61746865_6c6f // "athelo"
)

// Write stores both lists in one transaction that does not wait for the disk:
// the last moments of a log may be lost in a crash of the database.
func (s Store) Write(ctx context.Context, requests []*wire.RequestLog, operations []*wire.OperationLog) error {
	conn, err := s.Pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect for logs: %w", err)
	}
	defer conn.Release()
	tx, err := conn.Begin(ctx)
	if err != nil {
		return fmt.Errorf("begin logs: %w", err)
	}
	defer tx.Rollback(ctx) //nolint:errcheck // after a commit there is nothing to roll back
	if _, err := tx.Exec(ctx, "SELECT set_config('synchronous_commit', 'off', true), pg_advisory_xact_lock_shared($1)", writerLock); err != nil {
		return fmt.Errorf("begin logs: %w", err)
	}
	var buffer copyText
	for _, r := range requests {
		buffer.request(r)
	}
	if err := buffer.send(ctx, conn, copyRequests); err != nil {
		return err
	}
	for _, o := range operations {
		buffer.operation(o)
	}
	if err := buffer.send(ctx, conn, copyOperations); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// copyText builds rows in the text format of COPY: columns end with a tab, rows
// with a newline, and backslash escapes what would be mistaken for either.
type copyText struct{ bytes []byte }

func (c *copyText) send(ctx context.Context, conn *pgxpool.Conn, sql string) error {
	if len(c.bytes) == 0 {
		return nil
	}
	_, err := conn.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(c.bytes), sql)
	c.bytes = c.bytes[:0]
	if err != nil {
		return fmt.Errorf("copy logs: %w", err)
	}
	return nil
}

func (c *copyText) request(r *wire.RequestLog) {
	for _, text := range [...]string{r.RequestID, r.Method, r.Path, r.Route} {
		c.text(text)
	}
	c.number(int64(r.StatusCode))
	for _, text := range [...]string{r.ClientName, r.APIKeyPublicID, r.UserID, r.OrganizationID, r.CompanyID, r.RemoteAddr, r.UserAgent, r.SDK} {
		c.text(text)
	}
	c.number(r.Duration.Microseconds())
	c.number(int64(r.RequestBytes))
	c.number(int64(r.ResponseBytes))
	c.text(r.ErrorCode)
	c.time(r.At)
	c.end()
}

func (c *copyText) operation(o *wire.OperationLog) {
	for _, text := range [...]string{o.RequestID, o.ClientName, o.Operation, o.SchemaName, o.TableName, o.Method, o.Path} {
		c.text(text)
	}
	c.number(int64(o.StatusCode))
	c.number(o.Rows)
	c.number(o.Duration.Microseconds())
	c.text(strconv.FormatBool(o.Cached))
	c.text(o.ErrorCode)
	c.text(o.Message)
	c.time(o.At)
	c.end()
}

// text adds a string, NULL for an empty one. What PostgreSQL cannot store is
// replaced: a log line matters more than its odd bytes.
func (c *copyText) text(s string) {
	if s == "" {
		c.bytes = append(c.bytes, `\N`...)
	}
	plain := 0 // most texts are this and no more
	for plain < len(s) && s[plain] >= ' ' && s[plain] < utf8.RuneSelf && s[plain] != '\\' {
		plain++
	}
	c.bytes = append(c.bytes, s[:plain]...)
	for _, r := range s[plain:] { // ranging decodes bad UTF-8 as U+FFFD
		switch r {
		case 0:
			c.bytes = append(c.bytes, '?')
		case '\\':
			c.bytes = append(c.bytes, `\\`...)
		case '\t':
			c.bytes = append(c.bytes, `\t`...)
		case '\n':
			c.bytes = append(c.bytes, `\n`...)
		case '\r':
			c.bytes = append(c.bytes, `\r`...)
		default:
			c.bytes = utf8.AppendRune(c.bytes, r)
		}
	}
	c.bytes = append(c.bytes, '\t')
}

func (c *copyText) number(n int64) {
	c.bytes = append(strconv.AppendInt(c.bytes, n, 10), '\t')
}

func (c *copyText) time(t time.Time) {
	c.bytes = append(t.UTC().AppendFormat(c.bytes, "2006-01-02T15:04:05.999999Z"), '\t')
}

func (c *copyText) end() { c.bytes[len(c.bytes)-1] = '\n' }
