package classify

// shapeLength is how much of a value its shape shows, at most; the last third of it never shows what kind of character it has.
const shapeLength = 24

// mask turns a value into its shape: digits to 9, upper case letters to A, others to a, a few separators as they are, all
// else and the tail to *. 4111-1111-1111-1111 becomes 9999-9999-999******. No character of the value but separators
// survives.
func mask(v []byte) string {
	cut := len(v) > shapeLength
	if cut {
		v = v[:shapeLength]
	}
	out := make([]byte, 0, len(v)+1)
	open := len(v) - (len(v)+2)/3
	for i, b := range v {
		k := kindOf[b]
		switch {
		case i >= open:
			b = '*'
		case k == isDigit:
			b = '9'
		case k == isUpper:
			b = 'A'
		case k == isLower || k == isHigh:
			b = 'a'
		case b == '-' || b == '.' || b == '/' || b == ':' || b == '@' || b == ' ' || b == '_' || b == ',' || b == '+' || b == '(' || b == ')':
		default:
			b = '*'
		}
		out = append(out, b)
	}
	return string(out)
}
