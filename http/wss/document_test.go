package wss_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"athena/http/openapi"
	"athena/http/wss"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

type schema struct {
	Properties map[string]struct {
		Enum []string
		Ref  string `yaml:"$ref"`
	}
}

func schemasOf(t *testing.T, document []byte) map[string]schema {
	t.Helper()
	var d struct {
		Components struct{ Schemas map[string]schema }
	}
	require.NoError(t, yaml.Unmarshal(document, &d))
	return d.Components.Schemas
}

// TestTheDocumentDescribesTheFrames holds the document against the types.
func TestTheDocumentDescribesTheFrames(t *testing.T) {
	t.Parallel()
	schemas := schemasOf(t, wss.Document)
	for name, typ := range map[string]reflect.Type{
		"LiveHello": reflect.TypeFor[wire.LiveHello](), "LiveSubscribed": reflect.TypeFor[wire.LiveSubscribed](),
		"ChatEvent": reflect.TypeFor[wire.ChatEvent](), "LiveTyping": reflect.TypeFor[wire.LiveTyping](),
		"LivePresence": reflect.TypeFor[wire.LivePresence](), "LiveUser": reflect.TypeFor[wire.LiveUser](),
		"LiveSync": reflect.TypeFor[wire.LiveSync](), "LiveResult": reflect.TypeFor[wire.LiveResult](),
		"LivePong": reflect.TypeFor[wire.LivePong](), "LiveError": reflect.TypeFor[wire.LiveError](),
		"Subscription": reflect.TypeFor[wire.LiveSubscription](), "Place": reflect.TypeFor[wire.LivePlace](),
	} {
		require.ElementsMatch(t, fields(typ), keys(schemas[name].Properties), name)
	}
	shared := schemasOf(t, openapi.Document)
	for name, p := range schemas["ChatEvent"].Properties {
		if p.Ref != "" {
			_, found := strings.CutPrefix(p.Ref, "/openapi.yaml#/components/schemas/")
			require.True(t, found, p.Ref)
			require.Contains(t, shared, p.Ref[strings.LastIndex(p.Ref, "/")+1:], name)
		}
	}
}

// TestTheDocumentNamesEveryFrame holds the document against what /wss/info lists.
func TestTheDocumentNamesEveryFrame(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wss.Limits{})
	info := infoOf(t, w)
	require.Equal(t, string(wss.Document), string(w.get("/openapi-wss.yaml")))
	var types []string
	used := map[string]bool{}
	for name, s := range schemasOf(t, wss.Document) {
		types = append(types, s.Properties["type"].Enum...)
		if strings.HasSuffix(name, "Command") {
			for field := range s.Properties {
				used[field] = true
			}
		}
	}
	require.ElementsMatch(t, slices.Concat(info.Actions, info.Events), types)
	require.ElementsMatch(t, fields(reflect.TypeFor[wire.LiveCommand]()), keys(used), "every field of a command is described")
	require.Equal(t, "/wss/gateway", info.Path)
}

// infoOf is what /wss/info tells.
func infoOf(t *testing.T, w *world) wire.LiveInfo {
	t.Helper()
	var info wire.Success[wire.LiveInfo]
	require.NoError(t, json.Unmarshal(w.get("/wss/info"), &info))
	return info.Data
}

func fields(typ reflect.Type) (names []string) {
	for i := range typ.NumField() {
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

func keys[V any](m map[string]V) (names []string) {
	for name := range m {
		names = append(names, name)
	}
	return names
}
