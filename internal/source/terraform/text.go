package terraform

import (
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/baileydb/bailey/internal/estate"
)

// joinTexts is join over texts of which not all are known.
func (sc scope) joinTexts(args []estate.Value, at estate.Origin) (estate.Value, bool) {
	if len(args) < 2 || args[0].Kind != estate.KindString {
		return estate.Value{}, false
	}
	lists, ok := joinLists(args[1:], false, at)
	switch {
	case !ok:
		return estate.Value{}, false
	case len(lists.Items) == 1 && !isScalar(lists.Items[0]) && lists.Items[0].Kind != estate.KindNull:
		return lists.Items[0], true // older configurations write "the one, if there is one" this way
	case known(lists) && known(args[0]):
		return estate.Value{}, false
	case open(lists) != "":
		return because(at, lists), true
	}
	var t text
	for i, item := range lists.Items {
		if i > 0 {
			t.add(args[0], "…")
		}
		if !t.add(item, "…") {
			return estate.Value{}, false
		}
	}
	return t.value(at), true
}

// formatted is format where the arguments that are not known are put in as text.
func formatted(sc scope, args []estate.Value, at estate.Origin) (estate.Value, bool) {
	if len(args) < 2 {
		return estate.Value{}, false
	}
	holes, t := placeholders(args)
	if len(t.whys) == 0 {
		return estate.Value{}, false
	}
	in, err := arguments(sc.m.s.functions["format"], holes)
	if err != nil || excess("format", holes) != "" {
		return because(at, args...), true
	}
	out, err := called(func() (cty.Value, error) { return sc.m.s.functions["format"].Call(in) })
	if err != nil { // a number was wanted, say
		return because(at, args...), true
	}
	made := fromCty(out, at)
	if made.Kind != estate.KindString {
		return because(at, args...), true
	}
	t.b.WriteString(made.Text)
	return t.value(at), true
}

// placeholders replaces what is not known by text, gathering why.
func placeholders(args []estate.Value) ([]estate.Value, *text) {
	t := &text{}
	out := make([]estate.Value, len(args))
	for i, v := range args {
		out[i] = v
		t.secret = t.secret || v.NoEcho
		switch {
		case v.Kind == estate.KindReference:
			out[i] = estate.String(v.Text, v.Origin)
		case v.Partial:
			out[i] = estate.String(v.Text, v.Origin)
		case v.Kind == estate.KindUnknown:
			out[i] = estate.String("${…}", v.Origin)
		default:
			continue
		}
		t.because(v)
	}
	return out, t
}

// formattedList is formatlist where not all is known.
func formattedList(sc scope, args []estate.Value, at estate.Origin) (estate.Value, bool) {
	n, all := -1, true
	for _, v := range args {
		all = all && known(v)
		if v.Kind != estate.KindList {
			continue
		}
		if open(v) != "" || n >= 0 && n != len(v.Items) {
			return because(at, args...), open(v) != ""
		}
		n = len(v.Items)
	}
	if all || n < 0 {
		return estate.Value{}, false
	}
	out := estate.List(make([]estate.Value, n), at)
	for i := range n {
		one := make([]estate.Value, len(args))
		for j, v := range args {
			if one[j] = v; v.Kind == estate.KindList {
				one[j] = v.Items[i]
			}
		}
		v, ok := formatted(sc, one, at)
		if !ok {
			v = sc.compute("format", one, at)
		}
		out.Items[i] = v
	}
	return out, true
}

// excess says why a call is not made: its result would grow beyond what its arguments are.
func excess(name string, args []estate.Value) string {
	length := func(i int) int {
		if i >= len(args) {
			return 0
		}
		return len(args[i].Text)
	}
	const why = "shorten the text: Bailey does not build texts this long"
	switch name {
	case "replace":
		if (length(0)+1)*(length(2)+1) > 64*maxText {
			return why
		}
	case "indent":
		if n, _ := args[0].AsInt(); len(args) == 2 && n > 0 && int64(1+strings.Count(args[1].Text, "\n"))*n > maxText {
			return why
		}
	case "format", "formatlist":
		digits, total, most := 0, 0, 1
		for _, c := range []byte(args0(args)) {
			if c >= '0' && c <= '9' {
				digits++
			} else {
				digits = 0
			}
			if digits > 4 {
				return why
			}
		}
		for _, v := range args {
			total += len(v.Text)
			most = max(most, len(v.Items))
		}
		if total*most > 16*maxText {
			return why
		}
	case "join":
		items := 0
		for _, v := range args {
			items += len(v.Items)
		}
		if items*(length(0)+1) > 16*maxText {
			return why
		}
	case "setproduct":
		n := 1
		for _, v := range args {
			if n *= max(1, len(v.Items)); n > maxInstances*10 {
				return "make the product smaller"
			}
		}
	}
	return ""
}

func args0(args []estate.Value) string {
	if len(args) == 0 {
		return ""
	}
	return args[0].Text
}
