package months

import (
	"fmt"
	"time"
)

func timeOf(n int) time.Duration { return time.Duration(n) }

// logins are those of pools, of people and of what runs at night, with what they ask.
func (d *day) logins() {
	n := d.scale(0.7)
	for _, h := range d.apps {
		for range d.times(8 * n) { // a pool takes a new connection
			d.sql(d.anytime(), pick(d.r, d.databases...), "app", h.address, "CONNECT", "")
		}
	}
	for range d.times(150 * n) {
		d.sql(d.anytime(), pick(d.r, d.databases...), "app", pick(d.r, d.apps...).address, "QUERY", pick(d.r,
			"select id, total from orders where customer = 4711", "update carts set items = 3 where id = 99", "insert into events (name) values ('login')", "select count(*) from orders where day = '2026-09-01'",
			"select p.name, s.count from products p join stock s on s.product = p.id where p.category = 5 or p.category = 6", "delete from sessions where expires < now()"))
	}
	d.sql(d.at(1.5), d.databases[0], "reports", d.apps[0].address, "CONNECT", "")
	for _, t := range []string{"orders", "customers"} {
		d.sql(d.at(1.6), d.databases[0], "reports", d.apps[0].address, "QUERY", "select sum(total) from "+t+" group by day")
	}
	d.sql(d.at(4.2), d.databases[0], "rdsadmin", "localhost", "CONNECT", "")
	for i := range d.people {
		p := &d.people[i]
		if !p.dba || d.off() || d.n < p.from || !d.chance(0.7) {
			continue
		}
		from, at, db := d.bastion().address, d.at(p.start+6*d.r.Float64()), pick(d.r, d.databases...)
		for range d.times(0.3) {
			d.sql(at.Add(-9e9), db, p.name, from, "FAILED_CONNECT", "")
		}
		d.sql(at, db, p.name, from, "CONNECT", "")
		d.talk(at, d.bastion(), db.address, d.port(), 4000, 200_000)
		for range d.times(6) {
			d.sql(at.Add(time.Duration(d.r.IntN(7200))*time.Second), db, p.name, from, "QUERY", pick(d.r, "select * from orders where id = 17", "explain select id from orders where total > 5", "select * from customers limit 20", "show processlist", "select count(*) from sessions", "select * from feature_flags"))
		}
	}
}

// bastion is the machine that people go to databases by.
func (d *day) bastion() host { return d.apps[len(d.apps)-len(d.apps)/2-1] }

// failover is a night on which a database moves to its other half, and all pools come back at once. It is one of RDS's own
// events and no call, so CloudTrail has nothing of it.
func (d *day) failover() {
	at := d.at(3 + d.r.Float64())
	for _, h := range d.apps {
		for i := range 10 {
			d.sql(at.Add(time.Duration(20+i)*time.Second), d.databases[0], "app", h.address, "CONNECT", "")
		}
	}
}

// rotation gives a pool another password: those that still have the old one are refused until they ask again.
func (d *day) rotation() {
	at := d.at(2 + d.r.Float64())
	a := d.function("secret-rotation")
	d.call(at, a, "secretsmanager", "GetSecretValue", with("secretId", "prod/app"), "", "")
	d.call(at.Add(1e9), a, "secretsmanager", "PutSecretValue", with("secretId", "prod/app"), "", "")
	d.sql(at.Add(2e9), d.databases[0], "rotation", "10.99.1.10", "CONNECT", "")
	d.sql(at.Add(3e9), d.databases[0], "rotation", "10.99.1.10", "QUERY", "alter user app identified by 'x'")
	for _, h := range d.apps {
		tries := d.r.IntN(14)
		for i := range tries {
			d.sql(at.Add(time.Duration(4+i)*time.Second), d.databases[0], "app", h.address, "FAILED_CONNECT", "")
		}
		d.sql(at.Add(40*time.Second), d.databases[0], "app", h.address, "CONNECT", "")
	}
}

// migration is a change of the tables, with a snapshot before it.
func (d *day) migration() {
	at, from := d.at(10+5*d.r.Float64()), d.bastion().address
	d.call(at.Add(-600e9), d.deployer(), "rds", "CreateDBSnapshot", with("dBInstanceIdentifier", d.databases[0].name, "dBSnapshotIdentifier", fmt.Sprint("migration-", d.n)), "", "")
	d.sql(at, d.databases[0], "migrate", from, "CONNECT", "")
	for _, s := range []string{"create table orders_new (id bigint, total numeric)", "insert into orders_new select id, total from orders", "alter table orders add column note text", "drop table orders_old", "grant select on orders_new to reports", "create index on orders_new (id)"} {
		at = at.Add(20e9)
		d.sql(at, d.databases[0], "migrate", from, "QUERY", s)
	}
}
