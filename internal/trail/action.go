package trail

import (
	"maps"
	"slices"
	"strings"

	"github.com/baileydb/bailey/iam"
	"github.com/baileydb/bailey/iam/actions"
)

// services are the prefixes of services whose events come from another name.
var services = map[string]string{"monitoring": "cloudwatch", "rdsdata": "rds-data", "rdsdataapi": "rds-data", "email": "ses"}

// renamed are calls that IAM knows by another name.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html gives the permissions of each of S3's.
var renamed = map[string][]string{
	"s3:ListObjects": {"ListBucket"}, "s3:ListObjectsV2": {"ListBucket"}, "s3:HeadBucket": {"ListBucket"}, "s3:ListObjectVersions": {"ListBucketVersions"},
	"s3:HeadObject": {"GetObject"}, "s3:CopyObject": {"PutObject"}, "s3:CreateMultipartUpload": {"PutObject"}, "s3:UploadPart": {"PutObject"},
	"s3:CompleteMultipartUpload": {"PutObject"}, "s3:DeleteObjects": {"DeleteObject"}, "s3:ListBuckets": {"ListAllMyBuckets"},
	"s3:GetBucketEncryption": {"GetEncryptionConfiguration"}, "s3:PutBucketEncryption": {"PutEncryptionConfiguration"},
	"s3:GetBucketLifecycle": {"GetLifecycleConfiguration"}, "s3:PutBucketLifecycle": {"PutLifecycleConfiguration"},
	"dynamodb:TransactGetItems": {"GetItem"}, "kms:ReEncrypt": {"ReEncryptFrom", "ReEncryptTo"},
}

// hidden are calls whose record does not tell which of several permissions they took.
var hidden = map[string]string{
	"dynamodb:TransactWriteItems":    "the record does not say which writes the transaction held",
	"dynamodb:ExecuteStatement":      "the record does not say what the PartiQL statement did",
	"dynamodb:ExecuteTransaction":    "the record does not say what the PartiQL statements did",
	"dynamodb:BatchExecuteStatement": "the record does not say what the PartiQL statements did",
}

// Act is a permission that a record shows to have been used.
type Act struct {
	Action   string // "rds:DeleteDBInstance"
	Resource string // an ARN, or * where the action takes none
	Assumed  bool   // the record does not say which resource, so that * stands for any
}

// Acts returns the permissions that a record took. why is set where they cannot be told.
func (r *Record) Acts() (acts []Act, why string) {
	prefix := strings.TrimSuffix(r.EventSource, ".amazonaws.com")
	if p, ok := services[prefix]; ok {
		prefix = p
	}
	name := prefix + ":" + r.EventName
	if why, ok := hidden[name]; ok {
		return nil, why
	}
	names := renamed[name]
	if names == nil {
		names = []string{trimVersion(r.EventName)}
	}
	for _, n := range names {
		a, ok := actions.Lookup(prefix + ":" + n)
		switch {
		case !ok && !actions.Carried(prefix):
			return nil, "the actions of " + prefix + " are not known here"
		case !ok:
			return nil, "no action is known that allows it"
		}
		resources, assumed := r.resourcesOf(&a)
		for _, resource := range resources {
			acts = append(acts, Act{Action: a.String(), Resource: resource, Assumed: assumed})
		}
	}
	return acts, ""
}

// trimVersion takes the date off names such as Lambda's CreateFunction20150331v2.
func trimVersion(name string) string {
	short := strings.TrimSuffix(name, "v2")
	short = strings.TrimRight(short, "0123456789_")
	if len(name)-len(short) >= 8 {
		return short
	}
	return name
}

// resourcesOf finds what an action was done to: what the record names, or what the parameters fill into the action's ARNs.
func (r *Record) resourcesOf(a *actions.Action) (list []string, assumed bool) {
	if len(a.Resources) == 0 {
		return []string{"*"}, false
	}
	var forms []string
	for _, use := range a.Resources {
		if t, ok := actions.ResourceType(a.Service, use.Type); ok {
			forms = append(forms, t.ARN)
		}
	}
	for _, named := range r.Resources {
		if slices.ContainsFunc(forms, func(form string) bool { return fits(form, named.ARN) }) {
			list = append(list, named.ARN)
		}
	}
	if len(list) == 0 {
		for _, form := range forms {
			if arn, ok := r.fill(form); ok {
				list = append(list, arn)
			}
		}
	}
	if len(list) == 0 {
		return []string{"*"}, true
	}
	slices.Sort(list)
	return slices.Compact(list), false
}

// fits reports whether an ARN has the form of a pattern with placeholders.
func fits(form, arn string) bool {
	f, ok1 := iam.SplitARN(form)
	a, ok2 := iam.SplitARN(arn)
	if !ok1 || !ok2 || f.Service != a.Service {
		return false
	}
	head := func(s string) string {
		s, _, _ = strings.Cut(s, "${")
		return s
	}
	return strings.HasPrefix(a.Resource, head(f.Resource)) && strings.Count(f.Resource, "/") == strings.Count(a.Resource, "/")
}

// parameters are the names under which requests carry what ARNs call otherwise, in lower case.
var parameters = map[string][]string{
	"dbinstancename": {"dbinstanceidentifier"}, "dbclusterinstancename": {"dbclusteridentifier"}, "snapshotname": {"dbsnapshotidentifier", "snapshotname"},
	"clustersnapshotname": {"dbclustersnapshotidentifier"}, "keyid": {"keyid"}, "secretid": {"secretid", "name"}, "bucketname": {"bucketname"}, "objectname": {"key"},
	"rolenamewithpath": {"rolename"}, "usernamewithpath": {"username"}, "groupnamewithpath": {"groupname"}, "policynamewithpath": {"policyname"},
	"functionname": {"functionname"}, "tablename": {"tablename"}, "subnetgroupname": {"dbsubnetgroupname"}, "parametergroupname": {"dbparametergroupname"},
}

// fill puts a request's parameters into an ARN's form. A parameter that is an ARN itself is the answer.
func (r *Record) fill(form string) (string, bool) {
	lower := make(map[string]string, len(r.RequestParameters))
	for _, key := range slices.Sorted(maps.Keys(r.RequestParameters)) {
		if text, ok := r.RequestParameters[key].(string); ok && text != "" {
			lower[strings.ToLower(key)] = text
		}
	}
	for _, text := range lower {
		if strings.HasPrefix(text, "arn:") && fits(form, text) {
			return text, true
		}
	}
	var b strings.Builder
	rest := form
	for {
		before, after, more := strings.Cut(rest, "${")
		b.WriteString(before)
		if !more {
			return b.String(), true
		}
		var hole string
		hole, rest, _ = strings.Cut(after, "}")
		value := ""
		switch hole {
		case "Partition":
			value = "aws"
			if a, ok := iam.SplitARN(r.UserIdentity.ARN); ok {
				value = a.Partition
			}
		case "Region":
			value = r.AWSRegion
		case "Account":
			if value = r.RecipientAccountID; value == "" {
				value = r.UserIdentity.AccountID
			}
		default:
			for _, name := range append([]string{strings.ToLower(hole)}, parameters[strings.ToLower(hole)]...) {
				if v := lower[name]; v != "" && !strings.HasPrefix(v, "arn:") {
					value = v
					break
				}
			}
		}
		if value == "" || strings.ContainsAny(value, "*?$") {
			return "", false
		}
		b.WriteString(value)
	}
}
