package rest

import (
	"context"
	"strings"

	"athena/persistence/catalog"
	"athena/persistence/gatewaydb"
	"athena/persistence/sqltext"
	"athena/wire"
)

// handler writes an answer in a media type of the database's own: an aggregate writes
// rows, a function its value.
type handler struct {
	// aggregate writes rows; nil for a function's own value.
	aggregate *sqltext.Handler
	// media is what the value's type is named.
	media string
	// returns is that type, which the catalog knows.
	returns uint32
	catalog *catalog.Catalog
}

// plain is the body that a value, written as JSON, stands for.
func (h *handler) plain(value []byte) ([]byte, error) {
	return h.catalog.Plain(h.returns, string(value))
}

// finding is the search of a handler for one request.
type finding struct {
	*request
	catalog *catalog.Catalog
	// rows is the type of the rows where they are answered whole; zero where not.
	rows uint32
	// native is the media type of a function's value, of the type returns; empty for
	// none.
	native  string
	returns uint32
	// mute says that there is nothing to write.
	mute bool
}

// accept reads how the caller wants to be answered.
func (r *request) accept(ctx context.Context, h *wire.RestHeaders, own func(*catalog.Catalog) *finding) error {
	form := r.form
	err := r.pool.Negotiate(ctx, func(cat *catalog.Catalog) error {
		r.form = form
		o := offers{plans: r.plans}
		if cat.OffersMedia() {
			o.own = own(cat).form
		}
		return r.form.accept(h.Accept, o)
	})
	if err == nil && r.form.handler != nil {
		err = r.exchanging(h)
	}
	return err
}

// form is that of a media type which a handler writes; nil for none. With an envelope
// JSON, and whatever there is, mean the envelope.
func (h *finding) form(media string) *form {
	named := media != "*/*" && media != mediaJSON && media != "application/*"
	if !h.request.form.bare && !named || h.mute {
		return nil
	}
	if f := h.own(media); f != nil {
		return f
	}
	if h.rows != 0 {
		if any := h.catalog.Handler(h.rows, catalog.AnyMedia); any != nil && h.request.form.bare {
			return h.written(any, catalog.AnyMedia, true)
		}
		if f := h.catalog.Handler(h.rows, media); f != nil {
			return h.written(f, media, true)
		}
	}
	if f := h.catalog.Handler(catalog.AnyElement, media); f != nil {
		return h.written(f, media, false)
	}
	return nil
}

// own is the form of a function's value.
func (h *finding) own(media string) *form {
	switch {
	case h.native == "" || h.native == catalog.AnyMedia && !h.request.form.bare:
		return nil
	case h.native == media, h.native == catalog.AnyMedia, media == "*/*":
		return &form{media: contentType(h.native), handler: &handler{media: h.native, returns: h.returns, catalog: h.catalog}}
	}
	return nil
}

func (h *finding) written(f *catalog.Function, media string, typed bool) *form {
	return &form{media: contentType(media), handler: &handler{
		media: media, returns: f.Returns, catalog: h.catalog,
		aggregate: &sqltext.Handler{By: sqltext.Name{Schema: f.Schema, Table: f.Name}, Returns: f.Returns, Typed: typed},
	}}
}

// contentType is that of a handler's value, unless the handler says otherwise. Types that
// are not known as text go without a character set.
func contentType(media string) string {
	switch media {
	case catalog.AnyMedia:
		return mediaBinary
	case mediaJSON, "application/geo+json", mediaCSV, mediaText, mediaXML:
		return media + utf8
	}
	return media
}

// wholly reports whether the rows of a relation are selected as they are.
func wholly(pairs []wire.Pair) bool {
	items, given := wire.Lookup(pairs, "select")
	return !given || strings.TrimSpace(items) == "*"
}

// aggregate is what makes one value of the rows; nil for none.
func (r *request) aggregate() *sqltext.Handler {
	if r.form.handler == nil {
		return nil
	}
	return r.form.handler.aggregate
}

// handled gives the one value that an aggregate made of rows as the body that it stands
// for; the rows themselves where there is no aggregate.
func (r *request) handled(result gatewaydb.Result) (gatewaydb.Result, error) {
	if r.aggregate() == nil {
		return result, nil
	}
	defer result.Release()
	content, err := r.form.handler.plain(result.JSON)
	return gatewaydb.Result{JSON: content, Rows: result.Rows, Tag: result.Tag, Mark: result.Mark}, err
}

// unhandled leaves the answer to the server: there is none for a handler to write.
func (r *request) unhandled() { r.form.handler, r.exchange = nil, nil }
