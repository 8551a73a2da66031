package rules

import (
	"slices"
	"testing"
)

// TestPattern holds what is looked for before an expression, and that it matches what the expression does.
func TestPattern(t *testing.T) {
	for _, c := range []struct {
		re          string
		texts       []string
		match, fail []string
	}{
		{`/i-[0-9a-f]{8,17}$`, []string{"/i-"}, []string{"x/i-0123456789"}, []string{"/i-", "i-0123456789", ""}},
		{`:assumed-role/AWSReservedSSO_|/i-[0-9a-f]{8,17}$`, []string{":assumed-role/AWSReservedSSO_", "/i-"}, []string{"a:assumed-role/AWSReservedSSO_x", "/i-01234567"}, []string{":assumed-role/x"}},
		{`^(Describe|List|Get)`, []string{"Describe", "List", "Get"}, []string{"GetItem"}, []string{"xGetItem"[1:3], "PutItem", "aGet"}},
		{`(?i)deploy|pipeline`, nil, []string{"DePloy", "pipeline"}, []string{"depl"}},
		{`a?b*`, nil, []string{"", "x"}, nil},
		{`(ab)+c{2,}d*`, []string{"ab"}, []string{"xababccc"}, []string{"abc", "cc"}},
		{`(foo|)bar|b`, []string{"bar", "b"}, []string{"bar", "b"}, []string{"foo"[:1]}},
		{"a\uFFFDb", nil, []string{"a\xffb", "a\uFFFDb"}, []string{"ab"}},
		{`a|b|c|dd|ee`, nil, []string{"xc"}, []string{"d"}},
	} {
		p, err := newPattern(c.re)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(p.texts, c.texts) {
			t.Errorf("%s: %q, not %q", c.re, p.texts, c.texts)
		}
		for _, s := range slices.Concat(c.match, c.fail) {
			if got := p.match(s); got != p.re.MatchString(s) || got != slices.Contains(c.match, s) {
				t.Errorf("%s of %q: %v", c.re, s, got)
			}
		}
	}
	if _, err := newPattern("("); err == nil {
		t.Error("half an expression is one")
	}
}
