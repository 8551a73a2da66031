package watch

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/axiomhq/hyperloglog"
)

// Distinct counts different things by their hashes: exactly as long as that takes no more room than a sketch, 4 KiB, and from
// then on by HyperLogLog with a standard error of 1.04/√4096, 1.6%. What it says follows from the set of hashes alone, in
// whatever order and in however many parts they came: a list becomes a sketch when it has more than maxExact, and a sketch
// keeps the largest value of each register. The sketch is always the dense one, which is what makes that so.
type Distinct struct {
	exact  []uint64 // in order
	sketch *hyperloglog.Sketch
}

const (
	maxExact  = 512
	precision = 12 // 4096 registers of a byte, as much as maxExact hashes
)

// Add takes a hash.
func (d *Distinct) Add(h uint64) {
	if d.sketch != nil {
		d.sketch.InsertHash(h)
		return
	}
	i, found := slices.BinarySearch(d.exact, h)
	if found {
		return
	}
	d.exact = slices.Insert(d.exact, i, h)
	if len(d.exact) > maxExact {
		d.grow()
	}
}

// grow makes it a sketch.
func (d *Distinct) grow() {
	if d.sketch != nil {
		return
	}
	s, err := hyperloglog.NewSketch(precision, false)
	if err != nil {
		panic(err) // the precision is a constant that it takes
	}
	for _, h := range d.exact {
		s.InsertHash(h)
	}
	d.sketch, d.exact = s, nil
}

// Merge takes all that another has.
func (d *Distinct) Merge(o *Distinct) {
	if o == nil {
		return
	}
	if o.sketch == nil {
		for _, h := range o.exact {
			d.Add(h)
		}
		return
	}
	d.grow()
	if err := d.sketch.Merge(o.sketch); err != nil {
		panic(err) // both have the same precision, which reading checks
	}
}

// Count is how many there are, or about how many where it is not [Distinct.Exact].
func (d *Distinct) Count() int {
	if d == nil {
		return 0
	}
	if d.sketch == nil {
		return len(d.exact)
	}
	return max(maxExact+1, int(d.sketch.Estimate())) //nolint:gosec // far below what an int holds
}

// Exact reports whether Count is exact.
func (d *Distinct) Exact() bool { return d == nil || d.sketch == nil }

// MarshalText is a list of hashes, or the registers, in base64.
func (d *Distinct) MarshalText() ([]byte, error) {
	body := []byte{0}
	if d.sketch != nil {
		text, err := d.sketch.MarshalBinary()
		if err != nil {
			return nil, err
		}
		body = append([]byte{1}, text...)
	}
	for _, h := range d.exact {
		body = binary.BigEndian.AppendUint64(body, h)
	}
	return base64.StdEncoding.AppendEncode(nil, body), nil
}

var errDistinct = errors.New("what was counted is cut off or changed")

// UnmarshalText reads what MarshalText wrote.
func (d *Distinct) UnmarshalText(text []byte) error {
	body, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil || len(body) == 0 {
		return errDistinct
	}
	*d = Distinct{}
	if body[0] == 1 {
		// The third byte is the precision; another one cannot be merged with ours.
		if len(body) < 3 || body[2] != precision {
			return errDistinct
		}
		d.sketch = &hyperloglog.Sketch{}
		if err := d.sketch.UnmarshalBinary(body[1:]); err != nil {
			return fmt.Errorf("%w: %w", errDistinct, err)
		}
		d.grow()
		return nil
	}
	body = body[1:]
	if len(body)%8 != 0 || len(body) > maxExact*8 {
		return errDistinct
	}
	for ; len(body) > 0; body = body[8:] {
		d.Add(binary.BigEndian.Uint64(body))
	}
	return nil
}
