package watch

import (
	"slices"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/rules"
)

// Finding is strange behaviour, with its evidence.
type Finding struct {
	ID        string           `json:"id"`
	Detection string           `json:"detection"`
	Type      string           `json:"type"`
	Title     string           `json:"title"`
	Severity  finding.Severity `json:"severity"`
	// Count is how many events are behind it; Events are their identifiers, the first of them where there are many.
	Count     int       `json:"count"`
	Events    []string  `json:"events"`
	Evidence  []string  `json:"evidence"`
	Resource  string    `json:"resource"`
	Principal string    `json:"principal,omitempty"`
	Account   string    `json:"account,omitempty"`
	Region    string    `json:"region,omitempty"`
	Address   string    `json:"address,omitempty"`
	Level     string    `json:"level,omitempty"`
	First     time.Time `json:"first"`
	Last      time.Time `json:"last"`
	Why       string    `json:"why"`
	Respond   string    `json:"respond"`

	// Event is the first one, for forms that tell more of it.
	Event *Event `json:"-"`
}

const maxEvents = 100

// group adds a hit to the finding of its cause.
func (r *Run) group(groups map[string]*Finding, d *rules.Detection, h hit, note string) {
	e := h.event
	resource := h.resource
	if resource == "" {
		resource = e.Account
	}
	id := finding.NewID("watch", d.ID, e.Account+" "+e.Region, e.Principal+"\x00"+resource)
	f, ok := groups[id]
	if !ok {
		level := r.engine.Level(resource)
		f = &Finding{
			ID: id, Detection: d.ID, Type: d.Type, Title: d.Title, Severity: finding.SeverityOf(d.Label(level)), Resource: resource, Principal: e.Principal,
			Account: e.Account, Region: e.Region, Address: e.Address, Level: level, First: e.Time, Why: strings.TrimSpace(d.Why), Respond: strings.TrimSpace(d.Respond), Event: e,
		}
		groups[id] = f
	}
	f.Count++
	f.Last = e.Time
	if len(f.Events) < maxEvents && !slices.Contains(f.Events, e.ID) {
		f.Events = append(f.Events, e.ID)
	}
	for _, text := range []string{said(e), note} {
		if text != "" && len(f.Evidence) < 10 && !slices.Contains(f.Evidence, text) {
			f.Evidence = append(f.Evidence, text)
		}
	}
}

// said is an event in words.
func said(e *Event) string {
	switch e.Log {
	case "cloudtrail":
		text := strings.TrimSuffix(e.Source, ".amazonaws.com") + ":" + e.Name
		if e.Principal != "" {
			text += " by " + e.Principal
		}
		if e.Address != "" {
			text += " from " + e.Address
		}
		if e.Error != "" {
			text += ", refused with " + e.Error
		}
		return text
	default:
		return e.Name
	}
}
