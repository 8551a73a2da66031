// Command conformance scores Bailey's verdicts against inputs whose verdicts others have written, as they lie under
// ../shared/conformance.
//
//	go run ./internal/conformance ../shared/conformance
//
// For every suite it prints one line
//
//	conformance SUITE cases=… agreed=… disagreed=… uncovered=…
//
// and then each disagreement with its reason from reasons.tsv. A case is judged by the safeguards that carry the other
// tool's identifier under same_as; every store counts as secret, so that all of them are demanded. Expected to pass
// means: none fails, none is unknown, and at least one looks at the resource or leaves it out as not concerned.
// Expected to fail means: at least one fails. An unknown verdict agrees with neither.
//
// The suites watch-months and watch-months-quiet are of months that package months makes up: attacks that are planted in
// them, and days of accounts on which ordinary life raises no more than one finding.
package main
