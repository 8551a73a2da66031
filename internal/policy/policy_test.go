package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEmptyFileIsTheDefault(t *testing.T) {
	p, err := Parse("bailey.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.File = "bailey.yaml"
	if diff := cmp.Diff(want, p); diff != "" {
		t.Error(diff)
	}
}

func TestParse(t *testing.T) {
	p, err := Parse("bailey.yaml", []byte(`
levels:
  - {name: open, means: Anyone.}
  - name: closed
    means: Nobody.
    reach: [vpn]
    objectives: {rpo: 5m, rto: 1h}
    review_every: 90d
networks: {vpn: [10.8.0.0/16]}
data:
  - {match: "orders*", level: closed}
accept:
  - {safeguard: rds/multi-az, match: "*-dev", reason: rebuilt from code, until: 2027-06-30}
`))
	if err != nil {
		t.Fatal(err)
	}
	if p.DefaultLevel != "closed" {
		t.Errorf("own levels without a default: got %q, want the most sensitive", p.DefaultLevel)
	}
	if l, _ := p.Level("closed"); l.Objectives.RPO != 5*time.Minute || l.ReviewEvery != 90*24*time.Hour {
		t.Errorf("closed: %+v", l)
	}
	if got := p.BuiltinFor("open") + " " + p.BuiltinFor("closed"); got != "public secret" {
		t.Errorf("built-in for the two levels: %s", got)
	}
	day := time.Date(2027, 6, 30, 23, 0, 0, 0, time.UTC)
	if _, ok := p.Waived("rds/multi-az", day, "shop-dev"); !ok {
		t.Error("the waiver holds on its last day")
	}
	if _, ok := p.Waived("rds/multi-az", day.Add(2*time.Hour), "shop-dev"); ok {
		t.Error("the waiver holds after its end")
	}
	if m, ok := p.LevelOf("x", "Orders-2024"); !ok || m.Level != "closed" {
		t.Errorf("match: %+v", m)
	}
}

func TestParseSaysWhereAndWhatToDo(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"levles: []", `bailey.yaml:1:1: unknown key "levles"; did you mean "levels"?`},
		{"data:\n  - {match: a, level: secrte}", `bailey.yaml:2:23: level "secrte" is not defined; did you mean "secret"?`},
		{"networks: {vpn: [10.8.0.1/16]}", `bailey.yaml:1:18: "10.8.0.1/16" has bits beyond its length; write 10.8.0.0/16`},
		{"accept:\n  - {safeguard: a, reason: b, until: tomorrow}", `bailey.yaml:2:38: until "tomorrow": a waiver ends on a day, written 2027-06-30`},
		{"levels:\n  - {name: a, objectives: {rpo: soon}}", `bailey.yaml:2:33: duration "soon": write 5m, 4h, 90d or 1d12h`},
		{"levels:\n  - {name: a, reach: [vpn]}", `network "vpn" is not defined under networks`},
		{"default_level: top", `level "top" is not defined`},
		{"a: [", "bailey.yaml:1"},
		{"data: {a: b}", "cannot unmarshal"},
		{"x: &a [*a]", "unknown key"},
		{"levels:\n  - {name: a}\n  - {name: a}", `bailey.yaml:3:12: level "a" is defined twice`},
		{"\xff", "is not UTF-8 here"},
	} {
		_, err := Parse("bailey.yaml", []byte(c.in))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q:\n got %v\nwant %s", c.in, err, c.want)
		}
	}
}

func TestBuiltinForSixLevels(t *testing.T) {
	p, err := Parse("p", []byte("levels: [{name: a},{name: b},{name: c},{name: d},{name: e},{name: f, like: protected}]"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range p.Levels {
		got = append(got, p.BuiltinFor(l.Name))
	}
	want := []string{"public", "confidential", "protected", "protected", "secret", "protected"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("levels: [{name: a}]\ndata: [{match: 'x', level: a}]")
	f.Add("accept: [{safeguard: a, reason: b, until: 2027-01-01}]")
	f.Fuzz(func(t *testing.T, in string) {
		p, err := Parse("f", []byte(in))
		if err == nil && p.Rank(p.DefaultLevel) < 0 {
			t.Errorf("accepted a policy whose default level %q does not exist", p.DefaultLevel)
		}
	})
}
