// Package guard is what every listener shares: who somebody is, what they may do, how much of it, and the record of what they
// did. A listener turns its protocol's bytes into a [Request] and a refusal into its protocol's own error; everything else is
// here.
//
//	session, err := g.Session(ctx, accessKey, token)      // who it is
//	answer := g.Decide(session, request)                  // what they may do
//	release, err := g.Limits.Take(...)                    // how much of it
//	err := g.Audit.Write(record)                          // before anything is done
//
// A guard that cannot decide, or cannot write its record, denies.
package guard
