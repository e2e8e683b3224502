package openapi_test

import (
	"bytes"
	"fmt"
	"reflect"

	"go.yaml.in/yaml/v3"
)

// object is a mapping that is written in the order in which its keys were set.
type object struct{ node yaml.Node }

func newObject() *object { return &object{yaml.Node{Kind: yaml.MappingNode}} }

// set adds a key. Zero values say nothing in OpenAPI and are left out.
func (o *object) set(key string, value any) *object {
	if v := reflect.ValueOf(value); !v.IsValid() || v.IsZero() {
		return o
	}
	return o.put(key, value)
}

// put adds a key even where its value is zero.
func (o *object) put(key string, value any) *object {
	o.node.Content = append(o.node.Content, nodeOf(key), nodeOf(value))
	return o
}

func (o *object) has(key string) bool {
	for i := 0; i < len(o.node.Content); i += 2 {
		if o.node.Content[i].Value == key {
			return true
		}
	}
	return false
}

func (o *object) empty() bool { return len(o.node.Content) == 0 }

func nodeOf(value any) *yaml.Node {
	switch v := value.(type) {
	case *object:
		return &v.node
	case []*object:
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for _, item := range v {
			list.Content = append(list.Content, &item.node)
		}
		return list
	case *yaml.Node:
		return v
	}
	node := &yaml.Node{}
	if err := node.Encode(value); err != nil {
		panic(fmt.Sprintf("openapi: %v cannot be written as YAML: %v", value, err))
	}
	return node
}

const banner = `# Written by "make openapi" from the route tables and the comments of the types
# that they name. Change those, not this file.
`

func (o *object) write() ([]byte, error) {
	var text bytes.Buffer
	text.WriteString(banner)
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode(&o.node); err != nil {
		return nil, err
	}
	return text.Bytes(), encoder.Close()
}
