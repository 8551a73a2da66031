// Package sealaws puts package seal between a program and DynamoDB: a middleware for the AWS SDK for Go v2 that seals what
// is written and opens what is read, and adapters that give seal's keyrings their AWS KMS and DynamoDB clients.
//
//	client := dynamodb.NewFromConfig(cfg, sealaws.With(map[string]*seal.Sealer{"orders": sealer}))
//
// From then on PutItem, GetItem, Query, Scan, the batch and transact operations and everything that DynamoDB returns of
// an item work on plain items:
//
//	program ── PutItem(plain) ──> seal ── PutItem(sealed) ──> DynamoDB
//	program <── GetItem(plain) ── open <── GetItem(sealed) ── DynamoDB
//
// # What it refuses, before anything is sent
//
// An update of a signed attribute, since the item would not open again ([UpdateItem] does such an update as a conditional
// read-modify-write); a condition, filter or key condition over the
// value of an encrypted attribute that has no beacon; counting by beacons, which count too much; projections into
// attributes; the parameters that expressions have replaced (AttributesToGet, Expected and the like); PartiQL
// statements that name a sealed table; and operations that this package does not know. All are [expression.ErrSealed].
//
// Tables without a sealer are not touched.
package sealaws
