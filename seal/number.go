package seal

import (
	"errors"
	"strings"
)

var (
	errNumberForm  = errors.New("is not a number")
	errNumberLong  = errors.New("has more than the 38 significant digits DynamoDB keeps")
	errNumberLarge = errors.New("is larger than DynamoDB's numbers, 9.9E+125")
	errNumberSmall = errors.New("is nearer to zero than DynamoDB's numbers, 1E-130")
)

// normalize writes a number as DynamoDB does: plain digits without exponent, without zeros that say nothing, and
// without the sign of zero. A number that is already so costs no allocation.
func normalize(s string) (string, error) {
	if isNormal(s) {
		return s, nil
	}
	rest, negative := s, false
	if rest != "" && (rest[0] == '-' || rest[0] == '+') {
		negative = rest[0] == '-'
		rest = rest[1:]
	}
	mantissa, exponent := rest, 0
	if i := strings.IndexAny(rest, "eE"); i >= 0 {
		var ok bool
		if exponent, ok = parseExponent(rest[i+1:]); !ok {
			return "", errNumberForm
		}
		mantissa = rest[:i]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole == "" && fraction == "" || !allDigits(whole) || !allDigits(fraction) {
		return "", errNumberForm
	}
	// The value is 0.digits × 10^point.
	digits := strings.TrimLeft(whole+fraction, "0")
	point := len(whole) + exponent - (len(whole) + len(fraction) - len(digits))
	digits = strings.TrimRight(digits, "0")
	switch {
	case digits == "":
		return "0", nil
	case len(digits) > 38:
		return "", errNumberLong
	case point > 126:
		return "", errNumberLarge
	case point < -129:
		return "", errNumberSmall
	}
	var b strings.Builder
	b.Grow(len(digits) + max(point, -point) + 3)
	if negative {
		b.WriteByte('-')
	}
	switch {
	case point <= 0:
		b.WriteString("0.")
		b.WriteString(strings.Repeat("0", -point))
		b.WriteString(digits)
	case point >= len(digits):
		b.WriteString(digits)
		b.WriteString(strings.Repeat("0", point-len(digits)))
	default:
		b.WriteString(digits[:point])
		b.WriteByte('.')
		b.WriteString(digits[point:])
	}
	return b.String(), nil
}

// isNormal is true for the numbers that most items hold: short, and already as DynamoDB writes them.
func isNormal(s string) bool {
	if s == "0" {
		return true
	}
	if s != "" && s[0] == '-' {
		s = s[1:]
	}
	whole, fraction, dotted := strings.Cut(s, ".")
	if len(whole)+len(fraction) > 38 || whole == "" || !allDigits(whole) || !allDigits(fraction) {
		return false
	}
	if whole[0] == '0' && (len(whole) > 1 || !dotted) {
		return false
	}
	return !dotted || fraction != "" && fraction[len(fraction)-1] != '0'
}

// parseExponent reads a signed exponent. Beyond the range of any number DynamoDB keeps it stays far outside of it,
// however many digits follow: zeros in front of the point could not make up for it in what an item can hold.
func parseExponent(s string) (int, bool) {
	const far = 1 << 30
	negative := false
	if s != "" && (s[0] == '-' || s[0] == '+') {
		negative = s[0] == '-'
		s = s[1:]
	}
	if s == "" || !allDigits(s) {
		return 0, false
	}
	n := 0
	for i := range len(s) {
		n = min(n*10+int(s[i]-'0'), far)
	}
	if negative {
		n = -n
	}
	return n, true
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
