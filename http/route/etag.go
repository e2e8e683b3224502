package route

import (
	"bytes"
	"strconv"
	"sync"

	"athena/wire"

	"github.com/cespare/xxhash/v2"
	"github.com/valyala/fasthttp"
)

// unchanged tags an answer by its content and reports whether the caller has shown
// the same tag. The tag is weak: the same rows may be packed in different ways.
func unchanged(rc *fasthttp.RequestCtx, rows *wire.Rows) bool {
	sum := mixed(xxhash.Sum64(rows.JSON), xxhash.Sum64(rows.Before))
	sum = mixed(sum, xxhash.Sum64String(rows.Media))
	for _, header := range rows.Headers { // the range may change where rows do not
		sum = mixed(sum, xxhash.Sum64String(header.Value))
	}
	memory := tags.Get().(*[24]byte)
	defer tags.Put(memory)
	tag := append(strconv.AppendUint(append(memory[:0], `W/"`...), sum, 16), '"')
	rc.Response.Header.SetBytesV(fasthttp.HeaderETag, tag)
	asked := rc.Request.Header.Peek(fasthttp.HeaderIfNoneMatch)
	return len(asked) > 0 && matchesTag(asked, tag)
}

// tags is memory for tags while they are written.
var tags = sync.Pool{New: func() any { return new([24]byte) }}

// mixed adds a hash to another so that their order counts.
func mixed(sum, next uint64) uint64 { return (sum ^ next) * 1099511628211 }

// matchesTag looks a tag up in an If-None-Match header, by the weak comparison.
func matchesTag(header, tag []byte) bool {
	tag = bytes.TrimPrefix(tag, []byte("W/"))
	for part := range bytes.SplitSeq(header, []byte(",")) {
		part = bytes.TrimSpace(part)
		if string(part) == "*" || bytes.Equal(bytes.TrimPrefix(part, []byte("W/")), tag) {
			return true
		}
	}
	return false
}
