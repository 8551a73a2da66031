// Package terraform reads Terraform folders and plan JSON into declarations, keeping file, line and column of every
// value.
//
// It runs no provider and asks no network: expressions are evaluated with what the files hold, three-valued. A value that
// names another resource stays a reference, one that depends on something not given (a variable without value, a data
// source) is unknown and says what would settle it. Its invariant: nothing that could not be evaluated becomes a value,
// and no file, however broken, hides the others.
//
// A folder's way through the package: files are parsed (parse.go) into blocks, which are the same whether written in HCL
// or JSON; a module instance (module.go) holds variables, locals and resources and evaluates them on demand; values
// (value.go) follow the expressions as they are written, so that positions and references survive, and fall back on HCL's
// own evaluation (scope.go) for everything that computes.
package terraform
