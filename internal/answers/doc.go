// Package answers gives an estate the facts that follow from all of it together: who can destroy a store, by which way, and
// from where a connection can be opened. It asks internal/principals and internal/paths, each built once and only when a
// safeguard asks, and says in three states what they say. It decides nothing itself.
package answers
