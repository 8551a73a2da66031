package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// seedItems are the golden items.
func seedItems(f *testing.F) []Item {
	files, err := filepath.Glob("testdata/sealed/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds")
	}
	var items []Item
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		var it Item
		if err := json.Unmarshal(b, &it); err != nil {
			f.Fatal(err)
		}
		items = append(items, it)
	}
	return items
}

// FuzzHeader reads any bytes as a header; what it takes it writes the same.
func FuzzHeader(f *testing.F) {
	for _, it := range seedItems(f) {
		head, _ := it[headerName].(Binary)
		f.Add([]byte(head))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := parseHeader(b)
		if err != nil {
			if !errors.Is(err, ErrRefused) {
				t.Fatal(err)
			}
			return
		}
		again, err := h.appendTo(nil)
		if len(h.keys) < 255 && (err != nil || !bytes.Equal(again, b[:len(b)-commitmentLen])) {
			t.Fatalf("%x is written as %x, %v", b, again, err)
		}
	})
}

// FuzzValue reads any bytes as a value of any type; what it takes is written so that it reads the same.
func FuzzValue(f *testing.F) {
	for _, v := range testItem() {
		b, err := appendValue(nil, v, 1)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint16(v.kind()), b)
	}
	f.Fuzz(func(t *testing.T, k uint16, b []byte) {
		v, err := decodeValue(kind(k), b)
		if err != nil {
			return
		}
		once, err := appendValue(nil, v, 1)
		if errors.Is(err, errDuplicate) {
			return // numbers that are the same in two spellings
		}
		if err != nil {
			t.Fatalf("%x is read and cannot be written: %v", b, err)
		}
		back, err := decodeValue(v.kind(), once)
		if err != nil {
			t.Fatal(err)
		}
		twice, err := appendValue(nil, back, 1)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%x is written as %x and then as %x, %v", b, once, twice, err)
		}
	})
}

// FuzzItemJSON reads any text as an item; what it takes is written so that it reads the same.
func FuzzItemJSON(f *testing.F) {
	b, err := json.Marshal(testItem())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"a":{"L":[{"M":{"x":{"NULL":true}}},{"BS":["AA=="]}]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var it Item
		if json.Unmarshal(b, &it) != nil || it == nil {
			return
		}
		out, err := json.Marshal(it)
		if err != nil {
			t.Fatal(err)
		}
		var back Item
		if err := json.Unmarshal(out, &back); err != nil {
			t.Fatalf("%s is written as %s: %v", b, out, err)
		}
		again, err := json.Marshal(back)
		if err != nil || !bytes.Equal(out, again) {
			t.Fatalf("%s and then %s, %v", out, again, err)
		}
	})
}

// FuzzOpen changes the bytes of header, footer and one attribute; nothing but the original opens.
func FuzzOpen(f *testing.F) {
	items := seedItems(f)
	tables := variants(f)
	names := make([]string, 0, len(tables))
	for _, path := range must(filepath.Glob("testdata/sealed/*.json")) {
		names = append(names, filepath.Base(path[:len(path)-len(".json")]))
	}
	for i, it := range items {
		head, _ := it[headerName].(Binary)
		foot, _ := it[footerName].(Binary)
		card, _ := it["card"].(Binary)
		f.Add(i, []byte(head), []byte(foot), []byte(card))
	}
	f.Fuzz(func(t *testing.T, i int, head, foot, card []byte) {
		if i < 0 || i >= len(items) {
			return
		}
		original := items[i]
		item := Item{}
		for name, v := range original {
			item[name] = v
		}
		item[headerName], item[footerName], item["card"] = Binary(head), Binary(foot), Binary(card)
		plain, err := newSealer(t, tables[names[i]]).Open(t.Context(), item)
		same := Equal(item, original)
		if names[i] == "several" && !same && err == nil {
			a, _ := original[footerName].(Binary)
			same = slices.Equal(a[:tagLen], foot[:tagLen]) || slices.Equal(a[tagLen:], foot[tagLen:])
		}
		if same != (err == nil) || err == nil && !Equal(plain, testItem()) {
			t.Fatalf("%s: same %t, opened %v, %v", names[i], same, plain, err)
		}
	})
}

func must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}

// FuzzContextValue reads any text as a value of the encryption context; what it takes stands there the same.
func FuzzContextValue(f *testing.F) {
	f.Add(byte('S'), "x")
	f.Add(byte('L'), "null")
	f.Add(byte('B'), contextBase64(kindStringSet, []byte{0, 0, 0, 1, 0, 0, 0, 1, 'a'}))
	f.Fuzz(func(t *testing.T, letter byte, text string) {
		v, ok := contextValue(letter, text)
		if !ok || letter != 'L' {
			return
		}
		b, err := appendValue(nil, v, 1)
		if err != nil {
			t.Fatal(err)
		}
		if again, back := contextText(v.kind(), b); again != letter || back != text {
			t.Fatalf("%c %q is written as %c %q", letter, text, again, back)
		}
	})
}

// FuzzKeyFile reads any text as a key file; what it takes it writes so that it reads the same.
func FuzzKeyFile(f *testing.F) {
	f.Add([]byte(`{"bailey_key":1,"namespace":"bailey","name":"x","key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","created":"2026-01-01T00:00:00Z"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := ParseKeyFile(b)
		if err != nil {
			if !errors.Is(err, ErrConfig) {
				t.Fatal(err)
			}
			return
		}
		text, err := k.Text()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ParseKeyFile(text); err != nil || !bytes.Equal(again.Key, k.Key) || again.Name != k.Name {
			t.Fatalf("%s: %v", text, err)
		}
	})
}

// FuzzKeyARN reads any text as the ARN of a key; what it takes it writes the same.
func FuzzKeyARN(f *testing.F) {
	f.Add(testKey)
	f.Add(otherMRK)
	f.Fuzz(func(t *testing.T, s string) {
		if a, ok := parseKeyARN(s); ok && a.String() != s {
			t.Fatalf("%q is written as %q", s, a)
		}
	})
}
