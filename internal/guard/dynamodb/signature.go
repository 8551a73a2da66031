package dynamodb

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxSkew is how far a request's time may be from the guard's.
const maxSkew = 5 * time.Minute

const timeForm = "20060102T150405Z"

// claim is what a request says of itself in its Authorization header, before any of it is believed.
type claim struct {
	accessKey, token, day, region, service, signature string
	headers                                           []string // signed, in order
	time                                              time.Time
}

// readClaim reads the headers of Signature Version 4.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
func readClaim(r *http.Request) (claim, *failure) {
	var c claim
	header := r.Header.Get("Authorization")
	if header == "" {
		return c, fail("MissingAuthenticationTokenException", "Request is missing Authentication Token")
	}
	rest, ok := strings.CutPrefix(header, "AWS4-HMAC-SHA256 ")
	if !ok || len(r.Header.Values("Authorization")) != 1 {
		return c, fail("IncompleteSignatureException", "the Authorization header is not of AWS4-HMAC-SHA256")
	}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Credential":
			scope := strings.Split(value, "/")
			if len(scope) != 5 || scope[4] != "aws4_request" {
				return c, fail("IncompleteSignatureException", "the credential has not five parts that end in aws4_request")
			}
			c.accessKey, c.day, c.region, c.service = scope[0], scope[1], scope[2], scope[3]
		case "SignedHeaders":
			c.headers = strings.Split(value, ";")
		case "Signature":
			c.signature = value
		}
	}
	if c.accessKey == "" || len(c.headers) == 0 || len(c.signature) != 2*sha256.Size {
		return c, fail("IncompleteSignatureException", "the Authorization header lacks Credential, SignedHeaders or Signature")
	}
	for i, h := range c.headers {
		if h != strings.ToLower(h) || i > 0 && h <= c.headers[i-1] {
			return c, fail("IncompleteSignatureException", "the signed headers are not in order")
		}
	}
	for _, must := range []string{"host", "x-amz-date", "x-amz-security-token", "x-amz-target"} {
		if !slices.Contains(c.headers, must) || must != "host" && len(r.Header.Values(must)) != 1 {
			return c, fail("IncompleteSignatureException", "the header "+must+" is not there once, or not signed")
		}
	}
	c.token = r.Header.Get("X-Amz-Security-Token")
	var err error
	if c.time, err = time.Parse(timeForm, r.Header.Get("X-Amz-Date")); err != nil || c.time.Format("20060102") != c.day {
		return c, fail("IncompleteSignatureException", "the date of the request is not the credential's")
	}
	return c, nil
}

// fresh refuses a request that was signed too long ago, or in the future.
func (c *claim) fresh(now time.Time) *failure {
	switch skew := now.Sub(c.time); {
	case skew > maxSkew:
		return fail("InvalidSignatureException", "Signature expired: "+c.time.Format(timeForm)+" is now earlier than "+now.UTC().Add(-maxSkew).Format(timeForm))
	case skew < -maxSkew:
		return fail("InvalidSignatureException", "Signature not yet current: "+c.time.Format(timeForm)+" is still later than "+now.UTC().Add(maxSkew).Format(timeForm))
	}
	return nil
}

// verify holds the signature against the request and its body as it came.
func (c *claim) verify(r *http.Request, body []byte, secret string, tls bool) *failure {
	sum := sha256.Sum256(body)
	payload := hex.EncodeToString(sum[:])
	switch given := r.Header.Get("X-Amz-Content-Sha256"); given {
	case "", payload:
	case "UNSIGNED-PAYLOAD":
		if !tls {
			return fail("InvalidSignatureException", "an unsigned body is taken over TLS only")
		}
		payload = given
	default:
		return fail("InvalidSignatureException", "the body is not the one that was signed")
	}
	var b strings.Builder
	b.WriteString(r.Method + "\n/\n\n")
	for _, h := range c.headers {
		b.WriteString(h + ":" + headerValue(r, h) + "\n")
	}
	b.WriteString("\n" + strings.Join(c.headers, ";") + "\n" + payload)
	request := sha256.Sum256([]byte(b.String()))
	text := "AWS4-HMAC-SHA256\n" + c.time.Format(timeForm) + "\n" + c.day + "/" + c.region + "/" + c.service + "/aws4_request\n" + hex.EncodeToString(request[:])
	key := []byte("AWS4" + secret)
	for _, part := range []string{c.day, c.region, c.service, "aws4_request", text} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	given, err := hex.DecodeString(c.signature)
	if err != nil || !hmac.Equal(given, key) {
		return fail("InvalidSignatureException", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.")
	}
	return nil
}

func headerValue(r *http.Request, name string) string {
	switch name {
	case "host":
		return r.Host
	case "content-length":
		return strconv.FormatInt(r.ContentLength, 10)
	}
	values := slices.Clone(r.Header.Values(name))
	for i := range values {
		values[i] = strings.Join(strings.Fields(values[i]), " ")
	}
	return strings.Join(values, ",")
}

// replays remembers signatures for as long as they are fresh. The same request again from the same place is a retry, which
// SDKs do within the second that is signed; from another place somebody else has it.
type replays struct {
	mu   sync.Mutex
	seen map[string]sighting
	last time.Time
}

type sighting struct {
	from string
	at   time.Time
}

// maxReplays bounds the memory of it. Beyond it the oldest are forgotten.
const maxReplays = 1 << 20

func (s *replays) elsewhere(signature, from string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if x, ok := s.seen[signature]; ok {
		return x.from != from
	}
	if s.seen == nil {
		s.seen = map[string]sighting{}
	}
	if len(s.seen) >= maxReplays || now.Sub(s.last) > maxSkew {
		s.last = now
		for k, x := range s.seen {
			if now.Sub(x.at) > 2*maxSkew || len(s.seen) >= maxReplays {
				delete(s.seen, k)
			}
		}
	}
	s.seen[signature] = sighting{from, now}
	return false
}
