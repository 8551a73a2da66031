package classify

import (
	_ "embed"
	"strings"
	"sync"
)

// checkMBI: the Medicare beneficiary identifier of CMS: C A AN N A AN N A A N N, without S, L, O, I, B, Z.
func checkMBI(v []byte) bool {
	s, ok := squeeze(v)
	if !ok || s.n != 11 || s.b[0] == '0' {
		return false
	}
	for i, kind := range "9AX9AX9AA99" {
		b := s.b[i]
		if kind == '9' && !digitByte(b) || kind == 'A' && digitByte(b) {
			return false
		}
		switch b {
		case 'S', 'L', 'O', 'I', 'B', 'Z':
			return false
		}
	}
	return true
}

func checkNHS(v []byte) bool {
	s, ok := digitsOf(v, 10, 10)
	if !ok || s.same() {
		return false
	}
	c := 11 - s.weighted(10, 9, 8, 7, 6, 5, 4, 3, 2)%11
	return c%11 == s.at(9) && c != 10
}

func checkAustralianMedicare(v []byte) bool {
	s, ok := digitsOf(v, 10, 11)
	return ok && s.b[0] >= '2' && s.b[0] <= '6' && s.weighted(1, 3, 7, 9, 1, 3, 7, 9)%10 == s.at(8)
}

// checkNPI: the Luhn sum over the number with 80840 before it (45 CFR 162.406).
func checkNPI(v []byte) bool {
	s, ok := digitsOf(v, 10, 10)
	if !ok || s.b[0] != '1' && s.b[0] != '2' {
		return false
	}
	var long number
	long.n = copy(long.b[:], "80840")
	long.n += copy(long.b[5:], s.b[:10])
	return long.luhn()
}

func checkDEA(v []byte) bool {
	s, ok := squeeze(v)
	if !ok || s.n != 9 {
		return false
	}
	for _, b := range s.b[2:9] {
		if !digitByte(b) {
			return false
		}
	}
	return strings.IndexByte("ABCDEFGHJKLMPRSTUX", s.b[0]) >= 0 && (s.b[1] == '9' || !digitByte(s.b[1])) &&
		(s.at(2)+s.at(4)+s.at(6)+2*(s.at(3)+s.at(5)+s.at(7)))%10 == s.at(8)
}

//go:embed data/icd10.txt
var icd10Text string

// icd10 holds the three-character categories of ICD-10-CM.
var icd10 = sync.OnceValue(func() map[[3]byte]bool {
	out := map[[3]byte]bool{}
	for line := range strings.FieldsSeq(icd10Text) {
		out[[3]byte([]byte(line))] = true
	}
	return out
})

// checkICD10 looks the category up; the characters after it have only a form.
func checkICD10(v []byte) bool {
	s, ok := squeeze(v)
	return ok && s.n >= 3 && s.n <= 8 && icd10()[[3]byte(s.b[:3])]
}

// checkLOINC: the digit after the hyphen is a Luhn sum.
func checkLOINC(v []byte) bool {
	return len(v) > 2 && v[len(v)-2] == '-' && func() bool {
		s, ok := digitsOf(v, 2, 8)
		return ok && s.luhn()
	}()
}

// checkSNOMED: Verhoeff, and a partition that SNOMED International has defined.
func checkSNOMED(v []byte) bool {
	s, ok := digitsOf(v, 6, 18)
	if !ok || s.b[0] == '0' || s.same() {
		return false
	}
	switch s.int(s.n-3, s.n-1) {
	case 0, 1, 2, 10, 11, 12:
		return s.verhoeff()
	}
	return false
}

// checkNDC: three groups, 4-4-2, 5-3-2, 5-4-1 or 5-4-2.
func checkNDC(v []byte) bool {
	var groups [3]int
	n := 0
	for _, b := range v {
		switch {
		case b == '-':
			if n++; n > 2 {
				return false
			}
		case digitByte(b):
			groups[n]++
		default:
			return false
		}
	}
	switch groups {
	case [3]int{4, 4, 2}, [3]int{5, 3, 2}, [3]int{5, 4, 1}, [3]int{5, 4, 2}:
		return true
	}
	return n == 0 && groups[0] == 11
}
