package rest

import (
	"context"
	"io"
	"time"

	"athena/persistence/gatewaydb"
	"athena/persistence/sqltext"
	"athena/wire"
)

// streamTime bounds a stream, whatever the database's own limit.
const streamTime = 20 * time.Minute

// stream answers rows as they come from the database, so that no answer is too
// large. It waits for the first of them: what is wrong by then is an ordinary
// failure. What goes wrong later cuts the answer off.
func (r *request) stream(ctx context.Context, read *sqltext.Read, total int64) (wire.Rows, error) {
	st, err := r.prepare(ctx, read, "read")
	if err != nil {
		return wire.Rows{}, err
	}
	out, in := io.Pipe()
	begun, ended := make(chan struct{}), make(chan error, 1)
	go r.pump(ctx, st, in, begun, ended)
	select {
	case <-begun:
	case err := <-ended:
		if err != nil {
			return wire.Rows{}, err
		}
	}
	of := "*"
	if total >= 0 {
		of = decimal(total)
	}
	return wire.Rows{Status: 200, Headers: r.headers("*/" + of), Media: r.form.media, Stream: out}, nil
}

// pump runs the read for as long as somebody takes its rows. The request's own
// deadline counts until the first row.
func (r *request) pump(ctx context.Context, st *gatewaydb.Statement, in *io.PipeWriter, begun chan<- struct{}, ended chan<- error) {
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), streamTime)
	defer cancel()
	detach := context.AfterFunc(ctx, cancel)
	started := false
	err := r.pool.Stream(own, st, func(chunk []byte) error {
		if !started && !detach() {
			return ctx.Err()
		}
		if !started {
			started = true
			close(begun)
		}
		_, err := in.Write(chunk)
		return err
	})
	if err != nil && ctx.Err() != nil {
		err = wire.Expired(ctx)
	}
	_ = in.CloseWithError(err) // it never fails; nil is the end of the rows
	ended <- err
}
