package digest_test

import (
	"bytes"
	"compress/gzip"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/baileydb/bailey/internal/watch/digest"
)

func gz(text []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(text)
	_ = z.Close()
	return b.Bytes()
}

// delivered is a bucket of a trail: three digests in a chain, two log files each, signed as CloudTrail does.
func delivered(t *testing.T, key *rsa.PrivateKey) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	previous, previousSum, previousSig := "", "", ""
	for hour := range 3 {
		var files []map[string]any
		for n := range 2 {
			name := fmt.Sprintf("AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/23/111122223333_CloudTrail_eu-west-1_20261123T%02d%02dZ_x.json.gz", hour, n)
			text := []byte(fmt.Sprintf(`{"Records": [{"eventID": "%d-%d"}]}`, hour, n))
			sum := sha256.Sum256(text)
			out[name] = &fstest.MapFile{Data: gz(text)}
			files = append(files, map[string]any{"s3Bucket": "b", "s3Object": name, "hashValue": hex.EncodeToString(sum[:]), "hashAlgorithm": "SHA-256"})
		}
		object := fmt.Sprintf("AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/11/23/d_%02d.json.gz", hour)
		end := fmt.Sprintf("2026-11-23T%02d:00:00Z", hour+1)
		text, err := json.Marshal(map[string]any{
			"awsAccountId": "111122223333", "digestEndTime": end, "digestS3Bucket": "b", "digestS3Object": object, "digestSignatureAlgorithm": "SHA256withRSA", "logFiles": files,
			"previousDigestS3Object": previous, "previousDigestHashValue": previousSum, "previousDigestSignature": previousSig,
		})
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(text)
		before := previousSig
		if before == "" {
			before = "null"
		}
		signed := sha256.Sum256([]byte(end + "\nb/" + object + "\n" + hex.EncodeToString(sum[:]) + "\n" + before))
		signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, signed[:])
		if err != nil {
			t.Fatal(err)
		}
		out[object] = &fstest.MapFile{Data: gz(text)}
		previous, previousSum, previousSig = object, hex.EncodeToString(sum[:]), hex.EncodeToString(signature)
	}
	return out
}

// TestVerify passes what was delivered, and names what was changed, removed or made anew. The bucket is made here, as
// CloudTrail's documentation describes it: no real one can be given away with its key.
func TestVerify(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	whole := delivered(t, key)
	good, err := digest.Verify(whole, []*rsa.PublicKey{&other.PublicKey, &key.PublicKey})
	if err != nil || len(good.Wrong) != 0 || good.Digests != 3 || good.Files != 6 || len(good.Unsigned) != 1 {
		t.Fatalf("%+v %v", good, err)
	}
	const log, mid = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/23/111122223333_CloudTrail_eu-west-1_20261123T0100Z_x.json.gz", "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/11/23/d_01.json.gz"
	flip := func(name string) func(fstest.MapFS) {
		return func(m fstest.MapFS) {
			data := bytes.Clone(m[name].Data)
			data[len(data)/2] ^= 1
			m[name] = &fstest.MapFile{Data: data}
		}
	}
	for name, c := range map[string]struct {
		change func(fstest.MapFS)
		file   string
	}{
		"a flipped byte in a log file":     {flip(log), log},
		"a flipped byte in a digest":       {flip(mid), mid},
		"a log file that is missing":       {func(m fstest.MapFS) { delete(m, log) }, log},
		"a digest that is missing":         {func(m fstest.MapFS) { delete(m, mid) }, mid},
		"a digest in the place of another": {func(m fstest.MapFS) { m[mid] = m[strings.Replace(mid, "d_01", "d_00", 1)] }, mid},
		"a log file written anew":          {func(m fstest.MapFS) { m[log] = &fstest.MapFile{Data: gz([]byte(`{"Records": []}`))} }, log},
	} {
		changed := maps.Clone(whole)
		c.change(changed)
		r, err := digest.Verify(changed, []*rsa.PublicKey{&key.PublicKey})
		if err != nil || len(r.Wrong) == 0 {
			t.Errorf("%s is not found: %+v %v", name, r, err)
			continue
		}
		named := false
		for _, w := range r.Wrong {
			named = named || strings.Contains(w.File, c.file) || strings.HasSuffix(c.file, w.File)
		}
		if !named {
			t.Errorf("%s: %+v", name, r.Wrong)
		}
	}
	if r, err := digest.Verify(whole, []*rsa.PublicKey{&other.PublicKey}); err != nil || len(r.Wrong) != 2 || !strings.Contains(r.Wrong[0].Why, "none of the keys") {
		t.Errorf("under another key: %+v %v", r, err)
	}
	extra := maps.Clone(whole)
	extra["AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/23/111122223333_CloudTrail_eu-west-1_new.json.gz"] = whole[log]
	if r, err := digest.Verify(extra, nil); err != nil || len(r.Uncovered) != 1 || len(r.Unsigned) != 3 {
		t.Errorf("%+v %v", r, err)
	}
	if _, err := digest.Verify(fstest.MapFS{}, nil); err == nil {
		t.Error("an empty folder is verified")
	}
}

// TestBackfill passes digests that were filled in later: they have a chain of their own, and name log files of hours that
// other digests are of. A byte that was flipped in a file that only they name is found.
func TestBackfill(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	both := delivered(t, key)
	late := "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/23/111122223333_CloudTrail_eu-west-1_20261123T0030Z_late.json.gz"
	log := []byte(`{"Records": [{"eventID": "late"}]}`)
	both[late] = &fstest.MapFile{Data: gz(log)}
	before := map[string]any{}
	for hour := range 2 {
		sum := sha256.Sum256(log)
		object := fmt.Sprintf("AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/11/23/d_%02d_backfill.json.gz", hour)
		d := map[string]any{"digestEndTime": fmt.Sprintf("2026-11-23T%02d:00:00Z", hour+1), "digestS3Bucket": "b", "digestS3Object": object, "digestSignatureAlgorithm": "SHA256withRSA", "logFiles": []map[string]any{}}
		if hour == 0 {
			d["logFiles"] = []map[string]any{{"s3Bucket": "b", "s3Object": late, "hashValue": hex.EncodeToString(sum[:]), "hashAlgorithm": "SHA-256"}}
		}
		maps.Copy(d, before)
		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		both[object] = &fstest.MapFile{Data: gz(text)}
		own := sha256.Sum256(text)
		signed := sha256.Sum256([]byte(d["digestEndTime"].(string) + "\nb/" + object + "\n" + hex.EncodeToString(own[:]) + "\nnull"))
		signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, signed[:])
		if err != nil {
			t.Fatal(err)
		}
		before = map[string]any{"previousDigestS3Object": object, "previousDigestHashValue": hex.EncodeToString(own[:]), "previousDigestSignature": hex.EncodeToString(signature)}
	}
	keys := []*rsa.PublicKey{&key.PublicKey}
	if r, err := digest.Verify(both, keys); err != nil || len(r.Wrong) != 0 || r.Digests != 5 || r.Files != 7 || len(r.Unsigned) != 2 || len(r.Uncovered) != 0 {
		t.Errorf("%+v %v", r, err)
	}
	both[late] = &fstest.MapFile{Data: gz(bytes.Replace(log, []byte("late"), []byte("lat\x64"), 1))}
	if r, err := digest.Verify(both, keys); err != nil || len(r.Wrong) != 1 || r.Wrong[0].File != late {
		t.Errorf("%+v %v", r, err)
	}
}

// TestUnpacked verifies logs that a tool has unpacked: the hashes are of what is in them.
func TestUnpacked(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	out := fstest.MapFS{}
	for name, f := range delivered(t, key) {
		z, err := gzip.NewReader(bytes.NewReader(f.Data))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(name, ".gz")] = &fstest.MapFile{Data: text}
	}
	if r, err := digest.Verify(out, []*rsa.PublicKey{&key.PublicKey}); err != nil || len(r.Wrong) != 0 || r.Files != 6 {
		t.Errorf("%+v %v", r, err)
	}
}

func TestKeys(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&key.PublicKey)})
	if keys, err := digest.ParseKeys(text); err != nil || len(keys) != 1 {
		t.Error(keys, err)
	}
	listed, err := json.Marshal(map[string]any{"PublicKeyList": []any{map[string]any{"Value": x509.MarshalPKCS1PublicKey(&key.PublicKey), "Fingerprint": "f", "ValidityStartTime": 1.5}}})
	if err != nil {
		t.Fatal(err)
	}
	if keys, err := digest.ParseKeys(listed); err != nil || len(keys) != 1 || !keys[0].Equal(&key.PublicKey) {
		t.Error(keys, err)
	}
	for _, no := range []string{"no key", "", "{}", `{"PublicKeyList": []}`, `{"PublicKeyList": [{"Value": "AAAA"}]}`, "{"} {
		if keys, err := digest.ParseKeys([]byte(no)); err == nil {
			t.Errorf("%q is %d keys", no, len(keys))
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add([]byte(`{"digestS3Object": "x", "logFiles": [{"s3Object": "a"}], "previousDigestS3Object": "y"}`))
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(_ *testing.T, data []byte) {
		_, _ = digest.Verify(fstest.MapFS{"CloudTrail-Digest/x.json": &fstest.MapFile{Data: data}, "a_CloudTrail_b.json": &fstest.MapFile{Data: data}}, nil) // an answer or an error
	})
}
