package sample_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/baileydb/bailey/internal/sample"
)

// FuzzFile reads files of any content: they are read, or refused with a reason, within bounds.
func FuzzFile(f *testing.F) {
	for _, seed := range []string{
		"id,email\n1,a@example.com\n", "a;b\n\"x\n\";2\n", "{\"a\": {\"b\": [1, 2.5, null]}}\n{\"Item\": {\"id\": {\"S\": \"1\"}}}\n", "[{\"a\": 1}]", "PAR1PAR1", "\x1f\x8b\x08",
		"\xef\xbb\xbfname\nAnn\n", "a,b\n1\n2,3,4\n", "\xff\xfe\x00",
	} {
		f.Add([]byte(seed))
	}
	set, err := newSet()
	if err != nil {
		f.Fatal(err)
	}
	path := filepath.Join(f.TempDir(), "fuzzed")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		l := sample.Limits{Rows: 100, Bytes: 1 << 20, Time: time.Second}
		src, err := sample.Open(t.Context(), path, l)
		if err != nil {
			return
		}
		defer src.Close() //nolint:errcheck // nothing was written
		list, err := src.Tables(t.Context())
		if err != nil {
			return
		}
		into := sample.NewCollector(set, src.Name(), &list[0])
		_ = src.Read(t.Context(), &list[0], l, into)
		if into.Rows > l.Rows {
			t.Errorf("%d rows of at most %d", into.Rows, l.Rows)
		}
		for _, r := range into.Results() {
			if r.K > r.N || r.Chance < 0 || r.Chance > 1 {
				t.Errorf("%+v", r)
			}
		}
	})
}
