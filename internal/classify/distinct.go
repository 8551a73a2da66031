package classify

import (
	"encoding/binary"
	"math/bits"
)

// maxDistinct is how many distinct values a column tells apart exactly. Beyond it the table forgets, so that a value
// seen long ago may count once more; memory stays at 160 KiB per column.
const maxDistinct = 1 << 13

const (
	firstSlots = 64
	maxSlots   = 2 * maxDistinct
	window     = 8 // slots in which a hash may lie
)

// distinct is a set of hashes, each with a note.
type distinct struct {
	hashes []uint64 // zero is an empty slot
	notes  []uint16
	n      int
}

// at finds the slot of a hash: where it is, or where it goes.
func (t *distinct) at(h uint64) (slot int, seen bool) {
	if len(t.hashes) == 0 {
		t.hashes, t.notes = make([]uint64, firstSlots), make([]uint16, firstSlots)
	}
	for {
		mask := uint64(len(t.hashes) - 1) //nolint:gosec // a length is not negative
		home := h & mask
		for i := range uint64(window) {
			at := (home + i) & mask
			switch t.hashes[at] {
			case h:
				return int(at), true //nolint:gosec // below len
			case 0:
				if 2*t.n < len(t.hashes) || len(t.hashes) == maxSlots {
					return int(at), false //nolint:gosec // below len
				}
			}
		}
		if len(t.hashes) == maxSlots {
			return int((home + h>>61) & mask), false //nolint:gosec // below len
		}
		t.grow()
	}
}

func (t *distinct) grow() {
	old, notes := t.hashes, t.notes
	t.hashes, t.notes = make([]uint64, 4*len(old)), make([]uint16, 4*len(old))
	if len(t.hashes) > maxSlots {
		t.hashes, t.notes = t.hashes[:maxSlots], t.notes[:maxSlots]
	}
	t.n = 0
	mask := uint64(len(t.hashes) - 1) //nolint:gosec // a length is not negative
	for i, h := range old {
		if h == 0 {
			continue
		}
		at := h & mask
		for j := range uint64(window) {
			if t.hashes[(at+j)&mask] == 0 {
				at = (at + j) & mask
				break
			}
		}
		if t.hashes[at] == 0 {
			t.n++
		}
		t.hashes[at], t.notes[at] = h, notes[i]
	}
}

func (t *distinct) put(slot int, h uint64, note uint16) {
	if t.hashes[slot] == 0 {
		t.n++
	}
	t.hashes[slot], t.notes[slot] = h, note
}

// hash mixes a value into 64 bits, never zero. It is fast and not made against people who choose values to collide:
// what a collision costs is one value that is not looked at.
func hash(v []byte) uint64 {
	const a, b = 0x9e3779b97f4a7c15, 0xd6e8feb86659fd93
	h := uint64(len(v)) * a
	for len(v) > 8 {
		hi, lo := bits.Mul64(h^binary.LittleEndian.Uint64(v), b)
		h = hi ^ lo ^ a
		v = v[8:]
	}
	var last uint64
	for i, c := range v {
		last |= uint64(c) << (8 * i)
	}
	hi, lo := bits.Mul64(h^last, b)
	hi, lo = bits.Mul64(hi^lo^a, a)
	if h = hi ^ lo; h == 0 {
		h = 1
	}
	return h
}
