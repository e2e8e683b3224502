package route

import (
	"cmp"
	"io"
	"net"
	"time"

	"athena/wire"

	"github.com/valyala/fasthttp"
)

// chunkTime is the longest that a caller may take for one piece of a stream.
const chunkTime = time.Minute

// writeStream hands rows on as they come. They are not packed: a packer would hold
// them back, and would end an answer properly that was cut off.
func writeStream(rc *fasthttp.RequestCtx, rows *wire.Rows) {
	rc.SetContentType(cmp.Or(rows.Media, mediaJSON))
	rc.Request.Header.Del(fasthttp.HeaderAcceptEncoding)
	rc.Response.SetBodyStream(&paced{rows.Stream, rc.Conn()}, -1)
}

// paced gives the caller time for each piece of a stream instead of for the whole.
type paced struct {
	io.ReadCloser
	conn net.Conn
}

// Read waits for the next piece.
func (p *paced) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	if failed := p.conn.SetWriteDeadline(time.Now().Add(chunkTime)); failed != nil && err == nil {
		err = failed
	}
	return n, err
}
