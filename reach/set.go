package reach

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Range is every address from From to To, both of one family.
type Range struct{ From, To netip.Addr }

// Set is a set of IPv4 and IPv6 addresses. The zero value is empty. A Set is not changed once made.
type Set struct {
	// ranges are sorted, IPv4 first, and neither overlap nor touch.
	ranges []Range
}

// SetOf is the set of the addresses in the prefixes. Bits beyond a prefix's length do not matter; an IPv4 prefix
// written as IPv6 is one of IPv4; invalid prefixes hold nothing.
func SetOf(prefixes ...netip.Prefix) Set {
	ranges := make([]Range, 0, len(prefixes))
	for _, p := range prefixes {
		if r, ok := rangeOf(p); ok {
			ranges = append(ranges, r)
		}
	}
	return normal(ranges)
}

// SetOfAddresses is the set of single addresses.
func SetOfAddresses(addrs ...netip.Addr) Set {
	ranges := make([]Range, 0, len(addrs))
	for _, a := range addrs {
		if a = a.Unmap().WithZone(""); a.IsValid() {
			ranges = append(ranges, Range{a, a})
		}
	}
	return normal(ranges)
}

func rangeOf(p netip.Prefix) (Range, bool) {
	if !p.IsValid() {
		return Range{}, false
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	p = p.Masked()
	return Range{p.Addr(), last(p)}, true
}

// last is the highest address of a prefix.
func last(p netip.Prefix) netip.Addr {
	raw := p.Addr().As16()
	bits := p.Bits()
	if p.Addr().Is4() {
		bits += 96
	}
	for i := bits / 8; i < len(raw); i++ {
		if i == bits/8 {
			raw[i] |= 0xff >> (bits % 8)
		} else {
			raw[i] = 0xff
		}
	}
	a := netip.AddrFrom16(raw)
	if p.Addr().Is4() {
		return a.Unmap()
	}
	return a
}

// normal sorts ranges and joins those that overlap or touch.
func normal(ranges []Range) Set {
	if len(ranges) == 0 {
		return Set{}
	}
	slices.SortFunc(ranges, func(a, b Range) int { return a.From.Compare(b.From) })
	out := ranges[:1]
	for _, r := range ranges[1:] {
		out = appendRange(out, r)
	}
	return Set{out}
}

// appendRange adds a range that starts no earlier than the last one.
func appendRange(out []Range, r Range) []Range {
	if n := len(out); n > 0 {
		l := &out[n-1]
		if l.To.BitLen() == r.From.BitLen() && (r.From.Compare(l.To) <= 0 || l.To.Next() == r.From) {
			if l.To.Less(r.To) {
				l.To = r.To
			}
			return out
		}
	}
	return append(out, r)
}

// Empty reports whether the set holds no address.
func (s Set) Empty() bool { return len(s.ranges) == 0 }

// Contains reports whether the set holds the address.
func (s Set) Contains(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	i, found := slices.BinarySearchFunc(s.ranges, a, func(r Range, a netip.Addr) int { return r.From.Compare(a) })
	if found {
		return true
	}
	return i > 0 && s.ranges[i-1].To.BitLen() == a.BitLen() && a.Compare(s.ranges[i-1].To) <= 0
}

// Equal reports whether both sets hold the same addresses.
func (s Set) Equal(t Set) bool { return slices.Equal(s.ranges, t.ranges) }

// Union is what either set holds.
func (s Set) Union(t Set) Set {
	if s.Empty() {
		return t
	}
	if t.Empty() || s.same(all) || s.same(t) {
		return s
	}
	if t.same(all) {
		return t
	}
	out := make([]Range, 0, len(s.ranges)+len(t.ranges))
	a, b := s.ranges, t.ranges
	for len(a) > 0 || len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && a[0].From.Compare(b[0].From) <= 0 {
			out, a = appendRange(out, a[0]), a[1:]
		} else {
			out, b = appendRange(out, b[0]), b[1:]
		}
	}
	return Set{out}
}

// same reports whether both are one set, in memory.
func (s Set) same(t Set) bool {
	return len(s.ranges) == len(t.ranges) && len(s.ranges) > 0 && &s.ranges[0] == &t.ranges[0]
}

// Intersect is what both sets hold.
func (s Set) Intersect(t Set) Set {
	switch {
	case t.same(all), s.same(t): // by far the most
		return s
	case s.same(all):
		return t
	case s.Empty() || t.Empty():
		return Set{}
	}
	out := make([]Range, 0, len(s.ranges)+len(t.ranges)-1)
	for a, b := s.ranges, t.ranges; len(a) > 0 && len(b) > 0; {
		from, to := a[0].From, a[0].To
		if from.Less(b[0].From) {
			from = b[0].From
		}
		if b[0].To.Less(to) {
			to = b[0].To
		}
		if from.Compare(to) <= 0 { // never across families: addresses of IPv4 are below those of IPv6
			out = append(out, Range{from, to})
		}
		if a[0].To.Less(b[0].To) {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return Set{out}
}

// Subtract is what s holds and t does not.
func (s Set) Subtract(t Set) Set {
	if s.Empty() || t.Empty() {
		return s
	}
	var out []Range
	b := t.ranges
	for _, r := range s.ranges {
		from, done := r.From, false
		for len(b) > 0 && b[0].To.Less(from) {
			b = b[1:]
		}
		for i := 0; i < len(b) && b[i].From.Compare(r.To) <= 0; i++ {
			if from.Less(b[i].From) {
				out = append(out, Range{from, b[i].From.Prev()})
			}
			if r.To.Compare(b[i].To) <= 0 {
				done = true
				break
			}
			if from.Compare(b[i].To) <= 0 {
				from = b[i].To.Next()
			}
		}
		if !done {
			out = append(out, Range{from, r.To})
		}
	}
	return Set{out}
}

// Overlaps reports whether any address is in both sets.
func (s Set) Overlaps(t Set) bool {
	for a, b := s.ranges, t.ranges; len(a) > 0 && len(b) > 0; {
		switch {
		case a[0].To.Less(b[0].From):
			a = a[1:]
		case b[0].To.Less(a[0].From):
			b = b[1:]
		default:
			return true
		}
	}
	return false
}

// Covers reports whether s holds all that t holds.
func (s Set) Covers(t Set) bool {
	a := s.ranges
	for _, r := range t.ranges {
		for len(a) > 0 && a[0].To.Less(r.From) {
			a = a[1:]
		}
		if len(a) == 0 || r.From.Less(a[0].From) || a[0].To.Less(r.To) {
			return false
		}
	}
	return true
}

// Ranges returns the set as sorted ranges that neither overlap nor touch, IPv4 first.
func (s Set) Ranges() []Range { return slices.Clone(s.ranges) }

// Prefixes returns the fewest prefixes that make up the set, sorted, IPv4 first.
func (s Set) Prefixes() []netip.Prefix {
	var out []netip.Prefix
	for _, r := range s.ranges {
		for from := r.From; ; {
			bits := from.BitLen()
			for bits > 0 {
				p, err := from.Prefix(bits - 1)
				if err != nil || p.Addr() != from || r.To.Less(last(p)) {
					break
				}
				bits--
			}
			p := netip.PrefixFrom(from, bits)
			out = append(out, p)
			if last(p) == r.To {
				break
			}
			from = last(p).Next()
		}
	}
	return out
}

// String lists the prefixes, the first eight of many.
func (s Set) String() string {
	if s.Empty() {
		return "no address"
	}
	const most = 8
	var b strings.Builder
	list := s.Prefixes()
	for i, p := range list {
		if i == most {
			b.WriteString(" and " + strconv.Itoa(len(list)-most) + " more")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		if p.IsSingleIP() {
			b.WriteString(p.Addr().String())
		} else {
			b.WriteString(p.String())
		}
	}
	return b.String()
}

// MarshalText lists every prefix, separated by commas.
func (s Set) MarshalText() ([]byte, error) {
	var out []byte
	for i, p := range s.Prefixes() {
		if i > 0 {
			out = append(out, ',')
		}
		out = p.AppendTo(out)
	}
	return out, nil
}

var (
	every4 = netip.MustParsePrefix("0.0.0.0/0")
	every6 = netip.MustParsePrefix("::/0")
	all    = SetOf(every4, every6)
	all4   = SetOf(every4)
	all6   = SetOf(every6)

	// reserved is what the internet carries no connections from: RFC 6890's private, shared, link-local and loopback ranges,
	// multicast and what is kept for later, and IPv6 outside 2000::/3. Documentation ranges stay in: examples use them.
	reserved = SetOf(
		netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"),
		netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("172.16.0.0/12"),
		netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("224.0.0.0/3"),
	).Union(all6.Subtract(SetOf(netip.MustParsePrefix("2000::/3"))))
	public = all.Subtract(reserved)
)

// pair is a step of a way: the addresses that surely pass, and those that may. yes is part of may.
type pair struct{ yes, may Set }

var (
	passes = pair{all, all}
	stops  = pair{}
	open3  = pair{may: all} // whether anything passes is not known
)

func (p pair) and(q pair) pair { return pair{p.yes.Intersect(q.yes), p.may.Intersect(q.may)} }
func (p pair) or(q pair) pair  { return pair{p.yes.Union(q.yes), p.may.Union(q.may)} }
func (p pair) in(s Set) pair   { return pair{p.yes.Intersect(s), p.may.Intersect(s)} }

// at is the verdict for something that stands anywhere in place, it is not known where.
func (p pair) at(place Set) Verdict {
	switch {
	case !p.may.Overlaps(place):
		return Closed
	case p.yes.Covers(place):
		return Open
	}
	return Maybe
}

// some is the verdict for whether any address of place passes.
func (p pair) some(place Set) Verdict {
	switch {
	case p.yes.Overlaps(place):
		return Open
	case p.may.Overlaps(place):
		return Maybe
	}
	return Closed
}
