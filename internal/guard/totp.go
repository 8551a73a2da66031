package guard

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // RFC 6238 as authenticator apps have it; HMAC does not need collision resistance
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"time"
)

const (
	totpStep   = 30 * time.Second
	totpDigits = 6
)

// newTOTP makes the secret of a second factor.
func newTOTP() []byte {
	secret := make([]byte, 20)
	_, _ = rand.Read(secret) // it does not fail
	return secret
}

// totp is the one-time code of a time step, by RFC 6238.
func totp(secret []byte, counter int64) string {
	mac := hmac.New(sha1.New, secret)
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(counter)) //nolint:gosec // a time after 1970
	mac.Write(b[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 15
	return fmt.Sprintf("%0*d", totpDigits, binary.BigEndian.Uint32(sum[at:at+4])&0x7fffffff%1_000_000)
}

// Code is the one-time code of a secret at a time; it is for tests and for those who have no other device.
func Code(secret string, at time.Time) (string, error) {
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		return "", err
	}
	return totp(raw, at.Unix()/int64(totpStep/time.Second)), nil
}

// rightCode returns the time step of a code, where it is that of now, or of the step before or after for clocks that differ,
// and later than the last one that was accepted.
func rightCode(secret []byte, code string, now time.Time, last int64) (counter int64, ok bool) {
	step := now.Unix() / int64(totpStep/time.Second)
	for _, c := range []int64{step - 1, step, step + 1} {
		if subtle.ConstantTimeCompare([]byte(totp(secret, c)), []byte(code)) == 1 && c > last {
			counter, ok = c, true
		}
	}
	return counter, ok
}

func totpText(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// totpURL is the secret as authenticator apps read it.
func totpURL(name string, secret []byte) string {
	q := url.Values{"secret": {totpText(secret)}, "issuer": {"Bailey"}}
	return (&url.URL{Scheme: "otpauth", Host: "totp", Path: "/Bailey:" + name, RawQuery: q.Encode()}).String()
}
