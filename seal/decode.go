package seal

import (
	"encoding/binary"
	"errors"
	"slices"
	"unicode/utf8"
)

var errValueForm = errors.New("holds bytes that are no serialized value")

// reader takes a serialized value apart. After the first failure it gives zero values and stays bad.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) take(n int) []byte {
	if r.bad || n < 0 || n > len(r.rest) {
		r.bad = true
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) uint8() int {
	if b := r.take(1); !r.bad {
		return int(b[0])
	}
	return 0
}

func (r *reader) uint16() int {
	if b := r.take(2); !r.bad {
		return int(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (r *reader) uint32() int {
	if b := r.take(4); !r.bad {
		return int(binary.BigEndian.Uint32(b))
	}
	return 0
}

func (r *reader) kind() kind {
	if b := r.take(2); !r.bad {
		return kind(binary.BigEndian.Uint16(b))
	}
	return 0
}

// short is a field with a two-byte length, long one with four.
func (r *reader) short() []byte { return r.take(r.uint16()) }
func (r *reader) long() []byte  { return r.take(r.uint32()) }

// text is a field that must be UTF-8.
func (r *reader) text(b []byte) string {
	if !utf8.Valid(b) {
		r.bad = true
	}
	return string(b)
}

// decodeValue reads a value of type k out of all of b. Members of sets may come in any order, because a writer's order
// is covered by the signature and carries no meaning, but none may be there twice. The result shares no memory with b.
func decodeValue(k kind, b []byte) (Value, error) {
	r := &reader{rest: b}
	v := r.value(k, 1)
	if r.bad || len(r.rest) != 0 {
		return nil, errValueForm
	}
	return v, nil
}

// value reads a value that fills the rest of r.
func (r *reader) value(k kind, depth int) Value {
	if depth > maxDepth {
		r.bad = true
		return nil
	}
	switch k {
	case kindString:
		return String(r.text(r.take(len(r.rest))))
	case kindNumber:
		return Number(r.number(r.take(len(r.rest))))
	case kindBinary:
		return Binary(slices.Clone(r.take(len(r.rest))))
	case kindBool:
		n := r.uint8()
		r.bad = r.bad || n > 1
		return Bool(n == 1)
	case kindNull:
		return Null{}
	case kindStringSet:
		return StringSet(set(r, r.text, compareUTF16))
	case kindNumberSet:
		return NumberSet(set(r, r.number, compareUTF16))
	case kindBinarySet:
		return BinarySet(set(r, func(b []byte) []byte { return append([]byte{}, b...) }, compareBytes))
	case kindMap:
		return r.mapping(depth)
	case kindList:
		return r.list(depth)
	default:
		r.bad = true
		return nil
	}
}

// number takes any spelling of a number that DynamoDB can keep, and leaves it as it was written.
func (r *reader) number(b []byte) string {
	s := string(b)
	if _, err := normalize(s); err != nil {
		r.bad = true
	}
	return s
}

// count is how many entries follow, each of at least size bytes; a count that the rest cannot hold is refused before
// anything is allocated for it.
func (r *reader) count(size int) int {
	n := r.uint32()
	if n > len(r.rest)/size {
		r.bad = true
		return 0
	}
	return n
}

func set[M any](r *reader, member func([]byte) M, compare func(a, b M) int) []M {
	n := r.count(4)
	members := make([]M, 0, n)
	for range n {
		members = append(members, member(r.long()))
	}
	if r.bad {
		return nil
	}
	sorted := slices.SortedFunc(slices.Values(members), compare)
	for i := 1; i < len(sorted); i++ {
		if compare(sorted[i-1], sorted[i]) == 0 {
			r.bad = true
		}
	}
	return members
}

func (r *reader) mapping(depth int) Map {
	n := r.count(12)
	m := make(Map, n)
	for range n {
		if r.kind() != kindString {
			r.bad = true
		}
		key := r.text(r.long())
		if _, twice := m[key]; twice || key == "" || r.bad {
			r.bad = true
			return nil
		}
		m[key] = r.typed(depth + 1)
	}
	return m
}

func (r *reader) list(depth int) List {
	n := r.count(6)
	l := make(List, 0, n)
	for range n {
		if r.bad {
			return nil
		}
		l = append(l, r.typed(depth+1))
	}
	return l
}

// typed reads a value inside of another.
func (r *reader) typed(depth int) Value {
	k := r.kind()
	inner := reader{rest: r.long(), bad: r.bad}
	v := inner.value(k, depth)
	r.bad = r.bad || inner.bad || len(inner.rest) != 0
	return v
}
