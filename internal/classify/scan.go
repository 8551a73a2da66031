package classify

// span is a place in a text at which a detector's pattern fits.
type span struct{ from, to int }

// maxEnds is how many ends one start may have; the longest are kept.
const maxEnds = 8

// scan calls hit for every place in text where a pattern fits between word boundaries, longest first, until hit says
// that it takes one; what was taken is not looked at again. It allocates nothing.
func (g *gate) scan(text []byte, hit func(detector uint16, at span) bool) {
	var ends [maxEnds]struct {
		s  *state
		to int
	}
	for i := 0; i < len(text); i++ {
		if !opens(text, i) {
			continue
		}
		n := 0
		s := g.start
		for j := i; j < len(text); j++ {
			c := g.class[text[j]]
			to := s.next[c].Load()
			if to == nil {
				to = g.step(s, c)
			}
			if to == g.dead {
				break
			}
			s = to
			if len(s.accepts) > 0 && closes(text, j+1) {
				ends[n%maxEnds].s, ends[n%maxEnds].to = s, j+1
				n++
			}
		}
		if to := take(i, n, &ends, hit); to > i {
			i = to - 1
		}
	}
}

func take(from, n int, ends *[maxEnds]struct {
	s  *state
	to int
}, hit func(uint16, span) bool,
) int {
	for e := n - 1; e >= max(0, n-maxEnds); e-- {
		end := &ends[e%maxEnds]
		taken := false
		for _, d := range end.s.accepts {
			if hit(d, span{from, end.to}) {
				taken = true
			}
		}
		if taken {
			return end.to
		}
	}
	return from
}

const (
	isDigit = 1 << iota
	isUpper
	isLower
	isSpace
	isHigh // beyond ASCII
	isAt
	isColon
	isDot
	isOther
)

var kindOf = func() (k [256]uint16) {
	for b := range 256 {
		switch {
		case b >= '0' && b <= '9':
			k[b] = isDigit
		case b >= 'A' && b <= 'Z':
			k[b] = isUpper
		case b >= 'a' && b <= 'z':
			k[b] = isLower
		case b == ' ' || b == '\t' || b == '\n' || b == '\r':
			k[b] = isSpace
		case b >= 0x80:
			k[b] = isHigh
		case b == '@':
			k[b] = isAt
		case b == ':':
			k[b] = isColon
		case b == '.':
			k[b] = isDot
		default:
			k[b] = isOther
		}
	}
	return k
}()

func wordByte(b byte) bool {
	return kindOf[b]&(isDigit|isUpper|isLower) != 0 || b == '_'
}

func digitByte(b byte) bool { return b >= '0' && b <= '9' }

// joins says whether b between two digits makes one number, date or code of them.
func joins(b byte) bool { return b == '-' || b == '.' || b == '/' || b == ':' || b == ',' }

// opens says whether a value can start at text[i]: not within a word, and not within a number such as 2024-05-01.
func opens(text []byte, i int) bool {
	if kindOf[text[i]]&isSpace != 0 {
		return false
	}
	if i == 0 {
		return true
	}
	p := text[i-1]
	if wordByte(text[i]) && wordByte(p) {
		return false
	}
	return !digitByte(text[i]) || i < 2 || !joins(p) || !digitByte(text[i-2])
}

// closes says whether a value can end before text[i].
func closes(text []byte, i int) bool {
	if i == len(text) {
		return true
	}
	if wordByte(text[i]) && wordByte(text[i-1]) {
		return false
	}
	return !digitByte(text[i-1]) || i+1 >= len(text) || !joins(text[i]) || !digitByte(text[i+1])
}
