// Package dns reads the query logs of Route 53 Resolver, and DNS activity as OCSF has it.
package dns

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/lazy"
)

// Reader hands queries to a part of a run. It is for one goroutine.
type Reader struct {
	part *watch.Part
	file string
	e    event
	met  watch.Earliest
}

// NewReader makes a reader of a file.
func NewReader(file string, part *watch.Part) *Reader {
	r := &Reader{part: part, file: file}
	log := rules.LogNamed("dns")
	r.e.columns = rules.NewColumns(log)
	return r
}

// The places of a query's fields, as rules has them.
const (
	name = iota
	parent
	kind
	rcode
	address
	answer
	instance
	vpc
	longest
	length
	labels
	entropy
	digits
)

type event struct {
	columns                      rules.Columns
	seen                         rules.Seen
	raw, file, at, account, zone string
	members                      []lazy.Member
}

// Read reads the object at i; ok is false where it is no query.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-format.html
func (r *Reader) Read(s string, i int) (end int, ok bool) {
	e := &r.e
	whole := false
	e.members, end, whole = lazy.Members(e.members[:0], s, i)
	if !whole {
		return lazy.End(s, i), false
	}
	e.raw, e.file = s[i:end], r.file
	e.columns.Clear()
	text := e.columns.Text
	e.at, e.account, e.zone = "", "", ""
	for _, m := range e.members {
		switch m.Name {
		case "query_name":
			text[name] = lazy.Text(m.Value)
		case "query_type":
			text[kind] = lazy.Text(m.Value)
		case "query_timestamp":
			e.at = lazy.Text(m.Value)
		case "rcode":
			text[rcode] = lazy.Text(m.Value)
		case "srcaddr":
			text[address] = lazy.Text(m.Value)
		case "vpc_id":
			text[vpc] = lazy.Text(m.Value)
		case "account_id":
			e.account = lazy.Text(m.Value)
		case "region":
			e.zone = lazy.Text(m.Value)
		case "srcids":
			text[instance] = lazy.Path(m.Value, "instance")
		case "answers":
			text[answer] = answers(m.Value)
		case "query": // OCSF
			text[name], text[kind] = lazy.Path(m.Value, "hostname"), lazy.Path(m.Value, "type")
		case "src_endpoint":
			text[address], text[instance] = lazy.Path(m.Value, "ip"), lazy.Path(m.Value, "instance_uid")
		case "cloud":
			e.account, e.zone = lazy.Path(m.Value, "account", "uid"), lazy.Path(m.Value, "region")
		case "time":
			e.at = m.Value
		}
	}
	if text[name] == "" {
		return end, false
	}
	if r.met.Before(e.account, e.at) {
		r.part.Met("dns", e.account, e.At())
	}
	describe(text)
	who := text[instance]
	if who == "" {
		who = text[address]
	}
	e.seen = rules.Seen{Event: &e.columns, OK: text[rcode] != "NXDOMAIN", Who: who, Account: e.account, From: text[address], To: text[name]}
	r.part.Event("dns", 0, e)
	return end, true
}

// answers are the data of all answers, with spaces between.
func answers(raw string) string {
	if raw == "" || raw[0] != '[' {
		return ""
	}
	out := ""
	for a := range lazy.Elements(raw) {
		data := lazy.Path(a, "Rdata")
		if data == "" {
			data = lazy.Path(a, "rdata")
		}
		switch {
		case out == "":
			out = data
		case data != "":
			out += " " + data
		}
	}
	return out
}

// small are the numbers that lengths are.
var small = func() (out [256]string) {
	for i := range out {
		out[i] = strconv.Itoa(i)
	}
	return out
}()

// logs2 are n*log2(n), for n up to the length of a label.
var logs2 = func() (out [64]float64) {
	for i := 1; i < len(out); i++ {
		out[i] = float64(i) * math.Log2(float64(i))
	}
	return out
}()

func word(n int) string {
	if n >= 0 && n < len(small) {
		return small[n]
	}
	return strconv.Itoa(n)
}

// describe fills what follows from a name: its parent, how long it and its longest label are, how many labels it has, and of the
// longest label the entropy in hundredths of a bit a character, and how many of a hundred characters are digits.
func describe(text []string) {
	n := strings.TrimSuffix(text[name], ".")
	for i := range len(n) {
		if c := n[i]; c >= 'A' && c <= 'Z' {
			n = strings.ToLower(n)
			break
		}
	}
	text[name], text[parent] = n, n
	count, most, start, at := 0, 0, 0, 0
	last, before := -1, -1 // the last two dots
	for i := 0; i <= len(n); i++ {
		if i < len(n) && n[i] != '.' {
			continue
		}
		count++
		if i-start > most {
			most, at = i-start, start
		}
		start = i + 1
		if i < len(n) {
			last, before = i, last
		}
	}
	if last >= 0 && before >= 0 {
		text[parent] = n[before+1:]
	}
	text[longest], text[length], text[labels] = word(most), word(len(n)), word(count)
	var freq [256]uint8
	label := n[at : at+min(most, 63)]
	figures := 0
	sum := 0.0
	for i := range len(label) {
		c := label[i]
		sum += logs2[freq[c]+1] - logs2[freq[c]]
		freq[c]++
		if c >= '0' && c <= '9' {
			figures++
		}
	}
	if len(label) > 0 {
		text[entropy] = word(int(100 * (logs2[len(label)] - sum) / float64(len(label))))
		text[digits] = word(100 * figures / len(label))
	}
}

// Seen implements [watch.Event].
func (e *event) Seen() *rules.Seen { return &e.seen }

// At implements [watch.Event].
func (e *event) At() int64 {
	for _, form := range []string{time.RFC3339, "2006-01-02 15:04:05"} {
		if t, err := time.Parse(form, e.at); err == nil {
			return t.UnixMilli()
		}
	}
	if n, err := strconv.ParseInt(e.at, 10, 64); err == nil {
		return n
	}
	return 0
}

// Hash implements [watch.Event].
func (e *event) Hash() uint64 { return xxhash.Sum64String(e.raw) | 1 }

// Facts implements [watch.Event].
func (e *event) Facts() watch.Facts {
	c := strings.Clone
	return watch.Facts{
		Log: "dns", ID: strconv.FormatUint(e.Hash(), 36), Account: c(e.account), Region: c(e.zone), Address: c(e.columns.Text[address]), Principal: c(e.seen.Who),
		Name: "query for " + e.columns.Text[name], File: e.file,
	}
}
