package dynamodb

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// maxDepth bounds how deep documents nest: DynamoDB takes 32 levels, each of them two objects here.
const maxDepth = 100

var (
	timeType  = reflect.TypeFor[time.Time]()
	valueType = reflect.TypeFor[types.AttributeValue]()
)

// decode reads a request in DynamoDB's JSON into the SDK's input. A member that the input does not have is an error: it might
// change what the request means.
func decode(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return errors.New("the request is no JSON")
	}
	if d.More() {
		return errors.New("the request is followed by something else")
	}
	return assign(v, reflect.ValueOf(into).Elem(), "", 0)
}

func wrong(path, want string) error {
	if path == "" {
		path = "the request"
	}
	return fmt.Errorf("%s is not %s", path, want)
}

func assign(v any, to reflect.Value, path string, depth int) error {
	if depth > maxDepth {
		return errors.New("the request nests too deep")
	}
	if v == nil {
		return nil
	}
	if to.Type() == valueType {
		a, err := attribute(v, path, depth)
		if err == nil {
			to.Set(reflect.ValueOf(a))
		}
		return err
	}
	switch to.Kind() { //nolint:exhaustive // the others are scalars
	case reflect.Pointer:
		to.Set(reflect.New(to.Type().Elem()))
		return assign(v, to.Elem(), path, depth+1)
	case reflect.Struct:
		return assignStruct(v, to, path, depth)
	case reflect.Map:
		m, ok := v.(map[string]any)
		if !ok {
			return wrong(path, "an object")
		}
		to.Set(reflect.MakeMapWithSize(to.Type(), len(m)))
		for k, x := range m {
			e := reflect.New(to.Type().Elem()).Elem()
			if err := assign(x, e, path+"."+k, depth+1); err != nil {
				return err
			}
			to.SetMapIndex(reflect.ValueOf(k).Convert(to.Type().Key()), e)
		}
		return nil
	case reflect.Slice:
		return assignSlice(v, to, path, depth)
	}
	return assignScalar(v, to, path)
}

func assignStruct(v any, to reflect.Value, path string, depth int) error {
	if to.Type() == timeType {
		n, ok := v.(json.Number)
		f, err := n.Float64()
		if !ok || err != nil || math.Abs(f) > 1e12 {
			return wrong(path, "a time in seconds")
		}
		whole, part := math.Modf(f)
		to.Set(reflect.ValueOf(time.Unix(int64(whole), int64(part*1e9)).UTC()))
		return nil
	}
	m, ok := v.(map[string]any)
	if !ok {
		return wrong(path, "an object")
	}
	for k, x := range m {
		f, ok := to.Type().FieldByName(k)
		if !ok || !f.IsExported() || f.Anonymous || k == "ResultMetadata" {
			return fmt.Errorf("%s.%s is a member that this guard does not know; a later one may", path, k)
		}
		if err := assign(x, to.FieldByIndex(f.Index), path+"."+k, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func assignSlice(v any, to reflect.Value, path string, depth int) error {
	if to.Type().Elem().Kind() == reflect.Uint8 {
		b, err := binary(v, path)
		if err == nil {
			to.SetBytes(b)
		}
		return err
	}
	list, ok := v.([]any)
	if !ok {
		return wrong(path, "a list")
	}
	to.Set(reflect.MakeSlice(to.Type(), len(list), len(list)))
	for i, x := range list {
		if err := assign(x, to.Index(i), path+"["+strconv.Itoa(i)+"]", depth+1); err != nil {
			return err
		}
	}
	return nil
}

func assignScalar(v any, to reflect.Value, path string) error {
	switch to.Kind() { //nolint:exhaustive // the SDK has no others
	case reflect.String:
		if s, ok := v.(string); ok {
			to.SetString(s)
			return nil
		}
		return wrong(path, "a text")
	case reflect.Bool:
		if b, ok := v.(bool); ok {
			to.SetBool(b)
			return nil
		}
		return wrong(path, "true or false")
	case reflect.Int32, reflect.Int64:
		if n, ok := v.(json.Number); ok {
			if i, err := n.Int64(); err == nil && !to.OverflowInt(i) {
				to.SetInt(i)
				return nil
			}
		}
		return wrong(path, "a whole number")
	case reflect.Float64:
		if n, ok := v.(json.Number); ok {
			if f, err := n.Float64(); err == nil {
				to.SetFloat(f)
				return nil
			}
		}
		return wrong(path, "a number")
	}
	return fmt.Errorf("%s has a type that this guard does not know", path)
}

func binary(v any, path string) ([]byte, error) {
	s, ok := v.(string)
	if !ok {
		return nil, wrong(path, "bytes in base64")
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil, wrong(path, "bytes in base64")
	}
	return b, nil
}

func texts(v any, path string) ([]string, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, wrong(path, "a list")
	}
	out := make([]string, len(list))
	for i, x := range list {
		s, ok := x.(string)
		if !ok {
			return nil, wrong(path, "a list of texts")
		}
		out[i] = s
	}
	return out, nil
}

// attribute reads {"S": "x"}.
func attribute(v any, path string, depth int) (types.AttributeValue, error) {
	if depth > maxDepth {
		return nil, errors.New("the request nests too deep")
	}
	m, ok := v.(map[string]any)
	if !ok || len(m) != 1 {
		return nil, wrong(path, "an attribute value with one type")
	}
	for kind, x := range m {
		switch kind {
		case "S", "N":
			s, ok := x.(string)
			if !ok {
				return nil, wrong(path, "a text")
			}
			if kind == "N" {
				return &types.AttributeValueMemberN{Value: s}, nil
			}
			return &types.AttributeValueMemberS{Value: s}, nil
		case "B":
			b, err := binary(x, path)
			return &types.AttributeValueMemberB{Value: b}, err
		case "BOOL", "NULL":
			b, ok := x.(bool)
			if !ok {
				return nil, wrong(path, "true or false")
			}
			if kind == "NULL" {
				return &types.AttributeValueMemberNULL{Value: b}, nil
			}
			return &types.AttributeValueMemberBOOL{Value: b}, nil
		case "SS":
			list, err := texts(x, path)
			return &types.AttributeValueMemberSS{Value: list}, err
		case "NS":
			list, err := texts(x, path)
			return &types.AttributeValueMemberNS{Value: list}, err
		case "BS":
			list, err := texts(x, path)
			out := make([][]byte, len(list))
			for i := range list {
				if out[i], err = binary(list[i], path); err != nil {
					return nil, err
				}
			}
			return &types.AttributeValueMemberBS{Value: out}, err
		case "M":
			return attributeMap(x, path, depth)
		case "L":
			return attributeList(x, path, depth)
		}
	}
	return nil, wrong(path, "an attribute value of a type that DynamoDB has")
}

func attributeMap(x any, path string, depth int) (types.AttributeValue, error) {
	m, ok := x.(map[string]any)
	if !ok {
		return nil, wrong(path, "an object")
	}
	out := make(map[string]types.AttributeValue, len(m))
	for k, v := range m {
		var err error
		if out[k], err = attribute(v, path+"."+k, depth+2); err != nil {
			return nil, err
		}
	}
	return &types.AttributeValueMemberM{Value: out}, nil
}

func attributeList(x any, path string, depth int) (types.AttributeValue, error) {
	list, ok := x.([]any)
	if !ok {
		return nil, wrong(path, "a list")
	}
	out := make([]types.AttributeValue, len(list))
	for i, v := range list {
		var err error
		if out[i], err = attribute(v, path+"["+strconv.Itoa(i)+"]", depth+2); err != nil {
			return nil, err
		}
	}
	return &types.AttributeValueMemberL{Value: out}, nil
}

// encode writes an output of the SDK in DynamoDB's JSON.
func encode(b []byte, v reflect.Value) []byte {
	if v.Type() == valueType {
		a, _ := v.Interface().(types.AttributeValue)
		return encodeAttribute(b, a)
	}
	switch v.Kind() { //nolint:exhaustive // the SDK has no others
	case reflect.Pointer:
		if v.IsNil() {
			return append(b, "null"...)
		}
		return encode(b, v.Elem())
	case reflect.Struct:
		if v.Type() == timeType {
			t, _ := v.Interface().(time.Time)
			return strconv.AppendFloat(b, float64(t.UnixMilli())/1000, 'f', -1, 64)
		}
		return encodeStruct(b, v)
	case reflect.Map:
		b = append(b, '{')
		for i, k := range sortedKeys(v) {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(quote(b, k.String()), ':')
			b = encode(b, v.MapIndex(k))
		}
		return append(b, '}')
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return encodeBytes(b, v.Bytes())
		}
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			b = encode(b, v.Index(i))
		}
		return append(b, ']')
	case reflect.String:
		return quote(b, v.String())
	case reflect.Bool:
		return strconv.AppendBool(b, v.Bool())
	case reflect.Int32, reflect.Int64:
		return strconv.AppendInt(b, v.Int(), 10)
	case reflect.Float64:
		return strconv.AppendFloat(b, v.Float(), 'f', -1, 64)
	}
	return append(b, "null"...)
}

func sortedKeys(v reflect.Value) []reflect.Value {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(x, y reflect.Value) int {
		switch {
		case x.String() < y.String():
			return -1
		case x.String() > y.String():
			return 1
		}
		return 0
	})
	return keys
}

func encodeStruct(b []byte, v reflect.Value) []byte {
	b = append(b, '{')
	first := true
	for i := range v.NumField() {
		f := v.Type().Field(i)
		x := v.Field(i)
		if !f.IsExported() || f.Anonymous || f.Name == "ResultMetadata" {
			continue
		}
		switch x.Kind() { //nolint:exhaustive // the others have no empty value
		case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface:
			if x.IsNil() {
				continue
			}
		case reflect.String:
			if x.Len() == 0 {
				continue
			}
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(quote(b, f.Name), ':')
		b = encode(b, x)
	}
	return append(b, '}')
}

func encodeBytes(b, data []byte) []byte {
	b = append(b, '"')
	b = base64.StdEncoding.AppendEncode(b, data)
	return append(b, '"')
}

func quote(b []byte, s string) []byte {
	plain := true
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			plain = false
			break
		}
	}
	if plain {
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"')
	}
	text, err := json.Marshal(s)
	if err != nil {
		return append(b, `""`...) // a text always has a form
	}
	return append(b, text...)
}

func encodeAttribute(b []byte, a types.AttributeValue) []byte {
	list := func(kind string, n int, one func(b []byte, i int) []byte) []byte {
		b = append(append(append(b, `{"`...), kind...), `":[`...)
		for i := range n {
			if i > 0 {
				b = append(b, ',')
			}
			b = one(b, i)
		}
		return append(b, "]}"...)
	}
	switch a := a.(type) {
	case *types.AttributeValueMemberS:
		return append(quote(append(b, `{"S":`...), a.Value), '}')
	case *types.AttributeValueMemberN:
		return append(quote(append(b, `{"N":`...), a.Value), '}')
	case *types.AttributeValueMemberB:
		return append(encodeBytes(append(b, `{"B":`...), a.Value), '}')
	case *types.AttributeValueMemberBOOL:
		return append(strconv.AppendBool(append(b, `{"BOOL":`...), a.Value), '}')
	case *types.AttributeValueMemberNULL:
		return append(strconv.AppendBool(append(b, `{"NULL":`...), a.Value), '}')
	case *types.AttributeValueMemberSS:
		return list("SS", len(a.Value), func(b []byte, i int) []byte { return quote(b, a.Value[i]) })
	case *types.AttributeValueMemberNS:
		return list("NS", len(a.Value), func(b []byte, i int) []byte { return quote(b, a.Value[i]) })
	case *types.AttributeValueMemberBS:
		return list("BS", len(a.Value), func(b []byte, i int) []byte { return encodeBytes(b, a.Value[i]) })
	case *types.AttributeValueMemberL:
		return list("L", len(a.Value), func(b []byte, i int) []byte { return encodeAttribute(b, a.Value[i]) })
	case *types.AttributeValueMemberM:
		b = append(b, `{"M":{`...)
		first := true
		for k, x := range a.Value {
			if !first {
				b = append(b, ',')
			}
			first = false
			b = encodeAttribute(append(quote(b, k), ':'), x)
		}
		return append(b, "}}"...)
	}
	return append(b, "null"...)
}
