package classify

// Government identifiers of Europe.

// checkNINO: HMRC, National Insurance Manual NIM39110.
func checkNINO(v []byte) bool {
	s, ok := squeeze(v)
	if !ok || s.n != 9 || s.b[8] < 'A' || s.b[8] > 'D' {
		return false
	}
	for _, b := range s.b[:2] {
		switch b {
		case 'D', 'F', 'I', 'Q', 'U', 'V':
			return false
		}
	}
	if s.b[1] == 'O' {
		return false
	}
	switch string(s.b[:2]) {
	case "BG", "GB", "NK", "KN", "NT", "TN", "ZZ":
		return false
	}
	return true
}

// checkDVLA: surname, decade, month with 50 added for women, day, year, initials, two or three more.
func checkDVLA(v []byte) bool {
	s, ok := squeeze(v)
	if !ok || s.n < 16 || s.n > 18 {
		return false
	}
	nine := false
	for _, b := range s.b[:5] {
		if nine && b != '9' || digitByte(b) && b != '9' {
			return false
		}
		nine = b == '9'
	}
	for _, b := range s.b[5:11] {
		if !digitByte(b) {
			return false
		}
	}
	month := s.int(6, 8)
	if month > 50 {
		month -= 50
	}
	return s.b[0] != '9' && date(0, month, s.int(8, 10), false)
}

const spanishLetters = "TRWAGMYFPDXBNJZSQVHLCKE"

func checkDNI(v []byte) bool {
	s, ok := squeeze(v)
	if !ok || s.n != 9 {
		return false
	}
	for _, b := range s.b[:8] {
		if !digitByte(b) {
			return false
		}
	}
	return spanishLetters[s.int(0, 8)%23] == s.b[8]
}

func checkNIE(v []byte) bool {
	s, ok := squeeze(v)
	if !ok || s.n != 9 || s.b[0] < 'X' || s.b[0] > 'Z' {
		return false
	}
	s.b[0] -= 'X' - '0'
	return checkDNI(s.b[:s.n])
}

func checkNIR(v []byte) bool {
	s, ok := squeeze(v)
	if !ok || s.n != 15 {
		return false
	}
	if s.b[5] == '2' && (s.b[6] == 'A' || s.b[6] == 'B') { // Corsica
		s.b[5], s.b[6] = '1', '9'-(s.b[6]-'A')
	}
	for i := range s.n {
		if !digitByte(s.b[i]) {
			return false
		}
	}
	month := s.int(3, 5)
	switch s.b[0] {
	case '1', '2', '3', '4', '7', '8':
	default:
		return false
	}
	if (month < 1 || month > 12) && (month < 20 || month > 42) && month < 50 {
		return false
	}
	return 97-s.int(0, 13)%97 == s.int(13, 15)
}

// checkIdNr: in the first ten digits exactly one appears two or three times.
func checkIdNr(v []byte) bool {
	s, ok := digitsOf(v, 11, 11)
	if !ok || s.b[0] == '0' {
		return false
	}
	var seen [10]int
	for i := range 10 {
		seen[s.at(i)]++
	}
	repeated := 0
	for _, n := range seen {
		if n > 3 {
			return false
		}
		if n > 1 {
			repeated++
		}
	}
	return repeated == 1 && s.mod11x10()
}

// The values of characters at odd places of an Italian fiscal code, digits first.
var fiscalOdd = [36]int{
	1, 0, 5, 7, 9, 13, 15, 17, 19, 21,
	1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
}

func checkFiscalCode(v []byte) bool {
	s, ok := squeeze(v)
	if !ok || s.n != 16 || digitByte(s.b[15]) {
		return false
	}
	sum := 0
	for i := range 15 {
		b := s.b[i]
		k := int(b - '0')
		if !digitByte(b) {
			k = int(b-'A') + 10
		}
		switch {
		case i%2 == 0:
			sum += fiscalOdd[k]
		case k >= 10:
			sum += k - 10
		default:
			sum += k
		}
	}
	return byte('A'+sum%26) == s.b[15]
}

func checkBSN(v []byte) bool {
	s, ok := digitsOf(v, 9, 9)
	return ok && s.weighted(9, 8, 7, 6, 5, 4, 3, 2, -1)%11 == 0 && !s.same()
}

func checkPESEL(v []byte) bool {
	s, ok := digitsOf(v, 11, 11)
	if !ok {
		return false
	}
	century := [...]int{1900, 2000, 2100, 2200, 1800}[s.int(2, 4)/20]
	return date(century+s.int(0, 2), s.int(2, 4)%20, s.int(4, 6), true) &&
		(10-s.weighted(1, 3, 7, 9, 1, 3, 7, 9, 1, 3)%10)%10 == s.at(10)
}

func checkBelgian(v []byte) bool {
	s, ok := digitsOf(v, 11, 11)
	if !ok {
		return false
	}
	month := s.int(2, 4) % 20 // 20 or 40 are added for people not in the register
	if !date(0, month, s.int(4, 6), false) && s.int(2, 6) != 0 {
		return false
	}
	n, check := s.int(0, 9), s.int(9, 11)
	return 97-n%97 == check || 97-(2_000_000_000+n)%97 == check
}

func checkAHV(v []byte) bool {
	s, ok := digitsOf(v, 13, 13)
	return ok && s.int(0, 3) == 756 && (10-s.weighted(1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3)%10)%10 == s.at(12)
}

func checkPersonnummer(v []byte) bool {
	trimmed := v
	if i := len(v) - 5; i > 0 && v[i] == '+' { // the sign of those over a hundred
		var c [16]byte
		n := copy(c[:], v)
		if n != len(v) {
			return false
		}
		c[i] = '-'
		trimmed = c[:n]
	}
	s, ok := digitsOf(trimmed, 10, 12)
	if !ok || s.n == 11 {
		return false
	}
	if s.n == 12 {
		if c := s.int(0, 2); c < 18 || c > 20 {
			return false
		}
		copy(s.b[:], s.b[2:12])
		s.n = 10
	}
	day := s.int(4, 6)
	if day > 60 { // a coordination number
		day -= 60
	}
	return date(0, s.int(2, 4), day, false) && s.luhn()
}

func checkHETU(v []byte) bool {
	if len(v) != 11 {
		return false
	}
	switch v[6] {
	case '-', '+', 'A', 'B', 'C', 'D', 'E', 'F', 'U', 'V', 'W', 'X', 'Y':
	default:
		return false
	}
	var s number
	s.n = copy(s.b[:], v[:6])
	s.n += copy(s.b[6:], v[7:10])
	for i := range s.n {
		if !digitByte(s.b[i]) {
			return false
		}
	}
	return date(0, s.int(2, 4), s.int(0, 2), false) && s.int(6, 9) >= 2 && "0123456789ABCDEFHJKLMNPRSTUVWXY"[s.int(0, 9)%31] == v[10]
}

// checkCPR: the sum was given up in 2007, so only the date can be checked.
func checkCPR(v []byte) bool {
	s, ok := digitsOf(v, 10, 10)
	return ok && date(0, s.int(2, 4), s.int(0, 2), false)
}

func checkFodselsnummer(v []byte) bool {
	s, ok := digitsOf(v, 11, 11)
	if !ok {
		return false
	}
	day, month := s.int(0, 2), s.int(2, 4)
	if day > 40 { // a D number
		day -= 40
	}
	if month > 40 { // an H number
		month -= 40
	}
	a := (11 - s.weighted(3, 7, 6, 1, 8, 9, 4, 5, 2)%11) % 11
	b := (11 - s.weighted(5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11) % 11
	return date(0, month, day, false) && a == s.at(9) && b == s.at(10)
}

// checkCartao: the Luhn sum with letters worth ten and more.
func checkCartao(v []byte) bool {
	s, ok := squeeze(v)
	if !ok || s.n != 12 {
		return false
	}
	sum := 0
	for i := range s.n {
		b := s.b[i]
		if (i < 9 || i == 11) && !digitByte(b) {
			return false
		}
		k := int(b - '0')
		if !digitByte(b) {
			k = int(b-'A') + 10
		}
		if i%2 == 0 {
			if k *= 2; k > 9 {
				k -= 9
			}
		}
		sum += k
	}
	return sum%10 == 0
}
