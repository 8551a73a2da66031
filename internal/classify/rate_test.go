package classify

import (
	"encoding/csv"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// randomOf fills a shape: 9 a digit, A an upper case letter, X either, V a character of vehicle numbers.
func randomOf(shape string, r *rand.Rand) []byte {
	const vehicle = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
	out := []byte(shape)
	for i, b := range out {
		switch b {
		case '9':
			out[i] = byte('0' + r.IntN(10))
		case 'A':
			out[i] = byte('A' + r.IntN(26))
		case 'X':
			out[i] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[r.IntN(36)]
		case 'V':
			out[i] = vehicle[r.IntN(len(vehicle))]
		}
	}
	return out
}

// fixed are the shapes in which some of these letters stand for themselves.
var fixed = map[string]func([]byte){
	"es_nie":  func(v []byte) { v[0] = 'X' },
	"us_dea":  func(v []byte) { v[0], v[1] = 'A', 'B' },
	"ch_ahv":  func(v []byte) { copy(v, "756") },
	"fr_nir":  func(v []byte) { copy(v, "19901") },
	"iban":    func(v []byte) { copy(v, "DE") },
	"mx_curp": func(v []byte) { v[10] = 'H' },
}

const randomValues = 100_000

// TestRandomPassRates measures again how often random values of each shape pass, with a fixed seed, and holds the rates
// that the decision reckons with to it.
func TestRandomPassRates(t *testing.T) {
	s := load(t)
	measured := 0
	for i, d := range s.detectors {
		if d.Random.Shape == "" {
			continue
		}
		measured++
		r := rand.New(rand.NewPCG(1, uint64(i)))
		passed := 0
		var fit, k [2]int
		for range randomValues {
			v := randomOf(d.Random.Shape, r)
			if fix := fixed[d.Name]; fix != nil {
				fix(v)
			}
			ok := false
			for _, form := range s.whole.whole(v) {
				if int(form/2) != i {
					continue
				}
				f := []*Form{&d.Value, &d.Named}[form&1]
				fit[form&1]++
				if f.check == nil || f.check(v) {
					k[form&1]++
					ok = true
				}
			}
			if ok {
				passed++
			}
		}
		rate := float64(passed) / randomValues
		spread := 4 * math.Sqrt(d.Random.Rate*(1-d.Random.Rate)/randomValues)
		if math.Abs(rate-d.Random.Rate) > spread+0.1*d.Random.Rate+0.0002 {
			t.Errorf("%s: %.4f of random %s pass, the table says %.4f", d.Name, rate, d.Random.Shape, d.Random.Rate)
		}
		for j, f := range []*Form{&d.Value, &d.Named} {
			if fit[j] < 100 {
				continue
			}
			among := float64(k[j]) / float64(fit[j])
			spread := 4 * math.Sqrt(f.Rate*(1-f.Rate)/float64(fit[j]))
			if among > 1.15*f.Rate+spread {
				t.Errorf("%s: %.4f of the random values that form %d lets through pass, its rate is %.4f", d.Name, among, j, f.Rate)
			}
		}
	}
	if measured < 40 {
		t.Errorf("only %d detectors have a shape to measure", measured)
	}
}

// differs holds the detectors whose rule is not the one the table of facts was measured with, and why.
var differs = map[string]string{
	"us_itin":          "groups 50 to 65 are assigned too, as the table's own rule says",
	"us_aba_routing":   "the first two digits are checked, as the table's own rule says; its rate is that of the sum alone",
	"be_rijksregister": "numbers of people outside the register, with 20 or 40 added to the month, are taken",
	"se_personnummer":  "coordination numbers, with 60 added to the day, are taken",
	"dk_cpr":           "the century that the seventh digit tells is not held against the day",
	"ar_cuit":          "only prefixes that AFIP gives are taken",
}

// TestFactsTable holds the detectors to the table of facts: every row has one, at its level, with its rate.
func TestFactsTable(t *testing.T) {
	path := filepath.Join("..", "..", "..", "shared", "facts", "detectors.tsv")
	f, err := os.Open(path)
	if err != nil {
		t.Skip("../shared/facts is not beside the project")
	}
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes = '\t', true
	rows, err := r.ReadAll()
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	s := load(t)
	for _, row := range rows[1:] {
		var of []*Detector
		for _, d := range s.detectors {
			if d.Row == row[0] {
				of = append(of, d)
			}
		}
		if len(of) == 0 {
			t.Errorf("no detector for %q", row[0])
			continue
		}
		for _, d := range of {
			if at := slices.IndexFunc(DefaultLevels, func(l string) bool { return len(l) == len(row[2]) && l[1:] == row[2][1:] }); at < 0 || d.Level != DefaultLevels[at] {
				t.Errorf("%s is %s, the table says %s", d.Name, d.Level, row[2])
			}
			if d.category != row[1] {
				t.Errorf("%s is in category %s, the table says %s", d.Name, d.category, row[1])
			}
			if row[6] == "" || differs[d.Name] != "" {
				continue
			}
			if want, err := strconv.ParseFloat(row[6], 64); err != nil || want != d.Random.Rate {
				t.Errorf("%s has the rate %g, the table says %s", d.Name, d.Random.Rate, row[6])
			}
		}
	}
	if len(rows) != 80 {
		t.Errorf("the table has %d rows, want 79 and a head", len(rows))
	}
}
