// Package cloudformation reads AWS CloudFormation and SAM templates, YAML or JSON, into declarations of the estate.
//
// It evaluates what can be evaluated without a deployment: parameters that were given or have a default, conditions,
// mappings, loops and every intrinsic function. Conditions have three values, so that a parameter nobody gave leaves
// undecided only what really depends on it. Nested stacks whose template is a local file are read as units of their
// own, with the parameters their parent passes; what they output flows back.
//
// It refuses to guess: it calls no API, follows no URL, runs no macro and reads no environment. Files other than the one
// it is handed are read only through [Options.ReadFile].
//
// Its invariant: every value keeps the file, line and column it was written at; what could not be evaluated is unknown
// and says what would settle it; what could not be read is a problem with position, cause and remedy, and takes nothing
// else with it. Input is bounded by size, depth and number of values made, whatever it says.
package cloudformation
