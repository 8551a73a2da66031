// Package iam decides whether AWS would allow a request, from the policies that apply to it, and says why.
//
//	policy, err := iam.Parse(document)
//	...
//	d := iam.Decide(iam.Request{
//		Principal: iam.MustPrincipal("arn:aws:iam::111122223333:role/app"),
//		Action:    "dynamodb:DeleteTable",
//		Resource:  "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
//		Context:   iam.NewContext().Unknown("aws:MultiFactorAuthPresent"),
//	}, iam.Policies{Identity: []*iam.Policy{policy}})
//
// It follows the logic that AWS publishes for identity, resource, session and endpoint policies, permissions
// boundaries, service and resource control policies, within an account and across accounts, with the special rules of
// KMS keys and of the trust policies of roles:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html.
//
// A value of a request's context has three states: given, absent (AWS evaluates the condition without it) and unknown
// (nobody could tell). What is unknown makes the decision depend on it, and [Decision.DependsOn] names the key; nothing
// unknown ever allows.
//
// The package reads no file, asks no clock and speaks to no network. Parsed policies do not change and may be used by
// many goroutines at once.
package iam
