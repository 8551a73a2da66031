// Package vectors reads test vectors of sealed items in the form of AWS's aws-dbesdk-decrypt files, with the keys file
// they name, and tries whether package seal opens them.
//
// In these files a bare JSON string is a value of type S and a bare number one of type N; everything else is written as
// DynamoDB's API writes it. A test without logicalTableName, partitionKeyName or key means GazelleVectorTable, RecNum
// and the hierarchical keyring over static-branch-key-1: so says the program that writes them.
package vectors
