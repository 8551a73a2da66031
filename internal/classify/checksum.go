package classify

// The checks are exact: they see a value whose form the gate has accepted and say whether its content can be real. They
// take hostile input, return false for what they cannot read, and allocate nothing.

// number is a value's characters without separators.
type number struct {
	b [40]byte
	n int
}

// squeeze drops spaces, hyphens, dots and slashes and turns letters into upper case. It fails on anything else and on more than
// forty characters.
func squeeze(v []byte) (s number, ok bool) {
	for _, b := range v {
		switch {
		case b == ' ' || b == '-' || b == '.' || b == '/':
			continue
		case b >= 'a' && b <= 'z':
			b -= 'a' - 'A'
		case b >= '0' && b <= '9', b >= 'A' && b <= 'Z':
		default:
			return s, false
		}
		if s.n == len(s.b) {
			return s, false
		}
		s.b[s.n] = b
		s.n++
	}
	return s, s.n > 0
}

// digitsOf is squeeze for values that hold digits only, in a number between low and high.
func digitsOf(v []byte, low, high int) (s number, ok bool) {
	n := 0
	for _, b := range v {
		switch {
		case b >= '0' && b <= '9':
			if n == high || n == len(s.b) {
				return s, false
			}
			s.b[n] = b
			n++
		case b == ' ' || b == '-' || b == '.' || b == '/':
		default:
			return s, false
		}
	}
	s.n = n
	return s, n >= low
}

func (s *number) at(i int) int { return int(s.b[i] - '0') }

// int is the value of the digits from..to; at most eighteen of them.
func (s *number) int(from, to int) int {
	v := 0
	for i := from; i < to; i++ {
		v = v*10 + s.at(i)
	}
	return v
}

func (s *number) same() bool {
	for i := 1; i < s.n; i++ {
		if s.b[i] != s.b[0] {
			return false
		}
	}
	return true
}

// weighted is the sum of digit times weight over the first len(weights) digits.
func (s *number) weighted(weights ...int) int {
	sum := 0
	for i, w := range weights {
		sum += s.at(i) * w
	}
	return sum
}

// luhn is ISO/IEC 7812-1 annex B over all digits.
func (s *number) luhn() bool {
	sum := 0
	for i := range s.n {
		d := s.at(s.n - 1 - i)
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

func checkLuhn(v []byte) bool {
	s, ok := digitsOf(v, 2, 40)
	return ok && s.luhn() && !s.same()
}

// verhoeff: J. Verhoeff, Error Detecting Decimal Codes, 1969: the dihedral group of ten elements.
var verhoeffTimes = [10][10]uint8{
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
	{1, 2, 3, 4, 0, 6, 7, 8, 9, 5},
	{2, 3, 4, 0, 1, 7, 8, 9, 5, 6},
	{3, 4, 0, 1, 2, 8, 9, 5, 6, 7},
	{4, 0, 1, 2, 3, 9, 5, 6, 7, 8},
	{5, 9, 8, 7, 6, 0, 4, 3, 2, 1},
	{6, 5, 9, 8, 7, 1, 0, 4, 3, 2},
	{7, 6, 5, 9, 8, 2, 1, 0, 4, 3},
	{8, 7, 6, 5, 9, 3, 2, 1, 0, 4},
	{9, 8, 7, 6, 5, 4, 3, 2, 1, 0},
}

var verhoeffTurn = [8][10]uint8{
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
	{1, 5, 7, 6, 2, 8, 3, 0, 9, 4},
	{5, 8, 0, 3, 7, 9, 6, 1, 4, 2},
	{8, 9, 1, 6, 0, 4, 3, 5, 2, 7},
	{9, 4, 5, 3, 1, 2, 6, 8, 7, 0},
	{4, 2, 8, 6, 5, 7, 3, 9, 0, 1},
	{2, 7, 9, 3, 8, 0, 6, 4, 1, 5},
	{7, 0, 4, 6, 9, 1, 3, 2, 5, 8},
}

func (s *number) verhoeff() bool {
	c := uint8(0)
	for i := range s.n {
		c = verhoeffTimes[c][verhoeffTurn[i%8][s.at(s.n-1-i)]]
	}
	return c == 0
}

func checkVerhoeff(v []byte) bool {
	s, ok := digitsOf(v, 2, 40)
	return ok && s.verhoeff() && !s.same()
}

// mod97 is ISO 7064 MOD 97-10 over digits and letters (A=10 … Z=35).
func mod97(s []byte) int {
	r := 0
	for _, b := range s {
		if digitByte(b) {
			r = (r*10 + int(b-'0')) % 97
		} else {
			r = (r*100 + int(b-'A') + 10) % 97
		}
	}
	return r
}

func checkMod97(v []byte) bool {
	s, ok := squeeze(v)
	return ok && s.n >= 3 && mod97(s.b[:s.n]) == 1
}

// mod11x10 is ISO 7064 MOD 11,10 over all digits.
func (s *number) mod11x10() bool {
	p := 10
	for i := range s.n - 1 {
		t := (s.at(i) + p) % 10
		if t == 0 {
			t = 10
		}
		p = t * 2 % 11
	}
	return (11-p)%10 == s.at(s.n-1)
}

// date says whether the parts make a day of the calendar; February 29th is taken in any year when the century is not known.
func date(year, month, day int, century bool) bool {
	if month < 1 || month > 12 || day < 1 {
		return false
	}
	days := [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
	if month == 2 && (!century || year%4 == 0 && (year%100 != 0 || year%400 == 0)) {
		days = 29
	}
	return day <= days
}
