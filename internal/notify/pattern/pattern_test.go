package pattern_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/baileydb/bailey/internal/notify/pattern"
)

// cases are of the meaning of the examples in EventBridge's documentation on comparison operators: a pattern, events that fit
// it, and events that do not.
var cases = []struct {
	name, pattern string
	fit, not      []string
}{
	{"exact", `{"source": ["aws.ec2"]}`, []string{`{"source": "aws.ec2"}`, `{"source": ["x", "aws.ec2"]}`}, []string{`{"source": "aws.EC2"}`, `{}`, `{"source": {"aws.ec2": 1}}`}},
	{"one of several", `{"state": ["stopped", "terminated"]}`, []string{`{"state": "terminated"}`}, []string{`{"state": "running"}`}},
	{"below", `{"detail": {"state": ["running"]}}`, []string{`{"detail": {"state": "running", "x": 1}}`}, []string{`{"state": "running"}`, `{"detail": "running"}`}},
	{"both members", `{"a": [1], "b": [2]}`, []string{`{"a": 1, "b": 2}`}, []string{`{"a": 1}`, `{"a": 1, "b": 3}`}},
	// The documentation says that 300.0 and 3.0e2 are other texts; EventBridge's library compares what they mean.
	{"numbers", `{"n": [300]}`, []string{`{"n": 300}`, `{"n": 300.0}`, `{"n": 3e2}`}, []string{`{"n": "300"}`, `{"n": 300.5}`}},
	{"numbers that are too long", `{"n": [9007199254740993]}`, []string{`{"n": 9007199254740993}`}, []string{`{"n": 9007199254740992}`}},
	{"an address", `{"ip": ["2001:db8::1"]}`, []string{`{"ip": "2001:0db8:0::1"}`}, []string{`{"ip": "2001:db8::2"}`}},
	{"null", `{"x": [null]}`, []string{`{"x": null}`}, []string{`{"x": ""}`, `{}`}},
	{"empty text", `{"x": [""]}`, []string{`{"x": ""}`}, []string{`{"x": null}`, `{"x": " "}`}},
	{"true", `{"x": [true]}`, []string{`{"x": true}`}, []string{`{"x": "true"}`, `{"x": false}`}},
	{"prefix", `{"time": [{"prefix": "2017-10-02"}]}`, []string{`{"time": "2017-10-02T18:43:48Z"}`}, []string{`{"time": "2017-10-03"}`, `{"time": 2017}`}},
	{"prefix in any case", `{"s": [{"prefix": {"equals-ignore-case": "EventB"}}]}`, []string{`{"s": "eventbridge"}`}, []string{`{"s": "event"}`}},
	{"suffix", `{"FileName": [{"suffix": ".png"}]}`, []string{`{"FileName": "a.png"}`}, []string{`{"FileName": "a.PNG"}`, `{"FileName": "png"}`}},
	{"suffix in any case", `{"FileName": [{"suffix": {"equals-ignore-case": ".png"}}]}`, []string{`{"FileName": "a.PNG"}`}, []string{`{"FileName": "a.gif"}`}},
	{"any case", `{"t": [{"equals-ignore-case": "ec2 instance"}]}`, []string{`{"t": "EC2 Instance"}`}, []string{`{"t": "EC2"}`}},
	{"anything but", `{"state": [{"anything-but": "initializing"}]}`, []string{`{"state": "running"}`, `{"state": 1}`}, []string{`{"state": "initializing"}`, `{}`}},
	{"anything but several", `{"x": [{"anything-but": ["a", "b"]}]}`, []string{`{"x": "c"}`}, []string{`{"x": "a"}`, `{"x": "b"}`}},
	{"anything but numbers", `{"x": [{"anything-but": [100, 200]}]}`, []string{`{"x": 300}`, `{"x": "100"}`, `{"x": null}`}, []string{`{"x": 100}`, `{"x": 1e2}`}},
	{"anything but in any case", `{"x": [{"anything-but": {"equals-ignore-case": ["Init", "Stop"]}}]}`, []string{`{"x": "run"}`}, []string{`{"x": "INIT"}`}},
	{"anything but a prefix", `{"x": [{"anything-but": {"prefix": "init"}}]}`, []string{`{"x": "run"}`}, []string{`{"x": "initial"}`}},
	{"anything but suffixes", `{"x": [{"anything-but": {"suffix": [".txt", ".rtf"]}}]}`, []string{`{"x": "a.png"}`}, []string{`{"x": "a.rtf"}`}},
	{"anything but a wildcard", `{"x": [{"anything-but": {"wildcard": "*/lib/*"}}]}`, []string{`{"x": "/bin/a"}`}, []string{`{"x": "/usr/lib/a"}`}},
	{"numeric", `{"c": [{"numeric": [">", 0, "<=", 5]}], "d": [{"numeric": ["<", 10]}], "x": [{"numeric": ["=", 3.018e2]}]}`, []string{`{"c": 5, "d": 9.9, "x": 301.8}`}, []string{`{"c": 0, "d": 1, "x": 301.8}`, `{"c": 5, "d": 10, "x": 301.8}`, `{"c": "5", "d": 1, "x": 301.8}`}},
	{"cidr", `{"ip": [{"cidr": "10.0.0.0/24"}]}`, []string{`{"ip": "10.0.0.255"}`}, []string{`{"ip": "10.0.1.0"}`, `{"ip": "no"}`}},
	{"cidr of version 6", `{"ip": [{"cidr": "2001:db8::/32"}]}`, []string{`{"ip": "2001:db8::1"}`}, []string{`{"ip": "2001:db9::1"}`}},
	{"exists", `{"detail": {"state": [{"exists": true}]}}`, []string{`{"detail": {"state": null}}`, `{"detail": {"state": "x"}}`}, []string{`{"detail": {}}`, `{}`, `{"detail": {"state": {"a": 1}}}`, `{"detail": {"state": []}}`}},
	{"does not exist", `{"detail": {"c": [{"exists": false}]}}`, []string{`{"detail": {"x": 1}}`, `{}`, `{"detail": {"c": {"d": 1}}}`}, []string{`{"detail": {"c": 1}}`}},
	{"exists or a value", `{"x": [{"exists": false}, "a"]}`, []string{`{}`, `{"x": "a"}`}, []string{`{"x": "b"}`}},
	{"wildcard", `{"p": [{"wildcard": "dir/*.png"}]}`, []string{`{"p": "dir/a.png"}`, `{"p": "dir/a/b.png"}`}, []string{`{"p": "dir/a.jpg"}`, `{"p": "x/dir/a.png"}`}},
	{"wildcard with a star of its own", `{"p": [{"wildcard": "a\\*b*"}]}`, []string{`{"p": "a*bc"}`}, []string{`{"p": "axbc"}`}},
	{"wildcard that does not overlap", `{"p": [{"wildcard": "ab*ba"}]}`, []string{`{"p": "abba"}`, `{"p": "abxba"}`}, []string{`{"p": "aba"}`}},
	{"no family of addresses holds another", `{"ip": [{"cidr": "0.0.0.0/0"}]}`, []string{`{"ip": "192.0.2.1"}`}, []string{`{"ip": "2001:db8::1"}`}},
	{"does not exist in any of a list", `{"l": {"a": [1], "b": [{"exists": false}]}}`, []string{`{"l": [{"a": 1}, {"c": 2}]}`}, []string{`{"l": [{"a": 1}, {"b": 2}]}`}},
	{"does not exist below what is no object", `{"l": {"b": [{"exists": false}]}}`, []string{`{"l": []}`, `{"l": [1]}`, `{"l": 5}`}, []string{`{"l": [{"b": 1}]}`}},
	{"names with dots", `{"detail.state": ["on"]}`, []string{`{"detail": {"state": "on"}}`, `{"detail.state": "on", "detail": {"x": 1}}`}, []string{`{"state": "on"}`}},
	{"either, about one object of a list", `{"l": {"a": [1]}, "$or": [{"l": {"b": [2]}}, {"c": [3]}]}`, []string{`{"l": [{"a": 1, "b": 2}]}`, `{"l": {"a": 1}, "c": 3}`}, []string{`{"l": [{"a": 1}, {"b": 2}]}`}},
	{"either within either", `{"$or": [{"a": [1], "$or": [{"b": [2]}, {"c": [3]}]}, {"d": [4]}]}`, []string{`{"a": 1, "c": 3}`, `{"d": 4}`}, []string{`{"a": 1}`, `{"b": 2, "c": 3}`}},
	{"either", `{"source": ["s"], "$or": [{"a": [{"numeric": [">", 0]}]}, {"b": [{"numeric": ["<", 10]}]}]}`, []string{`{"source": "s", "a": 1}`, `{"source": "s", "b": 1}`}, []string{`{"source": "s", "a": 0, "b": 10}`, `{"a": 1}`}},
	{"either below", `{"detail": {"$or": [{"a": [1]}, {"b": {"c": [2]}}]}}`, []string{`{"detail": {"b": {"c": 2}}}`}, []string{`{"detail": {"b": {"c": 3}}}`}},
	{"lists in the event", `{"resources": ["r1", "r2"]}`, []string{`{"resources": ["r0", "r2"]}`}, []string{`{"resources": []}`, `{"resources": ["r0"]}`}},
	{"one object of a list", `{"items": {"a": [1], "b": [2]}}`, []string{`{"items": [{"a": 9}, {"a": 1, "b": 2}]}`}, []string{`{"items": [{"a": 1, "b": 9}, {"a": 9, "b": 2}]}`}},
}

func TestPatterns(t *testing.T) {
	n := 0
	for _, c := range cases {
		p, err := pattern.Parse([]byte(c.pattern))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, e := range c.fit {
			if n++; !p.Match([]byte(e)) {
				t.Errorf("%s: %s does not fit", c.name, e)
			}
		}
		for _, e := range c.not {
			if n++; p.Match([]byte(e)) {
				t.Errorf("%s: %s fits", c.name, e)
			}
		}
	}
	t.Logf("%d events", n)
}

func TestBadPatterns(t *testing.T) {
	for text, want := range map[string]string{
		`{`: "no JSON", `[]`: "no JSON object", `{}`: "it is empty", `{"a": {}}`: "a: it is empty", `{"a": "x"}`: `a: a value stands in a list: write ["x"]`, `{"a": []}`: "a: the list is empty",
		`{"a": [{"prefx": "x"}]}`: `a[0]: "prefx" is no filter`, `{"a": [{"prefix": 1}]}`: "prefix takes a text", `{"a": [{"prefix": "x", "suffix": "y"}]}`: "2 filters", `{"a": [[1]]}`: "a list in a list",
		`{"a": [{"numeric": ["<"]}]}`: "numeric takes", `{"a": [{"numeric": ["<", 5, ">", 1]}]}`: "a range goes from below", `{"a": [{"numeric": ["~", 5]}]}`: "no comparison", `{"a": [{"cidr": "10.0.0.0"}]}`: "cidr takes",
		`{"a": [{"exists": "x"}]}`: "true or false", `{"a": [{"wildcard": "a**b"}]}`: "one too many", `{"a": [{"wildcard": "a\\b"}]}`: "stands before", `{"a": [{"anything-but": {"cidr": "x"}}]}`: "anything-but takes", `{"a": [{"anything-but": []}]}`: "anything-but of nothing",
		`{"a": [1]} x`: "no JSON", "{\n\"a\": x}": "line 2:", `{"a": [{"cidr": "10.0.0.1/32"}]}`: `write the address itself: ["10.0.0.1"]`, `{"a": [{"anything-but": ["x", 1]}]}`: "not both", `{"a": [{"anything-but": true}]}`: "texts and numbers, not true",
		`{"a": [{"anything-but": {"prefix": ""}}]}`: "not empty", `{"a": [1], "a": [2]}`: "a: it is asked for twice", `{"a": {"b": [1]}, "a.b": [2]}`: "a.b: it is asked for twice", `{"a": [1], "$or": [{"a": [2]}, {"b": [3]}]}`: "a: it is asked for twice",
		`{"d": {"$or": [{"a": [2]}]}}`: "d.$or: $or takes a list of two", `{"$or": [1, {"a": [1]}]}`: "the first one is 1", `{"$or": [{"a": {"prefix": ["x"]}}, {"b": [1]}]}`: "a.prefix: inside $or", `{"a": [{"numeric": ["=", 1e400]}]}`: "no comparison",
		`{"d": {"a": [1, {"prefix": {"suffix": "x"}}]}}`: "d.a[1]: prefix takes",
	} {
		if _, err := pattern.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, not %q", text, err, want)
		}
	}
}

// TestEventRuler holds patterns against what EventBridge's own library says of them: version 2.0.1, with its strict compiler.
// The patterns and events are ours, many of them made at random.
func TestEventRuler(t *testing.T) {
	text, err := os.ReadFile("testdata/event-ruler-2.0.1.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for line := range strings.Lines(string(text)) {
		var c struct{ Pattern, Event, Answer string }
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		got := "refused"
		if p, err := pattern.Parse([]byte(c.Pattern)); err == nil {
			if got = "no"; p.Match([]byte(c.Event)) {
				got = "fits"
			}
		}
		if counts[got]++; got != c.Answer {
			t.Errorf("%s of %s: %s, event-ruler says %s", c.Pattern, c.Event, got, c.Answer)
		}
	}
	t.Logf("%v", counts)
	if counts["fits"] < 100 || counts["no"] < 100 || counts["refused"] < 20 {
		t.Errorf("too few cases: %v", counts)
	}
}

// TestTime matches what makes a careless matcher try everything: many stars, lists in lists, alternatives of alternatives.
func TestTime(t *testing.T) {
	either := `{"a": [1]}`
	for range 9 {
		either = `{"$or": [{"x": ` + either + `}, {"y": ` + either + `}]}`
	}
	list := `{"a": 0}`
	for range 12 {
		list = "[" + list + "," + list + "]"
	}
	for _, c := range [][2]string{
		{`{"a": [{"wildcard": "` + strings.Repeat("*a", 200) + `*b"}]}`, `{"a": "` + strings.Repeat("a", 100_000) + `"}`},
		{`{"a": [{"anything-but": {"wildcard": "` + strings.Repeat("*ab", 200) + `"}}]}`, `{"a": "` + strings.Repeat("ab", 50_000) + `"}`},
		{either, `{"x": ` + list + `, "y": ` + list + `}`},
		{`{"l": {"a": [1], "b": [{"exists": false}], "c": {"d": [{"exists": false}]}}}`, `{"l": ` + list + `}`},
	} {
		p, err := pattern.Parse([]byte(c[0]))
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		p.Match([]byte(c[1]))
		if d := time.Since(began); d > 5*time.Second {
			t.Errorf("%.60s takes %s", c[0], d)
		}
	}
	many := `{"$or": [` + strings.Repeat(`{"a": [1]},`, 9) + `{"a": [1]}]}`
	deep := `{"x": ` + many + `, "y": ` + many + `, "z": ` + many + `, "w": [1]}`
	if _, err := pattern.Parse([]byte(deep)); err != nil {
		t.Errorf("1,000 combinations are refused: %v", err)
	}
	if _, err := pattern.Parse([]byte(`{"v": ` + many + `,` + deep[1:])); err == nil || !strings.Contains(err.Error(), "more than 1000 combinations") {
		t.Errorf("10,000 combinations: %v", err)
	}
}

func FuzzPattern(f *testing.F) {
	for _, c := range cases {
		f.Add([]byte(c.pattern), []byte(c.fit[0]))
	}
	f.Fuzz(func(_ *testing.T, text, event []byte) {
		if p, err := pattern.Parse(text); err == nil {
			p.Match(event) // an answer; a panic is none
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	p, err := pattern.Parse([]byte(`{"source": ["aws.guardduty"], "detail": {"severity": [{"numeric": [">=", 4]}], "type": [{"prefix": "Exfiltration"}]}}`))
	if err != nil {
		b.Fatal(err)
	}
	event := []byte(`{"source": "aws.guardduty", "detail": {"severity": 8, "type": "Exfiltration:S3/AnomalousBehavior", "resource": {"a": [1, 2, 3]}}}`)
	for b.Loop() {
		if !p.Match(event) {
			b.Fatal("it does not fit")
		}
	}
}
