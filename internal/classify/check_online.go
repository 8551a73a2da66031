package classify

import (
	_ "embed"
	"net/netip"
	"strings"
	"sync"
	"unsafe"
)

// text looks at bytes as a string without copying them; the string must not outlive the call it is made for.
func text(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b)) //nolint:gosec // the checks read millions of values and must not copy each
}

//go:embed data/tlds.txt
var tldText string

var tlds = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for line := range strings.FieldsSeq(tldText) {
		out[line] = true
	}
	return out
})

// checkEmail: local part and domain of RFC 5322's dot-atom form, with a top level domain that IANA has delegated.
func checkEmail(v []byte) bool {
	at := strings.LastIndexByte(text(v), '@')
	if at < 1 || at > 64 || len(v)-at > 255 || v[0] == '.' || v[at-1] == '.' {
		return false
	}
	domain := v[at+1:]
	dot := strings.LastIndexByte(text(domain), '.')
	if dot < 1 {
		return false
	}
	for i, b := range domain {
		if b == '.' && (i == 0 || domain[i-1] == '.' || domain[i-1] == '-') {
			return false
		}
	}
	var top [24]byte
	n := copy(top[:], domain[dot+1:])
	if n != len(domain)-dot-1 {
		return false
	}
	for i := range n {
		if top[i] >= 'A' && top[i] <= 'Z' {
			top[i] += 'a' - 'A'
		}
	}
	return tlds()[string(top[:n])]
}

// checkNamedIP takes addresses and networks, but for those of no one: unspecified and loopback.
func checkNamedIP(v []byte) bool {
	if i := strings.IndexByte(text(v), '/'); i >= 0 {
		v = v[:i]
	}
	a, err := netip.ParseAddr(text(v))
	return err == nil && !a.IsUnspecified() && !a.IsLoopback()
}

// checkIP refuses short numbers as well, as versions have them.
func checkIP(v []byte) bool {
	a, err := netip.ParseAddr(text(v))
	if err != nil || !checkNamedIP(v) {
		return false
	}
	if !a.Is4() {
		return true
	}
	for _, octet := range a.As4() {
		if octet > 20 {
			return true
		}
	}
	return false
}

func checkMAC(v []byte) bool {
	zero, ones, digits := true, true, 0
	for _, b := range v {
		switch {
		case b == ':' || b == '-' || b == '.':
			continue
		case b >= '0' && b <= '9', b >= 'a' && b <= 'f', b >= 'A' && b <= 'F':
			digits++
		default:
			return false
		}
		zero = zero && b == '0'
		ones = ones && (b == 'f' || b == 'F')
	}
	return digits == 12 && !zero && !ones
}

func checkIMEI(v []byte) bool {
	s, ok := digitsOf(v, 15, 15)
	return ok && s.luhn() && !s.same()
}

// checkCoordinate: degrees with at least three decimals, or a pair of them.
func checkCoordinate(v []byte) bool {
	parts, limit := 0, 180
	for part := range strings.FieldsFuncSeq(text(v), func(r rune) bool {
		return r == ',' || r == ' ' || r == '(' || r == ')' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
	}) {
		part = strings.TrimLeft(part, "+-")
		whole, fraction, _ := strings.Cut(part, ".")
		if len(whole) > 3 || len(fraction) < 3 {
			return false
		}
		n := 0
		for _, b := range []byte(whole) {
			if !digitByte(b) {
				return false
			}
			n = n*10 + int(b-'0')
		}
		if n > limit {
			return false
		}
		parts++
	}
	return parts == 1 || parts == 2
}
