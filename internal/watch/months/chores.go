package months

import (
	"fmt"
	"time"
)

// chores are what an account has that not every account has: a scanner of the company's own, a dump at night, copies that are
// kept elsewhere, a crawler, services on ports of their own. What it has is decided once.
func chores(a *Account) {
	have := func(p float64, do func(*day)) {
		if a.r.Float64() < p {
			a.live = append(a.live, do)
		}
	}
	scanner, monitor, crawler := a.host("scanner", 3), a.host("monitor", 3), a.host("crawler", 1)
	elsewhere, vendor := a.outside(), a.outside()
	ports := []int{9092, 9243, 10516, 16379, 5671, 8883, 27017}
	port, other := pick(a.r, ports...), pick(a.r, ports...)
	later := a.r.IntN(35)
	have(0.3, func(d *day) { d.ownScan(scanner) })
	have(0.5, func(d *day) { d.gone(monitor) })
	have(0.4, (*day).dump)
	have(0.4, func(d *day) { d.copies(elsewhere) })
	have(0.3, func(d *day) { d.crawl(crawler) })
	have(0.7, func(d *day) {
		for range d.times(20) {
			d.talk(d.anytime(), pick(d.r, d.apps...), vendor, port, 9000, 2000)
		}
		if d.n >= later { // one more such service, from some day on
			d.talk(d.anytime(), d.apps[0], elsewhere, other, 9000, 2000)
		}
	})
	have(0.6, (*day).bigDay)
}

// ownScan is the company's own scanner, which looks for open ports every Sunday.
func (d *day) ownScan(h host) {
	if d.start.Weekday() != time.Sunday {
		return
	}
	at := d.at(4 + d.r.Float64())
	for i := range 60 {
		for j, port := range []int{22, 80, 443, 3306, 5432, 6379} {
			d.flow(at.Add(time.Duration(i*6+j)*time.Second), flow{eni: h.eni, instance: h.instance, src: h.address, dst: fmt.Sprintf("10.%d.%d.%d", 20+len(d.Name), i%4, 4+i), sport: 40000 + d.r.IntN(20000), dport: port, packets: 1, bytes: 44, refused: d.chance(0.9)})
		}
	}
}

// gone are machines that a monitor still asks, though they are no longer there or closed to it.
func (d *day) gone(h host) {
	for i := range 30 {
		d.flow(d.at(24*d.r.Float64()), flow{eni: h.eni, instance: h.instance, src: h.address, dst: fmt.Sprintf("10.%d.1.%d", 20+len(d.Name), 200+i), sport: 40000 + d.r.IntN(20000), dport: 9100, packets: 1, bytes: 60, refused: true})
	}
}

// dump is the copy that a script takes of a database every night, table after table.
func (d *day) dump() {
	at, from, db := d.at(3.2), d.apps[0].address, d.databases[len(d.databases)-1]
	d.sql(at, db, "backup", from, "CONNECT", "")
	for _, t := range []string{"orders", "customers", "payments", "events", "products", "stock", "sessions"} {
		at = at.Add(15e9)
		s := "SELECT /*!40001 SQL_NO_CACHE */ * FROM `" + t + "`"
		if d.postgres {
			s = "COPY public." + t + " (id, note) TO stdout"
		}
		d.sql(at, db, "backup", from, "QUERY", s)
	}
	for i := range 10 {
		d.visit(at.Add(time.Duration(i)*time.Minute), from, db, d.port(), 4000, int(25_000_000*d.scale(1)))
	}
}

// copies are sent to a place outside of AWS, as prudent people do.
func (d *day) copies(to string) {
	for i := range 12 {
		d.talk(d.at(3.6+float64(i)/20), d.apps[0], to, 443, int(2e8*d.scale(1)), 50_000)
	}
}

// crawl looks whether the links that customers wrote still lead somewhere; many names are no more.
func (d *day) crawl(h host) {
	if d.start.Weekday() != time.Tuesday && d.start.Weekday() != time.Friday {
		return
	}
	at := d.at(22 + 0.2*d.r.Float64())
	for i := range 150 + d.r.IntN(150) {
		name := pick(d.r, someWords...) + pick(d.r, "", "-", "s") + pick(d.r, someWords...) + pick(d.r, ".com", ".net", ".org")
		if d.chance(0.5) {
			name = "www." + name
		}
		if d.chance(0.3) {
			d.query(at.Add(time.Duration(i*7)*time.Second), h, name, "A", "NXDOMAIN", "")
		} else {
			d.query(at.Add(time.Duration(i*7)*time.Second), h, name, "A", "NOERROR", d.outside())
		}
	}
}

// bigDay is a day now and then on which much more goes on: a sale, a load test, a copy of the database for somebody's work.
func (d *day) bigDay() {
	if !d.chance(0.04) {
		return
	}
	switch d.r.IntN(3) {
	case 0:
		d.customers(1500)
		d.data(800, len(d.tables))
	case 1:
		p := &d.people[0]
		a, at := d.person(p), d.at(10)
		d.call(at, a, "rds", "RestoreDBInstanceToPointInTime", with("sourceDBInstanceIdentifier", d.databases[0].name, "targetDBInstanceIdentifier", "drill"), "", "")
		d.call(at.Add(time.Hour), a, "rds", "FailoverDBCluster", with("dBClusterIdentifier", d.databases[0].name), "", "")
		d.call(at.Add(3*time.Hour), a, "rds", "DeleteDBInstance", with("dBInstanceIdentifier", "drill", "skipFinalSnapshot", true), "", "")
	case 2:
		for i := range 20 {
			d.visit(d.at(14+float64(i)/40), d.apps[0].address, d.databases[0], d.port(), 9000, 30_000_000)
		}
	}
}
