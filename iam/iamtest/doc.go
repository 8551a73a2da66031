// Package iamtest makes requests with policies around them, at random and the same for the same seed, in the form of
// [iam.ParseCase]. The policies are valid and speak of the request often enough for about a third to be allowed: they are
// there to compare evaluators with, not to be told from real ones.
package iamtest
