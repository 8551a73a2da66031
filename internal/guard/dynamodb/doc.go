// Package dynamodb is the guard in front of DynamoDB: an HTTP endpoint that any AWS SDK points at. It verifies the caller's
// signature, decides by IAM policy and by the levels of attributes, seals and opens items, and asks DynamoDB with credentials
// of its own.
//
//	client ── signed by a session ──> Handler ── sealed, signed by the guard ──> DynamoDB
//
// Requests become the SDK's typed inputs, and its typed outputs become answers: what the SDK does not know is refused.
package dynamodb
