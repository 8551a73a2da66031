package actions

import (
	_ "embed"
	"strings"
	"sync"
)

// Type is the type of a condition key's value, in the words of AWS's Service Authorization Reference.
type Type string

// The types that condition keys have.
const (
	String        Type = "String"
	ARN           Type = "ARN"
	Bool          Type = "Bool"
	Date          Type = "Date"
	Numeric       Type = "Numeric"
	IPAddress     Type = "IPAddress"
	ArrayOfString Type = "ArrayOfString"
	ArrayOfARN    Type = "ArrayOfARN"
	ArrayOfBool   Type = "ArrayOfBool"
)

// Many says whether a request can carry more than one value, so that ForAllValues and ForAnyValue mean something.
func (t Type) Many() bool { return strings.HasPrefix(string(t), "ArrayOf") }

// One returns the type of one value: String for ArrayOfString.
func (t Type) One() Type { return Type(strings.TrimPrefix(string(t), "ArrayOf")) }

// global.tsv is written by hand from AWS's page on global condition keys: key, type.
//
//go:embed global.tsv
var global string

type keyTable struct {
	exact    map[string]Type
	families []family // keys with a part that the policy's author chooses
}

// family is a key such as aws:ResourceTag/${TagKey}: what stands before the placeholder and what after it.
type family struct {
	before, after string
	kind          Type
}

var keyTypes = sync.OnceValue(func() *keyTable {
	t := &keyTable{exact: map[string]Type{}}
	for line := range strings.Lines(index().keys) {
		c := columns(line)
		t.add(c[1], Type(c[2]))
	}
	for line := range strings.Lines(global) {
		if !strings.HasPrefix(line, "#") {
			c := columns(line)
			t.add(c[0], Type(c[1])) // AWS's page on the global keys is surer than a service's table
		}
	}
	return t
})

func (t *keyTable) add(key string, kind Type) {
	key = strings.ToLower(key)
	if before, ok := strings.CutSuffix(key, "/tag-key"); ok { // some of AWS's tables write the placeholder so
		key = before + "/${}"
	}
	for _, marks := range [][2]string{{"${", "}"}, {"<", ">"}} {
		first, last := strings.Index(key, marks[0]), strings.LastIndex(key, marks[1])
		if first >= 0 && last > first {
			t.families = append(t.families, family{key[:first], key[last+1:], kind})
			return
		}
	}
	t.exact[key] = kind
}

// KeyType returns the type of a condition key, in any case. A key with a part of the author's own, such as
// aws:ResourceTag/team or kms:EncryptionContext:tenant, is known by what stands around that part,
// and the claims of any OpenID Connect provider by their names.
func KeyType(key string) (Type, bool) {
	table := keyTypes()
	key = strings.ToLower(key)
	if kind, ok := table.exact[key]; ok {
		return kind, true
	}
	var best *family
	for i := range table.families {
		f := &table.families[i]
		if f.before == "" || len(key) <= len(f.before)+len(f.after) ||
			!strings.HasPrefix(key, f.before) || !strings.HasSuffix(key, f.after) {
			continue
		}
		if best == nil || len(f.before)+len(f.after) >= len(best.before)+len(best.after) {
			best = f
		}
	}
	if best == nil {
		return claimType(key)
	}
	return best.kind, true
}

// claimType returns the type of a claim that STS takes from the token of an OpenID Connect provider, whose host and path
// are the key's prefix: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
func claimType(key string) (Type, bool) {
	i := strings.LastIndexByte(key, ':')
	if i < 0 || !strings.Contains(key[:i], ".") {
		return "", false
	}
	switch key[i+1:] {
	case "aud", "oaud", "sub", "azp", "email":
		return String, true
	case "amr":
		return ArrayOfString, true
	}
	return "", false
}

// GlobalKeys returns the condition keys that do not belong to one service, in AWS's spelling and in the order of AWS's
// page: who asks, with which session, over which network, for which resource, and what the request is like.
func GlobalKeys() []string {
	var keys []string
	for line := range strings.Lines(global) {
		if !strings.HasPrefix(line, "#") {
			keys = append(keys, columns(line)[0])
		}
	}
	return keys
}
