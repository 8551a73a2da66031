// Package watch looks for strange behaviour in logs: it matches events with the detections of package rules, counts them in
// windows, learns what is normal, and says what it found with its evidence.
//
//	feed (cloudtrail, flowlog, dns) ── Event ──> Engine ── Finding
//
// Only the events' own time counts. The same events give the same findings, in whatever order and by however many workers
// they are read: hits are gathered first and put in order of time and identifier before windows and baselines see them.
//
// Memory does not grow with the events. What is only counted becomes a HyperLogLog sketch past 512 ([Distinct]); what was usual
// is counts by mark (spread.go); learned values past a bound are known by a Bloom filter ([Known]), whose error hides one new
// value in a thousand and never makes an old one new; and of each detection no more keys are kept than bound.go says. All of
// these are functions of the set of events, so that states still merge in any order, and what is left out is told.
package watch
