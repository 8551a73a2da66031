package seal

import "strings"

// keyARN is the ARN of a KMS key: arn:partition:kms:region:account:key/id.
type keyARN struct{ partition, region, account, id string }

// parseKeyARN takes keys only. An alias can be pointed at another key, so it says nothing about what wrapped a key.
func parseKeyARN(s string) (keyARN, bool) {
	p := strings.Split(s, ":")
	if len(p) != 6 || p[0] != "arn" || p[1] == "" || p[2] != "kms" || p[3] == "" || p[4] == "" {
		return keyARN{}, false
	}
	id, ok := strings.CutPrefix(p[5], "key/")
	return keyARN{p[1], p[3], p[4], id}, ok && id != "" && !strings.Contains(id, "/")
}

func (a keyARN) String() string {
	return "arn:" + a.partition + ":kms:" + a.region + ":" + a.account + ":key/" + a.id
}

// multiRegion is true of keys that have replicas in other regions.
func (a keyARN) multiRegion() bool { return strings.HasPrefix(a.id, "mrk-") }

// in is the same key's replica in a region.
func (a keyARN) in(region string) keyARN {
	a.region = region
	return a
}
