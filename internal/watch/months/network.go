package months

import (
	"fmt"
	"strings"
)

// network is the traffic that every account has: programs ask databases and the internet, machines are looked after, and the
// internet tries whatever has an address.
func (d *day) network() {
	n := d.scale(0.6)
	for range d.times(700 * n) {
		at, app, db := d.anytime(), pick(d.r, d.apps...), pick(d.r, d.databases...)
		up, down := 200+d.r.IntN(4000), 500+int(30_000*d.r.ExpFloat64())
		port := d.port()
		d.talk(at, app, db.address, port, up, down)
		d.visit(at, app.address, db, port, up, down)
	}
	sites := []string{"52.95.110.20", "140.82.121.6", "151.101.1.63", "104.16.20.35", "13.33.10.77", "34.120.50.9"}
	for range d.times(250 * n) {
		d.talk(d.anytime(), pick(d.r, append(d.apps, d.nat)...), pick(d.r, sites...), 443, 800+d.r.IntN(3000), 2000+int(60_000*d.r.ExpFloat64()))
	}
	for _, h := range d.apps {
		for range d.times(3) { // time
			d.flow(d.anytime(), flow{eni: h.eni, instance: h.instance, src: h.address, dst: "169.254.169.123", sport: 123, dport: 123, proto: 17, packets: 1, bytes: 76})
		}
		for h24 := range 24 { // a collector of metrics asks
			at := d.at(float64(h24) + d.r.Float64())
			d.visit(at, strings.TrimSuffix(d.nat.address, "4")+"9", h, 9100, 300, 9000)
		}
	}
	d.updates()
	d.scanners(d.edge, 40*d.busy)
	d.scanners([]host{d.nat}, 15*d.busy)
}

func (d *day) port() int {
	if d.postgres {
		return 5432
	}
	return 3306
}

// updates are what machines fetch, and mail that they send by a service of another port.
func (d *day) updates() {
	for _, h := range d.apps {
		if d.chance(0.3) {
			d.talk(d.at(6+d.r.Float64()), h, "185.125.190.39", 80, 900, 4_000_000+d.r.IntN(90_000_000))
		}
		if d.chance(0.2) {
			d.talk(d.anytime(), h, "54.240.1.10", 587, 20_000, 2000)
		}
	}
}

// scanners are those on the internet who try every address: most are refused, what is open answers.
func (d *day) scanners(hosts []host, mean float64) {
	for range d.times(mean) {
		from, at := d.outside(), d.at(24*d.r.Float64())
		ports := []int{22, 23, 80, 443, 445, 1433, 3306, 3389, 5432, 5900, 6379, 8080, 8443, 9200, 27017}
		tries := 1
		if d.chance(0.1) {
			tries = 10 + d.r.IntN(60) // one who is thorough
		}
		for i := range tries {
			h := pick(d.r, hosts...)
			port := pick(d.r, ports...)
			if tries > 1 {
				port = 1 + d.r.IntN(10_000)
			}
			d.flow(at.Add(3e9*timeOf(i)), flow{eni: h.eni, instance: h.instance, src: from, dst: h.address, sport: 40000 + d.r.IntN(20000), dport: port, packets: 1, bytes: 40, refused: port != 443, ingress: true})
		}
	}
}

// customers visit the load balancers, and are answered on whatever port they ask from.
func (d *day) customers(mean float64) {
	n := d.times(mean * d.scale(1.2))
	for range n {
		lb, at := pick(d.r, d.edge...), d.anytime()
		up, down := 800+d.r.IntN(4000), 4000+int(80_000*d.r.ExpFloat64())
		d.visit(at, d.outside(), lb, 443, up, down)
		app := pick(d.r, d.apps...)
		d.talk(at, lb, app.address, 8080, up, down)
		d.visit(at, lb.address, app, 8080, up, down)
	}
	for range n / 6 { // who goes away leaves packets behind that are answered with a reset
		lb := pick(d.r, d.edge...)
		d.flow(d.anytime(), flow{eni: lb.eni, instance: lb.instance, src: lb.address, dst: d.outside(), sport: 443, dport: 1024 + d.r.IntN(64512), packets: 1 + d.r.IntN(2), bytes: 40})
	}
	for _, lb := range d.edge { // health checks
		for _, app := range d.apps {
			for h := range 24 {
				d.flow(d.at(float64(h)+d.r.Float64()), flow{eni: lb.eni, instance: lb.instance, src: lb.address, dst: app.address, sport: 1024 + d.r.IntN(64512), dport: 8080, packets: 5, bytes: 520})
			}
		}
	}
}

// names are what machines ask Resolver for.
func (d *day) names() {
	n := d.scale(0.6)
	hosts := append(append([]host{}, d.apps...), d.nat)
	for range d.times(500 * n) {
		h, at := pick(d.r, hosts...), d.anytime()
		switch x := d.r.IntN(20); {
		case x < 6:
			d.query(at, h, pick(d.r, d.databases...).name+".c0ffee123456."+d.Region+".rds.amazonaws.com", "A", "NOERROR", "10.0.2.10")
		case x < 11:
			d.query(at, h, pick(d.r, "dynamodb", "s3", "sts", "secretsmanager", "logs", "kms")+"."+d.Region+".amazonaws.com", "A", "NOERROR", "52.95.110.20")
		case x < 13:
			d.query(at, h, pick(d.r, "api.stripe.com", "api.github.com", "packages.example.org", "wheels.example.net", "login.example.com", "files.example.net", "mirror.example.org"), "A", "NOERROR", "151.101.1.63")
		case x < 14: // contents that networks keep near
			d.query(at, h, "d"+d.letters(13, "0123456789abcdefghijklmnopqrstuvwxyz")+".cloudfront.net", "A", "NOERROR", "13.33.10.77")
		case x < 15:
			d.query(at, h, pick(d.r, "e"+d.letters(5, "0123456789")+".dsca.akamaiedge.net", d.hex(8)+".ssl.fastly.net", d.letters(12, "abcdefghijklmnopqrstuvwxyz0123456789")+".azureedge.net"), "A", "NOERROR", "104.16.20.35")
		case x < 16: // what a machine's list of domains is put behind a name
			d.query(at, h, pick(d.r, "redis", "queue", "metadata", "api.stripe.com")+"."+d.Region+".compute.internal", "A", "NXDOMAIN", "")
		case x < 17:
			d.query(at, h, d.Region+"-telemetry."+d.hex(16)+".ingest.sentry.io", "A", "NOERROR", "34.120.50.9")
		case x < 18:
			d.query(at, h, fmt.Sprintf("%d.%d.%d.10.in-addr.arpa", d.r.IntN(250), d.r.IntN(250), 20), "PTR", "NXDOMAIN", "")
		case x < 19:
			d.query(at, h, "s3-"+d.ID+"-"+pick(d.r, d.buckets...)+".s3."+d.Region+".amazonaws.com", "A", "NOERROR", "52.95.110.21")
		default:
			d.query(at, h, d.hex(32)+"."+d.hex(8)+".mobile.telemetry.example.net", "A", "NOERROR", "34.120.50.10")
		}
	}
	for range d.times(2) { // somebody who mistypes
		d.query(d.anytime(), pick(d.r, hosts...), d.letters(9, "abcdefghijklmnopqrstuvwxyz")+".com", "A", "NXDOMAIN", "")
	}
}

// mail are the questions of a machine that takes mail: lists of bad senders, signatures, files known by their hash.
func (d *day) mail(h host, mean float64) {
	for range d.times(mean * d.scale(0.5)) {
		at := d.anytime()
		from := fmt.Sprintf("%d.%d.%d.%d", d.r.IntN(256), d.r.IntN(256), d.r.IntN(256), 1+d.r.IntN(220))
		d.query(at, h, from+".zen.spamhaus.org", "A", pick(d.r, "NXDOMAIN", "NXDOMAIN", "NOERROR"), "127.0.0.2")
		sender := d.letters(5+d.r.IntN(7), "abcdefghijklmnopqrstuvwxyz") + pick(d.r, ".com", ".net", ".example", ".info")
		d.query(at, h, "selector1._domainkey."+sender, "TXT", "NOERROR", "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCB")
		d.query(at, h, sender, "MX", pick(d.r, "NXDOMAIN", "NOERROR", "NOERROR", "NOERROR", "NOERROR"), "10 mx."+sender)
		if d.chance(0.3) {
			d.talk(at, h, d.outside(), 25, 30_000, 900)
		}
		if d.chance(0.3) { // an attachment's hash is asked after
			d.query(at, h, d.letters(26, "abcdefghijklmnopqrstuvwxyz234567")+"."+d.letters(26, "abcdefghijklmnopqrstuvwxyz234567")+".a.00.s.files.reputation.example", "TXT", pick(d.r, "NXDOMAIN", "NOERROR"), "w fe d1")
		}
		d.visit(at, d.outside(), h, 25, 20_000, 900)
	}
}
