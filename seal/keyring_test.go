package seal

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testKey  = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	testMRK  = "arn:aws:kms:eu-central-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"
	otherMRK = "arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"
)

// roundTrip seals with one keyring and opens with another.
func roundTrip(t *testing.T, by, with Keyring) error {
	t.Helper()
	table := testTable(t)
	table.Keyring = by
	sealed, err := newSealer(t, table).Seal(t.Context(), testItem())
	if err != nil {
		t.Fatal(err)
	}
	table.Keyring = with
	plain, err := newSealer(t, table).Open(t.Context(), sealed)
	if err == nil && !Equal(plain, testItem()) {
		t.Errorf("opened %v", plain)
	}
	if _, err := newSealer(t, table).Open(t.Context(), withKey(sealed, "18")); err == nil {
		t.Error("the item opens under another key")
	}
	return err
}

func withKey(sealed Item, order string) Item {
	moved := maps.Clone(sealed)
	moved["order"] = Number(order)
	return moved
}

func TestRSA(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for p := OAEPSHA256; p <= PKCS1; p++ {
		by, err := NewRSA("rsa", "k", &private.PublicKey, nil, p)
		if err != nil {
			t.Fatal(err)
		}
		with, err := NewRSA("rsa", "k", nil, private, p)
		if err != nil {
			t.Fatal(err)
		}
		if err := roundTrip(t, by, with); err != nil {
			t.Errorf("padding %d: %v", p, err)
		}
		if err := roundTrip(t, by, by); !errors.Is(err, ErrNoKey) {
			t.Errorf("padding %d: the public half gives %v", p, err)
		}
		other, err := NewRSA("rsa", "k", nil, private, (p+1)%(PKCS1+1))
		if err != nil {
			t.Fatal(err)
		}
		if err := roundTrip(t, by, other); !errors.Is(err, ErrRefused) {
			t.Errorf("padding %d read as the next gives %v", p, err)
		}
		if _, err := with.Wrap(t.Context(), Context{}); !errors.Is(err, ErrConfig) {
			t.Errorf("the private half seals: %v", err)
		}
	}
	for _, make := range []func() (*RSA, error){
		func() (*RSA, error) { return NewRSA("aws-kms", "k", &private.PublicKey, nil, PKCS1) },
		func() (*RSA, error) { return NewRSA("rsa", "", &private.PublicKey, nil, PKCS1) },
		func() (*RSA, error) { return NewRSA("rsa", "k", nil, nil, PKCS1) },
		func() (*RSA, error) { return NewRSA("rsa", "k", nil, private, 9) },
	} {
		if _, err := make(); !errors.Is(err, ErrConfig) {
			t.Errorf("%v", err)
		}
	}
}

func TestKMS(t *testing.T) {
	kms := &fakeKMS{}
	plain := must(NewKMS(kms, testKey, true))
	home, away := must(NewKMS(kms, testMRK, true)), must(NewKMS(kms, otherMRK, true))
	strict := must(NewKMS(kms, otherMRK, false))
	all := func(accounts ...string) Keyring {
		return must(NewKMSDiscovery(KMSDiscovery{Client: func(string) (KMS, error) { return kms, nil }, Partition: "aws", Accounts: accounts}))
	}
	in := func(region string) Keyring {
		return must(NewKMSDiscovery(KMSDiscovery{Client: func(r string) (KMS, error) {
			if r != region {
				return nil, fmt.Errorf("asked for %s", r)
			}
			return kms, nil
		}, Partition: "aws", Accounts: []string{"111122223333"}, Region: region}))
	}
	for _, c := range []struct {
		what     string
		by, with Keyring
		want     error
	}{
		{"same key", plain, plain, nil},
		{"same multi-Region key", home, home, nil},
		{"its replica", home, away, nil},
		{"its replica, strictly", home, strict, ErrNoKey},
		{"another key", plain, home, ErrNoKey},
		{"discovery", plain, all("111122223333"), nil},
		{"discovery in another account", plain, all("999999999999"), ErrNoKey},
		{"discovery here", plain, in("eu-central-1"), nil},
		{"discovery elsewhere", plain, in("us-east-1"), ErrNoKey},
		{"discovery of a replica", home, in("us-east-1"), nil},
		{"raw", testAES(t, "a"), plain, ErrNoKey},
	} {
		if err := roundTrip(t, c.by, c.with); !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", c.what, err, c.want)
		}
	}
	for _, arn := range []string{"", "alias/x", "arn:aws:kms:eu-central-1:111122223333:alias/x", "1234abcd-12ab-34cd-56ef-1234567890ab", "arn:aws:kms:::key/x", "arn:aws:s3:eu-central-1:1:key/x", testKey + "/x", "arn:aws:kms:eu-central-1:1:key/"} {
		if _, err := NewKMS(kms, arn, false); !errors.Is(err, ErrConfig) {
			t.Errorf("%q: %v", arn, err)
		}
	}
	if _, err := NewKMSDiscovery(KMSDiscovery{Client: func(string) (KMS, error) { return kms, nil }, Partition: "aws"}); !errors.Is(err, ErrConfig) {
		t.Errorf("discovery without accounts: %v", err)
	}
	if _, err := all("1").Wrap(t.Context(), Context{}); !errors.Is(err, ErrConfig) {
		t.Errorf("discovery seals: %v", err)
	}
}

// TestKMSDown tells a service that cannot be asked from an item that is refused.
func TestKMSDown(t *testing.T) {
	kms := &fakeKMS{}
	table := testTable(t)
	table.Keyring = must(NewKMS(kms, testKey, false))
	sealed, err := newSealer(t, table).Seal(t.Context(), testItem())
	if err != nil {
		t.Fatal(err)
	}
	kms.down = true
	if _, err := newSealer(t, table).Open(t.Context(), sealed); !errors.Is(err, errDown) || errors.Is(err, ErrRefused) {
		t.Errorf("%v", err)
	}
	if _, err := newSealer(t, table).Seal(t.Context(), testItem()); !errors.Is(err, errDown) {
		t.Errorf("%v", err)
	}
	table.Keyring = must(Multi(testAES(t, "a"), table.Keyring))
	if _, err := newSealer(t, table).Open(t.Context(), sealed); !errors.Is(err, errDown) || errors.Is(err, ErrRefused) {
		t.Errorf("%v", err)
	}
}

func TestMulti(t *testing.T) {
	a, b, c := testAES(t, "a"), testAES(t, "b"), testAES(t, "c")
	both := must(Multi(a, b))
	for _, with := range []Keyring{a, b, both, must(Multi(c, b))} {
		if err := roundTrip(t, both, with); err != nil {
			t.Error(err)
		}
	}
	if err := roundTrip(t, both, c); !errors.Is(err, ErrNoKey) {
		t.Error(err)
	}
	if _, err := Multi(); !errors.Is(err, ErrConfig) {
		t.Error(err)
	}
	if _, err := Multi(a, nil); !errors.Is(err, ErrConfig) {
		t.Error(err)
	}
}

// store is a branch-key table over fakes, with a clock that the test moves.
type store struct {
	*BranchKeyTable
	kms     *fakeKMS
	storage *fakeStorage
	now     time.Time
	mu      sync.Mutex
}

func newStore(t *testing.T) *store {
	t.Helper()
	s := &store{kms: &fakeKMS{}, storage: &fakeStorage{}, now: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)}
	s.BranchKeyTable = must(NewBranchKeyTable(BranchKeyTableConfig{Table: "keys", LogicalName: "keys", KMSKey: testKey, Storage: s.storage, KMS: s.kms, Clock: s.clock}))
	return s
}

func (s *store) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *store) sleep(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

func (s *store) hierarchy(id string, entries int) *Hierarchy {
	return must(NewHierarchy(HierarchyConfig{Store: s, ID: id, Period: time.Minute, Clock: s.clock, Entries: entries}))
}

// TestOneCallForEachPeriod seals and opens many items at once and counts what KMS was asked.
func TestOneCallForEachPeriod(t *testing.T) {
	s := newStore(t)
	id, err := s.Create(t.Context(), "tenant-1", map[string]string{"tenant": "1"})
	if err != nil || id != "tenant-1" {
		t.Fatal(id, err)
	}
	table := testTable(t)
	table.Keyring = s.hierarchy(id, 0)
	sealer := newSealer(t, table)
	many := func() {
		var wait sync.WaitGroup
		for range 20 {
			wait.Go(func() {
				sealed, err := sealer.Seal(t.Context(), testItem())
				if err != nil {
					t.Error(err)
					return
				}
				if plain, err := sealer.Open(t.Context(), sealed); err != nil || !Equal(plain, testItem()) {
					t.Error(plain, err)
				}
			})
		}
		wait.Wait()
	}
	for period := 1; period <= 3; period++ {
		many()
		// One for the active key, with which items are sealed, and one for the version by which they are opened.
		if got := s.kms.called("Decrypt"); got != 2*period {
			t.Errorf("period %d: KMS was asked %d times", period, got)
		}
		s.sleep(time.Minute)
	}
	if got := s.kms.called("GenerateDataKey"); got != 0 {
		t.Errorf("KMS made %d data keys", got)
	}
}

func TestRotate(t *testing.T) {
	s := newStore(t)
	id, err := s.Create(t.Context(), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	table := testTable(t)
	table.Keyring = s.hierarchy(id, 0)
	old, err := newSealer(t, table).Seal(t.Context(), testItem())
	if err != nil {
		t.Fatal(err)
	}
	before, err := s.Active(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	beacon, err := s.BeaconKey(t.Context(), id)
	if err != nil || len(beacon) != keyLen {
		t.Fatal(err)
	}
	if err := s.Rotate(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	after, err := s.Active(t.Context(), id)
	if err != nil || after.Version == before.Version || string(after.Key) == string(before.Key) {
		t.Fatalf("the active version stays %s, %v", after.Version, err)
	}
	for _, version := range []BranchKey{before, after} {
		k, err := s.Version(t.Context(), id, version.Version)
		if err != nil || string(k.Key) != string(version.Key) {
			t.Errorf("version %s: %v", version.Version, err)
		}
	}
	s.sleep(time.Hour)
	if plain, err := newSealer(t, table).Open(t.Context(), old); err != nil || !Equal(plain, testItem()) {
		t.Errorf("an item under the older version: %v", err)
	}
	if err := s.Rotate(t.Context(), "nobody"); !errors.Is(err, ErrNoBranchKey) {
		t.Error(err)
	}
	if _, err := s.Create(t.Context(), id, map[string]string{"a": "b"}); err == nil {
		t.Error("a branch key was created twice")
	}
	if _, err := s.Create(t.Context(), "mine", nil); !errors.Is(err, ErrConfig) {
		t.Error(err)
	}
}

// TestStoreTampering changes every attribute of a stored branch key.
func TestStoreTampering(t *testing.T) {
	s := newStore(t)
	id, err := s.Create(t.Context(), "", map[string]string{"tenant": "1"})
	if err != nil {
		t.Fatal(err)
	}
	key := [2]string{id, activeType}
	item := s.storage.items[key]
	if item[branchTimeName] != String("2026-01-02T03:04:05.000006Z") {
		t.Errorf("create-time is %v", item[branchTimeName])
	}
	for name, v := range item {
		changed := maps.Clone(item)
		switch v := v.(type) {
		case String:
			changed[name] = v + "x"
		case Number:
			changed[name] = Number("2")
		case Binary:
			changed[name] = append(v[:len(v)-1:len(v)-1], v[len(v)-1]^1)
		}
		s.storage.items[key] = changed
		if _, err := s.Active(t.Context(), id); err == nil {
			t.Errorf("%s changed, and the key is given out", name)
		}
		less := maps.Clone(item)
		delete(less, name)
		s.storage.items[key] = less
		if _, err := s.Active(t.Context(), id); err == nil {
			t.Errorf("%s removed, and the key is given out", name)
		}
	}
	more := maps.Clone(item)
	more["x"] = String("y")
	s.storage.items[key] = more
	if _, err := s.Active(t.Context(), id); err == nil {
		t.Error("an attribute added, and the key is given out")
	}
}

func TestBranchKeysByTenant(t *testing.T) {
	s := newStore(t)
	for _, id := range []string{"c-1", "c-2"} {
		if _, err := s.Create(t.Context(), id, map[string]string{"customer": id}); err != nil {
			t.Fatal(err)
		}
	}
	byCustomer := must(NewHierarchy(HierarchyConfig{Store: s, Period: time.Minute, Clock: s.clock, Entries: 1, IDFor: func(c Context) (string, error) {
		attributes, err := c.Attributes()
		customer, _ := attributes["customer"].(String)
		return string(customer), err
	}}))
	for name, table := range variants(t) {
		table.Keyring = byCustomer
		sealer := newSealer(t, table)
		for _, id := range []String{"c-1", "c-2"} {
			item := testItem()
			item["customer"] = id
			sealed, err := sealer.Seal(t.Context(), item)
			if err != nil {
				t.Fatal(err)
			}
			o, err := sealer.OpenDetailed(t.Context(), sealed)
			if err != nil || string(o.Keys[0].Info) != string(id) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if n := byCustomer.cache.recent.Len(); n != 1 || len(byCustomer.cache.entries) != 1 {
		t.Errorf("the cache of one keeps %d", n)
	}
}

// TestCacheAfterFailure asks again after a failure, and after the one who asked was cancelled.
func TestCacheAfterFailure(t *testing.T) {
	s := newStore(t)
	id := must(s.Create(t.Context(), "", nil))
	h := s.hierarchy(id, 0)
	s.kms.down = true
	if _, err := h.Wrap(t.Context(), Context{}); !errors.Is(err, errDown) {
		t.Error(err)
	}
	s.kms.down = false
	if _, err := h.Wrap(t.Context(), Context{}); err != nil {
		t.Error(err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	s.sleep(time.Hour)
	s.kms.gate = make(chan struct{})
	done := make(chan error)
	go func() { _, err := h.Wrap(t.Context(), Context{}); done <- err }()
	for s.kms.called("Decrypt") < 3 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if _, err := h.Wrap(cancelled, Context{}); !errors.Is(err, context.Canceled) {
		t.Errorf("who waits may leave: %v", err)
	}
	close(s.kms.gate)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestHierarchyRefuses(t *testing.T) {
	s := newStore(t)
	good := HierarchyConfig{Store: s, ID: "x", Period: time.Minute, Clock: s.clock}
	for what, change := range map[string]func(*HierarchyConfig){
		"store": func(c *HierarchyConfig) { c.Store = nil }, "id": func(c *HierarchyConfig) { c.ID = "" }, "period": func(c *HierarchyConfig) { c.Period = 0 },
		"clock": func(c *HierarchyConfig) { c.Clock = nil }, "entries": func(c *HierarchyConfig) { c.Entries = -1 },
	} {
		c := good
		change(&c)
		if _, err := NewHierarchy(c); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestKeyFile(t *testing.T) {
	f := NewKeyFile(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	text := must(f.Text())
	back, err := ParseKeyFile(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := roundTrip(t, must(f.Keyring(false)), must(back.Keyring(false))); err != nil {
		t.Error(err)
	}
	if _, err := f.Keyring(true); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), "allow_secret") {
		t.Error(err)
	}
	f.AllowSecret = true
	if _, err := f.Keyring(true); err != nil {
		t.Error(err)
	}
	if shown := fmt.Sprintf("%v %+v %#v %s", f, f, f, f); strings.Contains(shown, string(f.Key)) || strings.Contains(shown, fmt.Sprint(f.Key[0], " ", f.Key[1])) {
		t.Error("the key is printed")
	}
	for _, bad := range []string{"", "{}", "null", `{"bailey_key":2,"namespace":"a","name":"b","key":"AAAA"}`, string(text) + "{}", strings.Replace(string(text), `"name"`, `"nome"`, 1), `{"bailey_key":1,"namespace":"a","name":"b","key":"AAAA"}`} {
		if _, err := ParseKeyFile([]byte(bad)); !errors.Is(err, ErrConfig) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
