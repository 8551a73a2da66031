package lists

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
)

// TestNetworks reads the forms that such files have, and looks addresses up in them.
func TestNetworks(t *testing.T) {
	for name, c := range map[string]struct{ text, asn, country string }{
		"iptoasn":            {"198.51.100.0\t198.51.100.255\t64500\tDE\tEXAMPLE\n203.0.113.0\t203.0.113.255\t0\tNone\tNot routed\n", "AS64500", "DE"},
		"GeoLite's ASN":      {"network,autonomous_system_number,autonomous_system_organization\n198.51.100.0/24,64500,\"Example, Inc.\"\n", "AS64500", ""},
		"IPinfo":             {"network,country,country_code,continent,continent_code,asn,as_name,as_domain\n198.51.100.0/24,Germany,DE,Europe,EU,AS64500,Example,example.com\n", "AS64500", "DE"},
		"DB-IP's countries":  {"198.51.100.0,198.51.100.255,DE\n2001:db8::,2001:db8::ffff,FR\n", "", "DE"},
		"plain":              {"# ours\n198.51.100.0/24,AS64500,DE\n", "AS64500", "DE"},
		"the smaller one":    {"198.51.0.0/16,AS1,US\n198.51.100.0/24,AS64500,DE\n198.51.101.0/24,AS2,FR\n", "AS64500", "DE"},
		"one inside, before": {"198.51.0.0/16,AS64500,DE\n198.51.50.0/24,AS1,US\n198.51.60.0/24,AS2,FR\n", "AS64500", "DE"},
		"what is known of":   {"198.51.0.0/16,AS64500,DE\n198.51.100.0/24,,FR\n", "AS64500", "FR"},
	} {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, _ = z.Write([]byte(c.text))
		_ = z.Close()
		for _, text := range []string{c.text, packed.String()} {
			ranges, bad, err := ReadNetworks(strings.NewReader(text))
			if err != nil || len(bad) > 0 {
				t.Fatalf("%s: %v %v", name, bad, err)
			}
			s := NewSet([]*List{{Name: "asn", Ranges: ranges}, {Name: "tor", Entries: []string{"198.51.100.7"}}})
			if asn, country := s.ASN("198.51.100.7"), s.Country("198.51.100.7"); asn != c.asn || country != c.country {
				t.Errorf("%s: %q %q", name, asn, country)
			}
			for _, none := range []string{"198.50.255.255", "198.52.0.0", "10.0.0.1", "::1", "rds.amazonaws.com", ""} {
				if s.ASN(none)+s.Country(none) != "" {
					t.Errorf("%s: %s is %q %q", name, none, s.ASN(none), s.Country(none))
				}
			}
		}
	}
	for text, want := range map[string]string{
		"":                    "it holds no network",
		"tor exits\nof today": "it holds no network",
		"network,geoname_id\n198.51.100.0/24,2921044\n": "neither a column asn nor country_code",
		"asn,country_code\n64500,DE\n":                  "names no column network",
	} {
		if _, _, err := ReadNetworks(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, bad, err := ReadNetworks(strings.NewReader("198.51.100.0/24,AS64500\nnonsense,AS1\n198.51.100.9,198.51.100.1,AS1\n")); err != nil || len(bad) != 2 || bad[0] != 2 {
		t.Errorf("%v %v", bad, err)
	}
}

// TestTwoLists takes each thing from the list that is named so, and what is missing from the other.
func TestTwoLists(t *testing.T) {
	read := func(name, text string) *List {
		ranges, _, err := ReadNetworks(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return &List{Name: name, Ranges: ranges}
	}
	both, country := read("asn", "198.51.100.0/24,AS64500,DE\n"), read("country", "198.51.100.0/24,FR\n")
	if s := NewSet([]*List{both, country}); s.ASN("198.51.100.7") != "AS64500" || s.Country("198.51.100.7") != "FR" {
		t.Errorf("%q %q", s.ASN("198.51.100.7"), s.Country("198.51.100.7"))
	}
	if s := NewSet([]*List{both}); s.Country("198.51.100.7") != "DE" {
		t.Errorf("%q", s.Country("198.51.100.7"))
	}
	if asn, of := NewSet([]*List{country}).Places(); asn || !of {
		t.Errorf("%v %v", asn, of)
	}
}
