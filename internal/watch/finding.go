package watch

import (
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/finding"
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
	Event *Kept `json:"-"`
}

// Said is an event in words.
func (e *Facts) Said() string { return said(e) }

// said is an event in words.
func said(e *Facts) string {
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
