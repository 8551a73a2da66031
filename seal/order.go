package seal

import "bytes"

// compareUTF16 orders two UTF-8 strings by their UTF-16 code units, as the format sorts set members and map keys.
//
// Both encodings agree with the order of code points except that characters beyond U+FFFF, whose UTF-16 form begins
// with a surrogate (D800 to DBFF), come before U+E000 to U+FFFF. In UTF-8 the former begin with F0 to F4 and the latter
// with EE or EF, so it is enough to lift those two bytes above F4 where the strings first differ.
func compareUTF16(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] == b[i] {
			continue
		}
		if lift(a[i]) < lift(b[i]) {
			return -1
		}
		return 1
	}
	return len(a) - len(b)
}

func lift(b byte) byte {
	if b == 0xEE || b == 0xEF {
		return b + 0x10
	}
	return b
}

// compareNames orders attribute names as their canonical paths sort: within one table a path is a fixed prefix, the
// name's length in eight bytes and the name, so shorter names come first.
func compareNames(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func compareBytes(a, b []byte) int { return bytes.Compare(a, b) }
