package seal

import (
	"bytes"
	"maps"
	"slices"
)

// Equal reports whether two items are the same to DynamoDB: sets in any order, numbers in any spelling. Items with
// values that cannot be stored are equal to none.
func Equal(a, b Item) bool {
	x, ok := canonical(a)
	y, also := canonical(b)
	return ok && also && bytes.Equal(x, y)
}

func canonical(it Item) ([]byte, bool) {
	var b []byte
	for _, name := range slices.Sorted(maps.Keys(it)) {
		var err error
		if b, err = appendLength(b, len(name)); err != nil {
			return nil, false
		}
		if b, err = appendTyped(append(b, name...), it[name], 1); err != nil {
			return nil, false
		}
	}
	return b, true
}
