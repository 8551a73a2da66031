// Package lists holds lists of addresses and names that are known for something: exits of Tor, mining pools, what a team has
// put together itself. A list says when it was made and how old it may become; one that is too old still counts, and is told.
package lists

import (
	"bufio"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Kinds are the names that detections know, with what belongs into a list of the name.
var Kinds = map[string]string{
	"tor":         "nodes of the Tor network",
	"anonymizing": "proxies and virtual private networks that hide who calls",
	"malicious":   "addresses known to attack",
	"custom":      "addresses and names of your own choosing",
	"c2":          "servers that malware takes its orders from",
	"mining":      "pools of cryptocurrency miners",
	"blackhole":   "addresses that lead nowhere, which names of malware are pointed to",
	"drop-point":  "where stolen data is collected",
	"phishing":    "names that pretend to be others",
	"drive-by":    "names that make visitors download",
	"abused":      "names with a bad reputation",
	"suspicious":  "names that are new or hardly known",
	"doh":         "resolvers that answer over HTTPS",
}

// List is one, by its name. Entries are its lines; Ranges those of a list of [Networks], which has no entries.
type List struct {
	Name    string
	Source  string // file or address it was read from
	Made    time.Time
	MaxAge  time.Duration // 0 is forever
	Entries []string
	Ranges  []Range
}

// Len is how many entries or ranges it has.
func (l *List) Len() int { return len(l.Entries) + len(l.Ranges) }

//go:embed builtin/*.txt
var builtin embed.FS

// Builtin are the lists that come with Bailey: mining pools and resolvers over HTTPS, which hardly change.
func Builtin() []*List {
	var out []*List
	for _, name := range []string{"doh", "mining"} {
		f, err := builtin.Open("builtin/" + name + ".txt")
		if err != nil {
			panic(err) // it is embedded above
		}
		entries, _, err := Read(f)
		if err != nil {
			panic(err) // a test reads it
		}
		out = append(out, &List{Name: name, Source: "comes with Bailey", Entries: entries})
	}
	return out
}

// Stale reports whether a list is older than it may be.
func (l *List) Stale(now time.Time) bool { return l.MaxAge > 0 && now.Sub(l.Made) > l.MaxAge }

// ErrEmpty is a list without an entry that can be read.
var ErrEmpty = errors.New("it holds no address and no name")

// maxEntries bounds a list.
const maxEntries = 5_000_000

// Read reads a list: an address, a range in CIDR form or a name on each line, the first of several columns, with remarks after
// a # or a ;. bad are the numbers of lines that are none, the first of them.
func Read(in io.Reader) (entries []string, bad []int, err error) {
	s := bufio.NewScanner(in)
	s.Buffer(make([]byte, 64<<10), 1<<20)
	n := 0
	for s.Scan() {
		n++
		line, _, _ := strings.Cut(s.Text(), "#")
		line, _, _ = strings.Cut(line, ";")
		fields := strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\r' || r == '"' })
		if len(fields) == 0 {
			continue
		}
		e := strings.ToLower(fields[0])
		if (e == "0.0.0.0" || e == "127.0.0.1") && len(fields) > 1 { // the form of hosts files
			e = strings.ToLower(fields[1])
		}
		e = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(e, "*."), "."), ".")
		switch {
		case !valid(e):
			if len(bad) < 10 {
				bad = append(bad, n)
			}
			continue
		case len(entries) >= maxEntries:
			return nil, nil, fmt.Errorf("it has more than %d entries", maxEntries)
		}
		entries = append(entries, e)
	}
	if err := s.Err(); err != nil {
		return nil, nil, fmt.Errorf("line %d: %w", n+1, err)
	}
	slices.Sort(entries)
	entries = slices.Compact(entries)
	if len(entries) == 0 {
		return nil, bad, ErrEmpty
	}
	return entries, bad, nil
}

// valid reports whether an entry is an address, a range or a name with a dot in it.
func valid(e string) bool {
	if _, err := netip.ParseAddr(e); err == nil {
		return true
	}
	if p, err := netip.ParsePrefix(e); err == nil {
		return p.Bits() >= 8 // more would be everybody
	}
	if len(e) > 253 || !strings.Contains(e, ".") {
		return false
	}
	letter := false
	for i := range len(e) {
		c := e[i]
		letter = letter || c >= 'a' && c <= 'z'
		if c != '.' && c != '-' && c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return letter && !strings.Contains(e, "..") && e[0] != '-'
}

// Set is all lists together, to look something up. It is not changed after it was made, so that any number may look.
type Set struct {
	names     []string
	addresses map[netip.Addr]uint64
	prefixes  map[netip.Prefix]uint64
	lengths   []int // of prefixes, both families
	domains   map[string]uint64
	some      [1 << 13]uint64 // a bit for the first 19 bits of each address of version 4
	of        map[uint64][]string

	asn, country *table
}

// NewSet makes a set of up to 64 lists.
func NewSet(all []*List) *Set {
	s := &Set{addresses: map[netip.Addr]uint64{}, prefixes: map[netip.Prefix]uint64{}, domains: map[string]uint64{}, of: map[uint64][]string{}}
	lengths := map[int]bool{}
	slices.SortFunc(all, func(a, b *List) int { return cmp.Compare(a.Name, b.Name) })
	for _, l := range all[:min(len(all), 64)] {
		bit := uint64(1) << len(s.names)
		s.names = append(s.names, l.Name)
		for _, e := range l.Entries {
			if a, err := netip.ParseAddr(e); err == nil {
				a = a.Unmap()
				s.addresses[a] |= bit
				s.mark(netip.PrefixFrom(a, a.BitLen()))
			} else if p, err := netip.ParsePrefix(e); err == nil {
				p = p.Masked()
				s.prefixes[p] |= bit
				lengths[p.Bits()] = true
				s.mark(p)
			} else {
				s.domains[e] |= bit
			}
		}
	}
	s.networks(all)
	s.lengths = slices.Sorted(maps.Keys(lengths))
	masks := map[uint64]bool{}
	for _, m := range s.addresses {
		masks[m] = true
	}
	for _, m := range s.prefixes {
		masks[m] = true
	}
	for _, m := range s.domains {
		masks[m] = true
	}
	for m := range masks {
		s.of[m] = s.list(m)
	}
	return s
}

// mark sets the bits of the addresses of version 4 that a prefix covers.
func (s *Set) mark(p netip.Prefix) {
	if !p.Addr().Is4() {
		return
	}
	b := p.Addr().As4()
	from := (uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8) >> 13
	to := from
	if p.Bits() < 19 {
		to = from + 1<<(19-p.Bits()) - 1
	}
	for i := from; i <= to; i++ {
		s.some[i>>6] |= 1 << (i & 63)
	}
}

func (s *Set) list(mask uint64) []string {
	var out []string
	for i, n := range s.names {
		if mask&(1<<i) != 0 {
			out = append(out, n)
		}
	}
	return out
}

// Has reports whether there is a list of a name.
func (s *Set) Has(name string) bool { return slices.Contains(s.names, name) }

// Names are the lists that an address, or a name with the names above it, is on.
func (s *Set) Names(text string) []string {
	if len(s.names) == 0 || text == "" {
		return nil
	}
	mask := uint64(0)
	if c := text[len(text)-1]; c >= '0' && c <= '9' || strings.IndexByte(text, ':') >= 0 {
		a, err := netip.ParseAddr(text)
		if err == nil {
			return s.address(a.Unmap())
		}
	}
	if len(s.domains) == 0 {
		return nil
	}
	for t := strings.TrimSuffix(text, "."); t != ""; {
		mask |= s.domains[t]
		i := strings.IndexByte(t, '.')
		if i < 0 {
			break
		}
		t = t[i+1:]
	}
	if mask == 0 {
		return nil
	}
	return s.named(mask)
}

func (s *Set) address(a netip.Addr) []string {
	if a.Is4() {
		b := a.As4()
		i := (uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8) >> 13
		if s.some[i>>6]&(1<<(i&63)) == 0 {
			return nil
		}
	}
	mask := s.addresses[a]
	for _, n := range s.lengths {
		if p, err := a.Prefix(n); err == nil {
			mask |= s.prefixes[p]
		}
	}
	if mask == 0 {
		return nil
	}
	return s.named(mask)
}

func (s *Set) named(mask uint64) []string {
	if out, ok := s.of[mask]; ok {
		return out
	}
	return s.list(mask) // several entries together
}
