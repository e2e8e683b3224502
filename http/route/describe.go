package route

import "reflect"

// Source is a field of a request together with where its value comes from, as
// the document tells it to callers.
type Source struct {
	// In is "path", "query" or "header" for one value, "pairs" for the whole query
	// string and "body" for the whole body.
	In string
	// Name is the value's name in the request; empty for pairs and body.
	Name string
	// Field is the field that takes the value.
	Field reflect.StructField
	// Owner is the struct that declares the field: the request or one embedded in it.
	Owner reflect.Type
}

// Sources are the request's fields that are not keys of a JSON body, in the order
// of their declaration; also those that others than the decoder read.
func (h *Handler) Sources() []Source {
	if h.in == nil || h.in.typ.Kind() != reflect.Struct {
		return nil
	}
	return sourcesOf(h.in.typ)
}

// HasBody reports whether the operation reads a body, raw or JSON.
func (h *Handler) HasBody() bool { return h.in != nil && h.in.body }

// BodyMayBeMissing reports whether the operation does without a body.
func (h *Handler) BodyMayBeMissing() bool { return h.in != nil && h.in.optional }

func sourcesOf(typ reflect.Type) []Source {
	var list []Source
	for i := range typ.NumField() {
		f := typ.Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			list = append(list, sourcesOf(f.Type)...)
			continue
		}
		if in, name := sourceOf(f); in != "" {
			list = append(list, Source{In: in, Name: name, Field: f, Owner: typ})
		}
	}
	return list
}

func sourceOf(f reflect.StructField) (in, name string) {
	switch {
	case f.Tag.Get("body") == "raw":
		return "body", ""
	case f.Tag.Get("query") == "*":
		return "pairs", ""
	}
	for _, in := range []string{"path", "query", "header"} {
		if name, ok := f.Tag.Lookup(in); ok {
			return in, name
		}
	}
	return "", ""
}
