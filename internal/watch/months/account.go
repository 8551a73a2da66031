package months

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// Begin is the first day of all months: a Monday.
var Begin = time.Date(2026, 8, 31, 0, 0, 0, 0, time.UTC)

// Account is one account and what happens in it. Days are made one after the other, as what happens on one follows from
// those before.
type Account struct {
	Name    string // its character
	ID      string
	Region  string
	Attacks []*Attack

	r         *rand.Rand
	busy      float64 // how much goes on, around 1
	growth    float64 // a day
	direction bool    // whether flow logs are of version 5, with a direction
	postgres  bool
	people    []person
	apps      []host // that ask the databases
	edge      []host // load balancers, in public subnets
	nat       host
	databases []host
	tables    []string
	buckets   []string
	secrets   []string
	functions []string
	vendor    string // where the auditor's calls come from
	office    string
	places    []string // of the robots
	holidays  map[int]bool
	plan      map[int][]*Attack
	live      []func(*day)
	events    int64
	serial    int // of records
	machines  int
}

// person works in an account.
type person struct {
	name    string
	role    string // of single sign-on; empty for a user of the account
	admin   bool
	dba     bool
	home    string // the address of their connection
	key     string // long-term key, empty where there is none
	box     string // a machine of their own
	from    int    // the day they joined
	start   float64
	console bool // works in the console more than with programs
}

// host is a machine with an address.
type host struct{ name, address, instance, eni string }

// Generate makes the accounts of a seed. days is how long they are watched, learn how many of these are left without attacks.
func Generate(seed uint64, days, learn int) []*Account {
	var out []*Account
	for i, c := range []struct {
		name string
		life func(*Account)
	}{{"startup", startup}, {"platform", platform}, {"analytics", analytics}, {"shop", shop}} {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		a := &Account{Name: c.name, ID: fmt.Sprintf("%012d", 100_000_000_000+r.Int64N(899_999_999_999)), r: r, busy: 0.6 + r.Float64(), growth: r.Float64() * 0.006, holidays: map[int]bool{}, plan: map[int][]*Attack{}}
		a.Region = pick(r, "eu-west-1", "eu-central-1", "us-east-1", "us-west-2")
		a.vendor, a.office = a.outside(), a.outside()
		a.nat = a.host("nat", 0)
		for range robotNames {
			a.places = append(a.places, a.outside())
		}
		for range 1 + r.IntN(2) {
			a.holidays[r.IntN(days)] = true
		}
		c.life(a)
		chores(a)
		a.live = append(a.live, (*day).services, (*day).auditor, (*day).everybody, (*day).robots, (*day).network, (*day).names, (*day).logins, (*day).oddities)
		a.plant(days, learn)
		out = append(out, a)
	}
	return out
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// outside is an address on the internet; none of those that lists of the suite have.
func (a *Account) outside() string {
	return fmt.Sprintf("%d.%d.%d.%d", pick(a.r, 62, 81, 84, 88, 91, 109, 151, 176, 178, 212), a.r.IntN(256), a.r.IntN(256), 1+a.r.IntN(254))
}

// host makes a machine in a subnet.
func (a *Account) host(name string, subnet int) host {
	a.machines++
	return host{name: name, address: fmt.Sprintf("10.%d.%d.%d", 20+len(a.Name), subnet, 4+a.machines%250), instance: "i-0" + a.hex(16), eni: "eni-0" + a.hex(16)}
}

func (a *Account) hosts(name string, subnet, n int) []host {
	out := make([]host, n)
	for i := range out {
		out[i] = a.host(fmt.Sprint(name, i), subnet)
	}
	return out
}

func (a *Account) letters(n int, of string) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = of[a.r.IntN(len(of))]
	}
	return string(b)
}

func (a *Account) hex(n int) string { return a.letters(n, "0123456789abcdef") }

// list makes n names.
func (a *Account) list(n int, form string) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf(form, i)
	}
	return out
}

var firstNames = []string{"ada", "ben", "chloe", "deniz", "emil", "fatou", "grace", "hugo", "ines", "jonas", "kaja", "leon", "mira", "noor", "otto", "petra", "quinn", "rosa", "sven", "tara"}

// hire makes people: one admin among each five, one who looks after databases among each four.
func (a *Account) hire(n int, sso bool) {
	for i := range n {
		p := person{name: firstNames[(i+len(a.Name))%len(firstNames)], admin: i%5 == 0, dba: i%4 == 1, home: a.outside(), start: 7 + 3*a.r.Float64(), console: a.r.IntN(3) > 0, box: "i-0" + a.hex(16)}
		if sso {
			p.role = "AWSReservedSSO_" + map[bool]string{true: "Administrator", false: "Developer"}[p.admin] + "_" + a.Name + "0123456789ab"
		} else {
			p.key = "AKIA" + a.letters(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
		}
		a.people = append(a.people, p)
	}
}

// day is one day of an account, while its logs are written.
type day struct {
	*Account
	n      int
	start  time.Time
	logs   logs
	attack *Attack // whose lines are written, nil for ordinary life
}

// Day makes the logs of the next day. Days have to be asked for in order.
func (a *Account) Day(n int) []Log {
	d := &day{Account: a, n: n, start: Begin.AddDate(0, 0, n)}
	d.logs.begin(a)
	for _, live := range a.live {
		live(d)
	}
	for _, x := range a.plan[n] {
		d.attack = x
		x.run(d, x)
		d.attack = nil
	}
	return d.logs.end()
}

// off reports whether nobody works.
func (d *day) off() bool {
	w := d.start.Weekday()
	return w == time.Saturday || w == time.Sunday || d.holidays[d.n]
}

// scale is how much goes on today, of what goes on at all.
func (d *day) scale(weekend float64) float64 {
	s := d.busy * (1 + d.growth*float64(d.n)) * (0.9 + 0.2*d.r.Float64())
	if d.off() {
		s *= weekend
	}
	return s
}

// at is a time of day in hours.
func (d *day) at(hour float64) time.Time {
	return d.start.Add(time.Duration(hour * float64(time.Hour))).Truncate(time.Second)
}

// anytime is a moment, by day more often than by night, as customers come.
func (d *day) anytime() time.Time {
	for {
		h := 24 * d.r.Float64()
		if d.r.Float64() < 0.55-0.45*math.Cos((h-3)/12*math.Pi) {
			return d.at(h)
		}
	}
}

// chance reports, with a probability, that something happens.
func (d *day) chance(p float64) bool { return d.r.Float64() < p }

// times is how often something happens that does so on average n times: Poisson's distribution.
func (d *day) times(n float64) int {
	if n > 30 {
		return max(0, int(n+math.Sqrt(n)*d.r.NormFloat64()+0.5))
	}
	k, p := 0, math.Exp(-n)
	for u := d.r.Float64(); u > p && k < 200; k++ {
		u -= p
		p *= n / float64(k+1)
	}
	return k
}
