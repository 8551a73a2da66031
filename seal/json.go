package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// MarshalJSON writes the item as DynamoDB's API does: every value an object of one key, its type, binary in base64.
func (it Item) MarshalJSON() ([]byte, error) { return json.Marshal(jsonMap(it)) }

func jsonMap[M ~map[string]Value](m M) map[string]jsonValue {
	out := make(map[string]jsonValue, len(m))
	for k, v := range m {
		out[k] = jsonValue{v}
	}
	return out
}

// UnmarshalJSON reads what MarshalJSON writes, and refuses anything else.
func (it *Item) UnmarshalJSON(b []byte) error {
	if !utf8.Valid(b) {
		return errUTF8
	}
	m, err := parseMap(b, 1)
	*it = Item(m)
	return err
}

type jsonValue struct{ Value }

func (v jsonValue) MarshalJSON() ([]byte, error) {
	one := func(kind string, v any) ([]byte, error) { return json.Marshal(map[string]any{kind: v}) }
	switch v := v.Value.(type) {
	case String:
		return one("S", string(v))
	case Number:
		return one("N", string(v))
	case Binary:
		return one("B", append([]byte{}, v...))
	case Bool:
		return one("BOOL", bool(v))
	case Null:
		return one("NULL", true)
	case StringSet:
		return one("SS", append([]string{}, v...))
	case NumberSet:
		return one("NS", append([]string{}, v...))
	case BinarySet:
		return one("BS", append([][]byte{}, v...))
	case Map:
		return one("M", jsonMap(v))
	case List:
		l := make([]jsonValue, len(v))
		for i := range v {
			l[i] = jsonValue{v[i]}
		}
		return one("L", l)
	default:
		return nil, errNoValue
	}
}

var errJSONValue = errors.New("a value is an object of one key: S, N, B, BOOL, NULL, SS, NS, BS, M or L")

func parseMap(b []byte, depth int) (map[string]Value, error) {
	if depth > maxDepth+1 {
		return nil, errDepth
	}
	raw, err := parseObject(b)
	if err != nil {
		return nil, err
	}
	m := make(map[string]Value, len(raw))
	for k, r := range raw {
		if m[k], err = parseValue(r, depth); err != nil {
			return nil, fmt.Errorf("%q: %w", k, err)
		}
	}
	return m, nil
}

// parseObject reads an object and refuses a key that is there twice, of which encoding/json would keep the last.
func parseObject(b []byte) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("an object is expected")
	}
	m := map[string]json.RawMessage{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		key, _ := t.(string)
		if _, twice := m[key]; twice {
			return nil, fmt.Errorf("the key %q is there twice", key)
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, err
		}
		m[key] = raw
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the object")
	}
	return m, nil
}

func parseValue(b []byte, depth int) (Value, error) {
	raw, err := parseObject(b)
	if err != nil || len(raw) != 1 {
		return nil, errJSONValue
	}
	for k, r := range raw {
		switch k {
		case "S":
			return parseAs[String](r)
		case "N":
			return parseAs[Number](r)
		case "B":
			return parseAs[Binary](r)
		case "BOOL":
			return parseAs[Bool](r)
		case "NULL":
			if v, err := parseAs[Bool](r); err != nil || v != Bool(true) {
				return nil, errors.New("NULL is always true")
			}
			return Null{}, nil
		case "SS":
			return parseAs[StringSet](r)
		case "NS":
			return parseAs[NumberSet](r)
		case "BS":
			return parseAs[BinarySet](r)
		case "M":
			m, err := parseMap(r, depth+1)
			return Map(m), err
		case "L":
			return parseList(r, depth+1)
		}
	}
	return nil, errJSONValue
}

// parseAs reads a value of Go type V; JSON's null is none.
func parseAs[V Value](b []byte) (Value, error) {
	var v V
	if bytes.Equal(bytes.TrimSpace(b), []byte("null")) {
		return nil, errors.New("null is no value")
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return nil, errors.New("the value does not have its type's form")
	}
	return v, nil
}

func parseList(b []byte, depth int) (Value, error) {
	if depth > maxDepth+1 {
		return nil, errDepth
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil || raw == nil {
		return nil, errors.New("a list is expected")
	}
	l := make(List, len(raw))
	for i, r := range raw {
		var err error
		if l[i], err = parseValue(r, depth); err != nil {
			return nil, fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return l, nil
}
