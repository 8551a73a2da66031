// Package sample reads some of what a store holds, so that its columns can be classified: a few thousand rows of a table,
// taken from all over it, within limits of rows, bytes and time. It hands values on and keeps none.
//
// One file per kind of store. A source lists its tables, then reads them one by one; what cannot be read is an error of
// that table, and the rest goes on. Databases are read in a session that cannot write and whose statements time out.
// Nothing that a source returns, errors included, has a credential in it.
package sample
