// Package digest holds CloudTrail's log files against the digests that CloudTrail signs of them: every hour a digest names
// the files of the hour with their hashes, and the digest before with its hash and signature. Digests that were filled in
// later, whose names end in _backfill, are a chain of their own. Nothing is taken for whole that could not be read.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
package digest

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// maxFile bounds what is unpacked of one file.
const maxFile = 1 << 30

// digest is one digest file.
type digest struct {
	Account     string `json:"awsAccountId"`
	Start       string `json:"digestStartTime"`
	End         string `json:"digestEndTime"`
	Bucket      string `json:"digestS3Bucket"`
	Object      string `json:"digestS3Object"`
	Fingerprint string `json:"digestPublicKeyFingerprint"`
	Algorithm   string `json:"digestSignatureAlgorithm"`
	Previous    string `json:"previousDigestS3Object"`
	PreviousSum string `json:"previousDigestHashValue"`
	PreviousSig string `json:"previousDigestSignature"`
	Files       []struct {
		Object    string `json:"s3Object"`
		Sum       string `json:"hashValue"`
		Algorithm string `json:"hashAlgorithm"`
	} `json:"logFiles"`

	file      string
	sum       [sha256.Size]byte
	signature string
}

// Wrong is a file that is not as CloudTrail left it.
type Wrong struct {
	File string `json:"file"`
	Why  string `json:"why"`
}

// Report is what a verification found.
type Report struct {
	Digests int `json:"digests"`
	Files   int `json:"files"`
	// Unsigned are digests whose signature is not among the files: the newest of each chain, whose signature is with the
	// object in S3 only.
	Unsigned []string `json:"unsigned,omitempty"`
	// Uncovered are log files that no digest names.
	Uncovered []string `json:"uncovered,omitempty"`
	Wrong     []Wrong  `json:"wrong,omitempty"`
}

// ParseKeys reads RSA public keys from PEM blocks, PUBLIC KEY or RSA PUBLIC KEY, or from what aws cloudtrail list-public-keys
// prints, where they are PKCS #1 in base64.
func ParseKeys(text []byte) ([]*rsa.PublicKey, error) {
	var out []*rsa.PublicKey
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return listedKeys(text)
	}
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			break
		}
		text = rest
		if k, err := x509.ParsePKCS1PublicKey(block.Bytes); err == nil {
			out = append(out, k)
			continue
		}
		k, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return nil, errors.New("a key is no RSA public key")
		}
		r, ok := k.(*rsa.PublicKey)
		if !ok {
			return nil, errors.New("a key is no RSA public key")
		}
		out = append(out, r)
	}
	if len(out) == 0 {
		return nil, errors.New("it holds no PEM block with a public key; aws cloudtrail list-public-keys gives them")
	}
	return out, nil
}

// listedKeys reads the answer of ListPublicKeys.
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html
func listedKeys(text []byte) ([]*rsa.PublicKey, error) {
	var list struct {
		Keys []struct {
			Value []byte `json:"Value"`
		} `json:"PublicKeyList"`
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("it is not what aws cloudtrail list-public-keys prints: %w", err)
	}
	var out []*rsa.PublicKey
	for _, k := range list.Keys {
		key, err := x509.ParsePKCS1PublicKey(k.Value)
		if err != nil {
			return nil, errors.New("a key is no RSA public key")
		}
		out = append(out, key)
	}
	if len(out) == 0 {
		return nil, errors.New("it lists no key: give list-public-keys the time of the digests with --start-time and --end-time")
	}
	return out, nil
}

// Verify reads a folder with what CloudTrail delivered: AWSLogs/…/CloudTrail-Digest/ and CloudTrail/ below it. Without keys
// hashes and the chain are verified, and signatures are not.
func Verify(fsys fs.FS, keys []*rsa.PublicKey) (Report, error) {
	var r Report
	var digests []*digest
	logs := map[string]string{} // by the end of the object's name
	err := fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		switch {
		case strings.Contains(name, "CloudTrail-Digest") && strings.Contains(path.Base(name), ".json"):
			d, err := read(fsys, name)
			if err != nil {
				r.Wrong = append(r.Wrong, Wrong{name, err.Error()})
				return nil
			}
			digests = append(digests, d)
		case strings.Contains(path.Base(name), "_CloudTrail_") && strings.Contains(name, ".json"):
			logs[plain(name)] = name
		}
		return nil
	})
	if err != nil {
		return r, err
	}
	if len(digests) == 0 && len(r.Wrong) == 0 {
		return r, errors.New("there is no digest here; they are in AWSLogs/ACCOUNT/CloudTrail-Digest/ of the trail's bucket, where validation is switched on")
	}
	slices.SortFunc(digests, func(a, b *digest) int { return cmp.Or(strings.Compare(a.End, b.End), strings.Compare(a.file, b.file)) })
	r.Digests = len(digests)
	r.chain(digests, keys)
	r.files(fsys, digests, logs)
	return r, nil
}

func unpacked(fsys fs.FS, name string) ([]byte, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil || !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		return data, err
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, errors.New("it is no gzip: it was changed")
	}
	out, err := io.ReadAll(io.LimitReader(z, maxFile))
	if err != nil {
		return nil, errors.New("it does not unpack: it was changed or cut off")
	}
	return out, nil
}

func read(fsys fs.FS, name string) (*digest, error) {
	data, err := unpacked(fsys, name)
	if err != nil {
		return nil, err
	}
	d := &digest{file: name, sum: sha256.Sum256(data)}
	if err := json.Unmarshal(data, d); err != nil || d.Object == "" {
		return nil, errors.New("it is no digest: it was changed or cut off")
	}
	return d, nil
}

// chain follows the digests: each names the one before with its hash, and gives its signature.
func (r *Report) chain(digests []*digest, keys []*rsa.PublicKey) {
	byObject := map[string]*digest{}
	for _, d := range digests {
		if !at(d.file, d.Object) {
			r.Wrong = append(r.Wrong, Wrong{d.file, "the digest was delivered as " + d.Object + ": it was moved, or put in the place of another"})
		}
		byObject[d.Object] = d
	}
	for _, d := range digests {
		if d.Previous == "" {
			continue // the first of a chain: the trail was made then
		}
		before, ok := byObject[d.Previous]
		switch {
		case !ok:
			r.Wrong = append(r.Wrong, Wrong{d.Previous, "the digest that " + d.file + " follows is missing"})
			continue
		case d.PreviousSum != hex.EncodeToString(before.sum[:]):
			r.Wrong = append(r.Wrong, Wrong{before.file, "the digest was changed: " + d.file + " has another hash of it"})
		}
		before.signature = d.PreviousSig
	}
	for _, d := range digests {
		switch {
		case d.signature == "" || len(keys) == 0:
			r.Unsigned = append(r.Unsigned, d.file)
		case !d.signedBy(keys):
			r.Wrong = append(r.Wrong, Wrong{d.file, "the signature is of none of the keys: the digest was made anew"})
		}
	}
}

// plain is a file's name without its folder, and without the ending that says that it is packed.
func plain(name string) string { return strings.TrimSuffix(path.Base(name), ".gz") }

// at reports whether a file has the name that its object was delivered under, packed or not.
func at(file, object string) bool {
	return plain(file) == plain(object)
}

func (d *digest) signedBy(keys []*rsa.PublicKey) bool {
	signature, err := hex.DecodeString(d.signature)
	if err != nil || d.Algorithm != "" && d.Algorithm != "SHA256withRSA" {
		return false
	}
	before := d.PreviousSig
	if before == "" {
		before = "null" // the first of a chain
	}
	sum := sha256.Sum256([]byte(d.End + "\n" + d.Bucket + "/" + d.Object + "\n" + hex.EncodeToString(d.sum[:]) + "\n" + before))
	for _, k := range keys {
		if rsa.VerifyPKCS1v15(k, crypto.SHA256, sum[:], signature) == nil {
			return true
		}
	}
	return false
}

// files holds every log file against the hash that its digest has. A digest that was filled in later may name a file of an
// earlier hour.
func (r *Report) files(fsys fs.FS, digests []*digest, logs map[string]string) {
	named := map[string]bool{}
	for _, d := range digests {
		for _, f := range d.Files {
			base := plain(f.Object)
			named[base] = true
			name, ok := logs[base]
			if !ok {
				r.Wrong = append(r.Wrong, Wrong{f.Object, "the log file is missing; " + d.file + " names it"})
				continue
			}
			r.Files++
			data, err := unpacked(fsys, name)
			if err != nil {
				r.Wrong = append(r.Wrong, Wrong{name, err.Error()})
				continue
			}
			sum := sha256.Sum256(data)
			if f.Algorithm != "" && f.Algorithm != "SHA-256" {
				r.Wrong = append(r.Wrong, Wrong{name, "its hash is " + f.Algorithm + ", which CloudTrail does not use"})
			} else if f.Sum != hex.EncodeToString(sum[:]) {
				r.Wrong = append(r.Wrong, Wrong{name, fmt.Sprintf("the log file was changed: %s has another hash of it", d.file)})
			}
		}
	}
	for base, name := range logs {
		if !named[base] {
			r.Uncovered = append(r.Uncovered, name)
		}
	}
	slices.Sort(r.Uncovered)
}
