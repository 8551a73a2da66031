// Package grant writes the least policy for a purpose: reading or writing named attributes of a table, logging in to a
// database as one user, or destroying one through a role that few may assume and none without a second factor.
//
// It never writes a policy that it has not proved: every one is put before the evaluator with the requests it is for,
// which must be allowed, and with a generated set of requests it is not for, which must all be denied. A policy that fails
// its proof is an error, not an output.
package grant
