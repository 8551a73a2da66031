package expression

import (
	"strings"
	"testing"

	"github.com/baileydb/bailey/seal"
)

func TestApply(t *testing.T) {
	item := seal.Item{
		"n": seal.Number("1.5"), "s": seal.String("x"), "ss": seal.StringSet{"a", "b"}, "l": seal.List{seal.Number("0"), seal.Number("1"), seal.Number("2")},
		"m": seal.Map{"a": seal.Map{"b": seal.Number("1")}, "c": seal.String("d")},
	}
	values := map[string]seal.Value{":n": seal.Number("0.25"), ":s": seal.String("y"), ":ss": seal.StringSet{"b", "c"}, ":l": seal.List{seal.Number("3")}, ":both": seal.StringSet{"a", "b"}}
	for text, want := range map[string]seal.Item{
		"SET n = n + :n":                          {"n": seal.Number("1.75")},
		"SET n = :n - n":                          {"n": seal.Number("-1.25")},
		"SET s = :s, fresh = s":                   {"s": seal.String("y"), "fresh": seal.String("x")},
		"SET fresh = if_not_exists(nope, :s)":     {"fresh": seal.String("y")},
		"SET fresh = if_not_exists(s, :s)":        {"fresh": seal.String("x")},
		"SET fresh = if_not_exists(nope, :n) + n": {"fresh": seal.Number("1.75")},
		"SET l = list_append(l, :l)":              {"l": seal.List{seal.Number("0"), seal.Number("1"), seal.Number("2"), seal.Number("3")}},
		"SET l[1] = :s, l[9] = :n":                {"l": seal.List{seal.Number("0"), seal.String("y"), seal.Number("2"), seal.Number("0.25")}},
		"SET m.a.b = :s, m.x = :n":                {"m": seal.Map{"a": seal.Map{"b": seal.String("y")}, "c": seal.String("d"), "x": seal.Number("0.25")}},
		"REMOVE s, l[0], l[2], m.c, nope, l[9]":   {"s": nil, "l": seal.List{seal.Number("1")}, "m": seal.Map{"a": seal.Map{"b": seal.Number("1")}}},
		"ADD n :n, ss :ss, fresh :n":              {"n": seal.Number("1.75"), "ss": seal.StringSet{"a", "b", "c"}, "fresh": seal.Number("0.25")},
		"DELETE ss :ss":                           {"ss": seal.StringSet{"a"}},
		"DELETE ss :both":                         {"ss": nil},
		"DELETE nope :ss":                         {},
		"SET s = :s REMOVE n ADD fresh :ss":       {"s": seal.String("y"), "n": nil, "fresh": seal.StringSet{"b", "c"}},
	} {
		u, err := ParseUpdate(text, nil)
		if err != nil {
			t.Fatal(text, err)
		}
		got, err := u.Apply(item, values)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		expected := seal.Item{}
		for k, v := range item {
			expected[k] = v
		}
		for k, v := range want {
			if expected[k] = v; v == nil {
				delete(expected, k)
			}
		}
		if !seal.Equal(got, expected) {
			t.Errorf("%s gives %v, want %v", text, got, expected)
		}
	}
	if v, err := sum(seal.Number("10"), seal.Number("10.0"), true); err != nil || v != seal.Number("0") {
		t.Errorf("%v, %v", v, err)
	}
	if v, err := sum(seal.Number("1e125"), seal.Number("-1E-130"), false); err != nil || len(v.(seal.Number)) != 126+131 && len(v.(seal.Number)) != 125+131 {
		t.Errorf("%v, %v", v, err)
	}
	if !seal.Equal(seal.Item{"m": item["m"], "l": item["l"]}, seal.Item{"m": seal.Map{"a": seal.Map{"b": seal.Number("1")}, "c": seal.String("d")}, "l": seal.List{seal.Number("0"), seal.Number("1"), seal.Number("2")}}) {
		t.Error("the item itself was changed")
	}
	for text, says := range map[string]string{
		"SET n = s + :n": "numbers", "SET fresh = nope": "no value", "SET fresh = :nope": "no value", "SET nope.x = :n": "no place", "SET s.x = :n": "no place", "SET l.x = :n": "no place",
		"SET m[0] = :n": "no place", "SET l[9].x = :n": "no place", "ADD s :n": "numbers", "ADD n :ss": "go together", "DELETE n :n": "go together", "ADD m.x :n": "inside", "SET l = list_append(l, :n)": "two lists",
		"SET m = :n, m.a = :n": "overlap", "SET s = :n REMOVE s": "overlap", "REMOVE nope.x": "no place", "ADD s :s": "go together",
	} {
		u, err := ParseUpdate(text, nil)
		if err != nil {
			t.Fatal(text, err)
		}
		if got, err := u.Apply(item, values); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s gives %v, %v; want %q", text, got, err, says)
		}
	}
}
