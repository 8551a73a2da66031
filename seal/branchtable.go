package seal

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// BranchStorage is what a [BranchKeyTable] asks of DynamoDB. Package sealaws makes one of an AWS SDK client.
type BranchStorage interface {
	// GetBranchItem is a strongly consistent read of one item by its key, nil if there is none.
	GetBranchItem(ctx context.Context, table string, key Item) (Item, error)
	// PutBranchItems writes all or none.
	PutBranchItems(ctx context.Context, table string, puts []BranchPut) error
}

// BranchPut is one conditional write: if Replaces is nil there must be no such item yet, otherwise there must be one
// whose attribute enc has these bytes.
type BranchPut struct {
	Item     Item
	Replaces []byte
}

// BranchKMS is what creating branch keys asks of AWS KMS beside [KMS]: wrapped keys never seen in the clear here.
type BranchKMS interface {
	KMS
	GenerateDataKeyWithoutPlaintext(ctx context.Context, keyID string, c map[string]string) (KMSDataKey, error)
	ReEncrypt(ctx context.Context, keyID string, ciphertext []byte, from, to map[string]string) (KMSDataKey, error)
}

// BranchKeyTableConfig is the configuration of a [BranchKeyTable].
type BranchKeyTableConfig struct {
	// Table is the table's name; its partition key is branch-key-id and its sort key type, both strings.
	Table string
	// LogicalName is bound to every branch key. A restored table has a new name and the old logical name.
	LogicalName string
	// KMSKey is the ARN of the key that wraps branch keys. With MultiRegion its replicas are the same key.
	KMSKey      string
	MultiRegion bool
	Storage     BranchStorage
	KMS         BranchKMS
	Clock       func() time.Time
}

// BranchKeyTable keeps branch keys in DynamoDB, wrapped by AWS KMS, in the form of AWS's key store. Every attribute is
// part of the wrapping's context, so an item that was changed does not unwrap.
type BranchKeyTable struct {
	BranchKeyTableConfig
	key keyARN
}

var _ BranchKeys = (*BranchKeyTable)(nil)

// Attributes of a branch key's item and what stands in them.
const (
	branchIDName      = "branch-key-id"
	branchTypeName    = "type"
	branchVersionName = "version"
	branchEncName     = "enc"
	branchKMSName     = "kms-arn"
	branchTimeName    = "create-time"
	hierarchyName     = "hierarchy-version"
	branchCustom      = "aws-crypto-ec:"
	branchTableKey    = "tablename" // only in the context

	activeType    = "branch:ACTIVE"
	beaconType    = "beacon:ACTIVE"
	versionPrefix = "branch:version:"
)

// NewBranchKeyTable checks a configuration.
func NewBranchKeyTable(c BranchKeyTableConfig) (*BranchKeyTable, error) {
	switch {
	case c.Table == "" || c.LogicalName == "":
		return nil, configf("a branch-key store needs a table and a logical name")
	case c.Storage == nil || c.KMS == nil || c.Clock == nil:
		return nil, configf("a branch-key store needs a storage, a KMS client and a clock")
	}
	key, ok := parseKeyARN(c.KMSKey)
	if !ok {
		return nil, configf("%q is no ARN of a KMS key; give arn:aws:kms:REGION:ACCOUNT:key/ID", c.KMSKey)
	}
	return &BranchKeyTable{c, key}, nil
}

// Active gives the version that wraps.
func (t *BranchKeyTable) Active(ctx context.Context, id string) (BranchKey, error) {
	return t.read(ctx, id, activeType)
}

// Version gives an older version.
func (t *BranchKeyTable) Version(ctx context.Context, id, version string) (BranchKey, error) {
	k, err := t.read(ctx, id, versionPrefix+version)
	if err == nil && k.Version != version {
		return BranchKey{}, fmt.Errorf("the store's item says version %s", k.Version)
	}
	return k, err
}

// BeaconKey gives the key from which the branch key's beacons are made.
func (t *BranchKeyTable) BeaconKey(ctx context.Context, id string) ([]byte, error) {
	k, err := t.read(ctx, id, beaconType)
	return k.Key, err
}

func (t *BranchKeyTable) read(ctx context.Context, id, kind string) (BranchKey, error) {
	item, c, err := t.get(ctx, id, kind)
	if err != nil {
		return BranchKey{}, err
	}
	enc, _ := item[branchEncName].(Binary)
	key, err := t.KMS.Decrypt(ctx, t.KMSKey, enc, c)
	if err != nil {
		return BranchKey{}, fmt.Errorf("AWS KMS Decrypt with %s: %w", t.KMSKey, err)
	}
	if len(key.Plaintext) != keyLen {
		clear(key.Plaintext)
		return BranchKey{}, fmt.Errorf("AWS KMS Decrypt with %s: the branch key has not %d bytes", t.KMSKey, keyLen)
	}
	version := c[branchTypeName]
	if kind == activeType {
		version = c[branchVersionName]
	}
	return BranchKey{ID: id, Version: strings.TrimPrefix(version, versionPrefix), Key: key.Plaintext}, nil
}

// get reads an item and its context, and checks that it is the one asked for and wrapped by our key.
func (t *BranchKeyTable) get(ctx context.Context, id, kind string) (Item, map[string]string, error) {
	item, err := t.Storage.GetBranchItem(ctx, t.Table, Item{branchIDName: String(id), branchTypeName: String(kind)})
	if err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", t.Table, err)
	}
	if item == nil {
		return nil, nil, fmt.Errorf("table %s has no item %s %s: %w", t.Table, id, kind, ErrNoBranchKey)
	}
	c, ok := t.context(item)
	stored, arn := parseKeyARN(c[branchKMSName])
	versioned := c[branchVersionName] == "" && kind != activeType || strings.HasPrefix(c[branchVersionName], versionPrefix) && kind == activeType
	if !ok || !arn || !versioned || c[branchIDName] != id || c[branchTypeName] != kind || c[hierarchyName] != "1" || c[branchTimeName] == "" {
		return nil, nil, fmt.Errorf("table %s: item %s %s is not of the form of a branch key of hierarchy version 1", t.Table, id, kind)
	}
	if stored != t.key && !(t.MultiRegion && stored.multiRegion() && stored.in(t.key.region) == t.key) { //nolint:staticcheck // reads as it is meant
		return nil, nil, fmt.Errorf("table %s: item %s %s was wrapped by %s, not by %s", t.Table, id, kind, stored, t.key)
	}
	return item, c, nil
}

// context is the wrapping's context: every attribute but the wrapped key, and the store's logical name.
func (t *BranchKeyTable) context(item Item) (map[string]string, bool) {
	c := map[string]string{branchTableKey: t.LogicalName}
	enc, ok := item[branchEncName].(Binary)
	if !ok || len(enc) == 0 {
		return c, false
	}
	for name, v := range item {
		switch v := v.(type) {
		case String:
			c[name] = string(v)
		case Number:
			c[name] = string(v)
			ok = ok && name == hierarchyName
		default:
			ok = ok && name == branchEncName
		}
	}
	_, twice := item[branchTableKey]
	return c, ok && !twice
}

// Create makes a new branch key with its beacon key. An empty id is replaced by a random UUID. The context, which may be
// empty only then, says whose key it is; it is bound to the key and seen by KMS.
func (t *BranchKeyTable) Create(ctx context.Context, id string, custom map[string]string) (string, error) {
	if id != "" && len(custom) == 0 {
		return "", configf("a branch key with an id of your own needs a context that says whose it is")
	}
	if id == "" {
		id = newUUID()
	}
	version, now := newUUID(), t.now()
	old, active := t.item(id, versionPrefix+version, now, custom), t.item(id, activeType, now, custom)
	active[branchVersionName] = String(versionPrefix + version)
	beacon := t.item(id, beaconType, now, custom)
	if err := t.wrapPair(ctx, old, active); err != nil {
		return "", err
	}
	if err := t.wrapNew(ctx, beacon); err != nil {
		return "", err
	}
	return id, t.put(ctx, BranchPut{Item: old}, BranchPut{Item: active}, BranchPut{Item: beacon})
}

// Rotate makes a new version of a branch key and makes it the active one. Items sealed under older versions still open.
func (t *BranchKeyTable) Rotate(ctx context.Context, id string) error {
	current, c, err := t.get(ctx, id, activeType)
	if err != nil {
		return err
	}
	enc, _ := current[branchEncName].(Binary)
	if _, err := t.KMS.ReEncrypt(ctx, t.KMSKey, enc, c, c); err != nil {
		return fmt.Errorf("AWS KMS ReEncrypt with %s, to see that the active branch key is whole: %w", t.KMSKey, err)
	}
	custom := map[string]string{}
	for name, value := range c {
		if key, ok := strings.CutPrefix(name, branchCustom); ok {
			custom[key] = value
		}
	}
	version, now := newUUID(), t.now()
	old, active := t.item(id, versionPrefix+version, now, custom), t.item(id, activeType, now, custom)
	active[branchVersionName] = String(versionPrefix + version)
	for _, item := range []Item{old, active} {
		item[branchKMSName] = current[branchKMSName] // a replica's ARN would shut out those who name the stored one
	}
	if err := t.wrapPair(ctx, old, active); err != nil {
		return err
	}
	return t.put(ctx, BranchPut{Item: old}, BranchPut{Item: active, Replaces: bytes.Clone(enc)})
}

func (t *BranchKeyTable) item(id, kind, now string, custom map[string]string) Item {
	item := Item{
		branchIDName: String(id), branchTypeName: String(kind), branchTimeName: String(now), branchKMSName: String(t.KMSKey),
		hierarchyName: Number("1"), branchEncName: Binary{0}, // the wrapped key comes here
	}
	for _, key := range slices.Sorted(maps.Keys(custom)) {
		item[branchCustom+key] = String(custom[key])
	}
	return item
}

// wrapPair makes a branch key: wrapped once for its version, and once more for being active.
func (t *BranchKeyTable) wrapPair(ctx context.Context, old, active Item) error {
	if err := t.wrapNew(ctx, old); err != nil {
		return err
	}
	from, _ := t.context(old)
	to, _ := t.context(active)
	enc, _ := old[branchEncName].(Binary)
	again, err := t.KMS.ReEncrypt(ctx, t.KMSKey, enc, from, to)
	if err != nil {
		return fmt.Errorf("AWS KMS ReEncrypt with %s: %w", t.KMSKey, err)
	}
	active[branchEncName] = Binary(again.Ciphertext)
	return nil
}

func (t *BranchKeyTable) wrapNew(ctx context.Context, item Item) error {
	c, ok := t.context(item)
	if !ok {
		return configf("the branch key's context names an attribute of the store")
	}
	key, err := t.KMS.GenerateDataKeyWithoutPlaintext(ctx, t.KMSKey, c)
	if err != nil {
		return fmt.Errorf("AWS KMS GenerateDataKeyWithoutPlaintext with %s: %w", t.KMSKey, err)
	}
	item[branchEncName] = Binary(key.Ciphertext)
	return nil
}

func (t *BranchKeyTable) put(ctx context.Context, puts ...BranchPut) error {
	if err := t.Storage.PutBranchItems(ctx, t.Table, puts); err != nil {
		return fmt.Errorf("write %s: %w", t.Table, err)
	}
	return nil
}

func (t *BranchKeyTable) now() string { return t.Clock().UTC().Format("2006-01-02T15:04:05.000000Z") }

// newUUID is a random UUID, version 4.
func newUUID() string {
	var id [uuidLen]byte
	rand.Read(id[:])
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return formatUUID(id)
}
