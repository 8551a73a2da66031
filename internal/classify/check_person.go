package classify

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed data/given.txt
var givenText string

//go:embed data/surnames.txt
var surnameText string

// nameList is a set of words by their hash: two in ten thousand words that are no name would be taken for one at most.
type nameList map[uint64]struct{}

func newNameList(words string) nameList {
	out := make(nameList, strings.Count(words, "\n"))
	for w := range strings.FieldsSeq(words) {
		out[foldHash([]byte(w))] = struct{}{}
	}
	return out
}

func (l nameList) has(word []byte) bool {
	_, ok := l[foldHash(word)]
	return ok
}

var (
	givenNames = sync.OnceValue(func() nameList { return newNameList(givenText) })
	surnames   = sync.OnceValue(func() nameList { return newNameList(surnameText) })
)

// foldHash is FNV-1a over a word in lower case, for ASCII and for the letters of Latin-1.
func foldHash(word []byte) uint64 {
	h := uint64(14695981039346656037)
	high := byte(0)
	for _, b := range word {
		if b >= 'A' && b <= 'Z' {
			b += 'a' - 'A'
		} else if high == 0xc3 && b >= 0x80 && b <= 0x9e && b != 0x97 {
			b += 0x20
		}
		high = b
		h = (h ^ uint64(b)) * 1099511628211
	}
	return h
}

// nameWords splits a person's name into at most six words, without titles, initials and what follows a comma's place.
func nameWords(v []byte, words *[6][]byte) (n int, ok bool) {
	for i := 0; i < len(v); {
		j := i
		for j < len(v) && (kindOf[v[j]]&(isUpper|isLower|isHigh) != 0 || v[j] == '\'' || v[j] == '-') {
			j++
		}
		if j > i && !isTitle(v[i:j]) && j-i > 1 {
			if n == len(words) {
				return n, false
			}
			words[n] = v[i:j]
			n++
		}
		if j < len(v) && v[j] != ' ' && v[j] != '.' && v[j] != ',' {
			return n, false
		}
		i = j + 1
	}
	return n, n > 0
}

func isTitle(word []byte) bool {
	if len(word) > 4 {
		return false
	}
	switch strings.ToLower(text(word)) {
	case "mr", "mrs", "ms", "dr", "prof", "sir", "jr", "sr", "ii", "iii", "iv", "herr", "frau", "phd", "md", "dds", "esq", "miss", "de", "la", "van", "von", "der", "den", "di", "da", "del", "dos", "bin", "al", "el", "le":
		return true
	}
	return false
}

func inParts(word []byte, list nameList) bool {
	if list.has(word) {
		return true
	}
	first, second, ok := strings.Cut(text(word), "-")
	return ok && list.has([]byte(first)) && list.has([]byte(second))
}

// checkPerson: a word that is a given name or a surname, alone or with others. Words of the language are names too
// (Green, May), so the column's name has to say that these are names.
func checkPerson(v []byte) bool {
	var words [6][]byte
	n, ok := nameWords(v, &words)
	if !ok {
		return false
	}
	if n == 1 {
		return inParts(words[0], givenNames()) || inParts(words[0], surnames())
	}
	return inParts(words[0], givenNames()) || inParts(words[n-1], surnames()) || inParts(words[0], surnames()) && inParts(words[n-1], givenNames())
}

// checkFullName: a given name and a surname, in either order, in two to four words.
func checkFullName(v []byte) bool {
	var words [6][]byte
	n, ok := nameWords(v, &words)
	if !ok || n < 2 || n > 4 {
		return false
	}
	for _, w := range words[:n] {
		if kindOf[w[0]]&(isUpper|isHigh) == 0 {
			return false
		}
	}
	first, last := words[0], words[n-1]
	return inParts(first, givenNames()) && inParts(last, surnames()) || inParts(first, surnames()) && inParts(last, givenNames())
}
