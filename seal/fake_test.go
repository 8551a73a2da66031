package seal

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
)

// fakeKMS keeps keys in memory and binds ciphertexts to context and key as KMS does. Replicas of a multi-Region key share
// their material. It counts calls.
type fakeKMS struct {
	mu    sync.Mutex
	calls map[string]int
	down  bool
	gate  chan struct{} // if not nil, Decrypt waits for it
}

var errDown = errors.New("connection refused")

func (f *fakeKMS) count(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.calls == nil {
		f.calls = map[string]int{}
	}
	f.calls[name]++
	if f.down {
		return errDown
	}
	return nil
}

func (f *fakeKMS) called(name string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[name]
}

func fakeWrap(arn string, plain []byte, c map[string]string) []byte {
	key, aad := fakeMaterial(arn, c)
	aead, _ := newGCM(key)
	nonce := freshKey()[:12]
	return aead.Seal(nonce, nonce, plain, aad)
}

func fakeMaterial(arn string, c map[string]string) (key, aad []byte) {
	id := arn[strings.LastIndex(arn, "/"):]
	if !strings.HasPrefix(id, "/mrk-") {
		id = arn
	}
	sum := sha256.Sum256([]byte(id))
	aad, _ = json.Marshal(c)
	return sum[:], aad
}

func (f *fakeKMS) GenerateDataKey(_ context.Context, arn string, c map[string]string) (KMSDataKey, error) {
	if err := f.count("GenerateDataKey"); err != nil {
		return KMSDataKey{}, err
	}
	plain := freshKey()
	return KMSDataKey{arn, plain, fakeWrap(arn, plain, c)}, nil
}

func (f *fakeKMS) GenerateDataKeyWithoutPlaintext(_ context.Context, arn string, c map[string]string) (KMSDataKey, error) {
	if err := f.count("GenerateDataKeyWithoutPlaintext"); err != nil {
		return KMSDataKey{}, err
	}
	return KMSDataKey{KeyARN: arn, Ciphertext: fakeWrap(arn, freshKey(), c)}, nil
}

func (f *fakeKMS) Decrypt(_ context.Context, arn string, b []byte, c map[string]string) (KMSDataKey, error) {
	if err := f.count("Decrypt"); err != nil {
		return KMSDataKey{}, err
	}
	if f.gate != nil {
		<-f.gate
	}
	key, aad := fakeMaterial(arn, c)
	aead, _ := newGCM(key)
	if len(b) < 12 {
		return KMSDataKey{}, ErrRefused
	}
	plain, err := aead.Open(nil, b[:12], b[12:], aad)
	if err != nil {
		return KMSDataKey{}, ErrRefused
	}
	return KMSDataKey{KeyARN: arn, Plaintext: plain}, nil
}

func (f *fakeKMS) ReEncrypt(ctx context.Context, arn string, b []byte, from, to map[string]string) (KMSDataKey, error) {
	if err := f.count("ReEncrypt"); err != nil {
		return KMSDataKey{}, err
	}
	key, aad := fakeMaterial(arn, from)
	aead, _ := newGCM(key)
	plain, err := aead.Open(nil, b[:12], b[12:], aad)
	if err != nil {
		return KMSDataKey{}, ErrRefused
	}
	return KMSDataKey{KeyARN: arn, Ciphertext: fakeWrap(arn, plain, to)}, ctx.Err()
}

// fakeStorage is a table of branch keys in memory.
type fakeStorage struct {
	mu    sync.Mutex
	items map[[2]string]Item
	reads int
}

func fakeKey(it Item) [2]string {
	id, _ := it[branchIDName].(String)
	kind, _ := it[branchTypeName].(String)
	return [2]string{string(id), string(kind)}
}

func (f *fakeStorage) GetBranchItem(_ context.Context, _ string, key Item) (Item, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	return maps.Clone(f.items[fakeKey(key)]), nil
}

func (f *fakeStorage) PutBranchItems(_ context.Context, _ string, puts []BranchPut) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range puts {
		old, ok := f.items[fakeKey(p.Item)]
		enc, _ := old[branchEncName].(Binary)
		if ok != (p.Replaces != nil) || !slices.Equal(enc, p.Replaces) {
			return errors.New("the condition does not hold")
		}
	}
	if f.items == nil {
		f.items = map[[2]string]Item{}
	}
	for _, p := range puts {
		f.items[fakeKey(p.Item)] = maps.Clone(p.Item)
	}
	return nil
}
