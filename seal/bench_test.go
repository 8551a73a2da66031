package seal

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha512"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// benchItem has n attributes and about size bytes, most of them encrypted text.
func benchItem(t testing.TB, n, size int, suite Suite) (*Sealer, Item) {
	table := Table{Name: "t", PartitionKey: "pk", Suite: suite, Keyring: testAES(t, "a"), Actions: map[string]Action{"pk": SignOnly}}
	item := Item{"pk": Number("123")}
	for i := range n - 1 {
		name := fmt.Sprintf("attribute%d", i)
		table.Actions[name] = EncryptAndSign
		item[name] = String(strings.Repeat("x", size/(n-1)))
	}
	return newSealer(t, table), item
}

var benchShapes = []struct{ n, size int }{{10, 1 << 10}, {42, 16 << 10}}

func BenchmarkSeal(b *testing.B) {
	for _, suite := range []Suite{HMACSuite, SignedSuite} {
		for _, shape := range benchShapes {
			b.Run(fmt.Sprintf("suite=%d/n=%d/bytes=%d", suite, shape.n, shape.size), func(b *testing.B) {
				s, item := benchItem(b, shape.n, shape.size, suite)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := s.Seal(b.Context(), item); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, suite := range []Suite{HMACSuite, SignedSuite} {
		for _, shape := range benchShapes {
			b.Run(fmt.Sprintf("suite=%d/n=%d/bytes=%d", suite, shape.n, shape.size), func(b *testing.B) {
				s, item := benchItem(b, shape.n, shape.size, suite)
				sealed, err := s.Seal(b.Context(), item)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					if _, err := s.Open(b.Context(), sealed); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkFloor is what no sealing of the same item can do without: the format's key derivations, one GCM under an own
// key for each encrypted attribute and two for the keys, one hash over all bytes and the two MACs.
func BenchmarkFloor(b *testing.B) {
	for _, shape := range benchShapes {
		b.Run(fmt.Sprintf("n=%d/bytes=%d", shape.n, shape.size), func(b *testing.B) {
			key, nonce := make([]byte, 32), make([]byte, 12)
			plain := make([]byte, shape.size/(shape.n-1))
			out := make([]byte, 0, len(plain)+16)
			head := make([]byte, 400)
			for b.Loop() {
				rand.Read(key)
				for range 2 { // from the intermediate key, and from the data key
					secret, _ := hkdf.Extract(sha512.New, key, nil)
					for range 2 {
						if _, err := hkdf.Expand(sha512.New, secret, "AWS_DBE_COMMIT_KEY", 32); err != nil {
							b.Fatal(err)
						}
					}
				}
				all := sha512.New384()
				for range shape.n - 1 {
					aead, err := newGCM(key)
					if err != nil {
						b.Fatal(err)
					}
					all.Write(aead.Seal(out[:0], nonce, plain, nil))
				}
				for range 2 {
					aead, err := newGCM(key)
					if err != nil {
						b.Fatal(err)
					}
					aead.Seal(out[:0], nonce, key, head)
				}
				all.Write(head)
				for range 2 {
					mac := hmac.New(sha512.New, key)
					mac.Write(head)
					mac.Sum(nil)
				}
			}
		})
	}
}

func BenchmarkFloorSign(b *testing.B) {
	digest := make([]byte, 48)
	for b.Loop() {
		key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := ecdsa.SignASN1(rand.Reader, key, digest); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFloorVerify(b *testing.B) {
	digest := make([]byte, 48)
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	sig, err := ecdsa.SignASN1(rand.Reader, key, digest)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if !ecdsa.VerifyASN1(&key.PublicKey, digest, sig) {
			b.Fatal("does not verify")
		}
	}
}

// BenchmarkRefuse shows that a refusal takes as long as an opening, whatever was wrong.
func BenchmarkRefuse(b *testing.B) {
	for _, suite := range []Suite{HMACSuite, SignedSuite} {
		s, item := benchItem(b, 10, 1<<10, suite)
		sealed, err := s.Seal(b.Context(), item)
		if err != nil {
			b.Fatal(err)
		}
		edit := func(name string, at int) Item {
			changed := maps.Clone(sealed)
			v, _ := changed[name].(Binary)
			v = slices.Clone(v)
			v[(at+len(v))%len(v)] ^= 1
			changed[name] = v
			return changed
		}
		fewer := maps.Clone(sealed)
		delete(fewer, "attribute3")
		more := maps.Clone(sealed)
		more["attributeX"] = String("x")
		for _, c := range []struct {
			what string
			item Item
		}{
			{"nothing", sealed},
			{"value", edit("attribute3", -1)},
			{"type", edit("attribute3", 0)},
			{"attribute-removed", fewer},
			{"attribute-added", more},
			{"legend", edit(headerName, 37)},
			{"commitment", edit(headerName, -1)},
			{"data-key", edit(headerName, -40)},
			{"tag", edit(footerName, 0)},
			{"foot", edit(footerName, -1)},
		} {
			b.Run(fmt.Sprintf("suite=%d/%s", suite, c.what), func(b *testing.B) {
				for b.Loop() {
					if _, err := s.Open(b.Context(), c.item); (err == nil) != (c.what == "nothing") {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
