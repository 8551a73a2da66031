package estate

// World is the language or API a resource was declared in. The tags of the kinds' structs are named after it.
type World string

// The worlds.
const (
	CloudFormation World = "cfn"
	Terraform      World = "tf"
	Live           World = "aws"
)

// Declaration is one resource as a source hands it over, before it has a kind.
type Declaration struct {
	World World
	// Type is the type's name in its world: AWS::RDS::DBInstance, aws_db_instance.
	Type string
	// Address is the resource as its author would name it: AWS::RDS::DBInstance.Main,
	// module.data.aws_db_instance.main["eu"]. Within one Unit it is unique.
	Address string
	// Written is the address of what the author wrote, where the language makes this resource of it; empty for a resource
	// that is written itself. SAM makes a stage of AWS::Serverless::Api.Shop, which is AWS::Serverless::Api.Shop.Stage.
	Written string
	// Unit is what references are resolved within: a template's path, a Terraform root folder, a nested stack.
	Unit string
	// Origin is the first line of the declaration. EndLine is the last, zero when not known.
	Origin  Origin
	EndLine int
	// Body is a KindMap with the configuration under the world's own names. What the language says beside the
	// configuration stands in it under names with an @: @DeletionPolicy, @UpdateReplacePolicy, @prevent_destroy.
	Body Value
	// Conditional is set when whether the resource exists at all could not be decided (a Condition or a count that
	// depends on something not given); it says what would settle it. A resource known not to exist is not declared.
	Conditional string
	// Suppressed names the checks that the author asked scanners to leave out here, with the reason where given.
	// The keys are identifiers as written: a safeguard's ID or another tool's.
	Suppressed map[string]string
}

// ID names the declaration in the whole estate.
func (d *Declaration) ID() string { return d.Unit + "#" + d.Address }

// Problem is something that a source could not read, told to the user beside the verdicts.
type Problem struct { //nolint:errname // a message first; an error only where a source has nothing else to return
	Origin  Origin
	Message string
	// Fatal is set when the file, or the resource, is missing from the estate because of it. The command then ends
	// with exit code 2. Otherwise only a value is missing, and is unknown.
	Fatal bool
}

func (p Problem) Error() string { return p.Origin.String() + ": " + p.Message }

// Reading is what a source returns: the declarations of one template or Terraform root, and what it could not read.
type Reading struct {
	Declarations []Declaration
	Problems     []Problem
	// Exports are the values this unit offers to others by name (CloudFormation's Outputs with an Export).
	Exports map[string]Value
}
