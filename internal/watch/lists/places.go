package lists

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Networks are the names of lists that say whose the networks of the internet are, and in which country.
var Networks = map[string]string{
	"asn":     "networks with the number of the autonomous system they belong to, and their country where the file has it",
	"country": "networks with their country",
}

// Range is a network, or addresses that follow each other, of one place.
type Range struct {
	From, To netip.Addr
	ASN      uint32 // 0 where it is not known
	Country  string // of two letters, empty where it is not known
}

// columns are where a file has what.
type columns struct{ network, from, to, asn, country int }

// names are what known files call their columns: GeoLite's and IPinfo's, DB-IP's, and what is plain.
var names = map[string]string{
	"network": "network", "cidr": "network", "prefix": "network", "start_ip": "from", "ip_start": "from", "range_start": "from", "from": "from",
	"end_ip": "to", "ip_end": "to", "range_end": "to", "to": "to", "asn": "asn", "as_number": "asn", "autonomous_system_number": "asn",
	"country_code": "country", "country": "country", "country_iso_code": "country",
}

// ReadNetworks reads rows of networks with their system and country, packed with gzip or not. Rows have commas or tabs between
// their columns; the first names them, or they are told by what they look like: a network in CIDR form, or a first and a last
// address, then a number, with or without AS, and two letters. That is how iptoasn.com, DB-IP, IPinfo and, for its ASN file, GeoLite
// write them. Rows that say neither are left out. bad are the numbers of rows that are none, the first of them.
func ReadNetworks(in io.Reader) (ranges []Range, bad []int, err error) {
	b := bufio.NewReader(in)
	if magic, err := b.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, nil, err
		}
		b = bufio.NewReader(z)
	}
	first, err := b.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	line, _, _ := strings.Cut(string(first), "\n")
	r := csv.NewReader(b)
	r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord, r.Comment = -1, true, true, '#'
	if strings.Contains(line, "\t") {
		r.Comma = '\t'
	}
	var at *columns
	for n := 1; ; n++ {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, fmt.Errorf("row %d: %w", n, err)
		}
		if n == 1 {
			if at, err = header(row); err != nil {
				return nil, nil, err
			}
			if at != nil {
				continue
			}
		}
		x, ok := network(row, at)
		switch {
		case !ok:
			if len(bad) < 10 {
				bad = append(bad, n)
			}
		case len(ranges) >= maxEntries:
			return nil, nil, fmt.Errorf("it has more than %d rows", maxEntries)
		case x.ASN != 0 || x.Country != "":
			ranges = append(ranges, x)
		}
	}
	if len(ranges) == 0 {
		return nil, bad, errors.New("it holds no network with its system or country")
	}
	return ranges, bad, nil
}

// header is where the columns are that a first row names; nil where it is a row as the others.
func header(row []string) (*columns, error) {
	at := columns{-1, -1, -1, -1, -1}
	place := map[string]*int{"network": &at.network, "from": &at.from, "to": &at.to, "asn": &at.asn, "country": &at.country}
	some := false
	for i, name := range row {
		name = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(name), "\ufeff"))
		if p := place[names[name]]; p != nil {
			some = true
			// The code of a country, where there is its name as well.
			if *p < 0 || name == "country_code" || name == "country_iso_code" {
				*p = i
			}
		}
	}
	switch {
	case !some:
		return nil, nil
	case at.network < 0 && (at.from < 0 || at.to < 0):
		return nil, errors.New("its first row names no column network, and none for the first and last address")
	case at.asn < 0 && at.country < 0:
		return nil, errors.New("its first row names neither a column asn nor country_code; countries by a number, as GeoLite's have them, have to be joined with their names first")
	}
	return &at, nil
}

// network reads a row.
func network(row []string, at *columns) (x Range, ok bool) {
	if at == nil {
		at = look(row)
	}
	if at.network >= 0 && at.network < len(row) {
		p, err := netip.ParsePrefix(strings.TrimSpace(row[at.network]))
		if a, e := netip.ParseAddr(strings.TrimSpace(row[at.network])); err != nil && e == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			return x, false
		}
		x.From, x.To = p.Masked().Addr(), last(p)
	} else {
		if at.from < 0 || at.to < 0 || max(at.from, at.to) >= len(row) {
			return x, false
		}
		var err, err2 error
		x.From, err = netip.ParseAddr(strings.TrimSpace(row[at.from]))
		x.To, err2 = netip.ParseAddr(strings.TrimSpace(row[at.to]))
		if err != nil || err2 != nil || x.From.Is4() != x.To.Is4() || x.To.Less(x.From) {
			return x, false
		}
	}
	if at.asn >= 0 && at.asn < len(row) {
		x.ASN, _ = system(row[at.asn])
	}
	if at.country >= 0 && at.country < len(row) && isCountry(row[at.country]) {
		x.Country = strings.ToUpper(strings.TrimSpace(row[at.country]))
	}
	return x, true
}

// look tells columns by what they look like.
func look(row []string) *columns {
	at := columns{-1, -1, -1, -1, -1}
	for i, v := range row {
		v = strings.TrimSpace(v)
		_, isAddress := netip.ParseAddr(v)
		_, isSystem := system(v)
		switch {
		case strings.Contains(v, "/") && at.network < 0 && i == 0:
			at.network = i
		case isAddress == nil && at.from < 0:
			at.from = i
		case isAddress == nil && at.to < 0:
			at.to = i
		case isSystem && at.asn < 0:
			at.asn = i
		case isCountry(v) && at.country < 0:
			at.country = i
		}
	}
	return &at
}

func system(v string) (uint32, bool) {
	v = strings.TrimSpace(v)
	if len(v) > 2 && strings.EqualFold(v[:2], "as") {
		v = v[2:]
	}
	n, err := strconv.ParseUint(v, 10, 32)
	return uint32(n), err == nil
}

func isCountry(v string) bool {
	v = strings.TrimSpace(v)
	return len(v) == 2 && v[0] >= 'A' && v[0] <= 'Z' && v[1] >= 'A' && v[1] <= 'Z'
}

// last is the last address of a network.
func last(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b) // of the length that it was
	return a
}

// table looks up networks: by their first address, those that are inside others after them.
type table struct {
	ranges []Range
	// outer is the nearest range before each that reaches beyond it, or -1.
	outer []int32
}

func newTable(ranges []Range) *table {
	t := &table{ranges: slices.Clone(ranges)}
	for i := range t.ranges {
		t.ranges[i].From, t.ranges[i].To = t.ranges[i].From.Unmap(), t.ranges[i].To.Unmap()
	}
	slices.SortStableFunc(t.ranges, func(a, b Range) int { return cmp.Or(a.From.Compare(b.From), b.To.Compare(a.To)) })
	t.outer = make([]int32, len(t.ranges))
	for i := range t.ranges {
		o := int32(i - 1) // there are no more than maxEntries
		for o >= 0 && t.ranges[o].To.Less(t.ranges[i].From) {
			o = t.outer[o]
		}
		t.outer[i] = o
	}
	return t
}

// of is the smallest range with an address that knows what is asked for.
func (t *table) of(a netip.Addr, knows func(*Range) bool) *Range {
	if t == nil {
		return nil
	}
	i, found := slices.BinarySearchFunc(t.ranges, a, func(r Range, a netip.Addr) int { return r.From.Compare(a) })
	for found && i+1 < len(t.ranges) && t.ranges[i+1].From == a {
		i++
	}
	if !found {
		i--
	}
	for o := int32(i); o >= 0; o = t.outer[o] { //nolint:gosec // there are no more than maxEntries
		if r := &t.ranges[o]; !a.Less(r.From) && !r.To.Less(a) && knows(r) {
			return r
		}
	}
	return nil
}

// Places reports whether there is a list that says whose networks are, and one that says in which country.
func (s *Set) Places() (asn, country bool) { return s.asn != nil, s.country != nil }

// ASN is the autonomous system of an address as AS64500, empty where it is not known.
func (s *Set) ASN(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || s.asn == nil {
		return ""
	}
	if r := s.asn.of(a.Unmap(), func(r *Range) bool { return r.ASN != 0 }); r != nil {
		return "AS" + strconv.FormatUint(uint64(r.ASN), 10)
	}
	return ""
}

// Country is the country of an address in two letters, empty where it is not known.
func (s *Set) Country(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || s.country == nil {
		return ""
	}
	if r := s.country.of(a.Unmap(), func(r *Range) bool { return r.Country != "" }); r != nil {
		return r.Country
	}
	return ""
}

// networks makes the tables. Where only one list is there, it says what it has of the other as well.
func (s *Set) networks(all []*List) {
	has := func(ranges []Range, ok func(Range) bool) bool { return slices.ContainsFunc(ranges, ok) }
	isASN, isCountry := func(r Range) bool { return r.ASN != 0 }, func(r Range) bool { return r.Country != "" }
	for _, own := range []bool{true, false} {
		for _, l := range all {
			if len(l.Ranges) == 0 {
				continue
			}
			if s.asn == nil && (l.Name == "asn") == own && has(l.Ranges, isASN) {
				s.asn = newTable(l.Ranges)
			}
			if s.country == nil && (l.Name == "country") == own && has(l.Ranges, isCountry) {
				s.country = newTable(l.Ranges)
			}
		}
	}
}
