// Package store keeps what has to be remembered between runs: the catalog of what data lives where, with the evidence, what
// people decided about it, and how it changed. It is an SQLite file, or tables
// in a PostgreSQL database where several share it; it holds verdicts, counts and masked shapes, and never
// a value of anybody's data.
package store
