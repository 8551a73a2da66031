package seal

import (
	"encoding/binary"
	"slices"
	"strings"
)

// field is one attribute on its way through sealing or opening.
type field struct {
	name   string
	value  Value // as it came in
	action Action
	kind   kind   // type id of data
	data   []byte // serialized value as it is signed; of an encrypted field its ciphertext and tag
	sealed []byte // what the item holds for an encrypted field: type id and data
}

func (a Action) legend() byte {
	switch a {
	case EncryptAndSign:
		return 'e'
	case SignAndInclude:
		return 'c'
	default:
		return 's'
	}
}

// sortFields puts signed fields into the order of their canonical paths.
func sortFields(fields []field) {
	slices.SortFunc(fields, func(a, b field) int { return compareNames(a.name, b.name) })
}

// serialize fills kind and data of each field from one buffer. For fields that are encrypted in the item, as they are
// when it is opened, encrypted is true and the value's own type id is taken from its first two bytes.
func serialize(fields []field, base error, encrypted bool) error {
	size := 64 // what follows counts scalars only; sets, maps and lists may make the buffer grow
	for i := range fields {
		switch v := fields[i].value.(type) {
		case String:
			size += len(v)
		case Number:
			size += len(v)
		case Binary:
			if !encrypted || fields[i].action != EncryptAndSign {
				size += len(v)
			}
		}
	}
	arena := make([]byte, 0, size)
	spans := make([]int, 0, len(fields)+1)
	for i := range fields {
		f := &fields[i]
		spans = append(spans, len(arena))
		if f.value == nil {
			return attributeError(base, f.name, errNoValue)
		}
		if b, ok := f.value.(Binary); ok && encrypted && f.action == EncryptAndSign {
			f.kind, f.data = kind(binary.BigEndian.Uint16(b)), b[2:]
			continue
		}
		f.kind = f.value.kind()
		var err error
		if arena, err = appendValue(arena, f.value, 1); err != nil {
			return attributeError(base, f.name, err)
		}
	}
	spans = append(spans, len(arena))
	for i := range fields {
		if f := &fields[i]; f.data == nil {
			f.data = arena[spans[i]:spans[i+1]:spans[i+1]]
		}
	}
	return nil
}

// pathPrefix is the part of canonical paths that all attributes of a table share: the table's name, the depth 1 and the
// mark of a map's key.
func pathPrefix(table string) string {
	return table + "\x00\x00\x00\x00\x00\x00\x00\x01$"
}

// appendPath appends an attribute's canonical path, given the table's prefix.
func appendPath(dst []byte, prefix, name string) []byte {
	dst = append(dst, prefix...)
	dst = binary.BigEndian.AppendUint64(dst, uint64(len(name)))
	return append(dst, name...)
}

// baseContext is the part of the encryption context that is not stored but computed from configuration and item on
// both sides, and so ties an item to its table and key.
func (t *Table) baseContext(fields []field, second bool) []pair {
	pairs := make([]pair, 0, 6)
	pairs = append(pairs, pair{tableNameKey, t.Name}, pair{partitionNameKey, t.PartitionKey})
	if t.SortKey != "" {
		pairs = append(pairs, pair{sortNameKey, t.SortKey})
	}
	if !second {
		for i := range fields {
			if f := &fields[i]; f.name == t.PartitionKey || f.name == t.SortKey {
				pairs = append(pairs, pair{attributePrefix + f.name, contextBase64(f.kind, f.data)})
			}
		}
		return pairs
	}
	var included []*field
	for i := range fields {
		if fields[i].action == SignAndInclude {
			included = append(included, &fields[i])
		}
	}
	slices.SortFunc(included, func(a, b *field) int { return strings.Compare(a.name, b.name) })
	legend := make([]byte, 0, len(included))
	for _, f := range included {
		letter, text := contextText(f.kind, f.data)
		legend = append(legend, letter)
		pairs = append(pairs, pair{attributePrefix + f.name, text})
	}
	return append(pairs, pair{legendKey, string(legend)})
}
