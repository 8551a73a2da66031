package classify

// Government identifiers of the Americas, Asia, Africa and Oceania. Each function names the rule it follows; the
// standards are in the detectors' files.

func checkSSN(v []byte) bool {
	s, ok := digitsOf(v, 9, 9)
	if !ok {
		return false
	}
	area, group, serial := s.int(0, 3), s.int(3, 5), s.int(5, 9)
	if area == 0 || area == 666 || area >= 900 || group == 0 || serial == 0 || s.same() {
		return false
	}
	all := s.int(0, 9)
	return all != 78051120 && all != 219099999 && all != 123456789
}

func checkITIN(v []byte) bool {
	s, ok := digitsOf(v, 9, 9)
	if !ok || s.b[0] != '9' {
		return false
	}
	g := s.int(3, 5)
	return g >= 50 && g <= 65 || g >= 70 && g <= 88 || g >= 90 && g <= 92 || g >= 94 && g <= 99
}

// checkEIN: the prefixes that the IRS assigns.
func checkEIN(v []byte) bool {
	s, ok := digitsOf(v, 9, 9)
	if !ok {
		return false
	}
	switch s.int(0, 2) {
	case 0, 7, 8, 9, 17, 18, 19, 28, 29, 49, 69, 70, 78, 79, 89, 96, 97:
		return false
	}
	return !s.same()
}

func checkSIN(v []byte) bool {
	s, ok := digitsOf(v, 9, 9)
	return ok && s.b[0] != '0' && s.b[0] != '8' && s.luhn() && !s.same()
}

func checkTFN(v []byte) bool {
	s, ok := digitsOf(v, 8, 9)
	if !ok || s.same() {
		return false
	}
	if s.n == 8 {
		return s.weighted(10, 7, 8, 4, 6, 3, 5, 1)%11 == 0
	}
	return s.weighted(1, 4, 3, 7, 5, 8, 6, 9, 10)%11 == 0
}

func checkAadhaar(v []byte) bool {
	s, ok := digitsOf(v, 12, 12)
	if !ok || s.b[0] < '2' {
		return false
	}
	palindrome := true
	for i := range 6 {
		palindrome = palindrome && s.b[i] == s.b[11-i]
	}
	return !palindrome && s.verhoeff()
}

// checkIndianPAN: the fourth letter says what kind of taxpayer it is.
func checkIndianPAN(v []byte) bool {
	s, ok := squeeze(v)
	if !ok || s.n != 10 {
		return false
	}
	switch s.b[3] {
	case 'A', 'B', 'C', 'F', 'G', 'H', 'J', 'K', 'L', 'P', 'T':
		return string(s.b[5:9]) != "0000"
	}
	return false
}

func checkCPF(v []byte) bool {
	s, ok := digitsOf(v, 11, 11)
	if !ok || s.same() {
		return false
	}
	a := s.weighted(10, 9, 8, 7, 6, 5, 4, 3, 2) * 10 % 11 % 10
	b := s.weighted(11, 10, 9, 8, 7, 6, 5, 4, 3, 2) * 10 % 11 % 10
	return a == s.at(9) && b == s.at(10)
}

// checkCNPJ takes the form with letters, in use from 2026, as well: a character counts as its code less 48.
func checkCNPJ(v []byte) bool {
	s, ok := squeeze(v)
	if !ok || s.n != 14 || s.same() || !digitByte(s.b[12]) || !digitByte(s.b[13]) {
		return false
	}
	rest := func(sum int) int {
		if sum %= 11; sum < 2 {
			return 0
		}
		return 11 - sum
	}
	return rest(s.weighted(5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)) == s.at(12) &&
		rest(s.weighted(6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)) == s.at(13)
}

// checkRUT: modulo 11 with weights 2 to 7 from the right; ten is K.
func checkRUT(v []byte) bool {
	s, ok := squeeze(v)
	if !ok || s.n < 8 || s.n > 9 {
		return false
	}
	sum := 0
	for i := range s.n - 1 {
		b := s.b[s.n-2-i]
		if !digitByte(b) {
			return false
		}
		sum += int(b-'0') * (2 + i%6)
	}
	want := byte('0' + (11-sum%11)%11)
	if want == '0'+10 {
		want = 'K'
	}
	return s.b[s.n-1] == want && !s.same()
}

func checkCUIT(v []byte) bool {
	s, ok := digitsOf(v, 11, 11)
	if !ok || s.same() {
		return false
	}
	c := (11 - s.weighted(5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11) % 11
	if c == 10 {
		c = 9
	}
	return c == s.at(10)
}

const curpStates = "AS BC BS CC CS CH CL CM DF DG GT GR HG JC MC MN MS NT NL NE OC PL QT QR SP SL SR TC TS TL VZ YN ZS "

func checkCURP(v []byte) bool {
	s, ok := squeeze(v)
	if !ok || s.n != 18 || s.b[10] != 'H' && s.b[10] != 'M' && s.b[10] != 'X' {
		return false
	}
	known := false
	for i := 0; i < len(curpStates); i += 3 {
		known = known || curpStates[i] == s.b[11] && curpStates[i+1] == s.b[12]
	}
	if !known && (s.b[11] != 'N' || s.b[12] != 'E') {
		return false
	}
	sum := 0
	for i := range 17 {
		b := s.b[i]
		if i >= 4 && i < 10 && !digitByte(b) {
			return false
		}
		value := int(b - '0')
		if !digitByte(b) {
			value = int(b-'A') + 10
			if b > 'N' {
				value++ // the letter after N is its own
			}
		}
		sum += value * (18 - i)
	}
	return digitByte(s.b[17]) && (10-sum%10)%10 == s.at(17) && date(0, s.int(6, 8), s.int(8, 10), false)
}

// checkRRN: the Korean number; its last digit is a check for people registered before October 2020.
func checkRRN(v []byte) bool {
	s, ok := digitsOf(v, 13, 13)
	if !ok || !date(0, s.int(2, 4), s.int(4, 6), false) {
		return false
	}
	return (11-s.weighted(2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)%11)%10 == s.at(12)
}

func checkTCKN(v []byte) bool {
	s, ok := digitsOf(v, 11, 11)
	if !ok || s.b[0] == '0' {
		return false
	}
	odd := s.at(0) + s.at(2) + s.at(4) + s.at(6) + s.at(8)
	even := s.at(1) + s.at(3) + s.at(5) + s.at(7)
	tenth := ((odd*7-even)%10 + 10) % 10
	return tenth == s.at(9) && (odd+even+s.at(9))%10 == s.at(10)
}

// checkChinese: GB 11643: division, date, ISO 7064 MOD 11-2.
func checkChinese(v []byte) bool {
	s, ok := squeeze(v)
	if !ok || s.n != 18 {
		return false
	}
	sum := 0
	for i := range 17 {
		if !digitByte(s.b[i]) {
			return false
		}
		sum += s.at(i) * [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}[i]
	}
	year, province := s.int(6, 10), s.int(0, 2)
	return "10X98765432"[sum%11] == s.b[17] && province >= 11 && province <= 82 &&
		year >= 1850 && year < 2100 && date(year, s.int(10, 12), s.int(12, 14), true)
}

func checkSouthAfrican(v []byte) bool {
	s, ok := digitsOf(v, 13, 13)
	return ok && date(0, s.int(2, 4), s.int(4, 6), false) && s.at(10) <= 2 && s.luhn()
}
