// Package estate holds everything Bailey knows about what surrounds the databases: typed resources whose fields are
// facts, each with the place it was read from and one of three states.
//
// A source (package source/…) reads templates, Terraform folders or an account and hands over declarations: the type,
// the address and the configuration of each resource as a tree of [Value]. [Build] binds the declarations to one Go
// struct per kind, by the names in the structs' tags, and resolves the references between them. A source therefore
// holds no knowledge about kinds, and a kind no knowledge about sources.
//
// The package does no I/O and reads no clock. Its invariant: a fact that could not be read is Unknown and says what
// would settle it; nothing here turns Unknown into a value.
package estate
