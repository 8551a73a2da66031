package classify

// cardLength says how long a card number of the issuer that its first digits name may be: Visa, Mastercard, American
// Express, Discover, JCB, UnionPay, Diners Club, Maestro (ISO/IEC 7812 and the issuers' own publications).
func cardLength(s *number) bool {
	two, four := s.int(0, 2), s.int(0, 4)
	three, six := four/10, s.int(0, 6)
	switch {
	case two/10 == 4:
		return s.n == 13 || s.n == 16 || s.n == 19
	case two >= 51 && two <= 55 || four >= 2221 && four <= 2720:
		return s.n == 16
	case two == 34 || two == 37:
		return s.n == 15
	case two == 65 || four == 6011 || three >= 644 && three <= 649 || six >= 622126 && six <= 622925:
		return s.n >= 16 && s.n <= 19
	case four >= 3528 && four <= 3589:
		return s.n >= 16 && s.n <= 19
	case four == 1800 || four == 2131:
		return s.n == 15
	case two == 62:
		return s.n >= 16 && s.n <= 19
	case three >= 300 && three <= 305 || two == 36 || two == 38 || two == 39:
		return s.n == 14 || s.n == 16 || s.n == 19
	case four == 5018 || four == 5020 || four == 5038 || four == 5893 || four == 6304 || four >= 6759 && four <= 6763:
		return s.n >= 12
	}
	return false
}

func checkCard(v []byte) bool {
	s, ok := digitsOf(v, 12, 19)
	return ok && s.luhn() && cardLength(&s) && !s.same()
}

// checkTrack reads track 1 or 2 of ISO/IEC 7813 up to the expiry and checks the number in it.
func checkTrack(v []byte) bool {
	from, sep := 1, byte('=')
	if len(v) > 2 && v[0] == '%' {
		from, sep = 2, '^'
	}
	for i := from; i < len(v); i++ {
		if v[i] == sep {
			return checkCard(v[from:i])
		}
	}
	return false
}

// ibanLengths: the IBAN registry of ISO 13616, by country.
var ibanLengths = map[[2]byte]uint8{
	{'A', 'D'}: 24, {'A', 'E'}: 23, {'A', 'L'}: 28, {'A', 'T'}: 20, {'A', 'Z'}: 28, {'B', 'A'}: 20, {'B', 'E'}: 16,
	{'B', 'G'}: 22, {'B', 'H'}: 22, {'B', 'I'}: 27, {'B', 'R'}: 29, {'B', 'Y'}: 28, {'C', 'H'}: 21, {'C', 'R'}: 22,
	{'C', 'Y'}: 28, {'C', 'Z'}: 24, {'D', 'E'}: 22, {'D', 'J'}: 27, {'D', 'K'}: 18, {'D', 'O'}: 28, {'E', 'E'}: 20,
	{'E', 'G'}: 29, {'E', 'S'}: 24, {'F', 'I'}: 18, {'F', 'K'}: 18, {'F', 'O'}: 18, {'F', 'R'}: 27, {'G', 'B'}: 22,
	{'G', 'E'}: 22, {'G', 'I'}: 23, {'G', 'L'}: 18, {'G', 'R'}: 27, {'G', 'T'}: 28, {'H', 'N'}: 28, {'H', 'R'}: 21,
	{'H', 'U'}: 28, {'I', 'E'}: 22, {'I', 'L'}: 23, {'I', 'Q'}: 23, {'I', 'S'}: 26, {'I', 'T'}: 27, {'J', 'O'}: 30,
	{'K', 'W'}: 30, {'K', 'Z'}: 20, {'L', 'B'}: 28, {'L', 'C'}: 32, {'L', 'I'}: 21, {'L', 'T'}: 20, {'L', 'U'}: 20,
	{'L', 'V'}: 21, {'L', 'Y'}: 25, {'M', 'C'}: 27, {'M', 'D'}: 24, {'M', 'E'}: 22, {'M', 'K'}: 19, {'M', 'N'}: 20,
	{'M', 'R'}: 27, {'M', 'T'}: 31, {'M', 'U'}: 30, {'N', 'I'}: 28, {'N', 'L'}: 18, {'N', 'O'}: 15, {'O', 'M'}: 23,
	{'P', 'K'}: 24, {'P', 'L'}: 28, {'P', 'S'}: 29, {'P', 'T'}: 25, {'Q', 'A'}: 29, {'R', 'O'}: 24, {'R', 'S'}: 22,
	{'R', 'U'}: 33, {'S', 'A'}: 24, {'S', 'C'}: 31, {'S', 'D'}: 18, {'S', 'E'}: 24, {'S', 'I'}: 19, {'S', 'K'}: 24,
	{'S', 'M'}: 27, {'S', 'O'}: 23, {'S', 'T'}: 25, {'S', 'V'}: 28, {'T', 'L'}: 23, {'T', 'N'}: 24, {'T', 'R'}: 26,
	{'U', 'A'}: 29, {'V', 'A'}: 22, {'V', 'G'}: 24, {'X', 'K'}: 20, {'Y', 'E'}: 30,
}

func checkIBAN(v []byte) bool {
	s, ok := squeeze(v)
	if !ok || s.n < 15 || int(ibanLengths[[2]byte{s.b[0], s.b[1]}]) != s.n {
		return false
	}
	var turned number
	turned.n = copy(turned.b[:], s.b[4:s.n])
	turned.n += copy(turned.b[turned.n:], s.b[:4])
	return mod97(turned.b[:turned.n]) == 1
}

// countries are the ISO 3166-1 alpha-2 codes, and XK, which banks use for Kosovo.
const countries = "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW"

var isCountry = func() (is [26 * 26]bool) {
	for i := 0; i < len(countries); i += 2 {
		is[int(countries[i]-'A')*26+int(countries[i+1]-'A')] = true
	}
	return is
}()

func country(a, b byte) bool {
	return a >= 'A' && a <= 'Z' && b >= 'A' && b <= 'Z' && isCountry[int(a-'A')*26+int(b-'A')]
}

// checkBIC: ISO 9362: four letters, a country, two and perhaps three more characters.
func checkBIC(v []byte) bool {
	s, ok := squeeze(v)
	return ok && (s.n == 8 || s.n == 11) && country(s.b[4], s.b[5])
}

// checkABA: a routing number of the American Bankers Association.
func checkABA(v []byte) bool {
	s, ok := digitsOf(v, 9, 9)
	if !ok {
		return false
	}
	first := s.int(0, 2)
	if first > 12 && (first < 21 || first > 32) && (first < 61 || first > 72) && first != 80 {
		return false
	}
	return s.weighted(3, 7, 1, 3, 7, 1, 3, 7, 1)%10 == 0 && !s.same()
}

// checkExpiry: the month of MM/YY, MM/YYYY and their like.
func checkExpiry(v []byte) bool {
	var parts [3]int
	n, open := 0, false
	for _, b := range v {
		if !digitByte(b) {
			open = false
			continue
		}
		if !open {
			if n == len(parts) {
				return false
			}
			n, open = n+1, true
		}
		if parts[n-1] = parts[n-1]*10 + int(b-'0'); parts[n-1] > 9999 {
			return false
		}
	}
	switch n {
	case 1: // Jan-25, 0125
		return kindOf[v[0]]&(isUpper|isLower) != 0 || len(v) == 4 && parts[0]/100 >= 1 && parts[0]/100 <= 12
	case 2:
		return parts[0] >= 1 && parts[0] <= 12 && (parts[1] < 100 || parts[1] >= 1990 && parts[1] < 2100) ||
			parts[0] >= 1990 && parts[0] < 2100 && parts[1] >= 1 && parts[1] <= 12
	}
	return n == 3
}
