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
	part   *watch.Part
	file   string
	shapes *lazy.Shapes
	known  []*known // of the last names, by their hash; machines ask for the same again and again
	e      event
}

// known is what follows from a name, and the lists that it is on.
type known struct {
	raw   string
	texts [len(fromName)]string
	lists []string
}

// fromName are the places of the fields that follow from a name.
var fromName = [...]int{name, parent, longest, length, labels, entropy, digits}

// maxKnown is how many names are remembered at most.
const maxKnown = 512

// The members of a query that are asked for by their place, Resolver's before those of OCSF.
const (
	queryName = iota
	queryType
	queryTime
	queryCode
	queryFrom
	queryVPC
	queryAccount
	queryRegion
	queryIDs
	queryAnswers
	ocsfQuery
	ocsfFrom
	ocsfCloud
	ocsfTime
)

// NewReader makes a reader of a file.
func NewReader(file string, part *watch.Part) *Reader {
	r := &Reader{part: part, file: file}
	r.shapes = lazy.NewShapes("query_name", "query_type", "query_timestamp", "rcode", "srcaddr", "vpc_id", "account_id", "region", "srcids", "answers", "query", "src_endpoint", "cloud", "time")
	r.e.columns = rules.NewColumns(rules.LogNamed("dns"))
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
	fields                       lazy.Fields
}

// Read reads the object at i; ok is false where it is no query.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-format.html
func (r *Reader) Read(s string, i int) (end int, ok bool) {
	e := &r.e
	end, whole := r.shapes.Read(&e.fields, s, i)
	if !whole {
		return lazy.End(s, i), false
	}
	f := &e.fields
	if f.At(queryName) == "" && f.At(ocsfQuery) == "" {
		return end, false
	}
	e.raw, e.file = s[i:end], r.file
	e.columns.Clear()
	text := e.columns.Text
	text[name], text[kind], e.at = lazy.Text(f.At(queryName)), lazy.Text(f.At(queryType)), lazy.Text(f.At(queryTime))
	text[rcode], text[address], text[vpc] = lazy.Text(f.At(queryCode)), lazy.Text(f.At(queryFrom)), lazy.Text(f.At(queryVPC))
	e.account, e.zone = lazy.Text(f.At(queryAccount)), lazy.Text(f.At(queryRegion))
	text[instance], text[answer] = lazy.Path(f.At(queryIDs), "instance"), answers(f.At(queryAnswers))
	if q := f.At(ocsfQuery); q != "" {
		e.activity(q)
	}
	if text[name] == "" {
		return end, false
	}
	n, before := r.describe(text)
	who := text[instance]
	if who == "" {
		who = text[address]
	}
	seen := &e.seen
	seen.Event, seen.OK, seen.Who, seen.Account, seen.From, seen.To = &e.columns, text[rcode] != "NXDOMAIN", who, e.account, text[address], text[name]
	seen.Forget()
	if before {
		seen.Know(n.lists)
	}
	if r.part.Event("dns", 0, e); !before {
		n.lists = seen.ToLists()
	}
	return end, true
}

// describe is the function of that name, for a name that may have been described before.
func (r *Reader) describe(text []string) (n *known, before bool) {
	if r.known == nil {
		r.known = make([]*known, maxKnown)
	}
	raw := text[name]
	slot := &r.known[xxhash.Sum64String(raw)%maxKnown]
	if n = *slot; n != nil && n.raw == raw {
		for i, at := range fromName {
			text[at] = n.texts[i]
		}
		return n, true
	}
	n = &known{raw: strings.Clone(raw)} // it outlives what is read
	text[name] = n.raw
	describe(text)
	for i, at := range fromName {
		n.texts[i] = text[at]
	}
	*slot = n
	return n, false
}

// activity reads what OCSF has in the place of Resolver's members.
func (e *event) activity(query string) {
	f, text := &e.fields, e.columns.Text
	text[name], text[kind] = lazy.Path(query, "hostname"), lazy.Path(query, "type")
	if v := f.At(ocsfFrom); v != "" {
		text[address], text[instance] = lazy.Path(v, "ip"), lazy.Path(v, "instance_uid")
	}
	if v := f.At(ocsfCloud); v != "" {
		e.account, e.zone = lazy.Path(v, "account", "uid"), lazy.Path(v, "region")
	}
	if v := f.At(ocsfTime); v != "" {
		e.at = v
	}
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
	return watch.Facts{
		Log: "dns", ID: strconv.FormatUint(e.Hash(), 36), Account: e.account, Region: e.zone, Address: e.columns.Text[address], Principal: e.seen.Who,
		Name: "query for " + e.columns.Text[name], File: e.file,
	}.Own()
}
