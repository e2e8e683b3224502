// Package openapi holds the OpenAPI document of the server. The document is a
// file of the repository, written by this package's tests from the route tables
// and from the comments on the types that they name, so that it costs nothing at
// start and its changes are reviewed like any other. It promises to list exactly
// the operations that the server serves.
package openapi

import _ "embed"

// Document is the OpenAPI document in YAML, as GET /openapi.yaml serves it. It
// must not be changed.
//
//go:embed openapi.yaml
var Document []byte
