package report

import (
	"regexp"
	"strings"

	"github.com/baileydb/bailey/internal/finding"
)

// topic is a column of the matrix: what a group of safeguards is about.
type topic struct {
	Key, Name string
	match     *regexp.Regexp
}

// topics are the columns in order. The first that matches a safeguard's identifier takes it; the last takes the rest.
var topics = []topic{
	{"encryption", "Encryption", regexp.MustCompile(`encrypt|kms|tls|ssl|(?:customer|own|managed)-key|key-(?:rotation|policy|age)|certificate|^kms/`)},
	{"recovery", "Recovery", regexp.MustCompile(`backup|point-in-time|pitr|retention|snapshot|deletion|multi-az|replica|restore|recover|drill|rpo|rto|retain|prevent-destroy|autoscal|zone`)},
	{"logging", "Logging", regexp.MustCompile(`log|audit|trail|monitor|insight|event|alarm|notif|^cloudtrail/`)},
	{"network", "Network", regexp.MustCompile(`public|internet|ingress|egress|port|network|subnet|vpc|security-group|reach|endpoint|waf|web-acl|open|^(?:network|ec2|vpc)/`)},
	{"access", "Access", regexp.MustCompile(`iam|auth|password|secret|credential|user|role|polic|principal|mfa|privilege|who-can|access|admin|share|^iam/`)},
	{"upkeep", "Upkeep", nil},
}

// topicOf is the topic of a finding's safeguard.
func topicOf(f *finding.Finding) string {
	id := strings.ToLower(f.Safeguard)
	for _, t := range topics {
		if t.match == nil || t.match.MatchString(id) {
			return t.Key
		}
	}
	return ""
}

// usedTopics are the topics that a report has findings on.
func usedTopics(r *finding.Report) []topic {
	used := map[string]bool{}
	for i := range r.Findings {
		used[topicOf(&r.Findings[i])] = true
	}
	var out []topic
	for _, t := range topics {
		if used[t.Key] {
			out = append(out, t)
		}
	}
	return out
}
