package rules

import (
	"bytes"
	"encoding/json"
	"math"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// The functions here match the fields of an event the way rules in other forms do: a field is found through lists without a
// number or a *, and a value matches where any of the field's values does. None of them fails: what is missing matches
// nothing.

// fields are the values of a field, null ones included; the empty path is the whole event.
func fields(v any, path []string, found []any) []any {
	if list, ok := v.([]any); ok {
		if len(path) > 0 {
			if x := member(v, path[0]); x != nil {
				return fields(x, path[1:], found)
			}
		}
		for _, x := range list {
			found = fields(x, path, found)
		}
		if len(path) == 0 && len(list) == 0 {
			found = append(found, list)
		}
		return found
	}
	if len(path) == 0 {
		return append(found, v)
	}
	m, ok := v.(map[string]any)
	if !ok {
		return found
	}
	x, ok := m[path[0]]
	if !ok {
		for _, k := range sortedKeys(m) {
			if strings.EqualFold(k, path[0]) {
				x, ok = m[k], true
				break
			}
		}
	}
	if !ok {
		return found
	}
	return fields(x, path[1:], found)
}

func fieldsOf(m, p ref.Val) []any {
	root, name, ok := eventPath(m, p)
	switch {
	case !ok:
		return nil
	case name == "":
		return []any{root}
	}
	return fields(root, strings.Split(name, "."), nil)
}

// textOf is a value as a text: an object is its JSON, followed by those of its texts that JSON writes with escapes, so that
// they can be found as they are.
func textOf(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case int:
		return strconv.Itoa(v), true
	case map[string]any:
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if enc.Encode(v) != nil {
			return "", false
		}
		return escaped(v, strings.TrimSuffix(b.String(), "\n")), true
	}
	return "", false
}

func escaped(v any, text string) string {
	switch v := v.(type) {
	case string:
		if strings.ContainsAny(v, "\"\\\n\r\t") {
			return text + "\n" + v
		}
	case []any:
		for _, x := range v {
			text = escaped(x, text)
		}
	case map[string]any:
		for _, k := range sortedKeys(v) {
			text = escaped(v[k], text)
		}
	}
	return text
}

func fieldTexts(m, p ref.Val) []string {
	out := []string{}
	for _, v := range fieldsOf(m, p) {
		if s, ok := textOf(v); ok {
			out = append(out, s)
		}
	}
	return out
}

// texts are the values of a field as texts.
func texts(m, p ref.Val) ref.Val { return types.DefaultTypeAdapter.NativeToValue(fieldTexts(m, p)) }

// numbers are the values of a field that are numbers, or texts of one.
func numbers(m, p ref.Val) ref.Val {
	out := []float64{}
	for _, s := range fieldTexts(m, p) {
		if n, err := strconv.ParseFloat(s, 64); err == nil && !math.IsNaN(n) {
			out = append(out, n)
		}
	}
	return types.DefaultTypeAdapter.NativeToValue(out)
}

// present reports whether there is such a field, even a null one.
func present(m, p ref.Val) ref.Val { return types.Bool(len(fieldsOf(m, p)) > 0) }

// given reports whether a field has a value that is not null.
func given(m, p ref.Val) ref.Val {
	for _, v := range fieldsOf(m, p) {
		if v != nil {
			return types.True
		}
	}
	return types.False
}

var stringList = reflect.TypeFor[[]string]()

// meetsAny reports whether one of a field's values meets one of the texts of a list.
func meetsAny(args []ref.Val, meets func(value, text string) bool) ref.Val {
	var list []string
	if l, err := args[2].ConvertToNative(stringList); err == nil {
		list, _ = l.([]string)
	}
	for _, value := range fieldTexts(args[0], args[1]) {
		for _, text := range list {
			if meets(value, text) {
				return types.True
			}
		}
	}
	return types.False
}

// like matches with patterns in which * is any text and ? any character; a backslash before one of them or before another
// backslash takes its meaning away.
func like(cased bool) func(args ...ref.Val) ref.Val {
	return func(args ...ref.Val) ref.Val {
		return meetsAny(args, func(value, pattern string) bool { return wild(value, pattern, cased) })
	}
}

// sign is the next character of a pattern, and whether it is one that is meant as it stands.
func sign(pattern string) (r rune, plain bool, size int) {
	r, size = utf8.DecodeRuneInString(pattern)
	switch {
	case r == '\\' && size < len(pattern) && strings.IndexByte(`*?\`, pattern[size]) >= 0:
		return rune(pattern[size]), true, size + 1
	case r == '*' || r == '?':
		return r, false, size
	}
	return r, true, size
}

// wild goes back to the last * only, which is enough: time is bounded by the product of the lengths.
func wild(s, pattern string, cased bool) bool {
	back, from := -1, 0 // after the last *, and where it was tried
	i, p := 0, 0
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		if p < len(pattern) {
			want, plain, size := sign(pattern[p:])
			if !plain && want == '*' {
				p += size
				back, from = p, i
				continue
			}
			if !plain || r == want || !cased && unicode.ToLower(r) == unicode.ToLower(want) {
				i, p = i+n, p+size
				continue
			}
		}
		if back < 0 {
			return false
		}
		_, n = utf8.DecodeRuneInString(s[from:])
		from += n
		i, p = from, back
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// inCIDR reports whether a field holds an address of one of the networks.
func inCIDR(args ...ref.Val) ref.Val {
	return meetsAny(args, func(value, network string) bool {
		a, err := netip.ParseAddr(value)
		if err != nil {
			return false
		}
		n, err := netip.ParsePrefix(network)
		return err == nil && n.Contains(a.Unmap().WithZone(""))
	})
}
