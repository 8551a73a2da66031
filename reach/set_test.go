package reach_test

import (
	"net/netip"
	"testing"

	"github.com/baileydb/bailey/reach"
)

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		out[i] = netip.MustParsePrefix(t)
	}
	return out
}

func set(texts ...string) reach.Set { return reach.SetOf(prefixes(texts...)...) }

func TestSet(t *testing.T) {
	for _, c := range []struct {
		name string
		got  reach.Set
		want string
	}{
		{"nothing", set(), "no address"},
		{"halves join", set("10.0.0.0/9", "10.128.0.0/9"), "10.0.0.0/8"},
		{"inner range disappears", set("10.1.0.0/16", "10.0.0.0/8"), "10.0.0.0/8"},
		{"neighbours that do not align stay apart", set("10.0.1.0/24", "10.0.2.0/24"), "10.0.1.0/24, 10.0.2.0/24"},
		{"three neighbours", set("10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"), "10.0.1.0/24, 10.0.2.0/23"},
		{"bits beyond the length do not matter", set("10.1.2.3/8"), "10.0.0.0/8"},
		{"IPv4 written as IPv6", set("::ffff:10.0.0.0/104"), "10.0.0.0/8"},
		{"families do not join", set("255.255.255.255/32", "::/128"), "255.255.255.255, ::"},
		{"everything", set("0.0.0.0/0", "::/0"), "0.0.0.0/0, ::/0"},
		{"a hole", set("10.0.0.0/30").Subtract(set("10.0.0.1/32")), "10.0.0.0, 10.0.0.2/31"},
		{"a hole over two ranges", set("10.0.0.0/31", "10.0.0.4/31").Subtract(set("10.0.0.1/32", "10.0.0.4/32")), "10.0.0.0, 10.0.0.5"},
		{"all but one", set("0.0.0.0/0").Subtract(set("0.0.0.0/1")), "128.0.0.0/1"},
		{"subtract the last address", set("255.255.255.254/31").Subtract(set("255.255.255.255/32")), "255.255.255.254"},
		{"intersection", set("10.0.0.0/8", "192.168.0.0/16").Intersect(set("10.2.0.0/16", "192.0.0.0/8")), "10.2.0.0/16, 192.168.0.0/16"},
		{"intersection of families", set("0.0.0.0/0").Intersect(set("::/0")), "no address"},
		{"IPv6", set("2001:db8::/33", "2001:db8:8000::/33"), "2001:db8::/32"},
	} {
		if got := c.got.String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// small maps a byte pair to a prefix in a world of 64 IPv4 and 64 IPv6 addresses, at the ends of both families, where
// mistakes hide.
func small(a, b byte) netip.Prefix {
	switch n := a % 64; {
	case b&1 == 0 && a&64 == 0:
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{0, 0, 0, n}), 26+int(b>>1)%7)
	case b&1 == 0:
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{255, 255, 255, 192 + n}), 26+int(b>>1)%7)
	default:
		var raw [16]byte
		raw[15] = n
		if a&64 != 0 {
			for i := range raw {
				raw[i] = 255
			}
			raw[15] = 192 + n
		}
		return netip.PrefixFrom(netip.AddrFrom16(raw), 122+int(b>>1)%7)
	}
}

// FuzzSet compares the operations with what they mean, address by address.
func FuzzSet(f *testing.F) {
	f.Add([]byte{0, 0, 64, 1, 70, 3}, []byte{1, 4, 63, 255})
	f.Add([]byte{63, 12, 0, 13, 127, 12}, []byte{127, 13, 64, 0})
	var world []netip.Addr
	for n := range byte(64) {
		for _, a := range []byte{n, n + 64} {
			world = append(world, small(a, 6<<1).Addr(), small(a, 6<<1|1).Addr())
		}
	}
	f.Fuzz(func(t *testing.T, x, y []byte) {
		build := func(raw []byte) (reach.Set, []netip.Prefix) {
			var ps []netip.Prefix
			for i := 0; i+1 < len(raw) && i < 24; i += 2 {
				ps = append(ps, small(raw[i], raw[i+1]))
			}
			return reach.SetOf(ps...), ps
		}
		in := func(a netip.Addr, ps []netip.Prefix) bool {
			for _, p := range ps {
				if p.Masked().Contains(a) {
					return true
				}
			}
			return false
		}
		a, as := build(x)
		b, bs := build(y)
		union, both, less := a.Union(b), a.Intersect(b), a.Subtract(b)
		overlaps, covers := false, true
		for _, addr := range world {
			ina, inb := in(addr, as), in(addr, bs)
			overlaps, covers = overlaps || ina && inb, covers && (ina || !inb)
			for what, c := range map[string]struct{ got, want bool }{
				"a": {a.Contains(addr), ina}, "union": {union.Contains(addr), ina || inb},
				"both": {both.Contains(addr), ina && inb}, "less": {less.Contains(addr), ina && !inb},
			} {
				if c.got != c.want {
					t.Fatalf("%s of %v and %v: %v is %v", what, as, bs, addr, c.got)
				}
			}
		}
		if a.Overlaps(b) != overlaps || a.Covers(b) != covers {
			t.Fatalf("%v and %v: overlaps %v, covers %v", as, bs, a.Overlaps(b), a.Covers(b))
		}
		for _, s := range []reach.Set{a, b, union, both, less} {
			if !reach.SetOf(s.Prefixes()...).Equal(s) {
				t.Fatalf("%v is not the set of its prefixes", s)
			}
			for i, r := range s.Ranges() {
				if i > 0 && (!s.Ranges()[i-1].To.Less(r.From) || s.Ranges()[i-1].To.Next() == r.From) {
					t.Fatalf("ranges of %v touch", s)
				}
			}
		}
	})
}
