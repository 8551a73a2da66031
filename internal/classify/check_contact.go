package classify

import "strings"

// phone is what a written telephone number shows.
type phone struct {
	digits [18]byte
	n      int
	plus   bool // + or 00 before it
	groups int
	widths [4]uint8 // digits in each of the first groups
}

// readPhone takes digits in groups with spaces, dots, hyphens, slashes and parentheses, and an extension after x or ext.
func readPhone(v []byte) (p phone, ok bool) {
	if isDecimal(v) {
		return p, false
	}
	run := false
	for i, b := range v {
		switch {
		case digitByte(b):
			if p.n == len(p.digits) {
				return p, false
			}
			p.digits[p.n] = b
			p.n++
			if !run {
				p.groups++
				run = true
			}
			if p.groups <= len(p.widths) {
				p.widths[p.groups-1]++
			}
		case b == '+' && p.n == 0:
			p.plus = true
		case b == ' ' || b == '-' || b == '.' || b == '(' || b == ')' || b == '/':
			run = false
		case (b == 'x' || b == 'X' || b == 'e' || b == 'E' || b == '#') && p.n >= 7:
			return p, len(v)-i <= 10
		default:
			return p, false
		}
	}
	if p.n > 9 && v[0] == '0' && v[1] == '0' {
		p.plus = true
		p.n = copy(p.digits[:], p.digits[2:p.n])
	}
	return p, p.n > 0
}

// isDecimal says whether v is digits with one dot among them.
func isDecimal(v []byte) bool {
	dots := 0
	for _, b := range v {
		if b == '.' {
			dots++
		} else if !digitByte(b) {
			return false
		}
	}
	return dots == 1
}

// callingCodes holds, for the first digit of an international number, how long its country's code may be: ITU-T E.164.
const callingCodes = " 1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 " +
	"211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234 235 236 237 238 239 240 241 242 243 244 245 246 248 249 250 251 252 253 254 255 256 257 258 260 261 262 263 264 265 266 267 268 269 290 291 297 298 299 " +
	"350 351 352 353 354 355 356 357 358 359 370 371 372 373 374 375 376 377 378 380 381 382 383 385 386 387 389 420 421 423 " +
	"500 501 502 503 504 505 506 507 508 509 590 591 592 593 594 595 596 597 598 599 670 672 673 674 675 676 677 678 679 680 681 682 683 685 686 687 688 689 690 691 692 " +
	"800 808 850 852 853 855 856 870 878 880 881 882 883 886 888 960 961 962 963 964 965 966 967 968 970 971 972 973 974 975 976 977 979 992 993 994 995 996 998 "

var callingCode = func() (is [1000]bool) {
	for code := range strings.FieldsSeq(callingCodes) {
		n := 0
		for _, b := range []byte(code) {
			n = n*10 + int(b-'0')
		}
		is[n] = true
	}
	return is
}()

func (p *phone) international() bool {
	if !p.plus || p.n < 8 || p.n > 15 || p.digits[0] == '0' {
		return false
	}
	n := 0
	for _, b := range p.digits[:3] {
		n = n*10 + int(b-'0')
		if callingCode[n] {
			return true
		}
	}
	return false
}

func (p *phone) same() bool {
	for _, b := range p.digits[:p.n] {
		if b != p.digits[0] {
			return false
		}
	}
	return true
}

// northAmerican: ten digits, an area code from 200 on, grouped 3-3-4.
func (p *phone) northAmerican() bool {
	d, w := p.digits[:p.n], p.widths[:]
	if p.n == 11 && d[0] == '1' && w[0] == 1 {
		d, w = d[1:], w[1:]
	}
	return len(d) == 10 && d[0] >= '2' && w[0] == 3 && w[1] == 3 && w[2] == 4
}

// checkPhone takes numbers that say themselves that they are: with a country's code, or grouped as its people group
// them. The rest needs a name.
func checkPhone(v []byte) bool {
	p, ok := readPhone(v)
	if !ok || p.same() {
		return false
	}
	if p.widths[0] == 3 && p.widths[1] == 2 && p.widths[2] == 4 && p.n == 9 {
		return false // a social security number
	}
	return p.international() || p.northAmerican() || p.digits[0] == '0' && p.n >= 9 && p.n <= 11 && p.groups >= 3
}

// checkPhoneInText is checkPhone, or checkNamedPhone after a word such as "phone:".
func checkPhoneInText(v []byte) bool {
	if kindOf[v[0]]&(isUpper|isLower) == 0 {
		return checkPhone(v)
	}
	for i, b := range v {
		if digitByte(b) || b == '+' || b == '(' {
			return checkNamedPhone(v[i:])
		}
	}
	return false
}

// checkNamedPhone takes any seven to fifteen digits: the column's name says what they are.
func checkNamedPhone(v []byte) bool {
	if i := strings.IndexAny(text(v), ",;"); i >= 0 {
		v = v[:i] // the first of several
	}
	p, ok := readPhone(v)
	if !ok || p.n < 6 || p.n > 15 || p.same() || p.plus && !p.international() {
		return false
	}
	return p.n != 8 || p.groups != 3 || !checkBirthdate(v) // a date has eight digits in three groups
}

// streetWords are whole words for streets and what stands for one in an address.
var streetWords = func() map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(`street st avenue ave av road rd drive dr lane ln boulevard blvd court ct place pl square sq
		terrace ter trail trl parkway pkwy circle cir highway hwy way loop alley aly crescent cres plaza plz turnpike tpke row
		route rte pike crossing point center centre junction park hill pass close mews grove gardens walk quay expressway fwy
		rue chemin allee impasse calle avenida avda carrera plaza paseo camino via viale piazza corso largo rua travessa praca
		strasse str weg platz gasse allee ulica ul aleja osiedle straat laan plein vej gade gatan vagen vei gata katu tie
		utca ut sokak cad caddesi ulitsa prospekt`) {
		out[w] = true
	}
	return out
}()

// stopWords before a word for a street say that it is meant otherwise.
var stopWords = map[string]bool{
	"the": true, "a": true, "an": true, "its": true, "his": true, "her": true, "their": true, "our": true, "my": true, "your": true,
	"this": true, "that": true, "by": true, "is": true, "are": true, "per": true, "each": true, "any": true, "no": true,
}

// streetEndings end a word that names a street in languages which join them.
var streetEndings = []string{"strasse", "straße", "gasse", "platz", "weg", "straat", "laan", "plein", "gracht", "gatan", "vägen", "gata", "veien", "vegen", "vej", "gade", "katu", "tie", "kuja", "allee"}

// address is what the words of a value show.
type address struct {
	numbers, words, street int
	numberFirst            bool // it starts with a number
	numberAfter            bool // a number follows a word for a street
	box                    bool
	afterStop, afterStreet bool // what the word before was
}

func readAddress(v []byte) (a address, ok bool) {
	if len(v) < 4 || len(v) > 200 {
		return a, false
	}
	for i := 0; i < len(v); {
		if !wordByte(v[i]) && v[i] < 0x80 {
			if v[i] == '@' || v[i] == '{' || v[i] == '<' || v[i] == '=' || v[i] == '$' || v[i] == '!' || v[i] == '?' || v[i] == '%' {
				return a, false
			}
			i++
			continue
		}
		j := i
		for j < len(v) && (wordByte(v[j]) || v[j] >= 0x80 || v[j] == '\'') {
			j++
		}
		a.see(v[i:j])
		i = j
	}
	return a, a.words > 0 && a.words <= 16
}

func (a *address) see(word []byte) {
	stop, street := a.afterStop, a.afterStreet
	a.afterStop, a.afterStreet = false, false
	if digitByte(word[0]) {
		if len(word) > 7 {
			return // no house has such a number
		}
		a.numberAfter = a.numberAfter || street
		if a.words == 0 && a.numbers == 0 {
			a.numberFirst = true
		}
		a.numbers++
		return
	}
	a.words++
	var low [24]byte
	n := copy(low[:], word)
	if n < len(word) {
		return
	}
	for i := range n {
		if low[i] >= 'A' && low[i] <= 'Z' {
			low[i] += 'a' - 'A'
		}
	}
	w := low[:n]
	if streetWords[string(w)] {
		if !stop { // "on its way" is no street
			a.street++
			a.afterStreet = true
		}
		return
	}
	if stopWords[string(w)] {
		a.afterStop = true
	}
	if string(w) == "box" || string(w) == "postfach" || string(w) == "apartado" {
		a.box = true
	}
	for _, end := range streetEndings {
		if len(w) > len(end)+2 && text(w[len(w)-len(end):]) == end {
			a.street++
			a.afterStreet = true
			return
		}
	}
	// "Rue de la Paix 12", "via Roma 3": the words between belong to the street.
	a.afterStreet = street
}

// checkAddress: a house number and a word for a street.
func checkAddress(v []byte) bool {
	a, ok := readAddress(v)
	return ok && a.numbers > 0 && (a.street > 0 && (a.numberFirst || a.numberAfter) || a.box)
}

// checkNamedAddress: a number and a word, in a column whose name says that these are addresses.
func checkNamedAddress(v []byte) bool {
	a, ok := readAddress(v)
	return ok && (a.numbers > 0 || a.street > 0 && a.words > 1)
}

// monthWords are the first three letters of months in English; other languages mostly share them.
const monthWords = "janfebmaraprmayjunjulaugsepoctnovdec"

// checkBirthdate: a day of the calendar between 1900 and 2030, in the orders in which people write dates.
func checkBirthdate(v []byte) bool {
	var part [3]int
	var width [3]int
	n, month := 0, 0
	if i := strings.IndexAny(text(v), "T"); i == 10 {
		v = v[:i]
	}
	for i := 0; i < len(v) && n < 3; {
		switch {
		case digitByte(v[i]):
			for i < len(v) && digitByte(v[i]) && width[n] < 9 {
				part[n] = part[n]*10 + int(v[i]-'0')
				width[n]++
				i++
			}
			n++
		case kindOf[v[i]]&(isUpper|isLower) != 0:
			var low [3]byte
			k := 0
			for i < len(v) && kindOf[v[i]]&(isUpper|isLower) != 0 {
				if k < 3 {
					low[k] = v[i] | 0x20
					k++
				}
				i++
			}
			if at := strings.Index(monthWords, string(low[:k])); k == 3 && at >= 0 && at%3 == 0 {
				month = at/3 + 1
			}
		default:
			i++
		}
	}
	switch {
	case n == 1 && width[0] == 8:
		return birthYear(part[0]/10000) && date(part[0]/10000, part[0]/100%100, part[0]%100, true)
	case n == 2 && month > 0:
		return birthYear(part[1]) && date(part[1], month, part[0], false) || birthYear(part[0]) && date(part[0], month, part[1], false)
	case n != 3:
		return false
	case width[0] == 4:
		return birthYear(part[0]) && date(part[0], part[1], part[2], true)
	case width[2] == 4 || width[2] == 2:
		return (width[2] == 2 || birthYear(part[2])) && (date(0, part[1], part[0], false) || date(0, part[0], part[1], false))
	}
	return false
}

func birthYear(y int) bool { return y >= 1900 && y <= 2030 }

// checkAge: zero to 120, or a bracket of ages.
func checkAge(v []byte) bool {
	n, numbers, open := 0, 0, false
	for _, b := range v {
		if !digitByte(b) {
			if open && b == '.' {
				break // a fraction of a year
			}
			open = false
			continue
		}
		if !open {
			n, open = 0, true
			numbers++
		}
		if n = n*10 + int(b-'0'); n > 120 {
			return false
		}
	}
	return numbers == 1 || numbers == 2
}
