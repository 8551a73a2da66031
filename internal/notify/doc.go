// Package notify tells people and programs of findings: routes choose by event patterns who hears what, and deliveries bring it
// there.
//
//	finding ── Router ── pattern, severity ── gathered ── Message ── Sink (SNS, mail, webhook, chat, file)
//
// A cause is told once: again only when it is worse, or ten times as often. After a message to a destination the next findings
// are gathered, so that a storm is one message. What cannot be delivered stays gathered, and is tried again after a while that
// doubles. What was told and what is gathered is a [State], which its user keeps after each step, so that a restart forgets
// nothing: one that is killed between a delivery and keeping the state tells that message again, and never none.
//
// What is in a finding was often written by whoever is told of. It is one line without control characters, it is escaped in
// every form that has marks, and it opens no link. Addresses that are secrets are in no error.
package notify
