package months

import "fmt"

// service is an AWS service that calls for itself.
func service(name string) actor {
	return actor{kind: "AWSService", invoker: name + ".amazonaws.com", address: name + ".amazonaws.com", agent: name + ".amazonaws.com"}
}

// linked is a service-linked role at work.
func linked(role, name string) actor {
	return actor{kind: "AssumedRole", name: role, session: name, invoker: name + ".amazonaws.com", address: name + ".amazonaws.com", agent: name + ".amazonaws.com"}
}

// services are what AWS does for itself every day: it looks for Config and Security Hub, keeps backups, rolls keys, scales.
func (d *day) services() {
	config, backup := linked("AWSServiceRoleForConfig", "config"), actor{kind: "AssumedRole", name: "AWSBackupDefaultServiceRole", session: "AWSBackup", invoker: "backup.amazonaws.com", address: "backup.amazonaws.com", agent: "backup.amazonaws.com"}
	for h := range 24 {
		at := d.at(float64(h) + d.r.Float64())
		d.call(at, config, "rds", "DescribeDBInstances", "", "", "")
		d.call(at, config, "rds", "DescribeDBSnapshots", "", "", "")
		d.call(at, config, "dynamodb", "ListTables", "", "", "")
		d.call(at, config, "s3", "GetBucketPolicy", with("bucketName", pick(d.r, d.buckets...)), "", "")
		d.call(at, config, "s3", "GetBucketAcl", with("bucketName", pick(d.r, d.buckets...)), "", "")
		d.call(at, config, "iam", "GetAccountPasswordPolicy", "", "", "")
		d.call(at, config, "iam", "ListUsers", "", "", "")
		d.call(at, linked("AWSServiceRoleForSecurityHub", "securityhub"), "config", "PutEvaluations", "", "", "")
		d.call(at, service("cloudtrail"), "s3", "PutObject", with("bucketName", "logs-"+d.ID, "key", fmt.Sprintf("AWSLogs/%s/%d", d.ID, h)), "", "")
		d.call(at, service("delivery.logs"), "kms", "GenerateDataKey", with("keyId", "alias/logs"), "", "")
	}
	for i, db := range d.databases {
		at := d.at(2 + d.r.Float64())
		name := fmt.Sprintf("awsbackup:job-%d-%d", d.n, i)
		d.call(at, backup, "rds", "CreateDBSnapshot", with("dBInstanceIdentifier", db.name, "dBSnapshotIdentifier", name), with("snapshotType", "awsbackup"), "")
		event := service("backup")
		event.event = "AwsServiceEvent"
		d.call(at.Add(1200e9), event, "backup", "BackupJobCompleted", "", "", "")
		d.call(at.Add(3600e9), backup, "rds", "DeleteDBSnapshot", with("dBSnapshotIdentifier", fmt.Sprintf("awsbackup:job-%d-%d", d.n-35, i)), "", "")
		d.call(at.Add(3700e9), event, "backup", "RecoveryPointDeleted", "", "", "")
	}
	for _, t := range d.tables {
		d.call(d.at(3+d.r.Float64()), backup, "dynamodb", "CreateBackup", with("tableName", t), "", "")
		d.call(d.at(4+d.r.Float64()), backup, "dynamodb", "DeleteBackup", with("backupArn", "arn:aws:dynamodb:"+d.Region+":"+d.ID+":table/"+t+"/backup/"+fmt.Sprint(d.n)), "", "")
	}
	if d.chance(0.04) {
		event := service("kms")
		event.event = "AwsServiceEvent"
		d.call(d.anytime(), event, "kms", "RotateKey", "", "", "")
	}
}

// auditor is the read-only tool of a vendor that lists everything every night, from addresses of its own.
func (d *day) auditor() {
	a := actor{kind: "AssumedRole", name: "SecurityAudit", session: "posture", address: d.vendor, agent: "Boto3/1.35 Python/3.12 posture/4.2", key: "ASIA"}
	at := d.at(1 + d.r.Float64())
	ask := func(source, name, params string) {
		at = at.Add(700e6)
		d.call(at, a, source, name, params, "", "")
	}
	for _, c := range [][2]string{
		{"sts", "GetCallerIdentity"},
		{"iam", "GetAccountAuthorizationDetails"},
		{"iam", "GetAccountSummary"},
		{"iam", "GetAccountPasswordPolicy"},
		{"iam", "ListUsers"},
		{"iam", "ListRoles"},
		{"iam", "GenerateCredentialReport"},
		{"rds", "DescribeDBInstances"},
		{"rds", "DescribeDBClusters"},
		{"rds", "DescribeDBSnapshots"},
		{"dynamodb", "ListTables"},
		{"s3", "ListBuckets"},
		{"ec2", "DescribeInstances"},
		{"ec2", "DescribeSecurityGroups"},
		{"ec2", "DescribeSnapshots"},
		{"kms", "ListKeys"},
		{"cloudtrail", "DescribeTrails"},
		{"guardduty", "ListDetectors"},
		{"lambda", "ListFunctions20150331"},
		{"account", "GetAlternateContact"},
		{"account", "GetContactInformation"},
		{"organizations", "DescribeOrganization"},
		{"secretsmanager", "ListSecrets"},
		{"ses", "ListIdentities"},
		{"wafv2", "ListWebACLs"},
		{"backup", "ListBackupPlans"},
	} {
		ask(c[0], c[1], "")
	}
	for _, b := range d.buckets {
		for _, n := range []string{"GetBucketAcl", "GetBucketPolicy", "GetBucketPublicAccessBlock", "GetBucketEncryption"} {
			ask("s3", n, with("bucketName", b))
		}
	}
	for _, h := range d.apps {
		ask("ec2", "DescribeInstanceAttribute", with("attribute", "userData", "instanceId", h.instance))
	}
	for _, t := range d.tables {
		ask("dynamodb", "DescribeContinuousBackups", with("tableName", t))
	}
}

// program is a role that a machine of ours has.
func (d *day) program(role string, h host) actor {
	return actor{kind: "AssumedRole", name: role, session: h.instance, address: h.address, agent: "aws-sdk-go-v2/1.30", key: "ASIA"}
}

// function is a role that a function has: its calls come from addresses of AWS that change.
func (d *day) function(role string) actor {
	return actor{kind: "AssumedRole", name: role, session: role, address: fmt.Sprintf("3.%d.%d.%d", 120+d.r.IntN(3), d.r.IntN(256), d.r.IntN(256)), agent: "Boto3/1.35 Python/3.12 exec-env/AWS_Lambda_python3.12", key: "ASIA"}
}

// deployer is the role that changes come by, from a machine of the service that builds.
func (d *day) deployer() actor {
	return actor{kind: "AssumedRole", name: "github-deploy", session: "GitHubActions", address: fmt.Sprintf("20.%d.%d.%d", 1+d.r.IntN(100), d.r.IntN(256), 1+d.r.IntN(250)), agent: "APN/1.0 HashiCorp/1.0 Terraform/1.9.5", key: "ASIA"}
}

// deploys are changes that come by a pipeline; most change functions and services, some networks, roles and databases.
func (d *day) deploys(mean float64) {
	for range d.times(mean * d.scale(0.05)) {
		a, at := d.deployer(), d.at(8+9*d.r.Float64())
		do := func(source, name, params string) {
			at = at.Add(1300e6)
			d.call(at, a, source, name, params, "", "")
		}
		for _, c := range [][2]string{{"sts", "GetCallerIdentity"}, {"iam", "GetRole"}, {"iam", "ListRolePolicies"}, {"iam", "ListAttachedRolePolicies"}, {"rds", "DescribeDBInstances"}, {"ec2", "DescribeVpcs"}, {"lambda", "GetFunction20150331v2"}, {"s3", "GetBucketPolicy"}, {"s3", "GetBucketAcl"}} {
			do(c[0], c[1], "")
		}
		for _, f := range d.functions[:1+d.r.IntN(len(d.functions))] {
			do("lambda", "UpdateFunctionCode20150331v2", with("functionName", f))
		}
		if d.chance(0.3) {
			do("iam", "PutRolePolicy", with("roleName", "app-"+fmt.Sprint(d.r.IntN(6)), "policyName", "inline", "policyDocument", `{"Statement":[{"Effect":"Allow","Action":"dynamodb:GetItem","Resource":"*"}]}`))
		}
		if d.chance(0.15) {
			role := fmt.Sprint("svc-", d.serial)
			do("iam", "CreateRole", with("roleName", role, "assumeRolePolicyDocument", `{"Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`))
			do("iam", "AttachRolePolicy", with("roleName", role, "policyArn", "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"))
			do("lambda", "AddPermission20150331v2", with("functionName", role, "principal", "events.amazonaws.com"))
		}
		if d.chance(0.15) {
			do("ec2", "AuthorizeSecurityGroupIngress", with("groupId", "sg-0"+d.hex(8), "ipPermissions", raw(`{"items":[{"ipProtocol":"tcp","fromPort":5432,"toPort":5432,"ipRanges":{"items":[{"cidrIp":"10.0.0.0/16"}]}}]}`)))
		}
		if d.chance(0.1) {
			do("s3", "PutBucketPolicy", with("bucketName", pick(d.r, d.buckets...), "bucketPolicy", raw(`{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`)))
		}
		if d.chance(0.06) {
			do("ec2", "CreateRoute", with("routeTableId", "rtb-0"+d.hex(8), "destinationCidrBlock", "10.99.0.0/16"))
			do("monitoring", "DeleteAlarms", with("alarmNames", raw(`["old"]`)))
		}
		if d.chance(0.08) {
			do("rds", "ModifyDBInstance", with("dBInstanceIdentifier", pick(d.r, d.databases...).name, "dBInstanceClass", "db.r6g.large", "applyImmediately", false))
		}
	}
}
