package months

import (
	"fmt"
	"time"
)

// Attack is a story that is planted: events of several logs at a known time.
type Attack struct {
	Name string
	// Acts are what the story consists of, as far as it is to be seen: each is found when one of its detections raises.
	Acts []Act

	begins time.Time
	until  time.Time
	run    func(*day, *Attack)
	ids    map[string]bool
	lines  []line
	about  map[string]bool // what is attacked, or attacks, where a sum tells and no single event
}

// Act is one thing done, with the detections any of which names it; the first is the one it is counted for.
type Act struct {
	What string
	By   []string
}

type line struct{ log, text string }

func (x *Attack) add(log, id, text string) {
	if id != "" {
		x.ids[id] = true
		return
	}
	x.lines = append(x.lines, line{log, text})
}

func (x *Attack) act(what string, by ...string) { x.Acts = append(x.Acts, Act{what, by}) }

// sums says which keys of sums are the attack's.
func (x *Attack) sums(keys ...string) {
	for _, k := range keys {
		x.about[k] = true
	}
}

// story is a kind of attack, and the accounts in which it can happen; none is all.
type story struct {
	name string
	in   []string
	run  func(*day, *Attack)
}

var stories = []story{
	{"stolen key", nil, (*day).stolenKey},
	{"privilege escalation", nil, (*day).escalation},
	{"snapshot given away", nil, (*day).snapshotGone},
	{"password reset, then login", nil, (*day).passwordReset},
	{"table scanned", nil, (*day).tableScanned},
	{"slow exfiltration of a table", nil, (*day).slowReads},
	{"ransom", nil, (*day).ransom},
	{"items deleted", nil, (*day).itemsDeleted},
	{"detectors blinded", nil, (*day).blinded},
	{"brute force, then login", nil, (*day).bruteForce},
	{"passwords sprayed over users", nil, (*day).sprayed},
	{"injection, then dump", []string{"shop"}, (*day).injection},
	{"tunnel in DNS", nil, (*day).tunnel},
	{"slow tunnel in DNS", nil, (*day).slowTunnel},
	{"made-up names", nil, (*day).madeUpNames},
	{"mining", nil, (*day).mining},
	{"beacon", nil, (*day).beacon},
	{"fast port scan", nil, (*day).fastScan},
	{"slow port scan", nil, (*day).slowScan},
	{"database drained", nil, (*day).drained},
	{"insider at night", nil, (*day).insider},
	{"login through Tor", nil, (*day).tor},
	{"instance's credentials elsewhere", nil, (*day).instanceRole},
	{"secrets collected", nil, (*day).secretsTaken},
	{"function taken over", nil, (*day).functionTaken},
	{"database opened to the internet", nil, (*day).opened},
	{"upload to one address", nil, (*day).upload},
	{"guard tried", []string{"shop"}, (*day).guardTried},
	{"disks and images given away", nil, (*day).imagesGone},
	{"console taken over", []string{"startup"}, (*day).consoleTaken},
}

// Stories are the names of the attacks.
func Stories() []string {
	out := make([]string, len(stories))
	for i, s := range stories {
		out[i] = s.name
	}
	return out
}

// plant gives each attack that can happen in the account a day, after those that are left to learn.
func (a *Account) plant(days, learn int) {
	var mine []story
	for _, s := range stories {
		fits := len(s.in) == 0
		for _, n := range s.in {
			fits = fits || n == a.Name
		}
		if fits {
			mine = append(mine, s)
		}
	}
	a.r.Shuffle(len(mine), func(i, j int) { mine[i], mine[j] = mine[j], mine[i] })
	for i, s := range mine {
		x := &Attack{Name: s.name, run: s.run, ids: map[string]bool{}, about: map[string]bool{}}
		n := learn + i*(days-learn)/len(mine)
		a.Attacks = append(a.Attacks, x)
		a.plan[n] = append(a.plan[n], x)
	}
}

// foreign is an address of an attacker.
func (d *day) foreign() string {
	return fmt.Sprintf("%d.%d.%d.%d", pick(d.r, 5, 45, 77, 93, 141, 193), d.r.IntN(256), d.r.IntN(256), 1+d.r.IntN(254))
}

// when is a time for an attack, at any hour, which it lasts from.
func (d *day) when(x *Attack, lasts time.Duration) time.Time {
	at := d.at((23.5 - lasts.Hours()) * d.r.Float64())
	x.begins, x.until = at, at.Add(lasts)
	return at
}

// thief has a key that is somebody's or some program's.
func (d *day) thief() actor {
	a := actor{kind: "IAMUser", name: pick(d.r, robotNames...), address: d.foreign(), key: "AKIASTOLEN" + d.letters(10, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), agent: pick(d.r, "aws-cli/2.15.0", "Boto3/1.34.2 Python/3.11", "aws-sdk-go/1.44", "python-requests/2.31")}
	if d.Name == "startup" && d.chance(0.5) {
		p := pick(d.r, d.people...)
		a.name, a.key = p.name, p.key
	}
	return a
}

// intruder has got the rights of somebody who may do most: a user, or a role by single sign-on.
func (d *day) intruder() actor {
	p := d.people[0]
	a := d.person(&p).from(d.foreign())
	if d.chance(0.3) {
		a = actor{kind: "AssumedRole", name: "github-deploy", session: "GitHubActions", address: d.foreign(), agent: "aws-cli/2.15.0", key: "ASIA"}
	}
	return a
}

// gate passes acts in time: each a little after the one before.
type gate struct {
	d  *day
	at time.Time
	a  actor
}

func (g *gate) do(source, name, params string) {
	g.at = g.at.Add(time.Duration(5+g.d.r.IntN(120)) * time.Second)
	g.d.call(g.at, g.a, source, name, params, "", "")
}

func (g *gate) denied(source, name string) {
	g.at = g.at.Add(time.Duration(2+g.d.r.IntN(8)) * time.Second)
	g.d.call(g.at, g.a, source, name, "", "", "AccessDenied")
}

func (d *day) gate(x *Attack, a actor) *gate { return &gate{d, d.when(x, 2*time.Hour), a} }
