package rules

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"cel.dev/cel-go/cel"
)

// expressions are those of all detections of logs whose events are as they are written.
func expressions(t testing.TB) map[string]*expression {
	t.Helper()
	list, err := LoadDetections(EmbeddedDetections(), "")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*expression{}
	for _, d := range list {
		if err := d.Compile(); err != nil {
			t.Fatal(err)
		}
		if len(d.log.Fields) > 0 {
			continue
		}
		for name, x := range map[string]*expression{"when": d.when, "resource": d.on, "of": d.of, "by": d.by} {
			if x != nil {
				out[d.ID+" "+name] = x
			}
		}
		for i, x := range d.steps {
			out[fmt.Sprint(d.ID, " step ", i)] = x
		}
	}
	return out
}

// same holds the quick evaluation against CEL's own on one event. An error may say something else, but is one in both.
func same(t *testing.T, name string, x *expression, s *Seen) {
	t.Helper()
	if x.quick == nil {
		return
	}
	quick, slow := x.quick(s, nil), x.slow(s)
	if quick.Kind == kindError && slow.Kind == kindError || quick.Kind == KindList || quick.Kind == KindObject {
		return // lists and objects are only parts of expressions
	}
	if quick.Kind != slow.Kind || quick.String() != slow.String() {
		event, err := json.Marshal(Members(s.Event).Any())
		if err != nil {
			t.Fatal(err)
		}
		t.Errorf("%s: quick %v %q, CEL %v %q, on %s", name, quick.Kind, quick.String(), slow.Kind, slow.String(), event)
	}
}

// TestNativeIsCEL evaluates every expression of every detection on every detection's examples, both ways.
func TestNativeIsCEL(t *testing.T) {
	list, err := LoadDetections(EmbeddedDetections(), "")
	if err != nil {
		t.Fatal(err)
	}
	all := expressions(t)
	var events []map[string]any
	for _, d := range list {
		events = append(events, d.Examples.Raises...)
		events = append(events, d.Examples.Quiet...)
	}
	slow := 0
	for name, x := range all {
		if x.quick == nil {
			slow++
			t.Logf("%s is left to CEL", name)
		}
		for i, e := range events {
			same(t, name, x, &Seen{Event: Map(normal(t, e)), OK: i%3 != 0, Who: "arn:aws:iam::111122223333:role/deploy", Automated: i%5 == 0})
		}
	}
	if slow*20 > len(all) {
		t.Errorf("%d of %d expressions are left to CEL", slow, len(all))
	}
}

// normal is an event as encoding/json gives it.
func normal(t testing.TB, e map[string]any) map[string]any {
	t.Helper()
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestNativeOnColumns evaluates the expressions of logs with fields on made-up lines, both ways.
func TestNativeOnColumns(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	some := []string{"", "0", "22", "53", "443", "3306", "27017", "65535", "10.0.0.1", "198.51.100.7", "100.64.0.1", "1.1.1.1", "::1", "ACCEPT", "REJECT", "egress", "ingress", "SKIPDATA", "NXDOMAIN", "abc.moneropool.ru", "qwxzkjhgfd00.com"}
	list, err := LoadDetections(EmbeddedDetections(), "")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, d := range list {
		if len(d.log.Fields) == 0 {
			continue
		}
		if err := d.Compile(); err != nil {
			t.Fatal(err)
		}
		for range 300 {
			c := &Columns{Log: d.log, Text: make([]string, len(d.log.Fields))}
			for i := range c.Text {
				c.Text[i] = some[r.IntN(len(some))]
			}
			s := &Seen{Event: c, OK: r.IntN(2) == 0, Who: "10.0.0.1", From: some[r.IntN(len(some))], To: some[r.IntN(len(some))], Lists: func(x string) []string {
				if strings.HasPrefix(x, "198") {
					return []string{"tor", "bad"}
				}
				return nil
			}}
			same(t, d.ID, d.when, s)
			tried++
		}
	}
	if tried == 0 {
		t.Fatal("no detection of a log with fields was found")
	}
}

// TestNativeFields matches fields of generated events, both ways.
func TestNativeFields(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	texts := []string{"x", "X", "a*c", "aXc", "ABC", "10.0.0.1", "7", "-1.5", "true", "", "é", "\u212a", "k", `a"b`, "2001:db8::1", "\\"}
	names := []string{"a", "A", "b", "0", "1"}
	var value func(depth int) any
	value = func(depth int) any {
		switch n := r.IntN(10); {
		case n < 4:
			return texts[r.IntN(len(texts))]
		case n == 4:
			return []any{nil, true, 7.0, -1.5, 1e21}[r.IntN(5)]
		case depth == 0:
			return nil
		case n < 8:
			m := map[string]any{}
			for range r.IntN(4) {
				m[names[r.IntN(len(names))]] = value(depth - 1)
			}
			return m
		}
		list := []any{}
		for range r.IntN(3) {
			list = append(list, value(depth-1))
		}
		return list
	}
	env, err := detectionEnv()
	if err != nil {
		t.Fatal(err)
	}
	d := &Detection{}
	held := map[string]int{}
	for _, path := range []string{"a", "a.b", "a.0", "a.a.b", "b.1.a", "z"} {
		for _, call := range []string{
			"e.like('%s', ['x', 'abc', '7', 'K'])", "e.like('%s', ['a*c', '*', '?'])", "e.like_cased('%s', ['x', 'true'])", "e.like_cased('%s', ['*B*', '-1*', 'a\\\\*c'])", "e.in_cidr('%s', ['10.0.0.0/8', 'y', '2001:db8::/32'])",
			"e.given('%s')", "e.texts('%s').exists(x, x.matches('^[a-z]'))", "e.numbers('%s').exists(x, x > 1.0)", "!(e.like('%s', ['é*', 'É']) || e.given('b'))", "size(e.texts('%s')) == 2",
		} {
			text := fmt.Sprintf(call, path)
			x, err := d.compile(env, "when", text, cel.BoolType)
			if err != nil {
				t.Fatal(err)
			}
			if x.quick == nil {
				t.Fatalf("%s is left to CEL", text)
			}
			for range 400 {
				m, ok := value(4).(map[string]any)
				if !ok {
					continue
				}
				s := &Seen{Event: Map(m)}
				same(t, text, x, s)
				if x.quick(s, nil).N == 1 {
					held[call]++
				}
			}
		}
	}
	if len(held) != 10 {
		t.Errorf("of 10 calls %d ever held: %v", len(held), held)
	}
}

// FuzzNative holds the two evaluations against each other on any expression that compiles.
func FuzzNative(f *testing.F) {
	for _, x := range []string{
		"e.text('a') == 'x'", "ok && !automated", "e.at('a.b') > 1", "e.each('a.*').exists(x, x == 'y')", "who.startsWith('a') || e.b < 3", "has(e.a) ? 1 : 2", "e.each('l.*').all(x, x in ['1', 'x'])",
		"size(e.text('a')) > 1 && e.a + 'b' == 'xb'", "double(e.at('n')) <= 7.0", "string(e.at('n')) in ['5']", "'tor' in from_lists", "e.each('a.*').exists(x, e.each('l.*').exists(y, x == y))",
		"e.like('o.p', ['TRUE']) && !e.given('z')", "e.texts('l').exists(x, x == 'x') && e.in_cidr('ip', ['198.51.100.0/24'])",
		"public_address(e.text('ip')) && e.ip.matches('^1')", "network_of(e.text('ip')) == '198.51.0.0/16'", "!(e.at('z') == null) || e.at('l') == ['1']",
	} {
		f.Add(x, `{"a": "x", "b": 2, "l": ["1", "x", 3], "n": 5, "ip": "198.51.100.7", "z": null, "o": {"p": true}}`)
	}
	env, err := detectionEnv()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, event string) {
		var m map[string]any
		if len(text) > 300 || json.Unmarshal([]byte(event), &m) != nil || m == nil {
			return
		}
		checked, issues := env.Compile(text)
		if issues.Err() != nil {
			return
		}
		p, err := env.Program(checked, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(100_000))
		if err != nil {
			return
		}
		quick, _ := native(checked.NativeRep(), nil)
		x := &expression{cel: p, quick: quick}
		same(t, text, x, &Seen{Event: Map(m), OK: true, Who: "w"})
	})
}
