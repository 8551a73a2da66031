package feed_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// role is who a program is, and service who an AWS service is that works for itself.
func role(name string) map[string]any {
	return map[string]any{
		"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/" + name + "/s", "accountId": "111122223333",
		"sessionContext": map[string]any{"sessionIssuer": map[string]any{"arn": "arn:aws:iam::111122223333:role/" + name}},
	}
}

func service(name string) map[string]any {
	id := role("aws-service-role/" + name + ".amazonaws.com/AWSServiceRoleFor" + name)
	id["invokedBy"] = name + ".amazonaws.com"
	return id
}

// everyday are calls that accounts see day by day and nobody is to be told of.
var everyday = []struct {
	what         string
	source, name string
	who          map[string]any
	address      string
	params       string
	more         map[string]any
}{
	{"a deployment", "lambda", "UpdateFunctionCode20150331v2", role("releases"), "198.51.100.7", `{"functionName": "orders"}`, nil},
	{"a deployment's configuration", "lambda", "UpdateFunctionConfiguration20150331v2", role("releases"), "198.51.100.7", `{"functionName": "orders", "environment": {}}`, nil},
	{"a template's role", "iam", "CreateRole", with(role("releases"), "invokedBy", "cloudformation.amazonaws.com"), "cloudformation.amazonaws.com", `{"roleName": "orders", "assumeRolePolicyDocument": "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"lambda.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"}`, nil},
	{"a template's rule", "config", "DeleteConfigRule", with(role("releases"), "invokedBy", "cloudformation.amazonaws.com"), "cloudformation.amazonaws.com", `{"configRuleName": "old"}`, nil},
	{"scaling out", "ec2", "RunInstances", service("autoscaling"), "autoscaling.amazonaws.com", `{"instanceType": "m7g.large"}`, nil},
	{"scaling in", "ec2", "TerminateInstances", service("autoscaling"), "autoscaling.amazonaws.com", `{"instancesSet": {"items": [{"instanceId": "i-0abcdef1234567890"}]}}`, nil},
	{"a night's backup", "rds", "CreateDBSnapshot", service("backup"), "backup.amazonaws.com", `{"dBInstanceIdentifier": "orders", "dBSnapshotIdentifier": "awsbackup:job-1"}`, nil},
	{"an old backup", "rds", "DeleteDBSnapshot", service("backup"), "backup.amazonaws.com", `{"dBSnapshotIdentifier": "awsbackup:job-0"}`, nil},
	{"an old disk snapshot", "ec2", "DeleteSnapshot", role("AWSDataLifecycleManagerDefaultRole"), "198.51.100.8", `{"snapshotId": "snap-1"}`, nil},
	{"a grant for a volume", "kms", "CreateGrant", role("orders"), "10.0.0.7", `{"keyId": "k", "granteePrincipal": "arn:aws:iam::111122223333:role/orders", "operations": ["Decrypt"]}`, nil},
	{"a program's secret", "secretsmanager", "GetSecretValue", role("orders"), "10.0.0.7", `{"secretId": "orders"}`, nil},
	{"a program's parameter", "ssm", "GetParameter", role("orders"), "10.0.0.7", `{"name": "/orders/password", "withDecryption": true}`, nil},
	{"an agent's sign of life", "ssmmessages", "CreateControlChannel", with(role("orders"), "arn", "arn:aws:sts::111122223333:assumed-role/orders/i-0abcdef1234567890"), "198.51.100.9", `{}`, nil},
	{"a program's item", "dynamodb", "PutItem", role("orders"), "10.0.0.7", `{"tableName": "orders"}`, nil},
	{"a program's upload", "s3", "PutObject", role("orders"), "10.0.0.7", `{"bucketName": "exports", "key": "2026/11/recovery-report.html"}`, nil},
	{"a bucket for a load balancer's logs", "s3", "PutBucketPolicy", role("releases"), "198.51.100.7", `{"bucketName": "logs", "bucketPolicy": {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::127311923021:root"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::logs/*"}]}}`, nil},
	{"an endpoint's own user", "s3", "GetObject", role("orders"), "10.0.0.7", `{"bucketName": "exports", "key": "a"}`, map[string]any{"eventType": "AwsVpceEvent", "vpcEndpointId": "vpce-1", "vpcEndpointAccountId": "111122223333"}},
	{"a scanner's look", "ec2", "DescribeInstanceAttribute", with(role("audit"), "invokedBy", "config.amazonaws.com"), "config.amazonaws.com", `{"attribute": "userData", "instanceId": "i-0abcdef1234567890"}`, nil},
	{"a list of groups", "iam", "ListGroups", with(role("audit"), "invokedBy", "cloudformation.amazonaws.com"), "cloudformation.amazonaws.com", `{}`, nil},
	{"a service that may not", "iam", "CreateServiceLinkedRole", role("orders"), "rds.amazonaws.com", `{"aWSServiceName": "rds.amazonaws.com"}`, map[string]any{"errorCode": "AccessDenied"}},
	{"a table's billing", "dynamodb", "UpdateTable", role("releases"), "198.51.100.7", `{"tableName": "orders", "billingMode": "PAY_PER_REQUEST"}`, nil},
	{"a bigger disk", "rds", "ModifyDBInstance", role("releases"), "198.51.100.7", `{"dBInstanceIdentifier": "orders", "allocatedStorage": 200}`, map[string]any{"responseElements": map[string]any{"publiclyAccessible": false}}},
	{"logs for a year", "logs", "PutRetentionPolicy", role("releases"), "198.51.100.7", `{"logGroupName": "/aws/rds/instance/orders/audit", "retentionInDays": 365}`, nil},
	{"a login through a provider", "signin", "ConsoleLogin", with(role("AWSReservedSSO_Developer_0123456789abcdef"), "type", "AssumedRole"), "198.51.100.7", `null`, map[string]any{"responseElements": map[string]any{"ConsoleLogin": "Success"}, "additionalEventData": map[string]any{"MFAUsed": "No"}}},
}

func with(id map[string]any, key, value string) map[string]any {
	id[key] = value
	return id
}

// TestEverydayIsQuiet reads, each by itself, what accounts do day by day: a finding of one of them would be a finding every day.
func TestEverydayIsQuiet(t *testing.T) {
	g := engine(t)
	for i, c := range everyday {
		e := map[string]any{
			"eventID": fmt.Sprint("everyday-", i), "eventTime": "2026-11-23T12:00:00Z", "eventSource": c.source + ".amazonaws.com", "eventName": c.name, "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
			"sourceIPAddress": c.address, "userAgent": "aws-sdk-go-v2/1.30.0", "requestParameters": json.RawMessage(c.params), "userIdentity": c.who,
		}
		for k, v := range c.more {
			e[k] = v
		}
		found, run := find(t, g, records([]map[string]any{e}))
		for _, f := range found {
			t.Errorf("%s: %s: %s", c.what, f.Detection, f.Evidence)
		}
		for _, p := range run.Problems() {
			t.Errorf("%s: %s", c.what, p.Message)
		}
	}
	const request = `{"timestamp": 1700000000000, "webaclId": "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/shop/1", "terminatingRuleId": "Default_Action", "action": "ALLOW", ` +
		`"ruleGroupList": [{"ruleGroupId": "AWS#AWSManagedRulesSQLiRuleSet", "terminatingRule": null}, {"ruleGroupId": "AWS#AWSManagedRulesCommonRuleSet", "nonTerminatingMatchingRules": [{"ruleId": "NoUserAgent_HEADER", "action": "COUNT"}]}], ` +
		`"httpRequest": {"clientIp": "198.51.100.7", "uri": "/health", "httpMethod": "GET"}}`
	names := ""
	for _, n := range []string{"dynamodb.eu-west-1.amazonaws.com.", "orders.cluster-c0ffeec0ffee.eu-west-1.rds.amazonaws.com.", "d111111abcdef8.cloudfront.net.", "3f2b9c1e4d5a6f708192a3b4c5d6e7f8.cdn.example.com.", "coins.example.com.", "crypto.example.com.", "_acme-challenge.internationalization.example.com."} {
		names += fmt.Sprintf(`{"query_timestamp": "2026-11-23T12:00:00Z", "query_name": %q, "query_type": "A", "rcode": "NOERROR", "srcaddr": "10.0.0.1"}`+"\n", n)
	}
	for _, text := range []string{request, names} {
		found, _ := find(t, g, []byte(text))
		for _, f := range found {
			t.Errorf("%s: %s", f.Detection, strings.Join(f.Evidence, " "))
		}
	}
}

// TestOneFindingForManyAddresses holds that what a thousand addresses try at a web ACL is one finding. So many are counted to within 2%.
func TestOneFindingForManyAddresses(t *testing.T) {
	var text strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&text, `{"timestamp": %d, "webaclId": "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/shop/1", "terminatingRuleId": "AWS-AWSManagedRulesSQLiRuleSet", "action": "BLOCK", "httpRequest": {"clientIp": "198.51.%d.%d", "uri": "/", "httpMethod": "GET", "requestId": "r%d", "headers": [{"name": "Host", "value": "h%d.example.com"}]}}`+"\n",
			1700000000000+i*60000, i/250, i%250, i, i)
	}
	found, _ := find(t, engine(t), []byte(text.String()))
	if len(found) != 1 || found[0].Detection != "waf/sql-injection" || found[0].Count < 980 || found[0].Count > 1020 || found[0].Principal != "" {
		t.Errorf("%+v", found)
	}
}
