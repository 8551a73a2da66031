package months

import (
	"fmt"
	"strings"
	"time"
)

// startup is a few people who do most by hand, in the console or with keys of their own.
func startup(a *Account) {
	a.postgres = a.r.IntN(2) == 0
	a.hire(3+a.r.IntN(4), false)
	a.apps, a.edge = a.hosts("web", 1, 2+a.r.IntN(2)), a.hosts("lb", 0, 2)
	a.databases = a.hosts("main", 2, 1)
	a.tables, a.buckets = a.list(2+a.r.IntN(3), "users%d"), a.list(3+a.r.IntN(3), "acme-files-%d")
	a.secrets, a.functions = a.list(2, "prod/app%d"), a.list(3, "job-%d")
	a.live = append(a.live, func(d *day) {
		d.customers(200)
		d.data(120, 3)
		for range d.times(0.5 * d.scale(0)) { // Terraform from a laptop
			p := &d.people[0]
			x := d.person(p)
			x.agent = "APN/1.0 HashiCorp/1.0 Terraform/1.9.5"
			at := d.at(15 + 2*d.r.Float64())
			for _, c := range [][2]string{{"ec2", "DescribeSecurityGroups"}, {"iam", "GetRole"}, {"s3", "GetBucketPolicy"}, {"s3", "GetBucketAcl"}} {
				d.call(at, x, c[0], c[1], "", "", "")
			}
			d.call(at, x, "iam", "PutRolePolicy", with("roleName", "web", "policyName", "inline", "policyDocument", `{"Statement":[]}`), "", "")
			if d.chance(0.3) {
				d.call(at, x, "ec2", "AuthorizeSecurityGroupIngress", with("groupId", "sg-0"+d.hex(8), "ipPermissions", raw(`{"items":[{"ipProtocol":"tcp","fromPort":443,"toPort":443,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]}}]}`)), "", "")
			}
		}
	}, func(d *day) { d.mail(d.apps[0], 150) })
}

// platform is a team whose changes come by pipelines, with machines that come and go and functions that call for others.
func platform(a *Account) {
	a.direction = true
	a.hire(8+a.r.IntN(8), true)
	a.apps, a.edge = a.hosts("node", 1, 4+a.r.IntN(6)), a.hosts("lb", 0, 2)
	a.databases = a.hosts("aurora", 2, 2+a.r.IntN(2))
	a.tables, a.buckets = a.list(5+a.r.IntN(6), "service-%d"), a.list(6+a.r.IntN(6), "platform-%d")
	a.secrets, a.functions = a.list(8+a.r.IntN(12), "prod/service%d"), a.list(8+a.r.IntN(10), "fn-%d")
	a.live = append(a.live, func(d *day) {
		d.deploys(5)
		d.customers(250)
		d.data(500, len(d.tables))
		d.scaling()
		d.secretsForAll()
		d.cleanup()
	})
}

// analytics reads masses at night, exports and copies, and deletes what is old.
func analytics(a *Account) {
	a.direction, a.postgres = a.r.IntN(2) == 0, true
	a.hire(5+a.r.IntN(5), true)
	a.apps, a.edge = a.hosts("worker", 1, 4+a.r.IntN(4)), a.hosts("gateway", 0, 1)
	a.databases = a.hosts("warehouse", 2, 2)
	a.tables, a.buckets = a.list(4+a.r.IntN(4), "facts-%d"), a.list(4+a.r.IntN(4), "lake-%d")
	a.secrets, a.functions = a.list(3, "prod/etl%d"), a.list(4, "etl-%d")
	a.live = append(a.live, func(d *day) {
		d.deploys(1)
		d.data(150, 2)
		d.nightly()
		d.secretsForAll()
		d.cleanup()
		d.mail(d.apps[1], 15)
	})
}

// shop is on the internet, with a firewall in front of it and a guard before its tables.
func shop(a *Account) {
	a.hire(6+a.r.IntN(5), true)
	a.apps, a.edge = a.hosts("shop", 1, 4+a.r.IntN(5)), a.hosts("lb", 0, 3)
	a.databases = a.hosts("orders", 2, 2)
	a.tables, a.buckets = a.list(3+a.r.IntN(3), "carts%d"), a.list(3+a.r.IntN(3), "shop-assets-%d")
	a.secrets, a.functions = a.list(4, "prod/shop%d"), a.list(5, "hook-%d")
	a.live = append(a.live, func(d *day) {
		d.deploys(2.5)
		d.customers(900)
		d.data(350, len(d.tables))
		d.scaling()
		d.firewall()
		d.guarding()
		d.cleanup()
	})
}

// data are the events of tables: programs that read and write, each the tables that it knows.
func (d *day) data(mean float64, readers int) {
	for range d.times(mean * d.scale(0.7)) {
		i := d.r.IntN(min(readers, len(d.tables)))
		a := d.program(fmt.Sprint("app-", i), pick(d.r, d.apps...))
		if d.Name != "startup" && d.chance(0.3) {
			a = d.function(fmt.Sprint("fn-", i))
		}
		d.call(d.anytime(), a, "dynamodb", pick(d.r, "GetItem", "GetItem", "Query", "Query", "PutItem", "UpdateItem", "BatchGetItem", "DeleteItem"), with("tableName", d.tables[i]), "", "")
	}
}

// scaling is machines that come and go by themselves.
func (d *day) scaling() {
	a := linked("AWSServiceRoleForAutoScaling", "autoscaling")
	for range d.times(8 * d.busy) {
		at := d.anytime()
		d.call(at, a, "ec2", "RunInstances", with("instanceType", "m6i.large"), "", "")
		d.call(at.Add(5*time.Hour), a, "ec2", "TerminateInstances", with("instancesSet", raw(`{"items":[{"instanceId":"i-0`+d.hex(16)+`"}]}`)), "", "")
		d.call(at, linked("AWSServiceRoleForECS", "ecs"), "elasticloadbalancing", "RegisterTargets", "", "", "")
	}
	for range d.times(2 * d.busy) { // they have addresses of the subnet that were others' before
		h := d.host("spare", 1)
		h.address = fmt.Sprintf("10.%d.1.%d", 20+len(d.Name), 10+d.r.IntN(240))
		at := d.anytime()
		for i := range 5 {
			d.sql(at.Add(time.Duration(i)*time.Second), pick(d.r, d.databases...), "app", h.address, "CONNECT", "")
			d.talk(at.Add(time.Duration(i)*time.Minute), h, pick(d.r, d.databases...).address, d.port(), 2000, 40_000)
			d.query(at, h, "logs."+d.Region+".amazonaws.com", "A", "NOERROR", "52.95.110.20")
		}
	}
	for _, h := range d.apps[:2] { // what a machine asks when it begins
		x, at := d.program("node", h), d.at(5*d.r.Float64())
		for _, c := range [][2]string{{"ec2", "DescribeInstances"}, {"ec2", "DescribeTags"}, {"ecr", "GetAuthorizationToken"}, {"ssm", "GetParameter"}} {
			d.call(at, x, c[0], c[1], "", "", "")
		}
	}
}

// secretsForAll is the program that brings all secrets to where they are needed, every hour.
func (d *day) secretsForAll() {
	for h := range 24 {
		a, at := d.program("external-secrets", d.apps[0]), d.at(float64(h)+0.1)
		for i, s := range d.secrets {
			d.call(at.Add(time.Duration(i)*time.Second), a, "secretsmanager", "GetSecretValue", with("secretId", s), "", "")
		}
	}
}

// robots are users of the account with keys, as old programs have them: each calls from a place of its own.
func (d *day) robots() {
	for i, name := range robotNames {
		a := actor{kind: "IAMUser", name: name, key: "AKIA" + strings.ToUpper(strings.ReplaceAll(name, "-", "")) + d.ID[:6], address: d.places[i], agent: "Boto3/1.26 Python/3.9"}
		for n := range d.times(12 * d.scale(0.8)) {
			at := d.anytime()
			if d.chance(0.1) {
				d.call(at, a, "sts", "GetCallerIdentity", "", "", "")
			}
			d.call(at, a, "s3", "PutObject", with("bucketName", pick(d.r, d.buckets...), "key", fmt.Sprintf("%s/%d/%d", name, d.n, n)), "", "")
		}
	}
}

var robotNames = []string{"ci-upload", "backup-agent", "legacy-app"}

// cleanup is the function that deletes what is old: snapshots of its own, images, objects.
func (d *day) cleanup() {
	a, at := d.function("cleanup"), d.at(5+d.r.Float64())
	for i := range d.times(3) {
		d.call(at.Add(time.Duration(i)*time.Second), a, "rds", "DeleteDBSnapshot", with("dBSnapshotIdentifier", fmt.Sprintf("manual-%d-%d", d.n-14, i)), "", "")
	}
	for range 1 + d.r.IntN(4) {
		d.call(at, a, "s3", "DeleteObjects", with("bucketName", d.buckets[0]), "", "")
	}
	for i := range d.times(20) {
		d.call(at.Add(time.Duration(i)*time.Second), a, "s3", "DeleteObject", with("bucketName", d.buckets[0], "key", fmt.Sprintf("tmp/%d/%d", d.n, i)), "", "")
	}
}

// nightly is what runs when nobody asks: exports, scans of whole tables, copies to the lake.
func (d *day) nightly() {
	etl := d.program("etl", d.apps[0])
	at := d.at(0.5 + d.r.Float64())
	for i, t := range d.tables {
		if i%2 == 0 {
			d.call(at, d.function("exporter"), "dynamodb", "ExportTableToPointInTime", with("tableArn", "arn:aws:dynamodb:"+d.Region+":"+d.ID+":table/"+t), "", "")
			continue
		}
		for p := range 20 + int(60*d.scale(0.5)) {
			d.call(at.Add(time.Duration(p)*4*time.Second), etl, "dynamodb", "Scan", with("tableName", t), "", "")
		}
	}
	if d.start.Weekday() == time.Sunday {
		d.call(at, d.function("exporter"), "rds", "StartExportTask", with("sourceArn", "arn:aws:rds:"+d.Region+":"+d.ID+":snapshot:weekly"), "", "")
	}
	d.sql(at, d.databases[0], "etl", d.apps[0].address, "CONNECT", "")
	for _, t := range []string{"orders", "customers", "payments", "events", "products", "stock"} {
		at = at.Add(40e9)
		d.sql(at, d.databases[0], "etl", d.apps[0].address, "QUERY", "select * from "+t)
	}
	d.sql(at, d.databases[0], "etl", d.apps[0].address, "QUERY", "select aws_s3.query_export_to_s3('select id from orders', 'lake-0')")
	volume := int(4e8 * d.scale(0.5))
	for i := range 20 {
		t := d.at(1 + float64(i)/20)
		d.visit(t, d.apps[0].address, d.databases[0], 5432, 20_000, volume/20)
		d.talk(t, d.apps[0], "52.218.60.10", 443, volume/30, 9000)
	}
	for i := range d.times(30 * d.scale(0.1)) { // people who ask the lake
		d.call(d.at(8+9*d.r.Float64()), d.function("athena"), "s3", "GetObject", with("bucketName", pick(d.r, d.buckets...), "key", fmt.Sprint("part-", i)), "", "")
	}
}

// firewall are the requests that WAF saw: customers, and the noise that every site has.
func (d *day) firewall() {
	uris := []string{"/", "/cart", "/search", "/login", "/product/17", "/checkout"}
	for range d.times(500 * d.scale(1.2)) {
		d.request(d.anytime(), d.outside(), pick(d.r, uris...), "ALLOW", "Default_Action")
	}
	for range d.times(12 * d.busy) { // programs that try every site a little
		from, at := d.outside(), d.at(24*d.r.Float64())
		for i := range 1 + d.r.IntN(7) {
			d.request(at.Add(time.Duration(i)*2*time.Second), from, pick(d.r, "/wp-login.php", "/.env", "/index.php?id=1", "/search"), "BLOCK", pick(d.r, "AWS-AWSManagedRulesCommonRuleSet", "AWS-AWSManagedRulesSQLiRuleSet", "AWS-AWSManagedRulesKnownBadInputsRuleSet"))
		}
	}
	if d.chance(0.25) { // a customer whose name has a quote in it tries again
		from, at := d.outside(), d.anytime()
		for i := range 1 + d.r.IntN(4) {
			d.request(at.Add(time.Duration(i)*20*time.Second), from, "/search", "BLOCK", "AWS-AWSManagedRulesSQLiRuleSet", "awswaf:managed:aws:sql-database:SQLi_QueryArguments")
		}
		d.request(at.Add(100e9), from, "/search", "ALLOW", "Default_Action")
	}
}

// guarding is the guard's record of who asked for what.
func (d *day) guarding() {
	for range d.times(150 * d.scale(1)) {
		h := pick(d.r, d.apps...)
		d.guarded(d.anytime(), "shop-app", h.address, pick(d.r, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"), pick(d.r, d.tables...), "allowed")
	}
	for range d.times(3) { // a program that lacks a right
		d.guarded(d.anytime(), "reports", pick(d.r, d.apps...).address, "dynamodb:Scan", d.tables[0], "denied")
	}
}
