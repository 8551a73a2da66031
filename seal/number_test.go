package seal

import (
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

func TestNormalize(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0", "-0": "0", "-000.000": "0", "0e99999999999999999999": "0", ".5": "0.5", "5.": "5", "+1": "1", "-1.50": "-1.5",
		"0800.000e0": "800", "123.456e5": "12345600", "1e-3": "0.001", "12e-1": "1.2", "000.00120E+2": "0.12", "1E125": "1" + strings.Repeat("0", 125),
		"9.9999999999999999999999999999999999999E+125": strings.Repeat("9", 38) + strings.Repeat("0", 88),
		"1e-130": "0." + strings.Repeat("0", 129) + "1",
		"1234567890123456789012345678901234567800000000000000000000000000000": "1234567890123456789012345678901234567800000000000000000000000000000",
	} {
		if got, err := normalize(in); err != nil || got != want {
			t.Errorf("%s gives %s, %v; want %s", in, got, err, want)
		}
	}
	for in, want := range map[string]error{
		"": errNumberForm, "-": errNumberForm, ".": errNumberForm, "e5": errNumberForm, "1e": errNumberForm, "1e+": errNumberForm, "--1": errNumberForm,
		"1 ": errNumberForm, " 1": errNumberForm, "0x1": errNumberForm, "1.2.3": errNumberForm, "1e2e3": errNumberForm, "NaN": errNumberForm, "١": errNumberForm,
		"1e126": errNumberLarge, "1e99999999999999999999": errNumberLarge, "1e-131": errNumberSmall, "1e-99999999999999999999": errNumberSmall,
		strings.Repeat("1", 39): errNumberLong, "0." + strings.Repeat("1", 39): errNumberLong,
	} {
		if got, err := normalize(in); !errors.Is(err, want) {
			t.Errorf("%s gives %s, %v; want %v", in, got, err, want)
		}
	}
}

func FuzzNormalize(f *testing.F) {
	for _, s := range []string{"0", "-1.50", "1e-3", ".99999999999999999999999999999999999999E+126", "12345678901234567890"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := normalize(s)
		if err != nil {
			return
		}
		again, err := normalize(n)
		if err != nil || again != n {
			t.Fatalf("%q gives %q and then %q, %v", s, n, again, err)
		}
		if len(s) > 200 {
			return
		}
		want, ok := new(big.Rat).SetString(s)
		got, also := new(big.Rat).SetString(n)
		if !also || ok && want.Cmp(got) != 0 {
			t.Fatalf("%q gives %q", s, n)
		}
	})
}

func TestCompareUTF16(t *testing.T) {
	words := []string{"", "a", "aa", "é", "\u07ff", "\ud7ff", "\ue000", "\ufe4c", "\ufe4c\U00010002", "\uffff", "\U00010000", "\U00010002\ufe4c", "\U0010ffff", "a\U00010000", "a\uffff"}
	for _, a := range words {
		for _, b := range words {
			want := slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
			if got := compareUTF16(a, b); sign3(got) != want {
				t.Errorf("%q %q: %d, want %d", a, b, got, want)
			}
		}
	}
}

func sign3(n int) int { return max(-1, min(1, n)) }

func FuzzCompareUTF16(f *testing.F) {
	f.Add("\ufe4c", "\U00010002")
	f.Fuzz(func(t *testing.T, a, b string) {
		a, b = strings.ToValidUTF8(a, "?"), strings.ToValidUTF8(b, "?")
		if got, want := sign3(compareUTF16(a, b)), slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b))); got != want {
			t.Fatalf("%q %q: %d, want %d", a, b, got, want)
		}
	})
}
