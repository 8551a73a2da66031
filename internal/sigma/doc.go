// Package sigma reads Sigma rules, of https://github.com/SigmaHQ/sigma-specification version 2.1, and makes detections of
// them: those for CloudTrail, for the query logs of Route 53 Resolver and for VPC flow logs. What a rule selects becomes CEL
// text, its level a severity, and an event_count or value_count correlation a window.
//
//	file ── documents ── rule ── selections, condition ── expression ── CEL, index
//	                     └───── correlation ── the expressions of its rules, window
//
// A rule that this form cannot say as it was meant is skipped with the reason, and a file that is wrong is an error with its
// line; no rule is left out silently, and none is translated to something near. It does no I/O but through the file system
// it is given.
package sigma
