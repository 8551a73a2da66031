// Package rules holds the safeguards: one YAML file each under safeguards/, embedded, and the CEL environment that
// evaluates them over an estate.
//
// A safeguard's check is a CEL expression over one resource, seen under its kind's variable, and over the whole estate.
// CEL's own unknown values do the third state: what is not known makes an expression unknown only where it decides it,
// and the result names the facts that would settle it. The package does no I/O; its invariant is that an expression
// which cannot be evaluated is unknown, never a pass.
//
// Beside the standard language, expressions can use
//
//	given(db.kms_key)             whether something is written there, even if its value is not known
//	text(db.kms_key)              what is written, as far as it can be read (${…} stands for the rest); "" when nothing
//	                              is; of a list of text, the same of each element
//	from_parameter(db.password)   whether the value comes straight from a parameter or variable
//	no_echo(db.password)          whether that parameter is declared secret
//	db.parameter("rds.force_ssl") the engine parameter in force, by parameter group or engine default
//	world(cidr)                   whether a CIDR is the whole internet
//	private_cidr(cidr)            whether it lies within private address space
//	cidr_size(cidr)               the length of its prefix in bits
//	version_at_least(v, "15.4")   comparison of dotted versions
//
// and the variables store (a resource of any kind that holds data), estate (estate.flow_logs and so on), level, level_from (policy, tag, catalog, default or related),
// classification_tags, rpo and rto (in seconds, 0 for no demand), and now.
package rules
