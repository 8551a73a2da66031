package seal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"
)

var (
	errDepth     = fmt.Errorf("is nested deeper than DynamoDB's %d levels", maxDepth)
	errUTF8      = errors.New("is not valid UTF-8")
	errDuplicate = errors.New("is a set that holds a member twice")
	errEmptyKey  = errors.New("is a map with an empty key")
	errLong      = errors.New("is longer than the format can say")
	errNoValue   = errors.New("has no value")
)

// appendValue appends the serialized form of v, without its type id. The errors complete a sentence that begins with the
// attribute's name; they never show a value.
func appendValue(dst []byte, v Value, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	switch v := v.(type) {
	case String:
		if !utf8.ValidString(string(v)) {
			return nil, errUTF8
		}
		return append(dst, v...), nil
	case Number:
		n, err := normalize(string(v))
		if err != nil {
			return nil, err
		}
		return append(dst, n...), nil
	case Binary:
		return append(dst, v...), nil
	case Bool:
		if v {
			return append(dst, 1), nil
		}
		return append(dst, 0), nil
	case Null:
		return dst, nil
	case StringSet:
		return appendStringSet(dst, v)
	case NumberSet:
		return appendNumberSet(dst, v)
	case BinarySet:
		return appendSet(dst, slices.SortedFunc(slices.Values(v), compareBytes), func(a, b []byte) bool { return string(a) == string(b) })
	case Map:
		return appendMap(dst, v, depth)
	case List:
		return appendList(dst, v, depth)
	default:
		return nil, errNoValue
	}
}

func appendStringSet(dst []byte, set []string) ([]byte, error) {
	for _, s := range set {
		if !utf8.ValidString(s) {
			return nil, errUTF8
		}
	}
	return appendSet(dst, slices.SortedFunc(slices.Values(set), compareUTF16), func(a, b string) bool { return a == b })
}

func appendNumberSet(dst []byte, set []string) ([]byte, error) {
	normal := make([]string, len(set))
	for i, s := range set {
		var err error
		if normal[i], err = normalize(s); err != nil {
			return nil, err
		}
	}
	slices.Sort(normal) // digits, signs and points are ASCII, where all orders agree
	return appendSet(dst, normal, func(a, b string) bool { return a == b })
}

// appendSet writes a sorted set: count, then each member with its length.
func appendSet[M ~string | ~[]byte](dst []byte, sorted []M, same func(a, b M) bool) ([]byte, error) {
	dst, err := appendLength(dst, len(sorted))
	for i, m := range sorted {
		if i > 0 && same(sorted[i-1], m) {
			return nil, errDuplicate
		}
		if err == nil {
			dst, err = appendLength(dst, len(m))
		}
		dst = append(dst, m...)
	}
	return dst, err
}

func appendMap(dst []byte, m Map, depth int) ([]byte, error) {
	keys := make([]string, 0, len(m))
	for k := range m {
		if k == "" {
			return nil, errEmptyKey
		}
		if !utf8.ValidString(k) {
			return nil, errUTF8
		}
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compareUTF16)
	dst, err := appendLength(dst, len(keys))
	for _, k := range keys {
		if err != nil {
			return nil, err
		}
		dst = binary.BigEndian.AppendUint16(dst, uint16(kindString))
		if dst, err = appendLength(dst, len(k)); err != nil {
			return nil, err
		}
		dst, err = appendTyped(append(dst, k...), m[k], depth+1)
	}
	return dst, err
}

func appendList(dst []byte, l List, depth int) ([]byte, error) {
	dst, err := appendLength(dst, len(l))
	for _, v := range l {
		if err != nil {
			return nil, err
		}
		dst, err = appendTyped(dst, v, depth+1)
	}
	return dst, err
}

// appendTyped writes a value inside of another: type id, length, value.
func appendTyped(dst []byte, v Value, depth int) ([]byte, error) {
	if v == nil {
		return nil, errNoValue
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(v.kind()))
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst, err := appendValue(dst, v, depth)
	if err != nil {
		return nil, err
	}
	n := len(dst) - at - 4
	if n > math.MaxUint32 {
		return nil, errLong
	}
	binary.BigEndian.PutUint32(dst[at:], uint32(n)) //nolint:gosec // checked above
	return dst, nil
}

func appendLength(dst []byte, n int) ([]byte, error) {
	if n > math.MaxUint32 {
		return nil, errLong
	}
	return binary.BigEndian.AppendUint32(dst, uint32(n)), nil //nolint:gosec // checked above
}
