// Package dns reads the query logs of Route 53 Resolver, with what DNS Firewall did where it did something, and DNS activity
// as OCSF has it. Logs of public hosted zones are not read: they say who asked from outside.
//
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-format.html
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
	met    watch.Earliest
}

// known is what follows from a name, and the lists that it is on.
type known struct {
	raw   string
	texts [len(fromName)]string
	lists []string
}

// fromName are the places of the fields that follow from a name.
var fromName = [...]int{name, parent, longest, length, labels, entropy, digits, hidden}

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
	queryFirewall
	ocsfQuery
	ocsfFrom
	ocsfCloud
	ocsfTime
)

// NewReader makes a reader of a file.
func NewReader(file string, part *watch.Part) *Reader {
	r := &Reader{part: part, file: file}
	r.shapes = lazy.NewShapes("query_name", "query_type", "query_timestamp", "rcode", "srcaddr", "vpc_id", "account_id", "region", "srcids", "answers", "firewall_rule_action", "query", "src_endpoint", "cloud", "time")
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
	hidden
	firewall
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
	text[firewall] = lazy.Text(f.At(queryFirewall))
	text[instance], text[answer] = lazy.Path(f.At(queryIDs), "instance"), answers(f.At(queryAnswers))
	if q := f.At(ocsfQuery); q != "" {
		e.activity(q)
	}
	if text[name] == "" {
		return end, false
	}
	if r.met.Before(e.account, e.at) {
		r.part.Met("dns", e.account, e.At())
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
// longest label the entropy in hundredths of a bit a character, and how many of a hundred characters are digits. hidden is how
// many characters of text a label carries encoded.
func describe(text []string) {
	n := strings.TrimSuffix(text[name], ".")
	written := n // what is encoded may need its capital letters
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
	text[longest], text[length], text[labels], text[hidden] = word(most), word(len(n)), word(count), word(0)
	if most >= shortest {
		text[hidden] = word(carried(written))
	}
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

// The alphabets that names carry data in, as the value of each character, or -1: Base64 of RFC 4648 with both of its sets,
// Base32, and hexadecimal.
var (
	base64 = alphabet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", "-_", 62)
	base32 = alphabet("abcdefghijklmnopqrstuvwxyz234567", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", 0)
	base16 = alphabet("0123456789abcdef", "ABCDEF", 10)
)

// alphabet gives the characters of main their values from 0 on, and those of other theirs from a value on.
func alphabet(main, other string, from int8) *[256]int8 {
	var out [256]int8
	for i := range out {
		out[i] = -1
	}
	for i := range len(main) {
		out[main[i]] = int8(i) // at most 64
	}
	for i := range len(other) {
		out[other[i]] = from + int8(i) // at most 26
	}
	return &out
}

// shortest is the length from which a label is looked at for text: twelve characters of Base64.
const shortest = 16

// carried is how many characters of printable ASCII the labels of a name hold encoded, of the label that holds most. Of
// labels made by chance, one in some hundred thousand decodes to so much text; shorter ones would more often.
func carried(n string) int {
	most := 0
	for len(n) >= shortest {
		label, rest, _ := strings.Cut(n, ".")
		n = rest
		if len(label) < shortest {
			continue
		}
		if got := decoded(label, 6, base64); got >= 12 {
			most = max(most, got)
		}
		if got := max(decoded(label, 5, base32), decoded(label, 4, base16)); got >= 15 {
			most = max(most, got)
		}
	}
	return most
}

// decoded is how long the text is that a label holds in an alphabet of so many bits a character; 0 where it holds none.
func decoded(label string, bits int, digits *[256]int8) int {
	label = strings.TrimRight(label, "=")
	value, have, n := 0, 0, 0
	for i := range len(label) {
		d := digits[label[i]]
		if d < 0 {
			return 0
		}
		value = value<<bits&0xffff | int(d)
		if have += bits; have >= 8 {
			have -= 8
			if c := value >> have & 0xff; c < ' ' || c > '~' {
				return 0
			}
			n++
		}
	}
	return n
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
