package watch

import (
	"encoding/binary"
	"math"

	"github.com/bits-and-blooms/bloom/v3"
)

// Known are values of a detection that were seen and are too many to be kept one by one: a Bloom filter of 2 MiB. It never
// says of one that was seen that it is new, so that a team whose clients are many is not told of each of them again and
// again; of a new one it may say that it was seen, which hides a finding. That happens to fewer than one in a thousand new
// values up to a million that are known, and [State.Left] tells once it happens to more than one in a hundred.
//
// The other way round, with values forgotten and then new again, every value past the bound would be a finding, again and
// again: a storm in which the one that matters is hidden more surely.
type Known struct {
	Filter *bloom.BloomFilter `json:"filter"`
	All    *Distinct          `json:"all"`
}

// The filter's bits, and how many of them a value sets.
const (
	knownBits   = 1 << 24
	knownHashes = 8
)

func newKnown() *Known { return &Known{Filter: bloom.New(knownBits, knownHashes), All: &Distinct{}} }

func (k *Known) add(h uint64) {
	k.Filter.Add(binary.BigEndian.AppendUint64(nil, h))
	k.All.Add(h)
}

// has reports whether a value was seen, or is taken for one that was.
func (k *Known) has(h uint64) bool {
	return k != nil && k.Filter.Test(binary.BigEndian.AppendUint64(nil, h))
}

func (k *Known) merge(o *Known) error {
	k.All.Merge(o.All)
	return k.Filter.Merge(o.Filter)
}

// whole reports whether it is as this program makes it.
func (k *Known) whole() bool {
	return k.Filter != nil && k.All != nil && k.Filter.Cap() == knownBits && k.Filter.K() == knownHashes && k.Filter.BitSet().Len() == knownBits
}

// mistaken is the share of new values that are taken for known ones.
func (k *Known) mistaken() float64 {
	if k == nil {
		return 0
	}
	return math.Pow(1-math.Exp(-knownHashes*float64(k.All.Count())/knownBits), knownHashes)
}
