// Package route is the table of operations. One Route tells everything the
// server knows of an operation: where it is, who may call it, what goes in and
// comes out, and how it can fail. The router, the guard, decoding, metrics, the
// root listing and the OpenAPI document are all derived from it.
package route

import (
	"context"
	"reflect"
	"slices"

	"athena/wire"

	"github.com/valyala/fasthttp"
)

// Access says who may call an operation.
type Access uint8

// Who may call.
const (
	// Public asks for nothing.
	Public Access = iota
	// Admin asks for the static admin key.
	Admin
	// Gateway asks for an API key of the addressed client, where keys are
	// enforced; the rights for tables are the handler's to check with Allow.
	Gateway
	// MaybeGateway is Gateway where the request names a client; it need not, and has
	// no rights then.
	MaybeGateway
	// Session asks for a user's session in the addressed client.
	Session
	// Management asks for an API key that is bound to the addressed client and has
	// the route's right, whether or not keys are enforced; or for the admin key.
	Management
	// Alias asks for an API key of the client that the public route in the path
	// leads to, as Gateway does of the client that a header names.
	Alias
)

// String is how the access is told to people.
func (a Access) String() string {
	return [...]string{"public", "admin", "gateway", "maybe_gateway", "session", "management", "alias"}[a]
}

// Route is one operation.
type Route struct {
	Method string
	// Path has its variables in braces.
	Path   string
	Access Access
	// Right is what an operation with the access Gateway asks of an API key, where
	// that does not follow from the request; and what one with the access Session
	// asks of the key of a server that names the user by trusted headers. Every
	// operation with the access Management has one.
	Right   string
	Summary string
	// Notes goes into the OpenAPI description below the summary.
	Notes string
	Tag   string
	Do    Handler
	// Status is that of the usual success; zero means 200.
	Status int
	// Also are further statuses of success or of other outcomes that are no error.
	Also []int
	// Fails are the operation's own failures; 400, 401, 403, 413, 500, 503 and 504
	// follow from the rest of the route.
	Fails []int
	// Static says that the operation needs no database, so that none can fail it.
	Static bool
	// Later says when the operation may be done after its answer.
	Later Later
	// Dialect finds how the caller of this request wants failures written, before
	// anything can fail; nil says that the operation has no other way than the
	// envelope. An operation that has one also answers rows without an envelope, and
	// in other media.
	Dialect func(*fasthttp.RequestCtx) FailureFunc
}

// Later says when an operation may be done after its answer.
type Later uint8

// When an operation is done.
const (
	// AtOnce is always before the answer.
	AtOnce Later = iota
	// OnRequest is later where the caller asks for it.
	OnRequest
	// OnLimit is later also where a limit of the admission has it so.
	OnLimit
)

// FailureFunc writes a problem in another shape than the envelope; it gives the
// status and what becomes the JSON body.
type FailureFunc func(*wire.Problem) (status int, body any)

// Table is a list of operations.
type Table []Route

// Name is the operation's label in logs and metrics.
func (r *Route) Name() string { return r.Method + " " + r.Path }

// Permit reports whether a caller may use a route of Management, as a problem that
// says what is missing.
func (r *Route) Permit(c *Caller) error {
	switch {
	case c.Admin:
		return nil
	case c.Key == nil:
		return wire.Fail(wire.Unauthenticated, "an API key is required").WithHint("send it in the apikey header")
	case c.Key.Client == "":
		return wire.Fail(wire.KeyNotBound, "the API key is for no client in particular").WithHint("use a key that is bound to the client %s", c.Client)
	case !c.Key.Allows(r.Right):
		return wire.Fail(wire.RightMissing, "the API key lacks the right %s", r.Right)
	}
	return nil
}

// Success is the status of the usual success.
func (r *Route) Success() int {
	if r.Status == 0 {
		return fasthttp.StatusOK
	}
	return r.Status
}

// Failures are all statuses with which the operation can fail, in order.
func (r *Route) Failures() []int {
	fails := append([]int{500}, r.Fails...)
	if r.Access != Public {
		fails = append(fails, 401)
	}
	if r.Access != Public && !r.Static {
		fails = append(fails, 503)
	}
	if slices.Contains(fails, 503) && !r.Static { // what may be out of reach may also be slow
		fails = append(fails, 504)
	}
	if r.Access == Gateway || r.Access == MaybeGateway || r.Access == Session || r.Access == Management || r.Access == Alias {
		fails = append(fails, 400, 403)
	}
	if !r.Static && (r.Access == Gateway || r.Access == Session || r.Access == Management || r.Access == Alias) {
		fails = append(fails, 429) // it is the clients' databases that are not to have too much to do
	}
	if r.Do.reads() {
		fails = append(fails, 400)
	}
	if r.Do.in != nil && r.Do.in.body {
		fails = append(fails, 413)
	}
	slices.Sort(fails)
	return slices.Compact(fails)
}

// Handler runs one operation for one request.
type Handler struct {
	// Out is the type that describes the answer's body, nil for none.
	Out reflect.Type
	// Media is the answer's content type where it is not JSON.
	Media string

	in  *input
	run func(ctx context.Context, r *Route, rc *fasthttp.RequestCtx) error
}

// In is the type that the request is decoded into, nil for none.
func (h *Handler) In() reflect.Type {
	if h.in == nil {
		return nil
	}
	return h.in.typ
}

func (h *Handler) reads() bool { return h.in != nil && (h.in.body || len(h.in.fields) > 0) }

// Checker is implemented by requests that know when they are wrong.
type Checker interface{ Check() error }

// JSON makes a handler of a function from a decoded request to a value that is
// written as JSON.
func JSON[In, Out any](do func(context.Context, *In) (Out, error)) Handler {
	in := inputOf(reflect.TypeFor[In]())
	return Handler{Out: reflect.TypeFor[Out](), in: in, run: func(ctx context.Context, r *Route, rc *fasthttp.RequestCtx) error {
		request := new(In)
		if err := in.decode(rc, request); err != nil {
			return err
		}
		out, err := do(ctx, request)
		if err != nil {
			return err
		}
		return writeJSON(rc, r.Success(), out)
	}}
}

// Rows makes a handler of a function whose answer holds rows that are JSON
// already. Doc is the type that describes the whole answer in the document.
func Rows[In, Doc any](do func(context.Context, *In) (wire.Rows, error)) Handler {
	in := inputOf(reflect.TypeFor[In]())
	return Handler{Out: reflect.TypeFor[Doc](), in: in, run: func(ctx context.Context, r *Route, rc *fasthttp.RequestCtx) error {
		request := new(In)
		if err := in.decode(rc, request); err != nil {
			return err
		}
		rows, err := do(ctx, request)
		if err != nil {
			return err
		}
		writeRows(rc, r.Success(), &rows)
		return nil
	}}
}

// Forward makes a handler that hands the request over to the operation that pick
// chooses. In and Out are what the document says of it.
func Forward[In, Out any](pick func(context.Context, *fasthttp.RequestCtx) (*Route, error)) Handler {
	return Handler{Out: reflect.TypeFor[Out](), in: inputOf(reflect.TypeFor[In]()), run: func(ctx context.Context, _ *Route, rc *fasthttp.RequestCtx) error {
		target, err := pick(ctx, rc)
		if err != nil {
			return err
		}
		return target.Serve(ctx, rc)
	}}
}

// Raw makes a handler that writes the answer itself: documents, redirects,
// streams. media is its content type.
func Raw(media string, do func(context.Context, *fasthttp.RequestCtx) error) Handler {
	return Handler{Media: media, run: func(ctx context.Context, _ *Route, rc *fasthttp.RequestCtx) error {
		return do(ctx, rc)
	}}
}

// Media makes a handler of a function from a decoded request to a whole document
// of another content type than JSON.
func Media[In any](media string, do func(context.Context, *In) ([]byte, error)) Handler {
	in := inputOf(reflect.TypeFor[In]())
	return Handler{Media: media, in: in, run: func(ctx context.Context, r *Route, rc *fasthttp.RequestCtx) error {
		request := new(In)
		if err := in.decode(rc, request); err != nil {
			return err
		}
		body, err := do(ctx, request)
		if err != nil {
			return err
		}
		rc.SetStatusCode(r.Success())
		rc.SetContentType(media)
		rc.Response.SetBodyRaw(body)
		return nil
	}}
}

// Stream makes a handler that decodes a request and writes the answer itself, for
// as long as it takes. media is its content type.
func Stream[In any](media string, do func(context.Context, *In, *fasthttp.RequestCtx) error) Handler {
	in := inputOf(reflect.TypeFor[In]())
	return Handler{Media: media, in: in, run: func(ctx context.Context, _ *Route, rc *fasthttp.RequestCtx) error {
		request := new(In)
		if err := in.decode(rc, request); err != nil {
			return err
		}
		return do(ctx, request, rc)
	}}
}

// Serve runs the operation and writes its answer; an error is for the caller of
// Serve to write.
func (r *Route) Serve(ctx context.Context, rc *fasthttp.RequestCtx) error {
	return r.Do.run(ctx, r, rc)
}
