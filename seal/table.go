package seal

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Action says what happens to an attribute when its item is sealed.
type Action int

const (
	// EncryptAndSign hides the value and protects it against change.
	EncryptAndSign Action = iota + 1
	// SignOnly leaves the value readable and protects it against change: keys and what must be queried as it is.
	SignOnly
	// SignAndInclude is SignOnly and makes the value part of the encryption context, so that AWS KMS and CloudTrail see
	// it and a key can be chosen by it. With one such attribute the table's keys must have this action as well, and every
	// such attribute must be in every item.
	SignAndInclude
	// DoNothing leaves the value readable and changeable by anyone who can write the table.
	DoNothing
)

func (a Action) String() string {
	switch a {
	case EncryptAndSign:
		return "ENCRYPT_AND_SIGN"
	case SignOnly:
		return "SIGN_ONLY"
	case SignAndInclude:
		return "SIGN_AND_INCLUDE_IN_ENCRYPTION_CONTEXT"
	case DoNothing:
		return "DO_NOTHING"
	default:
		return "no action"
	}
}

// ParseAction reads the name of an action as the AWS Database Encryption SDK writes it.
func ParseAction(name string) (Action, error) {
	for _, a := range []Action{EncryptAndSign, SignOnly, SignAndInclude, DoNothing} {
		if a.String() == name {
			return a, nil
		}
	}
	return 0, configf("%q is no attribute action; there are ENCRYPT_AND_SIGN, SIGN_ONLY, SIGN_AND_INCLUDE_IN_ENCRYPTION_CONTEXT and DO_NOTHING", name)
}

// Suite is an algorithm suite. Both encrypt with AES-256-GCM and commit to the key.
type Suite int

const (
	// SignedSuite adds an ECDSA P-384 signature by a key made for the item, so that a reader who holds the data key only
	// through another recipient cannot change it unnoticed. It is the default, and about ten times slower.
	SignedSuite Suite = iota
	// HMACSuite protects against everyone who cannot unwrap a data key. Enough where all readers may write too.
	HMACSuite
)

// The suites' names in the public specification.
const (
	signedSuiteName = "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384_SYMSIG_HMAC_SHA384"
	hmacSuiteName   = "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_SYMSIG_HMAC_SHA384"
)

func (s Suite) String() string {
	if s == HMACSuite {
		return hmacSuiteName
	}
	return signedSuiteName
}

// ParseSuite reads the name of a suite as the AWS Database Encryption SDK writes it; the empty name is the default.
func ParseSuite(name string) (Suite, error) {
	switch name {
	case "", signedSuiteName:
		return SignedSuite, nil
	case hmacSuiteName:
		return HMACSuite, nil
	default:
		return 0, configf("%q is no algorithm suite for items; there are %s and %s", name, signedSuiteName, hmacSuiteName)
	}
}

// flavor is the suite's byte in the header.
func (s Suite) flavor() byte {
	if s == HMACSuite {
		return 0
	}
	return 1
}

// Plaintext says whether items that are not sealed may be read or written, which a table needs while it is migrated.
type Plaintext int

const (
	// ForbidPlaintext seals every item and opens only sealed ones.
	ForbidPlaintext Plaintext = iota
	// AllowPlaintextRead seals every item and also gives back items that are not sealed. Whoever can write the table can
	// then remove the seal from an item and change it; end the migration soon.
	AllowPlaintextRead
	// ForcePlaintextWrite seals nothing and reads both: the first step of a migration, and the way back.
	ForcePlaintextWrite
)

// Names of attributes that the format writes.
const (
	reservedPrefix = "aws_dbe_"
	headerName     = "aws_dbe_head"
	footerName     = "aws_dbe_foot"
)

// Table is the configuration of one DynamoDB table.
type Table struct {
	// Name is bound to every item: an item does not open under another name. A table restored under a new name keeps the
	// old one here.
	Name string
	// PartitionKey and SortKey are the names of the primary key's attributes; SortKey is empty where there is none.
	PartitionKey, SortKey string
	// Actions says for each attribute what happens to it. An item with an attribute that is not here is not sealed.
	Actions map[string]Action
	// Unsigned names the attributes that are not signed, and UnsignedPrefix those that begin with it. Opening goes by
	// these two and by the item's own header, not by Actions, so that Actions may change over time.
	Unsigned       []string
	UnsignedPrefix string
	// Suite is used for sealing; opening goes by the header.
	Suite Suite
	// Plaintext is the override for migrations.
	Plaintext Plaintext
	// Keyring wraps and unwraps data keys.
	Keyring Keyring
	// Search, if given, adds beacons to every item that is sealed.
	Search *Search
}

// signed reports whether an attribute counts for the signature as such. The format's own do not: the header does in
// another way, the footer is the signature, and beacons are added later and recomputed from what they stand for.
func (t *Table) signed(name string) bool {
	return !strings.HasPrefix(name, reservedPrefix) && (t.UnsignedPrefix == "" || !strings.HasPrefix(name, t.UnsignedPrefix)) && !slices.Contains(t.Unsigned, name)
}

// included reports whether any attribute goes into the encryption context, which makes the header version 2.
func (t *Table) included() bool {
	for _, a := range t.Actions {
		if a == SignAndInclude {
			return true
		}
	}
	return false
}

func (t *Table) check() error {
	switch {
	case t.Name == "" || !utf8.ValidString(t.Name):
		return configf("Name is empty or not UTF-8; give the table's name")
	case t.PartitionKey == "":
		return configf("PartitionKey is empty; give the name of the table's partition key")
	case t.PartitionKey == t.SortKey:
		return configf("PartitionKey and SortKey are both %q", t.SortKey)
	case t.Keyring == nil:
		return configf("Keyring is missing")
	case t.Suite != SignedSuite && t.Suite != HMACSuite:
		return configf("Suite %d is not known", int(t.Suite))
	case t.Plaintext < ForbidPlaintext || t.Plaintext > ForcePlaintextWrite:
		return configf("Plaintext %d is not known", int(t.Plaintext))
	}
	if err := t.checkKeys(); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(t.Actions)) {
		action := t.Actions[name]
		switch {
		case name == "" || !utf8.ValidString(name) || len(name) > 65535:
			return configf("attribute %q has no name that DynamoDB takes", name)
		case strings.HasPrefix(name, reservedPrefix):
			return configf("attribute %q: names beginning with %s belong to the format", name, reservedPrefix)
		case action < EncryptAndSign || action > DoNothing:
			return configf("attribute %q has no action", name)
		case action == DoNothing && t.signed(name):
			return configf("attribute %q is %s but neither in Unsigned nor under UnsignedPrefix; readers would expect its signature", name, action)
		case action != DoNothing && !t.signed(name):
			return configf("attribute %q is %s but named by Unsigned or UnsignedPrefix; readers would not verify its signature", name, action)
		}
	}
	for _, name := range t.Unsigned {
		if name == "" || strings.HasPrefix(name, reservedPrefix) {
			return configf("Unsigned names %q, which is no attribute of yours", name)
		}
	}
	if t.Search != nil {
		if err := t.Search.check(t); err != nil {
			return err
		}
	}
	if t.UnsignedPrefix != "" && (strings.HasPrefix(t.UnsignedPrefix, reservedPrefix) || strings.HasPrefix(reservedPrefix, t.UnsignedPrefix)) {
		return configf("UnsignedPrefix %q would leave the format's own attributes unsigned", t.UnsignedPrefix)
	}
	return nil
}

func (t *Table) checkKeys() error {
	want := SignOnly
	if t.included() {
		want = SignAndInclude
	}
	for _, key := range []string{t.PartitionKey, t.SortKey} {
		if key != "" && t.Actions[key] != want {
			return configf("key attribute %q must be %s, it is %s", key, want, t.Actions[key])
		}
	}
	return nil
}

var plaintextNames = [...]string{
	ForbidPlaintext:     "FORBID_PLAINTEXT_WRITE_FORBID_PLAINTEXT_READ",
	AllowPlaintextRead:  "FORBID_PLAINTEXT_WRITE_ALLOW_PLAINTEXT_READ",
	ForcePlaintextWrite: "FORCE_PLAINTEXT_WRITE_ALLOW_PLAINTEXT_READ",
}

func (p Plaintext) String() string {
	if p < 0 || int(p) >= len(plaintextNames) {
		return "no plaintext override"
	}
	return plaintextNames[p]
}

// ParsePlaintext reads the name of an override as the AWS Database Encryption SDK writes it; the empty name forbids.
func ParsePlaintext(name string) (Plaintext, error) {
	if i := slices.Index(plaintextNames[:], name); i >= 0 {
		return Plaintext(i), nil
	}
	if name == "" {
		return ForbidPlaintext, nil
	}
	return 0, configf("%q is no plaintext override; there are %s", name, strings.Join(plaintextNames[:], ", "))
}
