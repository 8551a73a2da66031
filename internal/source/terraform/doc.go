// Package terraform reads Terraform folders and plan JSON into declarations, keeping file, line and column of every
// value.
//
// It runs no provider, asks no network and reads no file outside the folders of the configuration: expressions are
// evaluated with what the files hold, three-valued. A value that names another resource stays a reference, one that
// depends on something not given (a variable without value, a data source) is unknown and says what would settle it.
// Its invariant: nothing that could not be evaluated becomes a value, no file, however broken, hides the others, and
// what a file makes the reader do is bounded by [maxWork], whatever it says.
//
// A folder's way through the package: files are parsed (parse.go, jsonsyntax.go) into blocks, which are the same
// whether written in HCL or JSON; a module instance (module.go, call.go) holds variables, locals and resources and
// resolves them when they are asked for; expressions (value.go and those it calls) are followed over estate values, so
// that positions and references survive; only the standard functions compute on cty values (bridge.go). A plan
// (plan.go) holds values already; its configuration gives the references back (planref.go).
package terraform
