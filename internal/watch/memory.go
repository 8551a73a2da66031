package watch

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/baileydb/bailey/internal/rules"
)

func itoa(n int) string { return strconv.Itoa(n) }

// maxValues bounds how many values are remembered of one detection and account; beyond it nothing is new any more, which is
// told.
const maxValues = 100_000

// Memory is what was seen before: for each detection and account, the values and when learning began.
type Memory struct {
	Since  map[string]time.Time            `json:"since"`
	Values map[string]map[string]time.Time `json:"values"`
}

// NewMemory is an empty one.
func NewMemory() *Memory {
	return &Memory{Since: map[string]time.Time{}, Values: map[string]map[string]time.Time{}}
}

// ParseMemory reads what [Memory.Text] wrote.
func ParseMemory(text []byte) (*Memory, error) {
	m := NewMemory()
	return m, json.Unmarshal(text, m)
}

// Text is the memory as it is kept.
func (m *Memory) Text() ([]byte, error) { return json.Marshal(m) }

// first notes a value, and reports whether it is new after the time of learning.
func (m *Memory) first(d *rules.Detection, h hit) bool {
	key := d.ID + " " + h.event.Account
	since, ok := m.Since[key]
	if !ok || h.event.Time.Before(since) {
		m.Since[key] = h.event.Time
		since = h.event.Time
	}
	if m.Values[key] == nil {
		m.Values[key] = map[string]time.Time{}
	}
	if _, ok := m.Values[key][h.first]; ok || len(m.Values[key]) >= maxValues {
		return false
	}
	m.Values[key][h.first] = h.event.Time
	return h.event.Time.Sub(since) >= d.First.Period()
}
