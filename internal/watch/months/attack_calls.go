package months

import (
	"fmt"
	"time"
)

func (d *day) stolenKey(x *Attack) {
	g := d.gate(x, d.thief())
	if d.chance(0.6) {
		g.do("sts", "GetCallerIdentity", "")
	}
	x.act("a key is used from elsewhere", "iam/key-elsewhere", "iam/access-key-used")
	for _, c := range [][2]string{{"rds", "DescribeDBInstances"}, {"rds", "DescribeDBSnapshots"}, {"dynamodb", "ListTables"}} {
		g.do(c[0], c[1], "")
	}
	tries := [][2]string{{"iam", "ListUsers"}, {"iam", "ListRoles"}, {"iam", "GetAccountAuthorizationDetails"}, {"s3", "ListBuckets"}, {"secretsmanager", "ListSecrets"}, {"ec2", "DescribeInstances"}, {"lambda", "ListFunctions20150331"}, {"ssm", "DescribeParameters"}, {"kms", "ListKeys"}, {"ses", "GetSendQuota"}, {"organizations", "DescribeOrganization"}, {"cloudtrail", "DescribeTrails"}}
	for _, c := range tries[:3+d.r.IntN(10)] {
		g.denied(c[0], c[1])
	}
	x.act("it is refused again and again", "iam/many-denied", "iam/recon-denied")
}

func (d *day) escalation(x *Attack) {
	g := d.gate(x, d.intruder())
	user, role := pick(d.r, d.people...).name, "app-1"
	switch d.r.IntN(5) {
	case 0:
		g.do("iam", "AttachUserPolicy", with("userName", "ci-upload", "policyArn", "arn:aws:iam::aws:policy/AdministratorAccess"))
		x.act("an administrator's policy is attached", "iam/admin-policy-attached")
	case 1:
		g.do("iam", "PutUserPolicy", with("userName", "ci-upload", "policyName", "x", "policyDocument", `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
		x.act("a policy is written into a user", "iam/inline-policy")
	case 2:
		g.do("iam", "UpdateAssumeRolePolicy", with("roleName", role, "policyDocument", `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:root"},"Action":"sts:AssumeRole"}]}`))
		x.act("a role is opened to another account", "iam/trust-opened")
	case 3:
		g.do("iam", "CreateAccessKey", with("userName", user+"-svc"))
		x.act("a key is made for another user", "iam/key-for-another")
	case 4:
		g.do("iam", "CreateUser", with("userName", "support-"+d.hex(3)))
		g.do("iam", "CreateLoginProfile", with("userName", "support-"+d.hex(3)))
		g.do("iam", "AttachUserPolicy", with("userName", "support", "policyArn", "arn:aws:iam::aws:policy/AdministratorAccess"))
		x.act("a user is made", "iam/user-created")
		x.act("with a password", "iam/login-profile")
		x.act("and all rights", "iam/admin-policy-attached")
	}
}

func (d *day) snapshotGone(x *Attack) {
	g := d.gate(x, d.intruder())
	db := pick(d.r, d.databases...).name
	g.do("rds", "DescribeDBInstances", "")
	g.do("rds", "CreateDBSnapshot", with("dBInstanceIdentifier", db, "dBSnapshotIdentifier", "tmp-"+d.hex(4)))
	switch d.r.IntN(4) {
	case 0:
		g.do("rds", "ModifyDBSnapshotAttribute", with("dBSnapshotIdentifier", "tmp", "attributeName", "restore", "valuesToAdd", raw(`["all"]`)))
		x.act("a snapshot is made public", "database/snapshot-made-public")
	case 1:
		g.do("rds", "ModifyDBClusterSnapshotAttribute", with("dBClusterSnapshotIdentifier", "tmp", "attributeName", "restore", "valuesToAdd", raw(`["999988887777"]`)))
		x.act("a cluster's snapshot is shared", "database/snapshot-shared")
	case 2:
		g.do("rds", "ModifyDBSnapshotAttribute", with("dBSnapshotIdentifier", "rds:"+db, "attributeName", "restore", "valuesToAdd", raw(`["999988887777"]`)))
		x.act("a snapshot is shared", "database/snapshot-shared")
	case 3:
		g.do("rds", "StartExportTask", with("sourceArn", "arn:aws:rds:"+d.Region+":"+d.ID+":snapshot:tmp", "s3BucketName", "not-ours"))
		x.act("a snapshot is exported", "database/exported")
	}
}

func (d *day) passwordReset(x *Attack) {
	g := d.gate(x, d.intruder())
	db := pick(d.r, d.databases...)
	from := d.foreign()
	g.do("rds", "ModifyDBInstance", with("dBInstanceIdentifier", db.name, "masterUserPassword", "****", "applyImmediately", true))
	x.act("the master password is set", "database/master-password-changed")
	if d.chance(0.5) {
		g.do("rds", "ModifyDBInstance", with("dBInstanceIdentifier", db.name, "publiclyAccessible", true))
		x.act("the database is made public", "database/made-public")
	} else {
		from = pick(d.r, d.apps...).address
	}
	g.at = g.at.Add(10 * time.Minute)
	d.sql(g.at, db, "postgres", from, "CONNECT", "")
	x.act("and logged in to", "login/new-from-internet", "login/new")
	for _, t := range []string{"customers", "orders", "payments", "users", "cards", "addresses"} {
		d.sql(g.at.Add(time.Duration(10+d.r.IntN(300))*time.Second), db, "postgres", from, "QUERY", "SELECT * FROM "+t)
	}
	x.act("and dumped", "sql/dump")
}

func (d *day) tableScanned(x *Attack) {
	a := d.intruder()
	switch d.r.IntN(3) {
	case 0:
		a = d.program("app-0", pick(d.r, d.apps...))
	case 1:
		a = d.thief()
	}
	at, table := d.when(x, 2*time.Hour), d.tables[len(d.tables)-1]
	if d.Name == "analytics" && len(d.tables)%2 == 0 { // there the other half is scanned every night
		table = d.tables[0]
	}
	for i := range 10 + d.r.IntN(300) {
		d.call(at.Add(time.Duration(i)*7*time.Second), a, "dynamodb", "Scan", with("tableName", table), "", "")
	}
	x.act("a table is scanned", "database/table-scanned")
}

// slowReads takes a table in small bites, by somebody who never read it.
func (d *day) slowReads(x *Attack) {
	a, at := d.thief(), d.when(x, 10*time.Hour)
	if d.chance(0.5) {
		a = d.intruder()
	}
	table := pick(d.r, d.tables...)
	for i := range 20 + d.r.IntN(340) {
		d.call(at.Add(time.Duration(i)*100*time.Second), a, "dynamodb", pick(d.r, "Query", "BatchGetItem", "Query"), with("tableName", table), "", "")
	}
	x.act("a table is read by somebody who never did", "database/table-read-slowly", "database/mass-read")
}

func (d *day) ransom(x *Attack) {
	g := d.gate(x, d.intruder())
	g.do("backup", "DeleteRecoveryPoint", with("backupVaultName", "Default", "recoveryPointArn", "arn:aws:ec2:"+d.Region+"::snapshot/"+d.hex(6)))
	for range 2 + d.r.IntN(6) {
		g.do("rds", "DeleteDBSnapshot", with("dBSnapshotIdentifier", "manual-"+d.hex(4)))
	}
	x.act("backups are deleted", "database/backup-deleted", "database/backups-deleted-many")
	if d.chance(0.6) {
		g.do("dynamodb", "UpdateContinuousBackups", with("tableName", pick(d.r, d.tables...), "pointInTimeRecoverySpecification", raw(`{"pointInTimeRecoveryEnabled":false}`)))
		x.act("recovery is switched off", "database/recovery-off")
	}
	if d.chance(0.5) {
		g.do("rds", "ModifyDBInstance", with("dBInstanceIdentifier", d.databases[0].name, "deletionProtection", false))
		g.do("rds", "DeleteDBInstance", with("dBInstanceIdentifier", d.databases[0].name, "skipFinalSnapshot", true, "deleteAutomatedBackups", true))
		x.act("protection is off", "database/deletion-protection-off")
		x.act("a database is deleted", "database/deleted", "database/final-snapshot-skipped")
	}
	g.do("kms", pick(d.r, "ScheduleKeyDeletion", "DisableKey"), with("keyId", d.hex(8), "pendingWindowInDays", 7))
	x.act("a key goes", "database/key-disabled")
}

func (d *day) itemsDeleted(x *Attack) {
	a, at := d.intruder(), d.when(x, time.Hour)
	if d.chance(0.4) {
		a = d.program("app-0", d.apps[0])
	}
	for i := range 500 + d.r.IntN(2500) {
		d.call(at.Add(time.Duration(i)*300*time.Millisecond), a, "dynamodb", "DeleteItem", with("tableName", d.tables[0]), "", "")
	}
	x.act("items are deleted in masses", "database/items-deleted")
}

func (d *day) blinded(x *Attack) {
	g := d.gate(x, d.intruder())
	switch d.r.IntN(5) {
	case 0:
		g.do("cloudtrail", "StopLogging", with("name", "main"))
		x.act("the trail is stopped", "logging/trail-stopped")
	case 1:
		g.do("cloudtrail", "PutEventSelectors", with("trailName", "main", "eventSelectors", raw(`[{"readWriteType":"ReadOnly","includeManagementEvents":false}]`)))
		x.act("the trail is narrowed", "logging/event-selectors-narrowed")
	case 2:
		g.do("guardduty", "DeleteDetector", with("detectorId", "d1"))
		x.act("the detector is deleted", "logging/detectors-off")
	case 3:
		g.do("ec2", "DeleteFlowLogs", with("flowLogIds", raw(`["fl-1"]`)))
		x.act("flow logs are deleted", "logging/flow-logs-deleted")
	case 4:
		g.do("rds", "ModifyDBInstance", with("dBInstanceIdentifier", d.databases[0].name, "cloudwatchLogsExportConfiguration", raw(`{"disableLogTypes":["audit"]}`)))
		x.act("a database's log is no longer exported", "database/log-export-stopped")
	}
}

// tor signs in, or calls, through Tor.
func (d *day) tor(x *Attack) {
	from := pick(d.r, TorExits...)
	p := d.people[len(d.people)-1]
	switch {
	case d.chance(0.3):
		at := d.when(x, time.Hour)
		d.sql(at, d.databases[0], "app", from, "CONNECT", "")
		x.act("a database is logged in to through Tor", "login/tor-succeeded")
	case p.role == "" && d.chance(0.5):
		at := d.when(x, time.Hour)
		d.login(at, p.name, from, true, false)
		x.act("a login through Tor", "iam/tor-changed")
		x.act("without a second factor", "iam/console-login-without-mfa")
	default:
		g := d.gate(x, d.person(&p).from(from))
		g.do("rds", "DescribeDBInstances", "")
		g.do("s3", "ListBuckets", "")
		g.do("rds", "CreateDBSnapshot", with("dBInstanceIdentifier", d.databases[0].name, "dBSnapshotIdentifier", "t"))
		x.act("somebody looks through Tor", "iam/tor-looked")
		x.act("somebody changes things through Tor", "iam/tor-changed")
	}
}

func (d *day) instanceRole(x *Attack) {
	a := d.program("app-0", pick(d.r, d.apps...)).from(d.foreign())
	g := d.gate(x, a)
	for _, c := range [][2]string{{"sts", "GetCallerIdentity"}, {"s3", "ListBuckets"}, {"dynamodb", "ListTables"}, {"dynamodb", "DescribeTable"}} {
		g.do(c[0], c[1], "")
	}
	x.act("a machine's credentials are used elsewhere", "credential/instance-role-elsewhere")
}

func (d *day) secretsTaken(x *Attack) {
	a := d.intruder()
	if d.chance(0.4) {
		a = d.program("app-0", d.apps[0])
	}
	g := d.gate(x, a)
	g.do("secretsmanager", "ListSecrets", "")
	if d.chance(0.3) {
		g.do("secretsmanager", "BatchGetSecretValue", with("filters", raw(`[]`)))
		x.act("secrets are taken in batches", "credential/secrets-batch", "credential/secrets-all")
		return
	}
	for i := range 4 + d.r.IntN(14) {
		g.do("secretsmanager", "GetSecretValue", with("secretId", fmt.Sprint("prod/secret-", i)))
	}
	x.act("many secrets are taken", "credential/secrets-many", "credential/secrets-many-by-program")
}

func (d *day) functionTaken(x *Attack) {
	p := d.people[0]
	g := d.gate(x, d.person(&p).from(d.foreign()))
	f := pick(d.r, d.functions...)
	g.do("lambda", "UpdateFunctionCode20150331v2", with("functionName", f))
	x.act("a function's code is changed", "compute/lambda-code-changed")
	if d.chance(0.5) {
		g.do("lambda", "AddPermission20150331v2", with("functionName", f, "principal", "999988887777", "action", "lambda:InvokeFunction"))
		x.act("and others may call it", "compute/lambda-opened")
	} else {
		g.do("lambda", "CreateFunctionUrlConfig", with("functionName", f, "authType", "NONE"))
		x.act("and everybody may call it", "compute/function-url-public")
	}
}

func (d *day) opened(x *Attack) {
	g := d.gate(x, d.intruder())
	db := pick(d.r, d.databases...)
	g.do("ec2", "AuthorizeSecurityGroupIngress", with("groupId", "sg-0"+d.hex(8), "ipPermissions", raw(fmt.Sprintf(`{"items":[{"ipProtocol":"tcp","fromPort":%d,"toPort":%d,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]}}]}`, d.port(), d.port()))))
	x.act("a group is opened to the world", "network/opened-to-world")
	g.do("rds", "ModifyDBInstance", with("dBInstanceIdentifier", db.name, "publiclyAccessible", true, "applyImmediately", true))
	x.act("a database is made public", "database/made-public")
	d.visit(g.at.Add(20*time.Minute), d.foreign(), db, d.port(), 9000, 4_000_000)
	x.act("and asked from the internet", "flow/administration-from-internet")
}

func (d *day) imagesGone(x *Attack) {
	g := d.gate(x, d.intruder())
	if d.chance(0.5) {
		g.do("ec2", "ModifySnapshotAttribute", with("snapshotId", "snap-0"+d.hex(8), "attributeType", "CREATE_VOLUME_PERMISSION", "createVolumePermission", raw(`{"add":{"items":[{"userId":"999988887777"}]}}`)))
	} else {
		g.do("ec2", "ModifyImageAttribute", with("imageId", "ami-0"+d.hex(8), "launchPermission", raw(`{"add":{"items":[{"group":"all"}]}}`)))
	}
	x.act("a disk or an image is shared", "compute/disk-shared")
}

// consoleTaken guesses users' passwords until one fits.
func (d *day) consoleTaken(x *Attack) {
	from, at := d.foreign(), d.when(x, time.Hour)
	names := append([]string{"admin", "root1", "backup", "test", "dev"}, d.people[0].name)
	for i := range 8 + d.r.IntN(24) {
		d.login(at.Add(time.Duration(i)*30*time.Second), names[i%len(names)], from, false, false)
	}
	d.login(at.Add(50*time.Minute), d.people[0].name, from, true, false)
	x.act("passwords are tried on many users", "iam/password-spraying")
	x.act("one fits, without a second factor", "iam/console-login-without-mfa")
}
