package vectors

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/baileydb/bailey/seal"
)

// Keys is a keys file: key material by name.
type Keys map[string]key

type key struct {
	Type      string `json:"type"`
	Algorithm string `json:"algorithm"`
	Encoding  string `json:"encoding"`
	Material  string `json:"material"`
	ID        string `json:"key-id"`
	Version   string `json:"branchKeyVersion"`
	BranchKey []byte `json:"branchKey"`
	BeaconKey []byte `json:"beaconKey"`
}

// ReadKeys reads a keys file.
func ReadKeys(path string) (Keys, error) {
	var file struct {
		Keys Keys `json:"keys"`
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(file.Keys) == 0 {
		return nil, fmt.Errorf("%s holds no keys; give a file whose object keys has a member for each key", path)
	}
	return file.Keys, nil
}

// description names a key and how it wraps.
type description struct {
	Type      string            `json:"type"`
	Key       string            `json:"key"`
	Provider  string            `json:"provider-id"`
	Algorithm string            `json:"encryption-algorithm"`
	Padding   string            `json:"padding-algorithm"`
	Hash      string            `json:"padding-hash"`
	Generator json.RawMessage   `json:"generator"`
	Children  []json.RawMessage `json:"childKeyrings"`
}

// keyring makes the keyring that a description asks for.
func (k Keys) keyring(raw json.RawMessage) (seal.Keyring, error) {
	d := description{Type: "aws-kms-hierarchy", Key: "static-branch-key-1"}
	if len(raw) > 0 {
		d = description{}
		if err := json.Unmarshal(raw, &d); err != nil {
			return nil, err
		}
	}
	if d.Type == "multi-keyring" {
		return k.multi(d)
	}
	material, ok := k[d.Key]
	if !ok {
		return nil, fmt.Errorf("the keys file has no key %q", d.Key)
	}
	switch {
	case d.Type == "aws-kms-hierarchy" && material.Type == "static-branch-key":
		return hierarchy(material)
	case d.Type == "raw" && d.Algorithm == "aes" && material.Encoding == "base64":
		var b []byte
		if err := json.Unmarshal([]byte(`"`+material.Material+`"`), &b); err != nil {
			return nil, fmt.Errorf("key %q is not base64", d.Key)
		}
		return seal.NewAES(d.Provider, material.ID, b)
	case d.Type == "raw" && d.Algorithm == "rsa" && material.Encoding == "pem":
		return rsa(d, material)
	default:
		return nil, fmt.Errorf("a keyring of type %q over a key of type %q cannot be made without a network", d.Type, material.Type)
	}
}

func hierarchy(k key) (seal.Keyring, error) {
	return seal.NewHierarchy(seal.HierarchyConfig{
		Store:  seal.FixedBranchKey{Key: seal.BranchKey{ID: k.ID, Version: k.Version, Key: k.BranchKey}},
		ID:     k.ID,
		Period: time.Hour,
		Clock:  func() time.Time { return time.Time{} }, // a key that never changes need not expire
	})
}

func rsa(d description, k key) (seal.Keyring, error) {
	paddings := map[[2]string]seal.Padding{
		{"pkcs1", ""}: seal.PKCS1, {"oaep-mgf1", "sha1"}: seal.OAEPSHA1, {"oaep-mgf1", "sha256"}: seal.OAEPSHA256,
		{"oaep-mgf1", "sha384"}: seal.OAEPSHA384, {"oaep-mgf1", "sha512"}: seal.OAEPSHA512,
	}
	padding, ok := paddings[[2]string{d.Padding, d.Hash}]
	if !ok {
		return nil, fmt.Errorf("RSA padding %q with hash %q is not known", d.Padding, d.Hash)
	}
	if k.Type == "public" {
		public, err := seal.ParseRSAPublic([]byte(k.Material))
		if err != nil {
			return nil, err
		}
		return seal.NewRSA(d.Provider, k.ID, public, nil, padding)
	}
	private, err := seal.ParseRSAPrivate([]byte(k.Material))
	if err != nil {
		return nil, err
	}
	return seal.NewRSA(d.Provider, k.ID, nil, private, padding)
}

func (k Keys) multi(d description) (seal.Keyring, error) {
	all := d.Children
	if len(d.Generator) > 0 {
		all = append([]json.RawMessage{d.Generator}, all...)
	}
	var keyrings []seal.Keyring
	for _, raw := range all {
		one, err := k.keyring(raw)
		if err != nil {
			return nil, err
		}
		keyrings = append(keyrings, one)
	}
	return seal.Multi(keyrings...)
}

// Named makes a keyring of one key by its name: a branch key, or a raw key under a provider, RSA with OAEP and SHA-256. The
// name may be left out of a file with one key.
func (k Keys) Named(name, provider string) (seal.Keyring, error) {
	if name == "" && len(k) == 1 {
		for only := range k {
			name = only
		}
	}
	if name == "" {
		return nil, errors.New("the keys file has several keys; name one with --key-id")
	}
	material, ok := k[name]
	if !ok {
		return nil, fmt.Errorf("the keys file has no key %q", name)
	}
	d := description{Type: "raw", Key: name, Provider: provider, Algorithm: material.Algorithm}
	switch {
	case material.Type == "static-branch-key":
		d.Type = "aws-kms-hierarchy"
	case material.Algorithm == "rsa":
		d.Padding, d.Hash = "oaep-mgf1", "sha256"
	}
	raw, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	return k.keyring(raw)
}
