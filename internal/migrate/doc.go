// Package migrate seals a DynamoDB table in its place: it scans the table at the pace that was allowed, seals each item by a
// conditional write, remembers how far it came, and at the end reads all of it again to see that every item opens.
package migrate
