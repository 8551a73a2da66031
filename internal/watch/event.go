package watch

import (
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/rules"
)

// Event is one line of a log as its feed has it. A feed may use the same one for every line, and overwrite the texts in it with
// those of the next: the engine copies what it keeps.
type Event interface {
	// Seen is what detections look at.
	Seen() *rules.Seen
	// At is when it happened, in milliseconds since 1970; 0 where the line does not say.
	At() int64
	// Hash is the same for the same event, however often it is delivered, and not 0.
	Hash() uint64
	// Facts are the rest, which is asked for only where something was found.
	Facts() Facts
}

// Facts are what every log's lines have. They outlive the event: their texts are their own.
type Facts struct {
	Log string `json:"log"`
	// ID is the log's own identifier, or a hash of the line.
	ID string `json:"id"`
	// Source and Name are of CloudTrail: rds.amazonaws.com and DeleteDBInstance. Other logs have what happened as Name.
	Source string `json:"source,omitempty"`
	Name   string `json:"name,omitempty"`
	// Account and Region are those that the event was recorded in.
	Account string `json:"account,omitempty"`
	Region  string `json:"region,omitempty"`
	// Address is where the call or the traffic came from; Port is the one it went to.
	Address string `json:"address,omitempty"`
	Port    int64  `json:"port,omitempty"`
	// Principal is who it was; Kind, User and AccessKey are what CloudTrail says of it.
	Principal string `json:"principal,omitempty"`
	Kind      string `json:"kind,omitempty"`
	User      string `json:"user,omitempty"`
	AccessKey string `json:"access_key,omitempty"`
	Error     string `json:"error,omitempty"`
	// File is where it was read.
	File string `json:"file,omitempty"`
}

// Own are the facts with texts of their own, all in one piece. Log and File are those of the feed, and are shared.
func (f Facts) Own() Facts {
	texts := [...]*string{&f.ID, &f.Source, &f.Name, &f.Account, &f.Region, &f.Address, &f.Principal, &f.Kind, &f.User, &f.AccessKey, &f.Error}
	n := 0
	for _, t := range texts {
		n += len(*t)
	}
	var b strings.Builder
	b.Grow(n)
	for _, t := range texts {
		b.WriteString(*t)
	}
	all := b.String()
	for _, t := range texts {
		*t, all = all[:len(*t)], all[len(*t):]
	}
	return f
}

// Record is an [Event] that is made as a whole, for logs of which there is not so much.
type Record struct {
	Rest Facts
	Time time.Time
	See  rules.Seen
}

// Seen implements [Event].
func (r *Record) Seen() *rules.Seen { return &r.See }

// At implements [Event].
func (r *Record) At() int64 {
	if r.Time.IsZero() {
		return 0
	}
	return r.Time.UnixMilli()
}

// Hash implements [Event].
func (r *Record) Hash() uint64 { return Hash(r.Rest.Log, r.Rest.ID) }

// Facts implements [Event].
func (r *Record) Facts() Facts { return r.Rest }

// Problem is something of the input that could not be read; the rest goes on.
type Problem struct {
	File    string
	At      int64 // byte, or line
	Message string
}
