package months

import (
	"fmt"
	"strings"
	"time"
)

// actor is a person, at a time: from the office, from home, or now and then from somewhere else.
func (d *day) person(p *person) actor {
	a := actor{kind: "IAMUser", name: p.name, address: d.office, agent: "aws-cli/2.17.40 md/awscrt#0.21.2", key: p.key}
	if p.console { // which has keys of its own that end with the session
		a.agent, a.key = browser, "ASIA"+strings.ToUpper(p.name)
	}
	if p.role != "" {
		a.kind, a.name, a.session, a.key = "AssumedRole", p.role, p.name, "ASIA"
	}
	switch x := d.r.Float64(); {
	case x < 0.04:
		a.address = d.outside() // a train, a hotel, a telephone
	case x < 0.45:
		a.address = p.home
	}
	return a
}

// everybody is a day of the people: they sign in, look, and do their work.
func (d *day) everybody() {
	for i := range d.people {
		p := &d.people[i]
		if d.n < p.from || d.off() && !d.chance(0.07) || d.chance(0.12) {
			continue
		}
		a, at := d.person(p), d.at(p.start+0.7*d.r.NormFloat64())
		d.signIn(p, a, at)
		for range d.times(5 * d.busy) {
			d.look(p, a, at.Add(time.Duration(d.r.Float64()*8*float64(time.Hour))))
		}
		if d.chance(0.5) {
			d.work(p, a, at.Add(time.Duration(d.r.Float64()*7*float64(time.Hour))))
		}
		if p.admin && d.chance(0.35) {
			d.administer(p, a, at.Add(time.Duration(d.r.Float64()*7*float64(time.Hour))))
		}
	}
	if d.chance(0.06) { // somebody on call at night
		p := &d.people[d.r.IntN(len(d.people))]
		if d.n >= p.from {
			a := d.person(p).from(p.home)
			at := d.at(2 + 3*d.r.Float64())
			d.signIn(p, a, at)
			d.call(at.Add(60e9), a, "sts", "AssumeRole", with("roleArn", "arn:aws:iam::"+d.ID+":role/OnCallAdministrator"), "", "")
			on := actor{kind: "AssumedRole", name: "OnCallAdministrator", session: p.name, address: p.home, agent: browser, key: "ASIA"}
			for range 12 {
				d.look(p, on, at.Add(time.Duration(d.r.IntN(3600))*time.Second))
			}
			if d.chance(0.5) {
				d.call(at.Add(1800e9), on, "rds", "RebootDBInstance", with("dBInstanceIdentifier", pick(d.r, d.databases...).name), "", "")
			}
		}
	}
}

// signIn signs a person in, at times after a mistake.
func (d *day) signIn(p *person, a actor, at time.Time) {
	if p.role != "" {
		if d.chance(0.5) {
			u := actor{kind: "Unknown", name: p.name, address: a.address, agent: browser}
			d.call(at, u, "sso", "Authenticate", "", "", "")
		}
		d.call(at, a, "signin", "ConsoleLogin", "", with("ConsoleLogin", "Success"), "")
		return
	}
	for range d.times(0.08) {
		d.login(at.Add(-20e9), p.name, a.address, false, true)
	}
	if p.console {
		d.login(at, p.name, a.address, true, true)
		return
	}
	d.call(at, a, "sts", "GetCallerIdentity", "", "", "")
	if d.chance(0.3) {
		d.call(at.Add(5e9), a, "sts", "GetSessionToken", with("serialNumber", "arn:aws:iam::"+d.ID+":mfa/"+p.name), "", "")
	}
}

// look is what everybody reads, some of it without the right to.
func (d *day) look(p *person, a actor, at time.Time) {
	c := pick(d.r, [2]string{"rds", "DescribeDBInstances"}, [2]string{"ec2", "DescribeInstances"}, [2]string{"cloudwatch", "GetMetricData"}, [2]string{"logs", "FilterLogEvents"}, [2]string{"lambda", "ListFunctions20150331"},
		[2]string{"dynamodb", "ListTables"}, [2]string{"dynamodb", "DescribeTable"}, [2]string{"s3", "ListBuckets"}, [2]string{"iam", "ListRoles"}, [2]string{"rds", "DescribeDBSnapshots"}, [2]string{"s3", "GetBucketAcl"}, [2]string{"ce", "GetCostAndUsage"})
	code := ""
	if !p.admin && d.chance(0.05) {
		code = "AccessDenied"
	}
	params := ""
	if c[1] == "GetBucketAcl" {
		params = with("bucketName", pick(d.r, d.buckets...))
	}
	d.call(at, a, c[0], c[1], params, "", code)
}

// work is what those do who build: they try things, look into tables of development, and enter their machines.
func (d *day) work(p *person, a actor, at time.Time) {
	switch d.r.IntN(9) {
	case 0, 1:
		d.call(at, a, "ssm", "StartSession", with("target", p.box), "", "")
	case 2:
		d.call(at, a, "dynamodb", "Scan", with("tableName", "dev-"+d.tables[0]), "", "")
	case 3:
		d.call(at, a, "ec2", "StopInstances", with("instancesSet", raw(`{"items":[{"instanceId":"`+p.box+`"}]}`)), "", "")
		d.call(at.Add(3*3600e9), a, "ec2", "StartInstances", with("instancesSet", raw(`{"items":[{"instanceId":"`+p.box+`"}]}`)), "", "")
	case 4:
		d.call(at, a, "secretsmanager", "GetSecretValue", with("secretId", "dev/"+p.name), "", "")
	case 5:
		d.call(at, a, "dynamodb", "Query", with("tableName", "dev-"+pick(d.r, d.tables...)), "", "")
	case 6:
		if p.role == "" {
			d.call(at, a, "lambda", "UpdateFunctionCode20150331v2", with("functionName", "dev-"+p.name), "", "")
		}
	case 7:
		d.call(at, a, "logs", "StartQuery", "", "", "")
	case 8:
		for range 3 + d.r.IntN(10) {
			d.call(at, a, "s3", "GetObject", with("bucketName", pick(d.r, d.buckets...), "key", "report.csv"), "", "")
		}
	}
	if p.dba && d.chance(0.3) {
		d.call(at, a, "rds", "CreateDBSnapshot", with("dBInstanceIdentifier", pick(d.r, d.databases...).name, "dBSnapshotIdentifier", fmt.Sprint("before-migration-", d.n)), "", "")
	}
}

// administer is what administrators do now and then.
func (d *day) administer(p *person, a actor, at time.Time) {
	db := pick(d.r, d.databases...).name
	switch d.r.IntN(14) {
	case 0:
		d.call(at, a, "ec2", "AuthorizeSecurityGroupIngress", with("groupId", "sg-office", "ipPermissions", raw(`{"items":[{"ipProtocol":"tcp","fromPort":443,"toPort":443,"ipRanges":{"items":[{"cidrIp":"`+d.office+`/32"}]}}]}`)), "", "")
	case 1:
		d.call(at, a, "rds", "RebootDBInstance", with("dBInstanceIdentifier", db), "", "")
	case 2:
		d.call(at, a, "rds", "RestoreDBInstanceFromDBSnapshot", with("dBInstanceIdentifier", "staging", "dBSnapshotIdentifier", "rds:"+db), "", "")
	case 3:
		d.call(at, a, "rds", "DeleteDBInstance", with("dBInstanceIdentifier", "staging", "skipFinalSnapshot", true), "", "")
	case 4, 5:
		d.call(at, a, "rds", "ModifyDBInstance", with("dBInstanceIdentifier", db, "allocatedStorage", 200), "", "")
	case 6:
		d.call(at, a, "iam", "CreateAccessKey", with("userName", p.name), "", "")
	case 7:
		d.call(at, a, "s3", "PutBucketLifecycle", with("bucketName", pick(d.r, d.buckets...), "LifecycleConfiguration", raw(`{"Rule":{"Expiration":{"Days":90}}}`)), "", "")
	case 8:
		d.call(at, a, "rds", "DeleteDBSnapshot", with("dBSnapshotIdentifier", fmt.Sprint("before-migration-of-", d.start.AddDate(0, 0, -20).Format("0102"))), "", "")
	case 9:
		d.call(at, a, "monitoring", "PutMetricAlarm", with("alarmName", "cpu"), "", "")
		d.call(at, a, "monitoring", "DeleteAlarms", with("alarmNames", raw(`["cpu-old"]`)), "", "")
	case 10:
		d.call(at, a, "iam", "AddUserToGroup", with("userName", pick(d.r, d.people...).name, "groupName", "readers"), "", "")
	case 11:
		d.call(at, a, "ec2", "TerminateInstances", with("instancesSet", raw(`{"items":[{"instanceId":"i-0`+d.hex(16)+`"}]}`)), "", "")
	case 12:
		d.call(at, a, "rds", "ModifyDBParameterGroup", with("dBParameterGroupName", "main", "parameters", raw(`[{"parameterName":"work_mem","parameterValue":"65536"}]`)), "", "")
	case 13:
		d.call(at, a, "guardduty", "ArchiveFindings", with("detectorId", "d1"), "", "")
	}
}

// join is somebody new: an administrator makes their user, and they begin on the day after.
func (d *day) join() {
	p := person{name: fmt.Sprint(pick(d.r, firstNames...), d.n), home: d.outside(), start: 8.5, console: true, from: d.n + 1, box: "i-0" + d.hex(16)}
	admin := &d.people[0]
	a, at := d.person(admin), d.at(10+d.r.Float64())
	if admin.role != "" {
		p.role = d.people[len(d.people)-1].role
		d.people = append(d.people, p)
		return
	}
	p.key = "AKIA" + d.letters(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
	d.call(at, a, "iam", "CreateUser", with("userName", p.name), "", "")
	d.call(at.Add(30e9), a, "iam", "CreateLoginProfile", with("userName", p.name, "passwordResetRequired", true), "", "")
	d.call(at.Add(60e9), a, "iam", "AddUserToGroup", with("userName", p.name, "groupName", "developers"), "", "")
	d.people = append(d.people, p)
}

// oddities are days that are out of the ordinary, and harmless.
func (d *day) oddities() {
	if d.off() {
		return
	}
	if d.chance(0.03) {
		d.join()
	}
	if d.chance(0.015) && d.people[0].role == "" { // the bill: only the root user may look
		a := actor{kind: "Root", address: d.office, agent: browser}
		d.call(d.at(11), a, "billingconsole", "GetBillingAddress", "", "", "")
		d.call(d.at(11.1), a, "billing", "UpdateBillingPreferences", "", "", "")
	}
	if d.chance(0.02) {
		d.failover()
	}
	if d.chance(0.03) {
		d.rotation()
	}
	if d.chance(0.04) {
		d.migration()
	}
	if d.chance(0.03) {
		d.office = d.outside() // the provider gave another address
	}
	if d.chance(0.02) {
		d.newMachine()
	}
}

// newMachine is one more that asks the databases, as when there is more to do.
func (d *day) newMachine() {
	d.apps = append(d.apps, d.host(fmt.Sprint("app", len(d.apps)), 1))
}
