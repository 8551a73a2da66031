// Package seal encrypts and signs DynamoDB items before they leave the process, in the item format of the AWS Database
// Encryption SDK for DynamoDB, so that items written here are read by that library and the other way round.
//
// A [Table] says what happens to each attribute: [EncryptAndSign], [SignOnly], [SignAndInclude] (signed and part of the
// encryption context) or [DoNothing]. A [Keyring] wraps the key that is made afresh for every item. [New] checks both
// together and gives a [Sealer]:
//
//	sealed, err := s.Seal(ctx, item) // before PutItem
//	item, err := s.Open(ctx, sealed) // after GetItem
//
// Which keyring to choose: [NewHierarchy] over a branch-key store for anything busy, because it asks AWS KMS once for
// each branch key and period; [NewKMS] for few items; [NewAES] and [NewRSA] where keys are held outside of KMS; [Multi]
// when several parties must be able to read; a [KeyFile] for development only.
//
// # What it refuses
//
// An item with any signed attribute changed, added, removed, renamed or taken from an item under another key, with an
// edited header or footer, or sealed under other keys does not open. [Seal] refuses attributes nobody decided about and
// values that DynamoDB would store differently from how they were signed. Nothing is opened before everything that
// the keyring's recipient can verify has been verified, and no error names a value.
//
// # Invariant
//
// Every sealed item has its own random data key and message id. No key is used with one nonce for two messages; see
// RATIONALE.md.
//
// # Format
//
// The public specification is in the repository aws/aws-database-encryption-sdk-dynamodb under specification/, and for
// keyrings in awslabs/aws-encryption-sdk-specification under framework/. Where the text and what the library writes
// differ, this package does what is written: the header's commitment is HMAC-SHA-512 cut to 32 bytes, and the signature
// of suite 0x6701 is exactly 103 bytes of DER.
package seal
