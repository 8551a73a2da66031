package classify

import (
	"bytes"
	"encoding/base64"
	"hash/crc32"
	"math"
)

// checkJWT: the first part is a JSON object that names an algorithm.
func checkJWT(v []byte) bool {
	dot := bytes.IndexByte(v, '.')
	if dot < 8 || dot > 1024 {
		return false
	}
	var head [768]byte
	n, err := base64.RawURLEncoding.Decode(head[:], v[:dot])
	return err == nil && n > 2 && head[0] == '{' && bytes.Contains(head[:n], []byte(`"alg"`))
}

// checkGitHub: the last six characters are the CRC-32 of the thirty before them in base 62.
func checkGitHub(v []byte) bool {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	body := v[bytes.IndexByte(v, '_')+1:]
	if len(body) != 36 {
		return false
	}
	sum := crc32.ChecksumIEEE(body[:30])
	for i := 35; i >= 30; i-- {
		if body[i] != alphabet[sum%62] {
			return false
		}
		sum /= 62
	}
	return true
}

// checkAWSKey refuses the key that AWS's documentation uses as its example.
func checkAWSKey(v []byte) bool { return !bytes.Contains(v, []byte("EXAMPLE")) }

// checkAWSSecret: forty characters of base 64 that are no hexadecimal hash.
func checkAWSSecret(v []byte) bool {
	hex, upper, lower, digit := true, false, false, false
	for _, b := range v {
		hex = hex && (digitByte(b) || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F')
		upper = upper || b >= 'A' && b <= 'Z'
		lower = lower || b >= 'a' && b <= 'z'
		digit = digit || digitByte(b)
	}
	return len(v) == 40 && !hex && upper && lower && digit
}

// checkAWSAssigned looks at the last forty characters of "secret = ...".
func checkAWSAssigned(v []byte) bool { return len(v) > 40 && checkAWSSecret(v[len(v)-40:]) }

// checkCredentials: scheme://user:password@host where the password is no placeholder.
func checkCredentials(v []byte) bool {
	_, rest, ok := bytes.Cut(v, []byte("://"))
	if !ok {
		return false
	}
	at := bytes.LastIndexByte(rest, '@')
	if at < 0 {
		return false
	}
	_, password, ok := bytes.Cut(rest[:at], []byte(":"))
	return ok && len(password) > 0 && len(rest) > at+1 && !bytes.ContainsAny(password[:1], "$<{*%") &&
		!bytes.EqualFold(password, []byte("password")) && len(bytes.Trim(password, "xX*")) > 0
}

// checkPassword: something a person could have typed as a password, and no word for yes, no or nothing.
func checkPassword(v []byte) bool {
	if len(v) < 4 || len(v) > 128 {
		return false
	}
	for _, word := range []string{"true", "false", "null", "none", "locked", "disabled", "enabled", "expired"} {
		if bytes.EqualFold(v, []byte(word)) {
			return false
		}
	}
	return true
}

// entropy is Shannon's, in bits per byte.
func entropy(v []byte) float64 {
	var counts [256]uint16
	for _, b := range v[:min(len(v), math.MaxUint16)] {
		counts[b]++
	}
	sum, n := 0.0, float64(len(v))
	for _, c := range counts {
		if c > 0 {
			sum -= float64(c) / n * math.Log2(float64(c)/n)
		}
	}
	return sum
}
