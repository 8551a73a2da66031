package lists

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestRead(t *testing.T) {
	got, bad, err := Read(strings.NewReader("# remarks\n198.51.100.7 ; Tor\n203.0.113.0/24,bad\n*.Pool.Example.org.\n0.0.0.0 tracker.example.net\n2001:db8::1\nnonsense\n0.0.0.0/0\n\"quoted.example\",1\n"))
	want := []string{"198.51.100.7", "2001:db8::1", "203.0.113.0/24", "pool.example.org", "quoted.example", "tracker.example.net"}
	if err != nil || !slices.Equal(got, want) || !slices.Equal(bad, []int{7, 8}) {
		t.Errorf("%v %v %v", got, bad, err)
	}
	if _, _, err := Read(strings.NewReader("<html>\n")); !errors.Is(err, ErrEmpty) {
		t.Errorf("a page that is no list: %v", err)
	}
}

// TestReadBounds tells where a list cannot be read, and takes one with the ends of lines that Windows writes.
func TestReadBounds(t *testing.T) {
	got, bad, err := Read(strings.NewReader("198.51.100.7\r\n\r\nevil.example\r\n"))
	if err != nil || !slices.Equal(got, []string{"198.51.100.7", "evil.example"}) || len(bad) != 0 {
		t.Errorf("%v %v %v", got, bad, err)
	}
	if _, _, err := Read(strings.NewReader("198.51.100.7\n" + strings.Repeat("x", 2<<20))); err == nil || !strings.HasPrefix(err.Error(), "line 2: ") {
		t.Errorf("a line of 2 MiB: %v", err)
	}
	_, bad, err = Read(strings.NewReader("198.51.100.7\n" + strings.Repeat("no entry\n", 100)))
	if err != nil || len(bad) != 10 || bad[0] != 2 {
		t.Errorf("%v %v", bad, err)
	}
	for _, e := range []string{"a..example", "-a.example", "10.0.0.0/7", "localhost", strings.Repeat("a.", 130) + "example", "ex ample", "198.51.100.300"} {
		if valid(e) {
			t.Errorf("%q is an entry", e)
		}
	}
}

// TestBuiltin reads the lists that come with Bailey.
func TestBuiltin(t *testing.T) {
	s := NewSet(Builtin())
	for _, l := range Builtin() {
		if len(l.Entries) < 10 || Kinds[l.Name] == "" || !slices.Contains(s.Names(l.Entries[0]), l.Name) {
			t.Errorf("%s has %d entries", l.Name, len(l.Entries))
		}
	}
}

func TestSet(t *testing.T) {
	s := NewSet([]*List{
		{Name: "tor", Entries: []string{"198.51.100.7", "2001:db8::/32"}}, {Name: "custom", Entries: []string{"198.51.0.0/16", "evil.example"}}, {Name: "mining", Entries: []string{"pool.evil.example"}},
	})
	for text, want := range map[string]string{
		"198.51.100.7": "custom tor", "::ffff:198.51.100.7": "custom tor", "198.51.100.8": "custom", "198.52.0.1": "", "2001:db8:1::5": "tor", "2001:db9::1": "", "a.pool.evil.example": "custom mining",
		"evil.example.": "custom", "notevil.example": "", "": "", "10.0.0.1": "", "1.2.3": "",
	} {
		if got := strings.Join(s.Names(text), " "); got != want {
			t.Errorf("%s is on %q, want %q", text, got, want)
		}
	}
	if !s.Has("tor") || s.Has("c2") {
		t.Error("a set does not know its lists")
	}
}

func TestStale(t *testing.T) {
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	if l := (List{Made: now.Add(-48 * time.Hour), MaxAge: 24 * time.Hour}); !l.Stale(now) {
		t.Error("a list of two days is not too old for one")
	}
	if l := (List{Made: now.Add(-48 * time.Hour)}); l.Stale(now) {
		t.Error("a list that may have any age is too old")
	}
}

func FuzzRead(f *testing.F) {
	f.Add("1.2.3.4\nexample.org\n10.0.0.0/9\n")
	f.Fuzz(func(_ *testing.T, text string) {
		entries, _, err := Read(strings.NewReader(text))
		if err != nil {
			return
		}
		s := NewSet([]*List{{Name: "x", Entries: entries}})
		for _, e := range entries {
			_ = s.Names(e)
		}
	})
}
