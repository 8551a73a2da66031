package rules

import (
	"time"

	"github.com/baileydb/bailey/internal/policy"
)

// Window raises once there were so many events of one principal within a time, or so many different values.
type Window struct {
	Over   int    `yaml:"over"`
	Within string `yaml:"within"`
	// By groups events: principal, which it is where nothing is written, address, or CEL. Distinct counts different values, in
	// CEL.
	By       string `yaml:"by"`
	Distinct string `yaml:"distinct"`
	// Usual keeps it quiet for a key that filled the window on so many of the sixty days before: what a program does every night
	// is usual for it. 0 never does.
	Usual int `yaml:"usual"`

	within time.Duration
}

// First raises at a value that was never seen before, in CEL, once a learning period is over.
type First struct {
	Of    string `yaml:"of"`
	Learn string `yaml:"learn"`
	// By groups what is learned: the account where nothing is written, or CEL. An account learns from the beginning of its log
	// on, each other group from its own.
	By string `yaml:"by"`

	learn time.Duration
}

// Rare raises at a value that was seen on at most so many days before. Where it learns nothing first, it raises on the first
// day too: what is done again and again becomes usual, and what was never done is not passed over.
type Rare struct {
	Of    string `yaml:"of"`
	Learn string `yaml:"learn"`
	Days  int    `yaml:"days"`
	By    string `yaml:"by"`

	learn time.Duration
}

// Rate raises when the sum of a value over a period is beyond what the periods before make usual: their median and so many
// times their spread (the median of the distances from it), and in any case over a bound. Periods of an hour or more are held
// against those of the same hour, and of the same hour and day of the week, as well.
type Rate struct {
	Of     string  `yaml:"of"` // a number, in CEL; 1 counts events
	By     string  `yaml:"by"`
	Per    string  `yaml:"per"`
	Learn  string  `yaml:"learn"`
	Over   float64 `yaml:"over"`
	Spread float64 `yaml:"spread"` // 6 where nothing is written

	per, learn time.Duration
}

// Sequence raises at events that follow each other within a time.
type Sequence struct {
	Within string `yaml:"within"`
	By     string `yaml:"by"`
	Steps  []Step `yaml:"steps"`

	within time.Duration
}

// Step is a part of a sequence: so many events, one where nothing is written.
type Step struct {
	When string `yaml:"when"`
	Over int    `yaml:"over"`
}

// period is a duration of the file; 0 for what is none, which is an error when the file is read.
func period(text string) time.Duration {
	d, err := policy.ParseDuration(text)
	if err != nil {
		return 0
	}
	return d
}

// Period is how long the window is.
func (w *Window) Period() time.Duration { return w.within }

// Period is how long it learns.
func (f *First) Period() time.Duration { return f.learn }

// Period is how long it learns.
func (r *Rare) Period() time.Duration { return r.learn }

// Period is what it sums over, and Learning how long it learns.
func (r *Rate) Period() time.Duration { return r.per }

// Learning is how long it learns before it raises.
func (r *Rate) Learning() time.Duration { return r.learn }

// Times is the multiple of the spread.
func (r *Rate) Times() float64 {
	if r.Spread == 0 {
		return 6
	}
	return r.Spread
}

// Period is how long a sequence may take.
func (s *Sequence) Period() time.Duration { return s.within }

// Needed is how many events a step needs.
func (s *Step) Needed() int { return max(1, s.Over) }
