package sigma

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/baileydb/bailey/internal/rules"
)

const head1 = "title: T\nlogsource: {product: aws, service: cloudtrail}\n"

func load(t *testing.T, text string) ([]*rules.Detection, []Skipped, error) {
	t.Helper()
	return Load(fstest.MapFS{"r.yml": {Data: []byte(text)}}, "in/")
}

func one(t *testing.T, text string) *rules.Detection {
	t.Helper()
	list, skipped, err := load(t, text)
	if err != nil || len(list) != 1 || len(skipped) > 0 {
		t.Fatalf("%s\n%d detections, skipped %v, error %v", text, len(list), skipped, err)
	}
	return list[0]
}

func matches(t *testing.T, d *rules.Detection, event string) bool {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(event), &m); err != nil {
		t.Fatal(err)
	}
	ok, err := d.Matches(&rules.Seen{Event: rules.Map(m)})
	if err != nil {
		t.Fatalf("%s\n%s\n%v", d.When, event, err)
	}
	return ok
}

func TestModifiers(t *testing.T) {
	for _, c := range []struct {
		field   string
		yes, no []string
	}{
		{`a: Text`, []string{`{"a":"text"}`, `{"a":["x","TEXT"]}`, `{"A":"text"}`}, []string{`{}`, `{"a":null}`, `{"a":"text "}`, `{"b":"text"}`, `{"a":[]}`, `{"a":{"x":"text"}}`}},
		{`a: [x, y]`, []string{`{"a":"x"}`, `{"a":"Y"}`}, []string{`{"a":"z"}`}},
		{`a: ''`, []string{`{"a":""}`}, []string{`{}`, `{"a":null}`, `{"a":" "}`}},
		{`a: 5`, []string{`{"a":5}`, `{"a":"5"}`, `{"a":5.0}`}, []string{`{"a":50}`}},
		{`a: 0x10`, []string{`{"a":16}`}, []string{`{"a":10}`}},
		{`a: 'false'`, []string{`{"a":false}`, `{"a":"False"}`}, []string{`{"a":true}`, `{}`}},
		{`a: false`, []string{`{"a":false}`}, []string{`{}`}},
		{`a: null`, []string{`{}`, `{"a":null}`, `{"b":1}`}, []string{`{"a":""}`, `{"a":false}`}},
		{`a.b: null`, []string{`{}`, `{"a":{}}`, `{"a":null}`, `{"a":"x"}`}, []string{`{"a":{"b":1}}`}},
		{`a: [null, x]`, []string{`{}`, `{"a":"x"}`}, []string{`{"a":"y"}`}},
		{`a.b.c: x`, []string{`{"a":{"b":{"c":"x"}}}`, `{"a":[{"b":[{"c":"y"},{"c":["x"]}]}]}`}, []string{`{"a":{"b":"x"}}`, `{"a.b.c":1}`}},
		// wildcards and escapes
		{`a: x*z`, []string{`{"a":"xz"}`, `{"a":"Xyyz"}`, `{"a":"x\nz"}`, `{"a":"xzaz"}`}, []string{`{"a":"xza"}`}},
		{`a: x?z`, []string{`{"a":"xyz"}`, `{"a":"xéz"}`}, []string{`{"a":"xz"}`, `{"a":"xyyz"}`}},
		{`a: '*'`, []string{`{"a":""}`, `{"a":"x"}`, `{"a":1}`}, []string{`{}`, `{"a":null}`}},
		{`a: 'x\*z'`, []string{`{"a":"x*z"}`}, []string{`{"a":"xyz"}`, `{"a":"x\\z"}`, `{"a":"x\\*z"}`}},
		{`a: 'x\?'`, []string{`{"a":"x?"}`}, []string{`{"a":"xy"}`}},
		{`a: 'x\\*z'`, []string{`{"a":"x\\z"}`, `{"a":"x\\yz"}`}, []string{`{"a":"x*z"}`}},
		{`a: 'x\\\*z'`, []string{`{"a":"x\\*z"}`}, []string{`{"a":"x\\yz"}`}},
		{`a: 'x\y\\z'`, []string{`{"a":"x\\y\\z"}`}, []string{`{"a":"x\\y\\\\z"}`}},
		{`a: 'x\\\\z'`, []string{`{"a":"x\\\\z"}`}, []string{`{"a":"x\\z"}`}},
		{`a|contains: 'x\'`, []string{`{"a":"ax\\b"}`}, []string{`{"a":"x*"}`, `{"a":"x"}`}},
		{`a: Ü`, []string{`{"a":"ü"}`}, []string{`{"a":"u"}`}},
		{`a: "say \"x\"\t'y'"`, []string{`{"a":"say \"x\"\t'y'"}`}, []string{`{"a":"say x"}`}},
		// texts
		{`a|contains: ell`, []string{`{"a":"HELLO"}`}, []string{`{"a":"help"}`, `{}`}},
		{`a|contains: '*'`, []string{`{"a":"x"}`}, []string{`{}`}},
		{`a|contains: e?l`, []string{`{"a":"hello"}`}, []string{`{"a":"hel"}`}},
		{`a|contains: suspended`, []string{`{"a":{"b":{"Status":"Suspended"}}}`}, []string{`{"a":{"b":1}}`}},
		{`a|contains: '"x"'`, []string{`{"a":{"x":1}}`, `{"a":{"p":"{\"x\":1}"}}`}, []string{`{"a":{"y":1}}`}},
		{`a|startswith: he`, []string{`{"a":"Hello"}`}, []string{`{"a":"the"}`}},
		{`a|endswith: LO`, []string{`{"a":"Hello"}`}, []string{`{"a":"low"}`}},
		{`a|contains|all: [x, y]`, []string{`{"a":"yx"}`, `{"a":["x","y"]}`}, []string{`{"a":"x"}`, `{}`}},
		{`a|all|contains: [x, y]`, []string{`{"a":"yx"}`}, []string{`{"a":"y"}`}},
		{`a|cased: Text`, []string{`{"a":"Text"}`}, []string{`{"a":"text"}`}},
		{`a|contains|cased: EL`, []string{`{"a":"hEL"}`}, []string{`{"a":"hel"}`}},
		{`a|neq: x`, []string{`{"a":"y"}`, `{}`}, []string{`{"a":"X"}`}},
		{`a|neq: [x, y]`, []string{`{"a":"z"}`}, []string{`{"a":"x"}`, `{"a":"y"}`}},
		// expressions
		{`a|re: '^h.l+o$'`, []string{`{"a":"hello"}`, `{"a":["x","hallo"]}`}, []string{`{"a":"Hello"}`, `{"a":"hello x"}`, `{}`}},
		{`a|re: 'b\.c'`, []string{`{"a":"ab.cd"}`}, []string{`{"a":"abxcd"}`}},
		{`a|re|i: HELL`, []string{`{"a":"hello"}`}, []string{`{"a":"help"}`}},
		{`a|re|m: ^b`, []string{`{"a":"a\nb"}`}, []string{`{"a":"ab"}`}},
		{`a|re|s: a.b`, []string{`{"a":"a\nb"}`}, []string{`{"a":"ab"}`}},
		{`a|re|i|s: A.B`, []string{`{"a":"a\nb"}`}, nil},
		{`a|re: [x+y, z]`, []string{`{"a":"xxy"}`, `{"a":"z"}`}, []string{`{"a":"y"}`}},
		{`a|re|all: [x, z]`, []string{`{"a":"zx"}`}, []string{`{"a":"x"}`}},
		// numbers, networks, fields
		{`a|gt: 5`, []string{`{"a":6}`, `{"a":"5.5"}`, `{"a":[1,9]}`}, []string{`{"a":5}`, `{}`, `{"a":"x"}`}},
		{`a|gte: 5`, []string{`{"a":5}`}, []string{`{"a":4.9}`}},
		{`a|lt: -1.5`, []string{`{"a":-2}`}, []string{`{"a":-1.5}`, `{}`}},
		{`a|lte: 5`, []string{`{"a":5}`}, []string{`{"a":5.1}`}},
		{`a|cidr: 10.0.0.0/8`, []string{`{"a":"10.2.3.4"}`, `{"a":"::ffff:10.2.3.4"}`}, []string{`{"a":"11.0.0.1"}`, `{"a":"x.amazonaws.com"}`, `{}`}},
		{`a|cidr: ['10.0.0.0/8', 'fd00::/8']`, []string{`{"a":"fd12::1"}`}, []string{`{"a":"fe80::1"}`}},
		{`a|exists: true`, []string{`{"a":null}`, `{"a":""}`, `{"a":0}`}, []string{`{}`}},
		{`a.b|exists: false`, []string{`{}`, `{"a":{}}`}, []string{`{"a":{"b":null}}`}},
		{`a|fieldref: b.c`, []string{`{"a":"X","b":{"c":"x"}}`}, []string{`{"a":"x"}`, `{}`, `{"a":"x","b":{"c":"xy"}}`}},
		{`a|fieldref|endswith: b`, []string{`{"a":"user/X","b":"x"}`}, []string{`{"a":"x/user","b":"x"}`}},
		{`a|contains|fieldref: b`, []string{`{"a":"1x2","b":"x"}`}, []string{`{"a":"y","b":"x"}`}},
		{`a|cased|fieldref: b`, []string{`{"a":"x","b":"x"}`}, []string{`{"a":"X","b":"x"}`}},
		{`a|neq|fieldref: b`, []string{`{"a":"x","b":"y"}`, `{}`}, []string{`{"a":"x","b":"x"}`}},
		// encodings; the expected texts are those of the specification and of base64(1)
		{`a|base64: foobar`, []string{`{"a":"Zm9vYmFy"}`}, []string{`{"a":"foobar"}`}},
		{`a|base64|contains: foobar`, []string{`{"a":"-e Zm9vYmFy"}`}, nil},
		{`a|base64offset|contains: foobar`, []string{`{"a":"Zm9vYmFy"}`, `{"a":"eGZvb2Jhcng="}`, `{"a":"eHhmb29iYXJ4"}`}, []string{`{"a":"foobar"}`}},
		{`a|wide|base64offset|contains: cmd`, []string{`{"a":"YwBtAGQA"}`}, []string{`{"a":"Y21k"}`}},
		{`a|utf16le|base64: cmd`, []string{`{"a":"YwBtAGQA"}`}, nil},
		{`a|utf16be|base64: cmd`, []string{`{"a":"AGMAbQBk"}`}, nil},
		{`a|utf16|base64: cmd`, []string{`{"a":"//5jAG0AZAA="}`}, nil},
		{`a|wide: cmd`, []string{`{"a":"c\u0000m\u0000d\u0000"}`}, []string{`{"a":"cmd"}`}},
		{`a|windash|contains: ' -x --y a-b'`, []string{`{"a":"c -x --y a-b"}`, `{"a":"c /x -/y a-b"}`, `{"a":"c –x -―y a-b"}`}, []string{`{"a":"c +x --y a-b"}`, `{"a":"c -x --y a/b"}`}},
	} {
		d := one(t, head1+"detection:\n  s:\n    "+c.field+"\n  condition: s\n")
		not := one(t, head1+"detection:\n  s:\n    "+c.field+"\n  condition: not s\n")
		for i, event := range append(append([]string{}, c.yes...), c.no...) {
			want := i < len(c.yes)
			if got := matches(t, d, event); got != want {
				t.Errorf("%s on %s: %t\n%s", c.field, event, got, d.When)
			}
			if matches(t, not, event) == want {
				t.Errorf("not %s on %s: %t", c.field, event, want)
			}
		}
	}
}

func TestConditions(t *testing.T) {
	const selections = "detection:\n  sel_a: {a: 1}\n  sel_b: {b: 1}\n  filter_c: {c: 1}\n  _d: {d: 1}\n  words: [alpha, 'be*a']\n  maps:\n    - {a: 1, b: 1}\n    - {c: 1}\n  'all_words': {'|all': [alpha, gamma]}\n  condition: "
	for _, c := range []struct {
		condition string
		yes, no   []string // the fields that are 1; of capital letters, words
	}{
		{"sel_a", []string{"a", "ab"}, []string{"", "b"}},
		{"sel_a and sel_b", []string{"ab"}, []string{"a", "b"}},
		{"sel_a or sel_b", []string{"a", "b"}, []string{"c"}},
		{"sel_a or sel_b and filter_c", []string{"a", "bc"}, []string{"b", "c"}},
		{"(sel_a or sel_b) and filter_c", []string{"ac", "bc"}, []string{"a", "c"}},
		{"not sel_a", []string{"", "b"}, []string{"a"}},
		{"not not sel_a", []string{"a"}, []string{""}},
		{"not (sel_a or sel_b)", []string{"", "c"}, []string{"a", "b"}},
		{"not sel_a and sel_b", []string{"b"}, []string{"ab", ""}},
		{"sel_a AND NOT filter_c", []string{"a"}, []string{"ac"}},
		{"1 of sel_*", []string{"a", "b"}, []string{"c", ""}},
		{"any of sel_*", []string{"a"}, []string{"c"}},
		{"all of sel_*", []string{"ab"}, []string{"a", "b"}},
		{"all of *_a", []string{"a"}, []string{"b"}},
		{"1 of s*_b", []string{"b"}, []string{"a"}},
		{"sel_a and not 1 of filter_*", []string{"a"}, []string{"ac"}},
		{"sel_a and not all of filter_*", []string{"a"}, []string{"ac"}},
		{"1 of _*", []string{"d"}, []string{"abc"}},
		{"1 of them", []string{"a", "c", "A"}, []string{"d", ""}},
		{"all of them", []string{"abcAG", "abcABG"}, []string{"abc", "cAG"}},
		{"(1 of sel_* and (not filter_c or (_d)))", []string{"a", "bcd"}, []string{"bc", "d"}},
		{"all of sel_* or 1 of filter_* and _d", []string{"ab", "cd"}, []string{"a", "c"}},
		{"[sel_a and sel_b, filter_c]", []string{"ab", "c"}, []string{"a"}},
		{"words", []string{"A", "B"}, []string{"G", "a"}},
		{"all_words", []string{"AG"}, []string{"A", "G"}},
		{"maps", []string{"ab", "c"}, []string{"a", "b"}},
	} {
		d := one(t, head1+selections+c.condition)
		for i, fields := range append(append([]string{}, c.yes...), c.no...) {
			event := map[string]any{"inner": map[string]any{"list": []any{}}}
			for _, f := range fields {
				word := map[rune]string{'A': "x Alpha", 'B': "betta", 'G': "GAMMA y"}[f]
				if word == "" {
					event[string(f)] = 1
				} else {
					event["word"+string(f)] = []any{map[string]any{"deep": word}}
				}
			}
			text, _ := json.Marshal(event)
			if got := matches(t, d, string(text)); got != (i < len(c.yes)) {
				t.Errorf("%s on %s: %t\n%s", c.condition, text, got, d.When)
			}
		}
	}
}

func TestIndex(t *testing.T) {
	for _, c := range []struct {
		detection             string
		events, source, needs []string
	}{
		{"s: {eventName: [A, b], eventSource: S3.amazonaws.com}\n  condition: s", []string{"A", "b"}, []string{"s3"}, nil},
		{"a: {eventName: A}\n  b: {eventName: B}\n  condition: a or b", []string{"A", "B"}, nil, nil},
		{"a: {eventName: A}\n  b: {userAgent: Hydra}\n  condition: a or b", nil, nil, nil},
		{"a: {eventName: A}\n  b: {userAgent: Hydra}\n  condition: a and not b", []string{"A"}, nil, nil},
		{"a: {eventName: A}\n  condition: not a", nil, nil, nil},
		{"a: {eventName|startswith: Update}\n  condition: a", nil, nil, []string{"Update"}},
		{"a: {eventName: 'Update*'}\n  condition: a", nil, nil, []string{"Update"}},
		{"a: {userAgent|contains: 'x \"Hydra-1\" y'}\n  condition: a", nil, nil, []string{"Hydra-1"}},
		{"a: {userAgent|re: '.+(assumed-role)/.*'}\n  condition: a", nil, nil, []string{"assumed-role"}},
		{"a: {eventSource: x.example}\n  condition: a", nil, nil, []string{"x.example"}},
		{"a: {eventSource: x.amazonaws.com, bytes: 12345}\n  condition: a", nil, []string{"x"}, nil},
	} {
		d := one(t, head1+"detection:\n  "+c.detection)
		got := [][]string{d.Events, d.Source, d.Needs[""]}
		if diff := cmp.Diff([][]string{c.events, c.source, c.needs}, got); diff != "" {
			t.Errorf("%s\n%s", c.detection, diff)
		}
	}
}

func TestLeftOutAndWrong(t *testing.T) {
	rule := func(detection string) string { return head1 + "detection:\n  s: {a: 1}\n  " + detection }
	for _, c := range []struct{ text, skipped, wrong string }{
		{"title: T\nlogsource: {product: windows, category: process_creation}\ndetection: {s: {a: 1}, condition: s}", "no log of product windows, category process_creation", ""},
		{rule("condition: s | count() > 5"), "given up", ""},
		{rule("condition: 2 of s*"), `not "2" of`, ""},
		{rule("t: {a|expand: '%x%'}\n  condition: t"), "expand", ""},
		{rule("t: {a|hour: 3}\n  condition: t"), "hour", ""},
		{rule("t: {a|contain: x}\n  condition: t"), `did you mean "contains"?`, ""},
		{rule("t: {a|re: '(?=x)'}\n  condition: t"), "none of RE2's", ""},
		{rule("t: {a|cidr|contains: 10.0.0.0/8}\n  condition: t"), "do not go together", ""},
		{rule("t: {a|base64: 'x*'}\n  condition: t"), "cannot be encoded", ""},
		{rule("t: {a|wide: é😀ÿ}\n  condition: t"), "no text that a log can hold", ""},
		{rule("t: {a|windash: '-a -b -c -d -e'}\n  condition: t"), "at most 4 dashes", ""},
		{rule("timeframe: 5m\n  condition: s"), "given up", ""},
		{rule("condition: s\nstatus: deprecated"), "deprecated", ""},
		{"title: F\nfilter: {rules: [x]}", "loaded without it", ""},
		{"action: global\ntitle: T", "collection", ""},
		{"title: T\nlogsource: {product: aws, service: vpcflow}\ndetection: {s: {user: 1}, condition: s}", "the field user", ""},
		{"title: T\nlogsource: {product: aws, service: vpcflow}\ndetection: {s: [word], condition: s}", "keywords", ""},
		{rule("condition: nothing"), "", `in/r.yml:5:14: the condition names "nothing"`},
		{rule("condition: s and"), "", "ends where a selection"},
		{rule("condition: (s"), "", "lacks a )"},
		{rule("condition: s s"), "", `has "s" where and`},
		{rule("condition: 1 of t*"), "", `no selection is "t*"`},
		{rule("t: {}\n  condition: s"), "", "in/r.yml:5:6: a selection is empty"},
		{rule("t: {a: {b: 1}}\n  condition: s"), "", "a value is a text"},
		{rule("t: {a|cidr: x}\n  condition: s"), "", "is no network"},
		{rule("t: {a|gt: x}\n  condition: s"), "", "goes with a number"},
		{rule("t: {a|exists: x}\n  condition: s"), "", "true or false"},
		{rule("t: {a|i: x}\n  condition: s"), "", "stands after re"},
		{rule("t: {a: []}\n  condition: s"), "", "list of values is empty"},
		{rule("t: {a: 1, a: 2}\n  condition: s"), "", `"a" is given twice`},
		{rule(""), "", "condition is missing"},
		{rule("condition: s\nlevel: severe"), "", "in/r.yml:6:8: level \"severe\""},
		{"title: T\ndetection: {s: {a: 1}, condition: s}", "", "logsource is missing"},
		{head1, "", "detection is missing"},
		{"logsource: {product: aws}", "", "title is missing"},
		{"- x", "", "is no Sigma rule"},
		{"", "", "in/r.yml:1: is empty"},
		{"title: [", "", "in/r.yml:1"},
	} {
		list, skipped, err := load(t, c.text)
		if len(list) > 0 {
			t.Errorf("%s\nis loaded: %s", c.text, list[0].When)
		}
		if said := joinSkipped(skipped); (c.skipped == "") != (said == "") || !strings.Contains(said, c.skipped) {
			t.Errorf("%s\nskipped %q, want %q", c.text, said, c.skipped)
		}
		if said := errorText(err); (c.wrong == "") != (said == "") || !strings.Contains(said, c.wrong) {
			t.Errorf("%s\nerror %q, want %q", c.text, said, c.wrong)
		}
	}
}

func joinSkipped(list []Skipped) string {
	var out []string
	for _, s := range list {
		out = append(out, s.String())
	}
	return strings.Join(out, "\n")
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestCorrelations(t *testing.T) {
	const base = head1 + "name: base\nid: b-1\ndetection: {s: {eventName: A}, condition: s}\n---\n" + head1 + "name: other\ndetection: {s: {eventName: B}, condition: s}\n---\ntitle: Many\nname: many\nlevel: high\ncorrelation:\n  "
	for _, c := range []struct{ text, ids, skipped, wrong, by, distinct string }{
		{text: "{type: event_count, rules: b-1, group-by: [a.b, c], timespan: 5m, condition: {gt: 4}}", ids: "sigma/r/many sigma/r/other", by: `e.texts("a.b").join('\n') + '\n' + e.texts("c").join('\n')`},
		{text: "{type: event_count, rules: [base, other], timespan: 5m, condition: {gte: 5}}", ids: "sigma/r/many", by: "''"},
		{text: "{type: event_count, rules: [base], timespan: 5m, condition: {gte: 5}, generate: true}", ids: "sigma/r/base sigma/r/many sigma/r/other", by: "''"},
		{text: "{type: value_count, rules: [base], timespan: 5m, condition: {gte: 5, field: u}}", ids: "sigma/r/many sigma/r/other", by: "''", distinct: `e.texts("u").join('\n')`},
		{text: "{type: temporal, rules: [base, other], timespan: 5m}", skipped: "type temporal"},
		{text: "{type: event_count, rules: [base], timespan: 5m, condition: {lt: 5}}", ids: "sigma/r/other", skipped: "not lt"},
		{text: "{type: event_count, rules: [base], timespan: 5m, condition: {gt: 5, lt: 9}}", ids: "sigma/r/other", skipped: "between two"},
		{text: "{type: event_count, rules: [many], timespan: 5m, condition: {gt: 5}}", ids: "sigma/r/base sigma/r/other", skipped: "another correlation"},
		{text: "{type: event_count, rules: [none], timespan: 5m, condition: {gt: 5}}", ids: "sigma/r/base sigma/r/other", wrong: `no rule with the name or id "none"`},
		{text: "{type: event_count, rules: [base], timespan: 5x, condition: {gt: 5}}", ids: "sigma/r/other", wrong: "timespan", skipped: "only a part"},
		{text: "{type: value_count, rules: [base], timespan: 5m, condition: {gt: 5}}", ids: "sigma/r/other", wrong: "field is missing", skipped: "only a part"},
		{text: "{type: odd, rules: [base]}", ids: "sigma/r/other", wrong: `type "odd"`, skipped: "only a part"},
	} {
		list, skipped, err := load(t, base+c.text)
		var ids []string
		for _, d := range list {
			ids = append(ids, d.ID)
			if d.ID != "sigma/r/many" {
				continue
			}
			if d.Count == nil || d.Count.Over != 5 || d.Count.Within != "5m" || d.Count.By != c.by || d.Count.Distinct != c.distinct || d.Label("") != "high" {
				t.Errorf("%s: %+v", c.text, d.Count)
			}
		}
		if got := strings.Join(ids, " "); got != c.ids {
			t.Errorf("%s: loaded %s, want %s", c.text, got, c.ids)
		}
		if said := joinSkipped(skipped); (c.skipped == "") != (said == "") || !strings.Contains(said, c.skipped) {
			t.Errorf("%s\nskipped %q, want %q", c.text, said, c.skipped)
		}
		if said := errorText(err); (c.wrong == "") != (said == "") || !strings.Contains(said, c.wrong) {
			t.Errorf("%s\nerror %q, want %q", c.text, said, c.wrong)
		}
	}
}

func TestOwnRules(t *testing.T) {
	list, skipped, err := Load(os.DirFS("testdata/rules"), "rules/")
	if err != nil || len(skipped) > 0 || len(list) != 4 {
		t.Fatalf("%d detections, skipped %v, error %v", len(list), skipped, err)
	}
	by := map[string]*rules.Detection{}
	for _, d := range list {
		by[d.ID] = d
	}
	d := by["sigma/trail_stopped"]
	if d == nil {
		t.Fatal("sigma/trail_stopped is not there")
	}
	got := []string{d.File(), d.Title, d.Why, d.Type, d.Log, string(d.Label("")), d.Respond}
	want := []string{
		"rules/trail_stopped.yml", "A trail was stopped from outside", "Nobody but the office stops a trail.", "Sigma:trail_stopped", "cloudtrail", "high",
		"From the rule's author (Bailey): false alarms: An office that has moved. read: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopLogging.html.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if d := by["sigma/tunnel"]; d.Log != "dns" || !matches(t, d, `{"name":"a.tunnel.example","type":"txt"}`) || matches(t, d, `{"name":"a.tunnel.example","type":"A"}`) {
		t.Error(d.When)
	}
	flow := func(from string, port int64, action string) bool {
		ok, err := by["sigma/database_port"].Matches(&rules.Seen{Event: rules.Map(map[string]any{"srcaddr": from, "dstport": port, "action": action})})
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if !flow("8.8.8.8", 3306, "ACCEPT") || flow("10.1.1.1", 3306, "ACCEPT") || flow("8.8.8.8", 3306, "REJECT") || flow("8.8.8.8", 3307, "ACCEPT") {
		t.Error(by["sigma/database_port"].When)
	}
}

func FuzzLoad(f *testing.F) {
	for _, name := range []string{"trail_stopped.yml", "many_reads.yml", "tunnel.yaml", "database_port.yml"} {
		data, err := os.ReadFile("testdata/rules/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(head1 + "detection: {s: {'a|windash|contains': '-x', 'b|base64offset': y, 'c|re|i': z.*, 'd|fieldref': a}, t: [k, {e: null}], condition: [not s, 1 of them]}"))
	var event map[string]any
	if err := json.Unmarshal([]byte(`{"a":[{"b":null},1,"x"],"eventName":"A","c":{"d":"e\"f"}}`), &event); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		list, skipped, _ := Load(fstest.MapFS{"r.yml": {Data: data}}, "")
		for _, s := range skipped {
			if s.Reason == "" || strings.Contains(s.Reason, "does not compile") {
				t.Fatal(s)
			}
		}
		for _, d := range list {
			seen := &rules.Seen{Event: rules.Map(event)}
			if _, err := d.Matches(seen); err != nil && !strings.Contains(err.Error(), "cost limit") {
				t.Fatalf("%s\n%v", d.When, err)
			}
			_, _ = d.Of(seen), d.By(seen)
		}
	})
}
