package sample_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/baileydb/bailey/internal/classify"
	"github.com/baileydb/bailey/internal/sample"
)

type person struct {
	ID    int64    `parquet:"id"`
	Email *string  `parquet:"email,optional"`
	Card  string   `parquet:"card"`
	Tags  []string `parquet:"tags,list"`
	Home  struct {
		City string `parquet:"city"`
	} `parquet:"home"`
}

func parquetFile(t *testing.T, n int) string {
	t.Helper()
	people := make([]person, n)
	for i, r := range rows(n) {
		people[i] = person{ID: int64(i), Card: r[2], Tags: []string{"a", "b"}}
		if i%10 > 0 {
			people[i].Email = &r[1]
		}
		people[i].Home.City = fmt.Sprintf("Town %d", i)
	}
	path := filepath.Join(t.TempDir(), "people.parquet")
	if err := parquet.WriteFile(path, people, parquet.MaxRowsPerRowGroup(500)); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestParquet(t *testing.T) {
	path := parquetFile(t, 2000)
	for _, l := range []sample.Limits{{}, {Rows: 400}} {
		results, into, err := scan(t, path, "people.parquet", l)
		if err != nil {
			t.Fatal(err)
		}
		if want := 2000; l.Rows == 0 && into.Rows != want || l.Rows > 0 && into.Rows != l.Rows {
			t.Errorf("%d rows", into.Rows)
		}
		told := map[string]classify.Result{}
		for _, r := range results {
			told[r.Meta.Path] = r
		}
		if told["card"].Verdict != classify.Is || told["email"].Verdict != classify.Is || told["email"].Nulls == 0 {
			t.Errorf("card %s, email %s with %d nulls", told["card"].Verdict, told["email"].Verdict, told["email"].Nulls)
		}
		if told["home.city"].Values == 0 || told["tags[]"].Values == 0 {
			t.Errorf("paths: %v", results)
		}
	}
}

func TestBrokenParquet(t *testing.T) {
	data, err := os.ReadFile(parquetFile(t, 100))
	if err != nil {
		t.Fatal(err)
	}
	for name, broken := range map[string][]byte{"cut": data[:len(data)/2], "only its head": []byte("PAR1PAR1"), "changed": append(append([]byte{}, data[:200]...), append([]byte(strings.Repeat("\xff", 100)), data[300:]...)...)} {
		path := filepath.Join(t.TempDir(), "broken.parquet")
		if err := os.WriteFile(path, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		src, err := sample.Open(t.Context(), path, sample.Defaults)
		if err != nil {
			continue
		}
		list, err := src.Tables(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := src.Read(t.Context(), &list[0], sample.Limits{}, sample.NewCollector(set(t), "x", &list[0])); err == nil {
			t.Errorf("%s: nothing is wrong with it", name)
		}
		_ = src.Close()
	}
}
