package vectors

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/baileydb/bailey/seal"
)

// Case is one vector.
type Case struct {
	ID          string
	Description string
	Negative    bool // the item must be refused
	Table       seal.Table
	Plain       seal.Item
	Sealed      seal.Item
	Unreadable  error // why the vector itself cannot be tried, such as a key that only AWS KMS has
}

// Read reads a file of vectors, in the order of their numbers. A vector that cannot be tried does not keep the others
// from it; it says so itself.
func Read(path string, keys Keys) ([]Case, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file struct {
		Manifest struct {
			Type string `json:"type"`
		} `json:"manifest"`
		Tests map[string]test `json:"tests"`
	}
	if err := json.Unmarshal(b, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if file.Manifest.Type != "aws-dbesdk-decrypt" {
		return nil, fmt.Errorf("%s: its manifest says %q; vectors of type aws-dbesdk-decrypt are read", path, file.Manifest.Type)
	}
	if len(file.Tests) == 0 {
		return nil, fmt.Errorf("%s holds no tests", path)
	}
	cases := make([]Case, 0, len(file.Tests))
	for id, t := range file.Tests {
		c, err := t.read(keys)
		c.ID, c.Unreadable = id, err
		cases = append(cases, c)
	}
	slices.SortFunc(cases, func(a, b Case) int {
		x, errX := strconv.Atoi(a.ID)
		y, errY := strconv.Atoi(b.ID)
		if errX == nil && errY == nil && x != y {
			return x - y
		}
		return strings.Compare(a.ID, b.ID)
	})
	return cases, nil
}

type test struct {
	Type        string                     `json:"type"`
	Description string                     `json:"description"`
	Config      json.RawMessage            `json:"config"`
	Plain       map[string]json.RawMessage `json:"plaintext"`
	Sealed      map[string]json.RawMessage `json:"encrypted"`
}

func (t test) read(keys Keys) (c Case, err error) {
	switch t.Type {
	case "positive-decrypt":
	case "negative-decrypt":
		c.Negative = true
	default:
		return c, fmt.Errorf("type %q is neither positive-decrypt nor negative-decrypt", t.Type)
	}
	c.Description = t.Description
	if c.Table, err = table(t.Config, keys); err != nil {
		return c, err
	}
	if c.Plain, err = item(t.Plain); err != nil {
		return c, fmt.Errorf("plaintext: %w", err)
	}
	if c.Sealed, err = item(t.Sealed); err != nil {
		return c, fmt.Errorf("encrypted: %w", err)
	}
	return c, nil
}

// Table reads a table's configuration as it stands in the vectors.
func Table(config []byte, keys Keys) (seal.Table, error) { return table(config, keys) }

func table(config []byte, keys Keys) (seal.Table, error) {
	t, key, err := configured(config)
	if err != nil {
		return t, err
	}
	t.Keyring, err = keys.keyring(key)
	return t, err
}

// Config reads a table's configuration without its keyring.
func Config(config []byte) (seal.Table, error) {
	t, _, err := configured(config)
	return t, err
}

func configured(config []byte) (seal.Table, json.RawMessage, error) {
	c := struct {
		Name      string            `json:"logicalTableName"`
		Partition string            `json:"partitionKeyName"`
		Sort      string            `json:"sortKeyName"`
		Key       json.RawMessage   `json:"key"`
		Suite     string            `json:"algorithmSuiteId"`
		Override  string            `json:"plaintextOverride"`
		Actions   map[string]string `json:"attributeActionsOnEncrypt"`
		Prefix    string            `json:"allowedUnsignedAttributePrefix"`
		Unsigned  []string          `json:"allowedUnsignedAttributes"`
	}{Name: "GazelleVectorTable", Partition: "RecNum"}
	d := json.NewDecoder(bytes.NewReader(config))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return seal.Table{}, nil, fmt.Errorf("config: %w", err)
	}
	t := seal.Table{Name: c.Name, PartitionKey: c.Partition, SortKey: c.Sort, Actions: map[string]seal.Action{}, Unsigned: c.Unsigned, UnsignedPrefix: c.Prefix}
	var err error
	for name, action := range c.Actions {
		if action == "CONTEXT_AND_SIGN" { // what the action was called first
			action = seal.SignAndInclude.String()
		}
		if t.Actions[name], err = seal.ParseAction(action); err != nil {
			return t, nil, err
		}
	}
	if t.Suite, err = seal.ParseSuite(c.Suite); err != nil {
		return t, nil, err
	}
	if t.Plaintext, err = seal.ParsePlaintext(c.Override); err != nil {
		return t, nil, err
	}
	return t, c.Key, nil
}

// Result is what became of a vector.
type Result struct {
	Opened bool
	Agrees bool  // opened to the plain text; or of a negative vector, refused
	Err    error // why it did not open
}

// Try opens the vector's item.
func (c Case) Try(ctx context.Context) Result {
	if c.Unreadable != nil {
		return Result{Err: c.Unreadable}
	}
	s, err := seal.New(c.Table)
	if err != nil {
		return Result{Err: err} // also of a negative vector: a configuration that is not taken says nothing about the item
	}
	plain, err := s.Open(ctx, c.Sealed)
	if err != nil {
		return Result{Err: err, Agrees: c.Negative}
	}
	return Result{Opened: true, Agrees: !c.Negative && seal.Equal(plain, c.Plain)}
}

// item reads an item in the loose form of the vectors.
func item(raw map[string]json.RawMessage) (seal.Item, error) {
	strict := make(map[string]json.RawMessage, len(raw))
	for name, v := range raw {
		var err error
		if strict[name], err = tighten(v); err != nil {
			return nil, fmt.Errorf("%q: %w", name, err)
		}
	}
	b, err := json.Marshal(strict)
	if err != nil {
		return nil, err
	}
	var it seal.Item
	err = json.Unmarshal(b, &it)
	return it, err
}

// tighten turns a value of the loose form into DynamoDB's.
func tighten(raw json.RawMessage) (json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	v, err := tightenValue(v)
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

func tightenValue(v any) (any, error) {
	switch v := v.(type) {
	case string:
		return map[string]any{"S": v}, nil
	case json.Number:
		return map[string]any{"N": v.String()}, nil
	case map[string]any:
		if len(v) != 1 {
			return nil, fmt.Errorf("a value has one type, not %d", len(v))
		}
		for kind, inner := range v {
			return tightenTyped(kind, inner)
		}
	}
	return nil, fmt.Errorf("a value is a string, a number or an object of one type")
}

func tightenTyped(kind string, v any) (any, error) {
	switch list, inner := v.([]any); {
	case kind == "NULL":
		return map[string]any{"NULL": true}, nil
	case kind == "NS" && inner:
		for i, n := range list {
			if n, ok := n.(json.Number); ok {
				list[i] = n.String()
			}
		}
	case kind == "L" && inner:
		for i := range list {
			var err error
			if list[i], err = tightenValue(list[i]); err != nil {
				return nil, err
			}
		}
	}
	if m, ok := v.(map[string]any); ok && kind == "M" {
		for k := range m {
			var err error
			if m[k], err = tightenValue(m[k]); err != nil {
				return nil, err
			}
		}
	}
	return map[string]any{kind: v}, nil
}
