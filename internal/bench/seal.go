package main

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha512"
	"fmt"
	"strings"
	"testing"

	"github.com/baileydb/bailey/seal"
)

// sealing times sealing and opening of one item in this process, beside the bare cryptography it cannot do without: for the
// HMAC suite AES-GCM, HKDF, HMAC and SHA-384 over the same bytes, for the signed suite the P-384 operations.
func sealing() error {
	for _, c := range []struct {
		name     string
		suite    seal.Suite
		n, bytes int
	}{{"seal-hmac-10-1k", seal.HMACSuite, 10, 1 << 10}, {"seal-signed-10-1k", seal.SignedSuite, 10, 1 << 10}, {"seal-hmac-42-16k", seal.HMACSuite, 42, 16 << 10}} {
		s, item, err := sealable(c.suite, c.n, c.bytes)
		if err != nil {
			return err
		}
		ctx := context.Background()
		sealed, err := s.Seal(ctx, item)
		if err != nil {
			return err
		}
		floorSeal, floorOpen := symmetricFloor(c.n, c.bytes), symmetricFloor(c.n, c.bytes)
		if c.suite == seal.SignedSuite {
			floorSeal, floorOpen = signFloor, verifyFloor
		}
		report(c.name+"-seal", c.suite, func() error { _, err := s.Seal(ctx, item); return err }, floorSeal)
		report(c.name+"-open", c.suite, func() error { _, err := s.Open(ctx, sealed); return err }, floorOpen)
	}
	return nil
}

// sealable is an item of n attributes and about size bytes, and what seals it.
func sealable(suite seal.Suite, n, size int) (*seal.Sealer, seal.Item, error) {
	keyring, err := seal.NewAES("bench", "k", make([]byte, 32))
	if err != nil {
		return nil, nil, err
	}
	t := seal.Table{Name: "t", PartitionKey: "pk", Suite: suite, Keyring: keyring, Actions: map[string]seal.Action{"pk": seal.SignOnly}}
	item := seal.Item{"pk": seal.Number("123")}
	for i := range n - 1 {
		name := fmt.Sprintf("attribute%d", i)
		t.Actions[name] = seal.EncryptAndSign
		item[name] = seal.String(strings.Repeat("x", size/(n-1)))
	}
	s, err := seal.New(t)
	return s, item, err
}

// report prints the best of three measurements of each, taken in turns.
func report(name string, suite seal.Suite, f, floor func() error) {
	var own, bare float64
	var allocs int64
	for range 3 {
		a, b := measure(f), measure(floor)
		if t := perOp(a); own == 0 || t < own {
			own = t
		}
		if t := perOp(b); bare == 0 || t < bare {
			bare = t
		}
		allocs = a.AllocsPerOp()
	}
	ratio := own / bare
	target := "-"
	switch {
	case suite == seal.SignedSuite:
		target = met(ratio <= 1.3, "1.3x-of-P-384")
	case strings.Contains(name, "10-1k"):
		target = met(own <= 60 && allocs <= 150, "60us-150-allocations")
	}
	line(name, fmt.Sprintf("%.1f", own), "us", fmt.Sprintf("%.1f", bare), fmt.Sprintf("%.2f", ratio), target)
	line(name+"-allocations", fmt.Sprint(allocs), "objects", "-", "-", "-")
}

func measure(f func() error) testing.BenchmarkResult {
	return testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := f(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func perOp(r testing.BenchmarkResult) float64 { return float64(r.T.Microseconds()) / float64(r.N) }

func symmetricFloor(n, size int) func() error {
	key, nonce, plain, head := make([]byte, 32), make([]byte, 12), make([]byte, size/(n-1)), make([]byte, 400)
	out := make([]byte, 0, len(plain)+16)
	gcm := func() (cipher.AEAD, error) {
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		return cipher.NewGCM(block)
	}
	return func() error {
		rand.Read(key)
		for range 2 { // from the data key and from the intermediate key two each
			secret, err := hkdf.Extract(sha512.New, key, nil)
			if err != nil {
				return err
			}
			for range 2 {
				if _, err := hkdf.Expand(sha512.New, secret, "AWS_DBE_COMMIT_KEY", 32); err != nil {
					return err
				}
			}
		}
		all := sha512.New384()
		for range n - 1 {
			aead, err := gcm()
			if err != nil {
				return err
			}
			all.Write(aead.Seal(out[:0], nonce, plain, nil))
		}
		for range 2 { // the data key and the intermediate key
			aead, err := gcm()
			if err != nil {
				return err
			}
			aead.Seal(out[:0], nonce, key, head)
		}
		all.Write(head)
		for range 2 { // commitment and tag
			mac := hmac.New(sha512.New, key)
			mac.Write(head)
			mac.Sum(nil)
		}
		all.Sum(nil)
		return nil
	}
}

var digest = make([]byte, sha512.Size384)

func signFloor() error {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		return err
	}
	_, err = ecdsa.SignASN1(rand.Reader, key, digest)
	return err
}

var verifyFloor = func() func() error {
	var key *ecdsa.PrivateKey
	var signature []byte
	return func() error {
		if key == nil {
			var err error
			if key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader); err != nil {
				return err
			}
			if signature, err = ecdsa.SignASN1(rand.Reader, key, digest); err != nil {
				return err
			}
		}
		if !ecdsa.VerifyASN1(&key.PublicKey, digest, signature) {
			return fmt.Errorf("a signature does not verify")
		}
		return nil
	}
}()
