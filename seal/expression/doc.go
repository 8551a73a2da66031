// Package expression reads DynamoDB's condition, key-condition, filter, projection and update expressions, so that what
// they say of sealed attributes can be judged: which attributes a request names, whether a filter holds for an opened
// item, and how it reads with other attributes in place of sealed ones.
//
// The grammar is that of the DynamoDB Developer Guide, "Condition and filter expressions, operators, and functions" and
// "Update expressions". The package refuses what it does not understand; it never passes it on.
package expression
