package iamtest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

const (
	home  = "111122223333"
	other = "444455556666"
)

type object = map[string]any

// generator makes one case.
type generator struct {
	*rand.Rand
	request request
}

type request struct {
	principal, account string // who asks, and its account
	role               string // the role's ARN behind a session
	kind               string // user, session or root
	action, resource   string
	owner              string // the resource's account
	context            object
	service            string
}

// Cases makes n cases, each one line of JSON. The same seed gives the same cases.
func Cases(seed uint64, n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		g := generator{Rand: rand.New(rand.NewPCG(seed, uint64(i)))} //nolint:gosec // for tests, not for keys
		data, err := json.Marshal(g.one())
		if err != nil {
			panic(err) // texts, lists and maps of texts always marshal
		}
		out[i] = data
	}
	return out
}

func pick[T any](g *generator, list ...T) T { return list[g.IntN(len(list))] }

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

// targets are what requests are about: an action and the resources it can name.
var targets = []struct{ action, resource string }{
	{"dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:%s:table/orders"},
	{"dynamodb:PutItem", "arn:aws:dynamodb:eu-west-1:%s:table/orders"},
	{"dynamodb:Query", "arn:aws:dynamodb:eu-west-1:%s:table/orders/index/by-day"},
	{"dynamodb:DeleteTable", "arn:aws:dynamodb:us-east-1:%s:table/archive"},
	{"rds:DeleteDBInstance", "arn:aws:rds:eu-west-1:%s:db:orders"},
	{"rds:ModifyDBInstance", "arn:aws:rds:eu-west-1:%s:db:test-7"},
	{"rds:CreateDBSnapshot", "arn:aws:rds:eu-west-1:%s:snapshot:nightly"},
	{"kms:Decrypt", "arn:aws:kms:eu-west-1:%s:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
	{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:%s:secret:db-AbCdEf"},
	{"s3:GetObject", "arn:aws:s3:::exports/2026/orders.parquet"},
	{"s3:PutObject", "arn:aws:s3:::exports/home/ann/a.txt"},
	{"sts:AssumeRole", "arn:aws:iam::%s:role/db-admin"},
	{"iam:PassRole", "arn:aws:iam::%s:role/lambda"},
	{"sqs:SendMessage", "arn:aws:sqs:eu-west-1:%s:changes"},
	{"lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:%s:function:report"},
}

func (g *generator) one() object {
	t := pick(g, targets...)
	r := &g.request
	r.account, r.owner = home, home
	if g.chance(20) {
		r.owner = other
	}
	switch g.IntN(10) {
	case 0:
		r.kind, r.principal = "root", "arn:aws:iam::"+home+":root"
	case 1, 2, 3:
		r.kind, r.principal, r.role = "session", "arn:aws:sts::"+home+":assumed-role/app/s1", "arn:aws:iam::"+home+":role/app"
	default:
		r.kind, r.principal = "user", "arn:aws:iam::"+home+":user/"+pick(g, "ann", "team/bob")
	}
	r.action = t.action
	r.service, _, _ = strings.Cut(t.action, ":")
	r.resource = t.resource
	if strings.Contains(t.resource, "%s") {
		r.resource = fmt.Sprintf(t.resource, r.owner)
	}
	g.fillContext()
	c := object{"request": object{
		"principal": r.principal, "action": r.action, "resource": object{"resource": r.resource, "accountId": r.owner}, "context": r.context,
	}}
	identity := []any{}
	for range 1 + g.IntN(2) {
		if r.kind != "root" {
			identity = append(identity, g.policy(false, 80))
		}
	}
	c["identityPolicies"] = identity
	assumes := r.action == "sts:AssumeRole"
	has := r.service != "rds" && r.service != "iam" // the others have policies of their own
	if assumes || r.service == "kms" || has && g.chance(pick(g, 35, 70)) {
		c["resourcePolicy"] = g.policy(true, 75)
	}
	if r.kind != "root" && g.chance(20) {
		c["permissionBoundaries"] = []any{g.policy(false, 85)}
	}
	if r.kind == "session" && g.chance(20) {
		c["sessionPolicy"] = g.policy(false, 85)
	}
	if g.chance(25) {
		c["serviceControlPolicies"] = g.levels(false)
	}
	if g.chance(15) {
		c["resourceControlPolicies"] = g.levels(true)
	}
	if g.chance(10) {
		c["endpointPolicies"] = []any{g.policy(true, 90)}
	}
	return c
}

// fillContext gives the request the keys that AWS would, and some that it may.
func (g *generator) fillContext() {
	r := &g.request
	c := object{"aws:PrincipalAccount": r.account, "aws:PrincipalArn": r.principal, "aws:SecureTransport": pick(g, "true", "true", "false")}
	if r.role != "" {
		c["aws:PrincipalArn"] = r.role
	}
	if r.kind == "user" {
		c["aws:username"] = r.principal[strings.LastIndexByte(r.principal, '/')+1:]
	}
	set := func(percent int, key string, values ...any) {
		if g.chance(percent) {
			c[key] = pick(g, values...)
		}
	}
	set(70, "aws:CurrentTime", "2026-11-23T12:00:00Z", "2026-12-24T23:59:59Z", "2027-01-01T00:00:00Z")
	set(50, "aws:MultiFactorAuthPresent", "true", "false")
	set(40, "aws:MultiFactorAuthAge", "30", "3600", "7200")
	set(70, "aws:SourceIp", "192.0.2.17", "203.0.113.9", "2001:db8::1")
	set(20, "aws:SourceVpce", "vpce-1a2b3c4d")
	set(50, "aws:PrincipalTag/team", "orders", "billing", "Orders")
	set(50, "aws:ResourceTag/team", "orders", "billing")
	set(30, "aws:RequestedRegion", "eu-west-1", "us-east-1")
	set(30, "aws:TagKeys", []string{"team"}, []string{"team", "owner"}, []string{"Team"})
	if r.service == "dynamodb" {
		set(60, "dynamodb:LeadingKeys", []string{"ann"}, []string{"ann", "bob"}, []string{"carol"})
		set(60, "dynamodb:Attributes", []string{"id", "name"}, []string{"id", "ssn"}, []string{"id"})
		set(40, "dynamodb:Select", "SPECIFIC_ATTRIBUTES", "ALL_ATTRIBUTES")
		set(40, "dynamodb:ReturnValues", "NONE", "ALL_OLD")
	}
	r.context = c
}

// levels are the policies of an organization's root and account.
func (g *generator) levels(resource bool) []any {
	full := object{"Version": "2012-10-17", "Statement": []any{object{"Effect": "Allow", "Action": "*", "Resource": "*"}}}
	if resource {
		full["Statement"] = []any{object{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}
	}
	var out []any
	for _, name := range []string{"root", "account"} {
		policies := []any{full}
		if resource || g.chance(60) {
			policies = append(policies, g.denies(resource))
		} else if g.chance(40) {
			policies = []any{g.policy(false, 90)}
		}
		out = append(out, object{"orgIdentifier": name, "policies": policies})
	}
	return out
}

// denies is a policy with one statement that denies.
func (g *generator) denies(resource bool) object {
	s := g.statement(resource, false)
	if resource {
		delete(s, "NotPrincipal")
		s["Principal"] = "*"
		s["Action"] = g.action()
		delete(s, "NotAction")
	}
	s["Effect"] = "Deny"
	if s["Condition"] == nil {
		s["Condition"] = g.conditions()
	}
	return object{"Version": "2012-10-17", "Statement": []any{s}}
}

// policy has one to three statements, the first of which allows as often as said.
func (g *generator) policy(resource bool, allows int) object {
	statements := []any{}
	for i := range 1 + g.IntN(3) {
		allow := i > 0 && g.chance(60) || i == 0 && g.chance(allows)
		statements = append(statements, g.statement(resource, allow))
	}
	version := "2012-10-17"
	return object{"Version": version, "Statement": statements}
}

func (g *generator) statement(resource, allow bool) object {
	s := object{"Effect": "Deny"}
	if allow {
		s["Effect"] = "Allow"
	}
	if g.chance(8) {
		s["NotAction"] = g.elsewhere()
	} else {
		s["Action"] = g.action()
	}
	trust := g.request.action == "sts:AssumeRole" && resource
	switch {
	case trust: // a trust policy has no resource
		delete(s, "NotAction")
		s["Action"] = pick[any](g, "sts:AssumeRole", []string{"sts:AssumeRole", "sts:TagSession"})
	case g.chance(8):
		s["NotResource"] = g.notHere()
	default:
		s["Resource"] = g.resource()
	}
	if resource {
		if !allow && !trust && g.chance(10) {
			s["NotPrincipal"] = object{"AWS": g.principals()}
		} else {
			s["Principal"] = g.principal()
		}
	}
	if percent := 35; !allow || g.chance(percent) {
		s["Condition"] = g.conditions()
	}
	return s
}

func (g *generator) action() any {
	a := g.request.action
	service, name, _ := strings.Cut(a, ":")
	return pick[any](g, a, a, strings.ToUpper(a[:1])+a[1:], service+":*", service+":"+name[:3]+"*", "*", []string{"ec2:Describe*", a},
		service+":"+name[:len(name)-1]+"?", strings.ToLower(a), []string{"logs:PutLogEvents", "sns:Publish"}, service+":List*")
}

func (g *generator) elsewhere() any {
	return pick[any](g, []string{"iam:*", "organizations:*"}, "ec2:*", g.request.service+":*", g.request.action)
}

func (g *generator) resource() any {
	r := g.request.resource
	cut := strings.LastIndexAny(r, "/:")
	list := []any{r, r, "*", r[:cut+1] + "*", r[:len(r)-1] + "?", []string{"arn:aws:s3:::else/*", r}, strings.Replace(r, "eu-west-1", "*", 1), "arn:aws:" + g.request.service + ":*:*:*", r + "x"}
	if strings.Contains(r, "home/ann") {
		list = append(list, "arn:aws:s3:::exports/home/${aws:username}/*", "arn:aws:s3:::exports/home/${aws:username, 'nobody'}/*")
	}
	if g.request.service == "s3" {
		list = append(list, "arn:aws:s3:::exports/*", "arn:aws:s3:::export?/*")
	}
	return list[g.IntN(len(list))]
}

func (g *generator) notHere() any {
	return pick[any](g, "arn:aws:s3:::else/*", g.request.resource, []string{"arn:aws:rds:*:*:db:prod-*", "arn:aws:dynamodb:*:*:table/prod-*"})
}

func (g *generator) principal() any {
	r := &g.request
	list := []any{
		object{"AWS": r.principal},
		object{"AWS": r.account},
		object{"AWS": "arn:aws:iam::" + r.account + ":root"},
		"*",
		object{"AWS": "*"},
		object{"AWS": []string{"arn:aws:iam::" + r.account + ":user/zoe", r.principal}},
		object{"AWS": "arn:aws:iam::" + other + ":root"},
		object{"Service": "lambda.amazonaws.com"},
	}
	if r.role != "" {
		list = append(list, object{"AWS": r.role}, object{"AWS": r.role})
	}
	return list[g.IntN(len(list))]
}

// principals are for NotPrincipal, which takes no wildcard.
func (g *generator) principals() any {
	r := &g.request
	all := []string{r.principal, "arn:aws:iam::" + r.account + ":root"}
	if r.role != "" {
		all = append(all, r.role)
	}
	return pick[any](g, all, all[:1], []string{"arn:aws:iam::" + r.account + ":user/zoe"}, all[1:])
}

// conditions are one or two of those below.
func (g *generator) conditions() object {
	out := object{}
	for range 1 + g.IntN(2) {
		operator, key, value := g.condition()
		if out[operator] == nil {
			out[operator] = object{}
		}
		out[operator].(object)[key] = value
	}
	return out
}

func (g *generator) condition() (operator, key string, value any) {
	ifExists := func(op string) string {
		if g.chance(30) {
			return op + "IfExists"
		}
		return op
	}
	set := func(op string) string { return pick(g, "ForAllValues:", "ForAnyValue:") + op }
	switch g.IntN(17) {
	case 0, 1:
		return ifExists("Bool"), "aws:MultiFactorAuthPresent", pick(g, "true", "false")
	case 2:
		return ifExists(pick(g, "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals", "NumericEquals", "NumericNotEquals")), "aws:MultiFactorAuthAge", pick(g, "3600", "60")
	case 3, 4:
		return ifExists(pick(g, "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals", "DateEquals", "DateNotEquals")), "aws:CurrentTime", pick(g, "2026-12-01T00:00:00Z", "2026-12-24T23:59:59Z", "2027-01-01T00:00:00Z")
	case 5:
		return ifExists(pick(g, "IpAddress", "NotIpAddress")), "aws:SourceIp", pick[any](g, "192.0.2.0/24", []string{"192.0.2.0/24", "2001:db8::/32"}, "203.0.113.9")
	case 6:
		return ifExists(pick(g, "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")), "aws:PrincipalTag/team", pick[any](g, "orders", []string{"orders", "billing"}, "${aws:ResourceTag/team}")
	case 7:
		return ifExists(pick(g, "StringLike", "StringNotLike")), "aws:PrincipalTag/team", pick[any](g, "ord*", "?rders", []string{"b*", "o*"}, "*")
	case 8:
		return ifExists("StringEquals"), "aws:ResourceTag/team", pick[any](g, "${aws:PrincipalTag/team}", "${aws:PrincipalTag/team, 'orders'}", "orders")
	case 9:
		return "Null", pick(g, "aws:MultiFactorAuthAge", "aws:PrincipalTag/team", "dynamodb:Attributes", "aws:SourceVpce"), pick(g, "true", "false")
	case 10:
		return set("StringEquals"), "dynamodb:Attributes", []string{"id", "name"}
	case 11:
		return set(pick(g, "StringEquals", "StringLike")), "dynamodb:LeadingKeys", pick[any](g, []string{"${aws:username}"}, []string{"ann", "b*"}, []string{"ann"})
	case 12:
		return set(pick(g, "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase")), "aws:TagKeys", pick[any](g, []string{"team"}, []string{"team", "owner"})
	case 13:
		return ifExists(pick(g, "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike")), "aws:PrincipalArn", pick[any](g, "arn:aws:iam::"+home+":role/*", "arn:aws:iam::*:user/ann", "arn:aws:iam::"+home+":role/app", []string{"arn:aws:iam::" + other + ":root", "arn:aws:iam::" + home + ":user/*"})
	case 14:
		return ifExists("StringEquals"), pick(g, "dynamodb:Select", "dynamodb:ReturnValues"), pick(g, "SPECIFIC_ATTRIBUTES", "NONE")
	case 15:
		return ifExists(pick(g, "StringEquals", "StringNotEquals")), "aws:PrincipalAccount", pick[any](g, home, other, []string{home, other})
	default:
		return ifExists("StringEquals"), pick(g, "aws:RequestedRegion", "AWS:RequestedRegion"), pick[any](g, "eu-west-1", []string{"eu-west-1", "eu-central-1"})
	}
}
