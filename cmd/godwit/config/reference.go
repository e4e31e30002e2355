package config

import _ "embed"

// Reference is a configuration with every key, its documentation, and values that work; what is commented out is the default. It is made from the
// comments on the fields: go test ./cmd/godwit/config -run Reference -rewrite.
//
//go:embed reference.toml
var Reference string
