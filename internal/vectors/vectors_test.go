package vectors

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/baileydb/bailey/seal"
)

// TestConformance tries every vector file there is. A single one that disagrees is an item of another implementation
// that could not be read, or one that should have been refused.
func TestConformance(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "conformance", "seal")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("../shared/conformance is not beside the project")
	}
	keys, err := ReadKeys(filepath.Join(dir, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "decrypt_*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no vector files in %s: %v", dir, err)
	}
	n := 0
	for _, f := range files {
		cases, err := Read(f, keys)
		if err != nil {
			t.Error(err)
		}
		for _, c := range cases {
			n++
			if r := c.Try(t.Context()); !r.Agrees {
				t.Errorf("%s %s (%s): opened %t, %v", filepath.Base(f), c.ID, c.Description, r.Opened, r.Err)
			}
		}
	}
	t.Logf("%d vectors", n)
}

// FuzzItem reads any text as an item in the loose form; what it takes is an item in DynamoDB's form.
func FuzzItem(f *testing.F) {
	f.Add([]byte(`{"a":1,"b":"x","c":{"L":["x",1,{"M":{"y":2}}]},"d":{"NS":[1,"2"]},"e":{"NULL":""},"f":{"BS":["AA=="]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var raw map[string]json.RawMessage
		if json.Unmarshal(b, &raw) != nil {
			return
		}
		it, err := item(raw)
		if err != nil {
			return
		}
		if out, err := json.Marshal(it); err != nil {
			t.Fatalf("%s is read and cannot be written: %s, %v", b, out, err)
		}
	})
}

// FuzzTable reads any text as a configuration; what it takes names a keyring.
func FuzzTable(f *testing.F) {
	f.Add([]byte(`{"attributeActionsOnEncrypt":{"RecNum":"SIGN_ONLY"},"key":{"type":"raw","key":"k","provider-id":"p","encryption-algorithm":"aes"}}`))
	keys := Keys{"k": {Type: "symmetric", Encoding: "base64", Material: "AAAAAAAAAAAAAAAAAAAAAA==", ID: "k"}}
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := Table(b, keys); err == nil && c.Keyring == nil {
			t.Fatalf("%s has no keyring", b)
		}
	})
}

func TestLooseForm(t *testing.T) {
	raw := map[string]json.RawMessage{"n": []byte(`1.50`), "s": []byte(`"x"`), "l": []byte(`{"L":["x",1,{"M":{"y":2}}]}`), "ns": []byte(`{"NS":[1,"2"]}`), "z": []byte(`{"NULL":""}`)}
	want := seal.Item{
		"n": seal.Number("1.5"), "s": seal.String("x"), "l": seal.List{seal.String("x"), seal.Number("1"), seal.Map{"y": seal.Number("2")}},
		"ns": seal.NumberSet{"1", "2"}, "z": seal.Null{},
	}
	if got, err := item(raw); err != nil || !seal.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{`true`, `null`, `{}`, `{"S":1}`, `{"S":"a","N":"1"}`, `{"X":"a"}`, `[1]`} {
		if got, err := item(map[string]json.RawMessage{"x": []byte(bad)}); err == nil {
			t.Errorf("%s is read as %v", bad, got)
		}
	}
}

// TestDescriptions seals and opens under every kind of keyring that a vector can ask for without a network.
func TestDescriptions(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "conformance", "seal")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("../shared/conformance is not beside the project")
	}
	keys, err := ReadKeys(filepath.Join(dir, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	rsa := func(key, padding string) string {
		return `{"type":"raw","key":"` + key + `","provider-id":"p","encryption-algorithm":"rsa",` + padding + `}`
	}
	const aes = `{"type":"raw","key":"aes-256","provider-id":"p","encryption-algorithm":"aes"}`
	for _, c := range []struct{ by, with string }{
		{aes, aes},
		{`{"type":"aws-kms-hierarchy","key":"static-branch-key-1"}`, ``},
		{`{"type":"multi-keyring","generator":` + aes + `,"childKeyrings":[` + rsa("rsa-4096-public", `"padding-algorithm":"pkcs1"`) + `]}`, rsa("rsa-4096-private", `"padding-algorithm":"pkcs1"`)},
		{rsa("rsa-4096-public", `"padding-algorithm":"oaep-mgf1","padding-hash":"sha1"`), rsa("rsa-4096-private", `"padding-algorithm":"oaep-mgf1","padding-hash":"sha1"`)},
		{rsa("rsa-4096-public", `"padding-algorithm":"oaep-mgf1","padding-hash":"sha384"`), rsa("rsa-4096-private", `"padding-algorithm":"oaep-mgf1","padding-hash":"sha384"`)},
	} {
		sealer := func(key string) *seal.Sealer {
			config := `{"attributeActionsOnEncrypt":{"RecNum":"SIGN_ONLY","x":"ENCRYPT_AND_SIGN"}`
			if key != "" {
				config += `,"key":` + key
			}
			table, err := Table([]byte(config+"}"), keys)
			if err != nil {
				t.Fatal(key, err)
			}
			s, err := seal.New(table)
			if err != nil {
				t.Fatal(key, err)
			}
			return s
		}
		item := seal.Item{"RecNum": seal.Number("1"), "x": seal.String("y")}
		sealed, err := sealer(c.by).Seal(t.Context(), item)
		if err != nil {
			t.Fatal(c.by, err)
		}
		if plain, err := sealer(c.with).Open(t.Context(), sealed); err != nil || !seal.Equal(plain, item) {
			t.Errorf("%s: %v, %v", c.with, plain, err)
		}
	}
	for _, bad := range []string{`{"type":"aws-kms","key":"aes-256"}`, `{"type":"raw","key":"nope"}`, rsa("rsa-4096-private", `"padding-algorithm":"none"`), `{"type":"multi-keyring"}`, `3`} {
		if _, err := Table([]byte(`{"attributeActionsOnEncrypt":{},"key":`+bad+`}`), keys); err == nil {
			t.Errorf("%s makes a keyring", bad)
		}
	}
}

// TestUnreadable reads a file with vectors that cannot be tried, which agree with nothing, not even with being refused.
func TestUnreadable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "decrypt_x.json")
	const text = `{"manifest":{"type":"aws-dbesdk-decrypt"},"tests":{
		"1":{"type":"negative-decrypt","config":{"key":{"type":"aws-kms","key":"k"}}},
		"2":{"type":"positive-decrypt","config":{"search":{}}},
		"10":{"type":"what"}}}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cases, err := Read(path, Keys{"k": {Type: "aws-kms"}})
	if err != nil || len(cases) != 3 || cases[2].ID != "10" {
		t.Fatal(cases, err)
	}
	for _, c := range cases {
		if r := c.Try(t.Context()); r.Opened || r.Agrees || r.Err == nil {
			t.Errorf("%s: %+v", c.ID, r)
		}
	}
}

// TestWrite seals what AWS's library is tried with under all its configurations, writes vectors of it and reads them back.
func TestWrite(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "conformance", "seal")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("../shared/conformance is not beside the project")
	}
	keys, err := ReadKeys(filepath.Join(dir, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	items, err := ReadRoundTrips(filepath.Join(dir, "data.json"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "decrypt_bailey.json")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(t.Context(), f, keys, "file://keys.json", items); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	cases, err := Read(path, keys)
	if err != nil || len(cases) != len(items) {
		t.Fatalf("%d of %d vectors, %v", len(cases), len(items), err)
	}
	for _, c := range cases {
		if r := c.Try(t.Context()); !r.Agrees {
			t.Errorf("%s (%s): opened %t, %v", c.ID, c.Description, r.Opened, r.Err)
		}
	}
	t.Logf("%d items", len(items))
}
