package classify

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// one classifies a single column.
func one(s *Set, m Meta, values ...string) Result {
	c := s.NewColumn(m)
	for _, v := range values {
		c.AddString(v)
	}
	return Decide([]*Column{c})[0]
}

func repeat(n int, f func(i int) string) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = f(i)
	}
	return out
}

// valid makes random values that pass a detector's first form, from its shape.
func valid(t *testing.T, s *Set, name string, n int) []string {
	t.Helper()
	i, ok := s.byName[name]
	if !ok {
		t.Fatalf("no detector %s", name)
	}
	r := rand.New(rand.NewPCG(3, uint64(i)))
	var out []string
	for range 2_000_000 {
		v := randomOf(s.detectors[i].Random.Shape, r)
		if fix := fixed[name]; fix != nil {
			fix(v)
		}
		if s.passes(i, string(v)) {
			if out = append(out, string(v)); len(out) == n {
				return out
			}
		}
	}
	t.Fatalf("no %d valid values of %s", n, name)
	return nil
}

// TestOrdinaryColumns: what databases are full of is of no type, whatever the values pass by chance.
func TestOrdinaryColumns(t *testing.T) {
	s := load(t)
	r := rand.New(rand.NewPCG(5, 6))
	for _, c := range []struct {
		name   string
		values func(i int) string
	}{
		{"id", func(i int) string { return fmt.Sprint(i) }},
		{"order_id", func(i int) string { return fmt.Sprint(100000000 + i) }},
		{"account_ref", func(i int) string { return fmt.Sprint(1000000000 + 7*i) }},
		{"c1", func(int) string { return fmt.Sprintf("%09d", r.IntN(1e9)) }},
		{"c2", func(int) string { return fmt.Sprintf("%010d", r.IntN(1e10)) }},
		{"c3", func(int) string { return fmt.Sprintf("%011d", r.IntN(1e11)) }},
		{"c4", func(int) string { return fmt.Sprintf("%013d", r.IntN(1e13)) }},
		{"c5", func(int) string { return fmt.Sprintf("%016d", r.IntN(1e16)) }},
		{"c6", func(int) string { return fmt.Sprint(4_000_000_000_000_000 + r.IntN(1e15)) }},
		{"c7", func(int) string { return fmt.Sprint(4_242_000_000_000_000 + r.IntN(1e8)) }},
		{"created", func(i int) string { return fmt.Sprint(1700000000 + i) }},
		{"created_ms", func(i int) string { return fmt.Sprint(1700000000000 + 1000*i) }},
		{"created_at", func(i int) string { return fmt.Sprintf("2024-%02d-%02dT10:%02d:%02dZ", 1+i%12, 1+i%28, i%60, i%60) }},
		{"day", func(i int) string { return fmt.Sprintf("%02d/%02d/2024", 1+i%12, 1+i%28) }},
		{"price", func(int) string { return fmt.Sprintf("%.2f", r.Float64()*1000) }},
		{"measure", func(int) string { return fmt.Sprint(r.Float64() * 100) }},
		{"ratio", func(int) string { return fmt.Sprintf("0.00%d", r.IntN(1e13)) }},
		{"share", func(int) string { return fmt.Sprintf("%.12f", r.Float64()) }},
		{"pair", func(int) string { return fmt.Sprintf("%.3f - %.3f", r.Float64(), r.Float64()) }},
		{"scientific", func(int) string { return fmt.Sprintf("%e", r.Float64()) }},
		{"sku", func(i int) string { return fmt.Sprintf("AB-%05d", i) }},
		{"code", func(i int) string { return fmt.Sprintf("%c%02d", 'A'+i%26, i%100) }},
		{"sha256", func(int) string {
			return fmt.Sprintf("%016x%016x%016x%016x", r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64())
		}},
		{"md5", func(int) string { return fmt.Sprintf("%016x%016x", r.Uint64(), r.Uint64()) }},
		{"uuid", func(int) string {
			return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", r.Uint32(), r.IntN(65536), r.IntN(4096), r.IntN(4096), r.Uint64()>>16)
		}},
		{"version", func(i int) string { return fmt.Sprintf("%d.%d.%d.%d", 1+i%3, i%10, i%20, i%7) }},
		{"product_name", func(i int) string {
			return []string{"Blue Widget", "Large Lamp", "Steel Box", "Outdoor Chair", "Desk"}[i%5] + fmt.Sprint(" ", i)
		}},
		{"city", func(i int) string {
			return []string{"Berlin", "New York", "Los Angeles", "São Paulo", "Stuttgart", "Salt Lake City"}[i%6]
		}},
		{"status", func(i int) string { return []string{"OPEN", "SHIPPED", "CANCELED", "PENDING", "RETURNED"}[i%5] }},
		{"flag_email", func(i int) string { return fmt.Sprint(i % 2) }},
		{"email_sent", func(i int) string { return []string{"true", "false"}[i%2] }},
		{"phone_verified", func(i int) string { return []string{"Y", "N"}[i%2] }},
		{"page", func(i int) string { return fmt.Sprint(i % 100) }},
		{"file_name", func(i int) string { return fmt.Sprintf("IMG_%04d.jpg", i) }},
		{"url", func(i int) string { return fmt.Sprintf("https://example.com/p/%d?utm=x", i) }},
		{"time", func(i int) string { return fmt.Sprintf("%02d:%02d:%02d", i%24, i%60, i*7%60) }},
		{"duration", func(i int) string { return fmt.Sprintf("PT%dM%dS", i%60, i%59) }},
		{"colour", func(int) string { return fmt.Sprintf("#%06x", r.IntN(1<<24)) }},
		{"isbn", func(int) string { return fmt.Sprintf("978%010d", r.IntN(1e10)) }},
		{"progress", func(i int) string { return fmt.Sprintf("%d boxes are on the way", i) }},
		{"comment", func(i int) string {
			return fmt.Sprintf("Delivered %d boxes on 2024-03-%02d at 10:%02d, total 12,%03d.00", i, 1+i%28, i%60, i)
		}},
	} {
		for _, n := range []int{1, 3, 30, 2000} {
			got := one(s, Meta{Table: "t", Path: c.name}, repeat(n, c.values)...)
			if got.Verdict != None {
				t.Errorf("%s with %d values: %s", c.name, n, summary(got))
			}
		}
	}
}

func summary(r Result) string {
	return fmt.Sprintf("%s %s n=%d fit=%d k=%d chance=%.3g %v", r.Verdict, r.Type, r.N, r.Fit, r.K, r.Chance, r.Evidence)
}

// TestChecksumTypesWithoutAName: enough values that pass say what they are without any name.
func TestChecksumTypesWithoutAName(t *testing.T) {
	s := load(t)
	for _, name := range []string{"payment_card", "iban", "br_cpf", "es_dni", "vin", "imei", "uk_nhs", "nl_bsn", "tr_tckn", "it_codice_fiscale", "us_dea", "in_aadhaar"} {
		got := one(s, Meta{Table: "t", Path: "c1"}, valid(t, s, name, 200)...)
		found := got.Type == name
		for _, m := range got.Also {
			found = found || m.Type == name
		}
		if got.Verdict != Is || !found {
			t.Errorf("%s: %s", name, summary(got))
		}
	}
}

func TestVerdicts(t *testing.T) {
	s := load(t)
	ssn := repeat(50, func(i int) string { return fmt.Sprint(536904399 + 13*i) })
	note := repeat(400, func(i int) string { return fmt.Sprintf("the customer called again about order %d, see above", i) })
	withCard := append(append([]string{}, note...), "please charge 4111 1111 1111 1111 instead")
	for _, c := range []struct {
		name   string
		meta   Meta
		values []string
		want   Verdict
		typ    string
	}{
		{"bare nine digits need the name", Meta{Path: "c1"}, ssn, None, ""},
		{"and get it", Meta{Path: "ssn"}, ssn, Is, "us_ssn"},
		{"camel case", Meta{Path: "customerSSN"}, ssn, Is, "us_ssn"},
		{"a nested path", Meta{Path: "person.ids[].socialSecurity"}, ssn, Is, "us_ssn"},
		{"by foreign key", Meta{Path: "ref", References: "people.ssn"}, ssn, Is, "us_ssn"},
		{"one card in many notes", Meta{Path: "note"}, withCard, Contains, "payment_card"},
		{"notes alone", Meta{Path: "note"}, note, None, ""},
		{"by name only", Meta{Path: "salary"}, []string{"40000", "52000", "61000"}, Possible, "salary"},
		{"an empty column", Meta{Path: "email"}, nil, Possible, "email"},
		{"a name that the values contradict", Meta{Path: "email"}, repeat(20, func(i int) string { return fmt.Sprint(i) }), None, ""},
		{"made up card numbers", Meta{Path: "card_number"}, repeat(300, func(i int) string { return fmt.Sprintf("9%015d", i*7919) }), Is, "payment_card"},
		{"a German name", Meta{Path: "geburtsdatum"}, []string{"18.11.1985", "02.03.1971", "30.06.1999"}, Is, "date_of_birth"},
		{"a password", Meta{Path: "password"}, []string{"hunter2", "correct-horse", "tr0ub4dor"}, Is, "plaintext_password"},
		{"its hash", Meta{Path: "password"}, repeat(9, func(i int) string {
			return "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga3" + fmt.Sprint(100 + i)[:2] + "W"
		}), Is, "password_hash"},
		{"when it was changed", Meta{Path: "password_changed_at"}, []string{"2024-01-01", "2024-02-03"}, None, ""},
		{"the type says so", Meta{Path: "origin", Type: "inet"}, []string{"10.0.0.5", "10.0.0.6"}, Is, "ip_address"},
		{"a switch is nothing", Meta{Path: "email", Type: "boolean"}, nil, None, ""},
		{"a table of people", Meta{Path: "name", Table: "customers"}, []string{"Jane Doe", "John Smith", "Maria Lopez"}, Is, "person_name"},
		{"a table of things", Meta{Path: "name", Table: "products"}, []string{"Blue Lamp", "Steel Box", "Large Desk"}, None, ""},
		{"one repeated value", Meta{Path: "c1"}, repeat(1000, func(int) string { return "123-456-782" }), None, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := one(s, c.meta, c.values...); got.Verdict != c.want || got.Type != c.typ {
				t.Errorf("%s, want %s %s", summary(got), c.want, c.typ)
			}
		})
	}
}

// TestNeedleInNotes: one card number or key among a hundred thousand notes is found; order numbers that pass the check
// by chance are not.
func TestNeedleInNotes(t *testing.T) {
	s := load(t)
	for _, c := range []struct{ name, needle, want string }{
		{"a card", "please charge 4111 1111 1111 1111 instead", "payment_card"},
		{"a token", "use " + s.detectors[s.byName["github_token"]].Valid[0] + " for now", "github_token"},
		{"nothing", "thanks", ""},
	} {
		col := s.NewColumn(Meta{Path: "note"})
		for i := range 100_000 {
			col.AddString(fmt.Sprintf("the customer called again about parcel %d, see above", i))
		}
		col.AddString(c.needle)
		if got := Decide([]*Column{col})[0]; got.Type != c.want {
			t.Errorf("%s: %s", c.name, summary(got))
		}
	}
	col := s.NewColumn(Meta{Path: "note"})
	r := rand.New(rand.NewPCG(9, 9))
	for range 5000 {
		col.AddString(fmt.Sprintf("parcel number %016d is on its way", 4e15+r.IntN(1e15)))
	}
	if got := Decide([]*Column{col})[0]; got.Verdict != None {
		t.Errorf("parcel numbers: %s", summary(got))
	}
}

// TestSiblings: a column is judged together with its table's others, not with those of another table.
func TestSiblings(t *testing.T) {
	s := load(t)
	column := func(table, path string, values ...string) *Column {
		c := s.NewColumn(Meta{Table: table, Path: path})
		for _, v := range values {
			c.AddString(v)
		}
		return c
	}
	cvv := []string{"123", "456", "789", "012"}
	got := Decide([]*Column{
		column("a", "cvv", cvv...), column("a", "card_number", "4111111111111111", "5555555555554444"),
		column("b", "cvv", cvv...),
	})
	if got[0].Verdict != Is || got[2].Verdict != Possible {
		t.Errorf("beside a card number: %s; alone: %s", summary(got[0]), summary(got[2]))
	}
	if level := Highest(s.Levels(), got[:2]...); level != "secret" {
		t.Errorf("the table's level is %q", level)
	}
}

// TestShapeTellsKindsOnly: values that differ in their letters and digits, but not in where these are, have one shape.
func TestShapeTellsKindsOnly(t *testing.T) {
	s := load(t)
	r := rand.New(rand.NewPCG(7, 8))
	for _, d := range s.detectors {
		for _, v := range append(d.Valid, d.Invalid...) {
			other := []byte(v)
			for i, b := range other {
				switch {
				case b >= '0' && b <= '9':
					other[i] = byte('0' + r.IntN(10))
				case b >= 'a' && b <= 'z':
					other[i] = byte('a' + r.IntN(26))
				case b >= 'A' && b <= 'Z':
					other[i] = byte('A' + r.IntN(26))
				}
			}
			if a, b := mask([]byte(v)), mask(other); a != b {
				t.Errorf("%s: %q and %q have the shapes %s and %s", d.Name, v, other, a, b)
			}
		}
	}
}

// TestDirtyCells: nulls, blanks, invalid UTF-8 and a huge value neither stop a column nor count as values.
func TestDirtyCells(t *testing.T) {
	s := load(t)
	c := s.NewColumn(Meta{Path: "email"})
	for i := range 50 {
		c.AddNull()
		c.AddString("")
		c.AddString("N/A")
		c.Add([]byte{0xff, 0xfe, byte(i) + 64})
		c.AddString(fmt.Sprintf(" user%d@example.com\r\n", i))
		c.AddString(fmt.Sprintf("user%d@example.com", i))
	}
	c.Add(make([]byte, 1<<20))
	got := Decide([]*Column{c})[0]
	if got.Type != "email" || got.K != 50 || got.Nulls != 150 || got.Values != 301 || got.Distinct != 101 {
		t.Errorf("%s, %d values, %d nulls, %d distinct", summary(got), got.Values, got.Nulls, got.Distinct)
	}
}
