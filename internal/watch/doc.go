// Package watch looks for strange behaviour in logs: it matches events with the detections of package rules, counts them in
// windows, learns what is normal, and says what it found with its evidence.
//
//	feed (cloudtrail, flowlog, dns) ── Event ──> Engine ── Finding
//
// Only the events' own time counts. The same events give the same findings, in whatever order and by however many workers
// they are read: hits are gathered first and put in order of time and identifier before windows and baselines see them.
package watch
