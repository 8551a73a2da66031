package seal

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha512"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"math/big"
)

const (
	tagLen = sha512.Size384 // one for each encrypted data key

	// signatureLen is the only length of an ECDSA signature that readers take: both numbers with 48 bytes, one of them
	// with the zero in front that DER asks for when the highest bit is set.
	signatureLen = 103
)

// canonicalHash is what tags and signature are over: the header with its commitment, the encryption context, and each
// signed field with path, length, whether it is encrypted, type and value.
func canonicalHash(head []byte, c Context, prefix string, fields []field) []byte {
	h := sha512.New384()
	h.Write(head)
	scratch := binary.BigEndian.AppendUint64(make([]byte, 0, 256), uint64(len(c.Bytes())))
	h.Write(scratch)
	h.Write(c.Bytes())
	for i := range fields {
		f := &fields[i]
		scratch = appendPath(scratch[:0], prefix, f.name)
		scratch = binary.BigEndian.AppendUint64(scratch, uint64(len(f.data)))
		if f.action == EncryptAndSign {
			scratch = append(scratch, "ENCRYPTED"...)
		} else {
			scratch = append(scratch, "PLAINTEXT"...)
		}
		scratch = binary.BigEndian.AppendUint16(scratch, uint16(f.kind))
		h.Write(scratch)
		h.Write(f.data)
	}
	return h.Sum(nil)
}

// recipientTag is the HMAC by which whoever unwraps one data key recognizes the item as whole.
func recipientTag(key, hash []byte) []byte {
	mac := hmac.New(sha512.New384, key)
	mac.Write(hash)
	return mac.Sum(nil)
}

// signingKey makes the key of one item's signature and the text under which the context carries its public half: the
// compressed point in base64.
func signingKey() (*ecdsa.PrivateKey, string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		return nil, "", err
	}
	point, err := key.PublicKey.Bytes() // 4, X, Y
	if err != nil {
		return nil, "", err
	}
	compressed := point[:1+len(point)/2]
	compressed[0] = 2 + point[len(point)-1]&1
	return key, base64.StdEncoding.EncodeToString(compressed), nil
}

// verificationKey reads the public key from the context.
func verificationKey(text string) (*ecdsa.PublicKey, error) {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || base64.StdEncoding.EncodeToString(b) != text {
		return nil, malformed("the header's public key cannot be read")
	}
	x, y := elliptic.UnmarshalCompressed(elliptic.P384(), b)
	if x == nil {
		return nil, malformed("the header's public key is no point of its curve")
	}
	point := make([]byte, 97)
	point[0] = 4
	x.FillBytes(point[1:49])
	y.FillBytes(point[49:])
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P384(), point)
	if err != nil {
		return nil, malformed("the header's public key is no point of its curve")
	}
	return key, nil
}

// verifies reports whether signature is key's over a canonical hash. ECDSA hashes what it signs, here a hash already.
func verifies(key *ecdsa.PublicKey, hash, signature []byte) bool {
	digest := sha512.Sum384(hash)
	return ecdsa.VerifyASN1(key, digest[:], signature)
}

// sign signs a canonical hash and gives a signature of exactly signatureLen bytes. Of s and the curve's order minus s, both of which verify, one
// has the highest bit set and the other does not, so nearly every signature can be brought to that length; one in some
// hundred has a number shorter than 48 bytes and is made anew.
func sign(key *ecdsa.PrivateKey, hash []byte) ([]byte, error) {
	digest := sha512.Sum384(hash)
	for {
		der, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
		if err != nil || len(der) == signatureLen {
			return der, err
		}
		var sig struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(der, &sig); err != nil {
			return nil, err
		}
		sig.S.Sub(elliptic.P384().Params().N, sig.S)
		if der, err = asn1.Marshal(sig); err != nil || len(der) == signatureLen {
			return der, err
		}
	}
}
