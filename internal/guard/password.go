package guard

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// How much a guess costs: argon2id with 64 MiB, twice over, above the minimum of OWASP's Password Storage Cheat Sheet.
const (
	argonMemory = 64 << 10 // KiB
	argonTime   = 2
	argonLanes  = 1
	argonBytes  = 32
)

// hashing lets only so many hashes be made at once, so that a flood of logins does not take all memory.
var hashing = make(chan struct{}, 2)

// minPassword is the shortest password that is taken.
const minPassword = 12

func hash(text string, salt []byte, memory, time uint32) []byte {
	hashing <- struct{}{}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(text), salt, time, memory, argonLanes, argonBytes)
}

// hashPassword hashes a password or code, in PHC's string form.
func hashPassword(text string) string {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // it does not fail
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(hash(text, salt, argonMemory, argonTime)))
}

// rightPassword reports whether a text is the one that was hashed. It takes as long where nothing was.
func rightPassword(text, hashed string) bool {
	parts := strings.Split(hashed, "$")
	var version int
	var memory, time uint32
	var lanes uint8
	if len(parts) != 6 || parts[1] != "argon2id" {
		hash(text, make([]byte, 16), argonMemory, argonTime)
		return false
	}
	_, err1 := fmt.Sscanf(parts[2], "v=%d", &version)
	_, err2 := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &lanes)
	salt, err3 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err4 := base64.RawStdEncoding.DecodeString(parts[5])
	if errors.Join(err1, err2, err3, err4) != nil || version != argon2.Version || lanes != argonLanes || memory > 1<<20 || time == 0 || time > 16 {
		return false
	}
	return subtle.ConstantTimeCompare(hash(text, salt, memory, time), want) == 1
}

// newRecovery makes codes for those who lose their second factor, to be used once each.
func newRecovery(n int) (codes, hashes []string) {
	for range n {
		raw := make([]byte, 10)
		_, _ = rand.Read(raw) // it does not fail
		text := strings.ToLower(base32.StdEncoding.EncodeToString(raw))
		code := text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
		codes, hashes = append(codes, code), append(hashes, hashPassword(code))
	}
	return codes, hashes
}
