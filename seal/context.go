package seal

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"slices"
	"strings"
)

// Context is the encryption context of an item: pairs that are bound to the wrapped data keys. It never holds secrets,
// since AWS KMS writes it to CloudTrail.
type Context struct {
	pairs []pair // sorted by key, bytewise, without duplicates
	bytes []byte // serialized
}

type pair struct{ key, value string }

// Keys of an item's context, from the public specification.
const (
	tableNameKey     = "aws-crypto-table-name"
	partitionNameKey = "aws-crypto-partition-name"
	sortNameKey      = "aws-crypto-sort-name"
	attributePrefix  = "aws-crypto-attr."
	legendKey        = "aws-crypto-legend"
	publicKeyKey     = "aws-crypto-public-key"
)

// newContext sorts and serializes pairs. It fails for a key that is there twice and for what is too long.
func newContext(pairs []pair) (Context, bool) {
	slices.SortFunc(pairs, func(a, b pair) int { return strings.Compare(a.key, b.key) })
	size := 2
	for i, p := range pairs {
		if i > 0 && pairs[i-1].key == p.key || len(p.key) > math.MaxUint16 || len(p.value) > math.MaxUint16 {
			return Context{}, false
		}
		size += 4 + len(p.key) + len(p.value)
	}
	if len(pairs) > math.MaxUint16 {
		return Context{}, false
	}
	return Context{pairs: pairs, bytes: appendPairs(make([]byte, 0, size), pairs)}, true
}

func appendPairs(dst []byte, pairs []pair) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(pairs))) //nolint:gosec // newContext and the header's reader bound the count
	for _, p := range pairs {
		dst = appendShort(dst, p.key)
		dst = appendShort(dst, p.value)
	}
	return dst
}

// appendShort writes bytes with a two-byte length; the caller has checked that it fits.
func appendShort[B ~string | ~[]byte](dst []byte, b B) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(b))) //nolint:gosec // see above
	return append(dst, b...)
}

// Get is the value under key.
func (c Context) Get(key string) (value string, ok bool) {
	i, ok := slices.BinarySearchFunc(c.pairs, key, func(p pair, key string) int { return strings.Compare(p.key, key) })
	if !ok {
		return "", false
	}
	return c.pairs[i].value, true
}

// Map is a copy of the pairs, as AWS KMS takes them.
func (c Context) Map() map[string]string {
	m := make(map[string]string, len(c.pairs))
	for _, p := range c.pairs {
		m[p.key] = p.value
	}
	return m
}

// Bytes is the serialized context, the additional data of every wrapping. The caller must not change it.
func (c Context) Bytes() []byte { return c.bytes }

// Attributes gives back the attributes that went into the context: the keys, and with header version 2 everything
// that is SignAndInclude. A branch key is chosen by them.
func (c Context) Attributes() (Item, error) {
	legend, second := c.Get(legendKey)
	item := Item{}
	n := 0
	for _, p := range c.pairs {
		name, ok := strings.CutPrefix(p.key, attributePrefix)
		if !ok {
			continue
		}
		letter := byte('B')
		if second {
			if n >= len(legend) {
				return nil, malformed("the encryption context's legend is too short")
			}
			letter = legend[n]
			n++
		}
		v, ok := contextValue(letter, p.value)
		if !ok {
			return nil, malformed("the encryption context holds no value of attribute " + name)
		}
		item[name] = v
	}
	if n != len(legend) {
		return nil, malformed("the encryption context's legend is too long")
	}
	return item, nil
}

// contextValue reverses contextText.
func contextValue(letter byte, text string) (Value, bool) {
	switch letter {
	case 'S':
		return String(text), true
	case 'N':
		return Number(text), true
	case 'L':
		switch text {
		case "true":
			return Bool(true), true
		case "false":
			return Bool(false), true
		case "null":
			return Null{}, true
		}
		return nil, false
	case 'B':
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(b) < 2 {
			return nil, false
		}
		v, err := decodeValue(kind(binary.BigEndian.Uint16(b)), b[2:])
		return v, err == nil
	default:
		return nil, false
	}
}

// contextText is how a value stands in the context of header version 2, with its letter in the legend.
func contextText(k kind, serialized []byte) (letter byte, text string) {
	switch k {
	case kindString:
		return 'S', string(serialized)
	case kindNumber:
		return 'N', string(serialized)
	case kindNull:
		return 'L', "null"
	case kindBool:
		if serialized[0] == 1 {
			return 'L', "true"
		}
		return 'L', "false"
	default:
		return 'B', contextBase64(k, serialized)
	}
}

// contextBase64 is how a key's value stands in the context of header version 1.
func contextBase64(k kind, serialized []byte) string {
	b := make([]byte, 2, 2+len(serialized))
	binary.BigEndian.PutUint16(b, uint16(k))
	return base64.StdEncoding.EncodeToString(append(b, serialized...))
}
