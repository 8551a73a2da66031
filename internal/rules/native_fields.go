package rules

import (
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/ast"
)

// gatherFields appends the values of a field as [fields] finds them, but those that are null.
func (v Value) gatherFields(path []string, found []Value) []Value {
	if v.Kind == KindList {
		list := v.List()
		if len(path) > 0 {
			if x := v.member(path[0]); x.Kind != KindNone {
				return x.gatherFields(path[1:], found)
			}
		}
		for _, x := range list {
			found = x.gatherFields(path, found)
		}
		if len(path) == 0 && len(list) == 0 {
			found = append(found, v)
		}
		return found
	}
	switch {
	case v.Kind == KindNone:
		return found
	case len(path) == 0:
		return append(found, v)
	case v.Kind != KindObject:
		return found
	}
	return v.Object().Member(path[0]).gatherFields(path[1:], found)
}

// fieldsOfEvent are the values of an event's field that are not null. Where the way goes through objects alone, none of them is
// taken apart.
func fieldsOfEvent(s *Seen, path []string, room []Value) []Value {
	switch v := Lookup(s.Event, path); v.Kind {
	case KindText, KindBool, KindInt, KindFloat:
		return append(room, v)
	case KindNone, KindList, KindObject, kindError:
	}
	return Members(s.Event).gatherFields(path, room)
}

// asText is [textOf] of a value.
func (v Value) asText() (string, bool) {
	switch v.Kind {
	case KindText:
		return v.S, true
	case KindBool, KindInt, KindFloat:
		return v.String(), true
	case KindObject:
		return textOf(v.Any())
	case KindNone, KindList, kindError:
	}
	return "", false
}

// fieldCall is a function that matches a field of a fixed path, or nil where it is not of the part that is known.
func (t *translator) fieldCall(name string, args []ast.Expr) node {
	if len(args) < 2 || args[0].Kind() != ast.IdentKind || args[0].AsIdent() != "e" || slices.Contains(t.locals, "e") {
		return nil
	}
	field, ok := literal2(args[1])
	if !ok || field.Kind != KindText || field.S == "" {
		return nil
	}
	path := strings.Split(field.S, ".")
	switch name {
	case "given":
		return func(s *Seen, _ []Value) Value {
			var room [4]Value
			return Bool(len(fieldsOfEvent(s, path, room[:0])) > 0)
		}
	case "texts", "numbers":
		return fieldValues(path, name == "numbers")
	}
	if len(args) != 3 || args[2].Kind() != ast.ListKind {
		return nil
	}
	var meets []func(string) bool
	for _, x := range args[2].AsList().Elements() {
		v, ok := literal2(x)
		if !ok || v.Kind != KindText {
			return nil
		}
		meets = append(meets, meeting(name, v.S))
	}
	return func(s *Seen, _ []Value) Value {
		var room [4]Value
		for _, v := range fieldsOfEvent(s, path, room[:0]) {
			text, ok := v.asText()
			if !ok {
				continue
			}
			for _, m := range meets {
				if m(text) {
					return Bool(true)
				}
			}
		}
		return Bool(false)
	}
}

// fieldValues are the values of a field as texts, or those that are numbers.
func fieldValues(path []string, numbers bool) node {
	return func(s *Seen, _ []Value) Value {
		var room [4]Value
		var out []Value
		for _, v := range fieldsOfEvent(s, path, room[:0]) {
			text, ok := v.asText()
			if !ok {
				continue
			}
			if !numbers {
				out = append(out, Text(text))
			} else if n, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(n) {
				out = append(out, Float(n))
			}
		}
		return List(out)
	}
}

// meeting is how a text meets what a function looks for.
func meeting(name, want string) func(string) bool {
	if name == "in_cidr" {
		n, err := netip.ParsePrefix(want)
		return func(s string) bool {
			if err != nil {
				return false
			}
			a, bad := netip.ParseAddr(s)
			return bad == nil && n.Contains(a.Unmap().WithZone(""))
		}
	}
	cased := name == "like_cased"
	if strings.ContainsAny(want, `*?\`) || !ascii(want) {
		return func(s string) bool { return wild(s, want, cased) }
	}
	return func(s string) bool {
		if cased {
			return s == want
		}
		if len(s) != len(want) || !ascii(s) {
			return !ascii(s) && wild(s, want, false)
		}
		for i := range len(s) {
			if lower(s[i]) != lower(want[i]) {
				return false
			}
		}
		return true
	}
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
