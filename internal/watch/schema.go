package watch

import _ "embed"

// Schema is the JSON Schema of a list of [Finding], with one under $defs.
//
//go:embed finding.schema.json
var Schema []byte
