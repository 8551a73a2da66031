package watch

import (
	"time"

	"github.com/baileydb/bailey/internal/rules"
)

// Event is one line of a log, as far as every log has it.
type Event struct {
	Log    string // cloudtrail, flowlog or dns
	ID     string // the log's own identifier, or a hash of the line
	Time   time.Time
	Source string // of CloudTrail: rds.amazonaws.com
	Name   string // of CloudTrail: DeleteDBInstance
	// Account and Region are those that the event was recorded in.
	Account, Region string
	// Address is where the call or the traffic came from, Agent the caller's program.
	Address, Agent string
	// Principal is who it was, Kind and AccessKey what CloudTrail says of it.
	Principal, Kind, User, AccessKey string
	Error                            string
	Seen                             rules.Seen
	// File is where it was read.
	File string
}

// Problem is something of the input that could not be read; the rest goes on.
type Problem struct {
	File    string
	At      int64 // byte, or line
	Message string
}

// Sink takes what a feed reads.
type Sink interface {
	// Wants reports whether any detection may look at an event; the feed need not read what none looks at. record is the
	// event as it was written.
	Wants(log, source, name string, record []byte) bool
	Event(e *Event)
	Problem(p Problem)
}
