package openapi_test

import (
	"context"
	"testing"
	"time"

	"athena/http/route"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// caller is embedded by several requests.
type caller struct {
	// Client names the shelf.
	Client string `header:"X-Shelf" json:"-" required:"true"`
}

// SaveBook asks for a book to be put on a shelf.
type SaveBook struct {
	caller
	// ID is the book.
	ID uuid.UUID `path:"id" json:"-"`
	// Loud wakes the librarian.
	Loud *bool `query:"loud" json:"-"`
	// Title is on the cover.
	Title string `json:"title" required:"true" example:"12"`
	// SortBy is how the shelf is ordered.
	SortBy *string `json:"sort_by" also:"sortBy" enum:"title,age"`
	// Secret opens the shelf.
	Secret string `json:"secret" secret:"true"`
	// Chapters are in order.
	Chapters []Chapter `json:"chapters"`
}

// Chapter is a part of a book.
type Chapter struct {
	// Pages is how many there are.
	Pages int32 `json:"pages" example:"7"`
	// Inside are the chapter's own chapters.
	Inside []Chapter `json:"inside"`
}

// Book is what stands on a shelf.
type Book struct {
	// Read is when it was last read.
	Read *time.Time `json:"read"`
	// Notes are anything.
	Notes json.RawMessage `json:"notes,omitempty"`
	// First is where to begin.
	First *Chapter `json:"first"`
	// Bound tells of the cover.
	Bound struct {
		// By is the binder.
		By string `json:"by"`
	} `json:"bound"`
	Silent bool `json:"silent"`
}

// FindBooks asks for the books that match.
type FindBooks struct {
	caller
	// Filters are columns with conditions.
	Filters []wire.Pair `query:"*"`
	// Body is the books as they come.
	Body []byte `body:"raw"`
}

func library() []route.Table {
	save := func(context.Context, *SaveBook) (wire.Success[Book], error) { return wire.Success[Book]{}, nil }
	find := func(context.Context, *FindBooks) (wire.Rows, error) { return wire.Rows{}, nil }
	return []route.Table{{
		{Method: "PUT", Path: "/books/{id}", Access: route.Gateway, Do: route.JSON(save), Summary: "Save", Status: 201, Also: []int{200}},
		{Method: "POST", Path: "/books", Access: route.Session, Do: route.Rows[FindBooks, []Book](find), Summary: "Find"},
	}}
}

// decoded is the library's document as plain values, and what it lacks.
func decoded(t *testing.T) (document map[string]any, uncovered []string) {
	t.Helper()
	written, uncovered := generate("1", library())
	text, err := written.write()
	require.NoError(t, err)
	require.NoError(t, load(t, text).Validate(t.Context()))
	require.NoError(t, yaml.Unmarshal(text, &document))
	return document, uncovered
}

func dig(t *testing.T, value any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch key := step.(type) {
		case string:
			value = value.(map[string]any)[key]
		case int:
			value = value.([]any)[key]
		}
		require.NotNil(t, value, "%v of %v", step, path)
	}
	return value
}

func TestFieldsWithoutCommentAreNamed(t *testing.T) {
	t.Parallel()
	_, uncovered := decoded(t)
	require.Equal(t, []string{"athena/http/openapi_test.Book.Silent"}, uncovered)
}

func TestWhatTheGeneratorMakes(t *testing.T) {
	t.Parallel()
	document, _ := decoded(t)
	schemas := []any{"components", "schemas"}
	put, post := []any{"paths", "/books/{id}", "put"}, []any{"paths", "/books", "post"}
	ref := func(name string) map[string]any { return map[string]any{"$ref": "#/components/" + name} }
	for _, tc := range []struct {
		name string
		at   []any
		want any
	}{
		{"an id of method and path", append(put, "operationId"), "putBooksById"},
		{"a tag of the path", append(put, "tags"), []any{"Books"}},
		{"a shared header by reference", append(put, "parameters", 0), ref("parameters/caller.Client")},
		{"a path parameter", append(put, "parameters", 1), map[string]any{
			"name": "id", "in": "path", "required": true, "description": "The book.",
			"schema": map[string]any{"type": "string", "format": "uuid"},
		}},
		{"a parameter is never null", append(put, "parameters", 2), map[string]any{
			"name": "loud", "in": "query", "description": "Wakes the librarian.", "schema": map[string]any{"type": "boolean"},
		}},
		{"any pair of the query", append(post, "parameters", 1), map[string]any{
			"name": "filters", "in": "query", "description": "Columns with conditions.", "style": "form", "explode": true,
			"schema": map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "string"}},
		}},
		{"a raw body", append(post, "requestBody"), map[string]any{
			"description": "The books as they come.",
			"content": map[string]any{"application/json": map[string]any{"schema": map[string]any{"oneOf": []any{
				map[string]any{"type": "object"}, map[string]any{"type": "array", "items": map[string]any{}},
			}}}},
		}},
		{"a key of the gateway", append(put, "security"), []any{map[string]any{"apiKey": []any{}}}},
		{"a second status of success", append(put, "responses", "200", "content", "application/json", "schema"), ref("schemas/BookSuccess")},
		{"a failure by reference", append(put, "responses", "429"), ref("responses/TooManyRequests")},
		{"rows by their type", append(post, "responses", "200", "content", "application/json", "schema", "items"), ref("schemas/Book")},
		{"required by tag", append(schemas, "SaveBook", "required"), []any{"title"}},
		{"an example as text", append(schemas, "SaveBook", "properties", "title", "example"), "12"},
		{"an example as number", append(schemas, "Chapter", "properties", "pages", "example"), 7},
		{"an enum that may be null", append(schemas, "SaveBook", "properties", "sort_by", "enum"), []any{"title", "age", nil}},
		{"a second spelling", append(schemas, "SaveBook", "properties", "sortBy", "description"), "Another spelling of sort_by."},
		{"a secret", append(schemas, "SaveBook", "properties", "secret", "format"), "password"},
		{"received and sent", append(schemas, "SaveBook", "properties", "chapters", "items"), ref("schemas/ChapterInput")},
		{"a type inside itself", append(schemas, "Chapter", "properties", "inside", "items"), ref("schemas/Chapter")},
		{"required in a reply", append(schemas, "Book", "required"), []any{"bound", "silent"}},
		{"anything", append(schemas, "Book", "properties", "notes"), map[string]any{"nullable": true, "description": "Anything."}},
		{"a named type or null", append(schemas, "Book", "properties", "first"), map[string]any{
			"allOf": []any{ref("schemas/Chapter")}, "nullable": true, "description": "Where to begin.",
		}},
		{"a type without name", append(schemas, "Book", "properties", "bound", "properties", "by", "description"), "The binder."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, dig(t, document, tc.at...))
		})
	}
}

func TestComponentNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"ChatRoom":                                             "ChatRoom",
		"Success[athena/wire.ChatRoom]":                        "ChatRoomSuccess",
		"Success[[]athena/wire.Row]":                           "RowListSuccess",
		"Success[map[string]int]":                              "IntMapSuccess",
		"Success[interface {}]":                                "AnySuccess",
		"Success[athena/wire.Page[*encoding/json.RawMessage]]": "RawMessagePageSuccess",
	} {
		require.Equal(t, want, componentName(name), name)
	}
}
