// Package notify tells people and programs of findings: routes choose by event patterns who hears what, and deliveries bring it
// there.
//
//	finding ── Router ── pattern, severity ── gathered ── Message ── Sink (SNS, mail, webhook, chat, file)
//
// It never tells the same thing twice: a finding is told again when it is worse, or ten times as often. After a message to a
// destination the next findings are gathered, so that a storm is one message. What was told and what is gathered is a [State],
// which its user keeps, so that a restart forgets nothing.
package notify
