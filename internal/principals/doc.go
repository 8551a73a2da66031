// Package principals reads an estate as the iam engine sees it: users, roles and whom they trust, with the policies that
// hold for them, and the policies of resources.
//
// What a template does not say stays unknown: a text with an unknown part becomes a policy variable whose value nobody
// knows, so that a decision which hangs on it names it. A policy that is not in the input at all may allow or deny
// anything, and decisions say that they hang on it.
package principals
