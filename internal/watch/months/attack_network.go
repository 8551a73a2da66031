package months

import (
	"fmt"
	"strings"
	"time"
)

// The entries of the lists that the suite gives watch. They are of ranges that are kept for documentation, or made up.
var (
	TorExits      = []string{"185.220.101.34", "185.220.101.46", "185.220.102.8"}
	C2Names       = []string{"update-cdn-check.example", "wsus-sync.example"}
	C2Addresses   = []string{"198.51.100.77", "203.0.113.99"}
	MaliciousFrom = []string{"192.0.2.66", "198.51.100.200"}
)

// bruteForce guesses one user's password until it fits.
func (d *day) bruteForce(x *Attack) {
	at, db := d.when(x, time.Hour), pick(d.r, d.databases...)
	from := pick(d.r, d.foreign(), pick(d.r, d.apps...).address)
	user := pick(d.r, "admin", "postgres", "reports", "root")
	n, pause := 8+d.r.IntN(200), time.Duration(300+d.r.IntN(5000))*time.Millisecond
	if n < 60 && d.chance(0.3) {
		pause *= 8 // one who is careful
	}
	for i := range n {
		d.sql(at.Add(time.Duration(i)*pause), db, user, from, "FAILED_CONNECT", "")
	}
	d.sql(at.Add(time.Duration(n+1)*pause), db, user, from, "CONNECT", "")
	x.act("a password is guessed", "login/brute-force-succeeded")
	x.act("after many that failed", "login/failed")
}

func (d *day) sprayed(x *Attack) {
	at, from := d.when(x, time.Hour), pick(d.r, d.foreign(), pick(d.r, d.apps...).address)
	for i := range 6 + d.r.IntN(34) {
		d.sql(at.Add(time.Duration(i)*50*time.Second), d.databases[0], fmt.Sprint("user", i), from, "FAILED_CONNECT", "")
	}
	x.act("one password is tried on many users", "login/users-sprayed")
}

// injection tries a site until a request comes through, and then reads the tables by it.
func (d *day) injection(x *Attack) {
	at, from := d.when(x, 2*time.Hour), d.foreign()
	uri := pick(d.r, "/search", "/product/17", "/login")
	n := 7 + d.r.IntN(100)
	for i := range n {
		d.request(at.Add(time.Duration(i)*2*time.Second), from, uri, "BLOCK", "AWS-AWSManagedRulesSQLiRuleSet", "awswaf:managed:aws:sql-database:SQLi_QueryArguments")
	}
	at = at.Add(time.Duration(n) * 2 * time.Second)
	d.request(at.Add(5e9), from, uri, "ALLOW", "Default_Action")
	x.act("many requests are refused", "waf/injection-tried")
	x.act("and then one is not", "waf/injection-then-allowed")
	app := pick(d.r, d.apps...).address
	for i, s := range []string{"select id from products where name = '' union all select table_name from information_schema.tables", "select id from products where name = '' or 1=1", "select id from products where id = 5 and sleep(5)"} {
		d.sql(at.Add(time.Duration(5+i)*time.Second), d.databases[0], "app", app, "QUERY", s)
	}
	x.act("what comes through is no query of ours", "sql/injection")
	for i, t := range []string{"customers", "orders", "payments", "users", "addresses", "cards", "sessions"} {
		d.sql(at.Add(time.Duration(30+i*9)*time.Second), d.databases[0], "app", app, "QUERY", "select * from "+t)
	}
	x.act("the tables are read", "sql/dump")
}

// encoded is a piece of data as a program writes it into a name.
func (d *day) encoded(n int) string {
	switch d.r.IntN(3) {
	case 0:
		return d.hex(n)
	case 1:
		return d.letters(n, "abcdefghijklmnopqrstuvwxyz234567")
	}
	return d.letters(n, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
}

// tunnel carries data out in names: labels as long as they may be, as iodine and dnscat2 make them.
func (d *day) tunnel(x *Attack) {
	at, h := d.when(x, time.Hour), pick(d.r, d.apps...)
	parent := d.letters(8, "abcdefghijklmnopqrstuvwxyz") + pick(d.r, ".com", ".net", ".example")
	kind, parts, rate := pick(d.r, "TXT", "NULL", "A", "CNAME"), 1+d.r.IntN(3), 100+d.r.IntN(4000)
	size := 45 + d.r.IntN(18)
	if parts == 1 {
		size = 63
	}
	for i := range 60 + d.r.IntN(740) {
		var labels []string
		for range parts {
			labels = append(labels, d.encoded(size))
		}
		d.query(at.Add(time.Duration(i*rate)*time.Millisecond), h, strings.Join(labels, ".")+".t."+parent, kind, "NOERROR", "ok")
	}
	x.act("data leaves in names", "dns/tunnel", "dns/tunnel-slow")
}

// slowTunnel does the same with shorter names, and takes its time.
func (d *day) slowTunnel(x *Attack) {
	at, h := d.when(x, 8*time.Hour), pick(d.r, d.apps...)
	parent := d.letters(10, "abcdefghijklmnopqrstuvwxyz") + pick(d.r, ".com", ".info", ".example")
	size, pause := 16+d.r.IntN(38), 20+d.r.IntN(160)
	for i := range 8 * 3600 / pause {
		d.query(at.Add(time.Duration(i*pause)*time.Second), h, d.encoded(size)+"."+parent, pick(d.r, "TXT", "A"), "NOERROR", "ok")
	}
	x.act("data leaves in names, slowly", "dns/tunnel-slow", "dns/tunnel")
}

var someWords = []string{"quick", "house", "paper", "silver", "market", "winter", "garden", "window", "letter", "person", "bridge", "season", "number", "kitchen", "captain", "written", "laughter", "children", "discuss", "history"}

// madeUpNames asks for names that a program makes up until one is there: four families.
func (d *day) madeUpNames(x *Attack) {
	at, h := d.when(x, 2*time.Hour), pick(d.r, d.apps...)
	family, zones := d.r.IntN(4), []string{".com", ".net", ".biz", ".info", ".ru"}
	pause := 1 + d.r.IntN(30)
	for i := range 30 + d.r.IntN(180) {
		name := ""
		switch family {
		case 0: // letters, long
			name = d.letters(12+d.r.IntN(12), "abcdefghijklmnopqrstuvwxyz")
		case 1: // two words
			name = pick(d.r, someWords...) + pick(d.r, someWords...)
		case 2: // a hash
			name = d.hex(32)
		case 3: // letters, short
			name = d.letters(6+d.r.IntN(6), "abcdefghijklmnopqrstuvwxyz")
		}
		d.query(at.Add(time.Duration(i*pause)*time.Second), h, name+pick(d.r, zones...), "A", "NXDOMAIN", "")
	}
	x.act("names are made up", "dns/random-names", "dns/random-names-answered")
}

func (d *day) mining(x *Attack) {
	at, h := d.when(x, 6*time.Hour), pick(d.r, d.apps...)
	pool := pick(d.r, "pool.minexmr.com", "xmr-eu1.nanopool.org", "gulf.moneroocean.stream", "pool.supportxmr.com")
	port := pick(d.r, 3333, 4444, 5555, 14444, 10128)
	to := d.foreign()
	for i := range 12 {
		d.query(at.Add(time.Duration(i)*30*time.Minute), h, pool, "A", "NOERROR", to)
		d.talk(at.Add(time.Duration(i)*30*time.Minute+time.Second), h, to, port, 9000, 9000)
	}
	x.act("a miners' pool is asked for", "dns/mining")
	x.act("and spoken to", "flow/port-unusual", "flow/strange-port")
}

// beacon calls home at regular times.
func (d *day) beacon(x *Attack) {
	at, h := d.when(x, 8*time.Hour), pick(d.r, d.apps...)
	byName := d.chance(0.5)
	name, to := pick(d.r, C2Names...), pick(d.r, C2Addresses...)
	for i := range 80 {
		t := at.Add(time.Duration(i*300+d.r.IntN(30)) * time.Second)
		if byName {
			d.query(t, h, d.hex(4)+"."+name, "A", "NOERROR", "93.184.216.34")
			d.talk(t.Add(1e9), h, "93.184.216.34", 443, 600, 600)
			continue
		}
		d.talk(t, h, to, 443, 600, 600)
	}
	if byName {
		x.act("home is asked for", "dns/c2")
	} else {
		x.act("home is spoken to", "flow/c2")
	}
}

func (d *day) fastScan(x *Attack) {
	at, h := d.when(x, time.Hour), pick(d.r, d.apps...)
	for i := range 25 + d.r.IntN(350) {
		to := pick(d.r, d.databases...).address
		if d.chance(0.5) {
			to = fmt.Sprintf("10.%d.%d.%d", 20+len(d.Name), d.r.IntN(4), 1+d.r.IntN(254))
		}
		d.flow(at.Add(time.Duration(i)*300*time.Millisecond), flow{eni: h.eni, instance: h.instance, src: h.address, dst: to, sport: 40000 + d.r.IntN(20000), dport: 1 + d.r.IntN(9000), packets: 1, bytes: 44, refused: d.chance(0.9)})
	}
	x.act("ports are tried", "flow/port-scan")
}

// slowScan tries one port every few minutes, all day.
func (d *day) slowScan(x *Attack) {
	at, h := d.when(x, 20*time.Hour), pick(d.r, d.apps...)
	pause := 60 + d.r.IntN(500)
	for i := range 20 * 3600 / pause {
		to := fmt.Sprintf("10.%d.%d.%d", 20+len(d.Name), d.r.IntN(4), 1+d.r.IntN(254))
		d.flow(at.Add(time.Duration(i*pause)*time.Second), flow{eni: h.eni, instance: h.instance, src: h.address, dst: to, sport: 40000 + d.r.IntN(20000), dport: pick(d.r, 22, 3306, 5432, 6379, 1433, 9200, 27017, 445), packets: 1, bytes: 44, refused: d.chance(0.9)})
	}
	x.act("ports are tried, slowly", "flow/port-scan-slow", "flow/port-scan")
}

// drained is a database that gives much more than it ever does.
func (d *day) drained(x *Attack) {
	at, db, app := d.when(x, 2*time.Hour), pick(d.r, d.databases...), pick(d.r, d.apps...)
	times := 12
	if d.Name == "analytics" { // where much is read every night
		times = 60
	}
	for i := range times {
		d.visit(at.Add(time.Duration(i*55*60/times)*time.Second), app.address, db, d.port(), 9000, 20_000_000+d.r.IntN(130_000_000))
	}
	x.sums(db.address)
	x.act("more leaves a database than usual", "flow/database-egress")
}

// insider is somebody of ours who looks at what is none of their business.
func (d *day) insider(x *Attack) {
	p := d.people[len(d.people)/2]
	at := d.when(x, 3*time.Hour)
	if d.chance(0.5) {
		a := d.person(&p).from(p.home)
		table := d.tables[len(d.tables)-1]
		for i := range 30 + d.r.IntN(200) {
			d.call(at.Add(time.Duration(i)*20*time.Second), a, "dynamodb", pick(d.r, "Query", "Scan", "GetItem"), with("tableName", table), "", "")
		}
		x.act("a table is read by somebody who never did", "database/table-read-slowly", "database/table-scanned")
		return
	}
	from, db := d.bastion().address, pick(d.r, d.databases...)
	d.sql(at, db, p.name, from, "CONNECT", "")
	all := []string{"customers", "payments", "cards", "addresses", "users", "orders", "salaries"}
	for i, t := range all[:4+d.r.IntN(4)] {
		d.sql(at.Add(time.Duration(20+i*40)*time.Second), db, p.name, from, "QUERY", "select * from "+t)
	}
	x.act("tables are read from end to end", "sql/dump")
}

func (d *day) upload(x *Attack) {
	at, h, to := d.when(x, 3*time.Hour), pick(d.r, d.apps...), d.foreign()
	for i := range 40 {
		d.talk(at.Add(time.Duration(i)*70*time.Second), h, to, 443, 20_000_000+d.r.IntN(240_000_000), 90_000)
	}
	x.sums(h.address+" "+to, h.address+" to "+to)
	x.act("much is sent to one address", "flow/volume-unusual")
}

func (d *day) guardTried(x *Attack) {
	at := d.when(x, time.Hour)
	who, from := pick(d.r, "shop-app", "reports"), pick(d.r, pick(d.r, d.apps...).address, d.foreign())
	for i := range 25 + d.r.IntN(50) {
		d.guarded(at.Add(time.Duration(i)*4*time.Second), who, from, pick(d.r, "dynamodb:Scan", "dynamodb:ExportTableToPointInTime", "dynamodb:DeleteItem"), pick(d.r, d.tables...), "denied")
	}
	x.act("the guard refuses again and again", "guard/many-denied")
	if d.chance(0.5) {
		d.guarded(at.Add(10*time.Minute), who, from, "dynamodb:UpdateContinuousBackups", d.tables[0], "allowed")
		x.act("and then lets something through that destroys", "guard/destructive-allowed")
	}
}
