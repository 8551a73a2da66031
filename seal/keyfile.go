package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"time"
)

// KeyFile is a key in a file, for development: whoever reads the file reads everything sealed with it, and nobody
// notices. Its form is JSON:
//
//	{"bailey_key": 1, "namespace": "bailey", "name": "…", "key": "…32 bytes in base64…", "created": "2026-11-23T00:00:00Z"}
type KeyFile struct {
	Version   int       `json:"bailey_key"`
	Namespace string    `json:"namespace"`
	Name      string    `json:"name"`
	Key       []byte    `json:"key"`
	Created   time.Time `json:"created"`
	// AllowSecret states that the key may seal data of the most sensitive level although nothing guards it.
	AllowSecret bool `json:"allow_secret,omitempty"`
}

// NewKeyFile makes a random key. Write [KeyFile.Text] to a file that only its owner can read.
func NewKeyFile(created time.Time) *KeyFile {
	return &KeyFile{Version: 1, Namespace: "bailey", Name: newUUID(), Key: freshKey(), Created: created.UTC().Truncate(time.Second)}
}

// ParseKeyFile reads a key file.
func ParseKeyFile(text []byte) (*KeyFile, error) {
	var f KeyFile
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if d.Decode(&f) != nil || !errors.Is(d.Decode(&struct{}{}), io.EOF) { // the decoder's words could show a part of the key
		return nil, configf("the key file is not of its form: one JSON object with bailey_key, namespace, name, key and created")
	}
	switch {
	case f.Version != 1:
		return nil, configf("the key file is of version %d; version 1 is known", f.Version)
	case len(f.Key) != keyLen:
		return nil, configf("the key file's key has %d bytes, not %d", len(f.Key), keyLen)
	}
	return &f, checkRawName(f.Namespace, f.Name)
}

// Text is the file's content.
func (f *KeyFile) Text() ([]byte, error) {
	b, err := json.MarshalIndent(f, "", "  ")
	return append(b, '\n'), err
}

// Keyring makes a keyring of the file. Secret says that data of the most sensitive level is to be sealed, which the file
// must allow.
func (f *KeyFile) Keyring(secret bool) (Keyring, error) {
	if secret && !f.AllowSecret {
		return nil, configf(`a key file is for development and does not seal secret data; use AWS KMS, or state "allow_secret": true in the file`)
	}
	return NewAES(f.Namespace, f.Name, f.Key)
}

// String keeps the key out of logs.
func (f *KeyFile) String() string { return "key file " + f.Namespace + " " + f.Name }

// GoString keeps the key out of logs.
func (f *KeyFile) GoString() string { return f.String() }
