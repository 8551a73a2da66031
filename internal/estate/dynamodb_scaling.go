package estate

import (
	"fmt"
	"strings"
)

// ScalableTarget registers one dimension of a resource, such as a table's read capacity, for Application Auto Scaling.
// Alone it only bounds the dimension; a ScalingPolicy moves it.
type ScalableTarget struct {
	Resource `kind:"scalable_target" var:"target" cfn:"AWS::ApplicationAutoScaling::ScalableTarget" tf:"aws_appautoscaling_target"`

	Namespace   Fact[string]  `cfn:"ServiceNamespace" tf:"service_namespace"`
	Dimension   Fact[string]  `cfn:"ScalableDimension" tf:"scalable_dimension"`
	MinCapacity Fact[int64]   `cfn:"MinCapacity" tf:"min_capacity"`
	MaxCapacity Fact[int64]   `cfn:"MaxCapacity" tf:"max_capacity"`
	Role        Link[IAMRole] `cfn:"RoleARN" tf:"role_arn"`
	// Scaled is the resource as Application Auto Scaling names it: table/orders, cluster:main.
	Scaled Link[Resource] `cfn:"ResourceId" tf:"resource_id"`
	// Suspended says that the target's policies do not add capacity for now.
	Suspended Fact[bool] `cfn:"SuspendedState.DynamicScalingOutSuspended" tf:"suspended_state.dynamic_scaling_out_suspended" default:"false"`
}

// ScalingPolicy moves the capacity of a ScalableTarget with the load.
type ScalingPolicy struct {
	Resource `kind:"scaling_policy" var:"policy" plural:"scaling_policies" cfn:"AWS::ApplicationAutoScaling::ScalingPolicy" tf:"aws_appautoscaling_policy"`

	Name Fact[string] `cfn:"PolicyName" tf:"name"`
	// PolicyType is TargetTrackingScaling, the only one DynamoDB takes, StepScaling or PredictiveScaling.
	PolicyType  Fact[string]         `cfn:"PolicyType" tf:"policy_type" tfdefault:"StepScaling"`
	Namespace   Fact[string]         `cfn:"ServiceNamespace" tf:"service_namespace"`
	Dimension   Fact[string]         `cfn:"ScalableDimension" tf:"scalable_dimension"`
	Scaled      Link[Resource]       `cfn:"ResourceId" tf:"resource_id"`
	Target      Link[ScalableTarget] `cfn:"ScalingTargetId"`
	Metric      Fact[string]         `cfn:"TargetTrackingScalingPolicyConfiguration.PredefinedMetricSpecification.PredefinedMetricType" tf:"target_tracking_scaling_policy_configuration.predefined_metric_specification.predefined_metric_type"`
	TargetValue Fact[string]         `cfn:"TargetTrackingScalingPolicyConfiguration.TargetValue" tf:"target_tracking_scaling_policy_configuration.target_value"`
}

// Scales reports whether the table's capacity of one sort, read or write, follows the load: a scalable target is
// registered for it and a policy moves the target.
func (t *DynamoDBTable) Scales(sort string) Fact[bool] {
	dimension := "dynamodb:table:ReadCapacityUnits"
	if sort == "write" {
		dimension = "dynamodb:table:WriteCapacityUnits"
	}
	var open *Fact[bool]
	for _, target := range All[ScalableTarget](t.estate) {
		scales := allTrue(isText(target.Dimension, dimension), t.isScaledBy(&target.Scaled), target.isMoved())
		if scales.State != Unknown && scales.Value {
			return scales
		}
		if scales.State == Unknown && open == nil {
			open = &scales
		}
	}
	if open != nil {
		return *open
	}
	return KnownFact(false, t.decl.Origin)
}

// Scales reports whether the table's capacity of one sort, read or write, follows the load. Writes scale together, reads
// in each replica.
func (t *DynamoDBGlobalTable) Scales(sort string) Fact[bool] {
	if sort == "write" {
		return scalesBetween(&t.WriteSettings)
	}
	if t.Replicas.State == Unknown {
		return UnknownLike[bool](t.Replicas.Meta)
	}
	out := KnownFact(true, t.Replicas.Origin)
	for i := range t.Replicas.Value {
		out = bothTrue(out, scalesBetween(&t.Replicas.Value[i].ReadSettings))
	}
	return out
}

func scalesBetween(s *Fact[CapacitySettings]) Fact[bool] {
	if s.State == Unknown {
		return UnknownLike[bool](s.Meta)
	}
	given, known := s.Value.MaxCapacity.Given()
	if !known {
		return UnknownLike[bool](s.Value.MaxCapacity.Meta)
	}
	return KnownFact(given, s.Origin)
}

// isScaledBy reports whether a target's or policy's resource is this table.
func (t *DynamoDBTable) isScaledBy(l *Link[Resource]) Fact[bool] {
	if l.To != nil {
		return KnownFact(l.To == t.self, l.Origin)
	}
	text := l.Value
	if l.State == Unknown {
		text = l.Text
	}
	name, ok := strings.CutPrefix(text, "table/")
	switch {
	case ok && t.Name.State == Known && l.State == Known:
		return KnownFact(name == t.Name.Value, l.Origin)
	case ok && t.Name.Param != "" && name == "${"+t.Name.Param+"}":
		return KnownFact(true, l.Origin) // both are named by the same parameter
	case ok && t.Name.State == Absent && l.State == Known:
		return KnownFact(false, l.Origin) // a name made at deployment is not one written here
	case l.State == Unknown:
		return UnknownLike[bool](l.Meta)
	case ok && t.Name.State == Unknown:
		return UnknownLike[bool](t.Name.Meta)
	default:
		return KnownFact(false, l.Origin)
	}
}

// isMoved reports whether a policy moves the target.
func (s *ScalableTarget) isMoved() Fact[bool] {
	var open *Fact[bool]
	for _, p := range All[ScalingPolicy](s.estate) {
		moves := p.moves(s)
		if moves.State != Unknown && moves.Value {
			return moves
		}
		if moves.State == Unknown && open == nil {
			open = &moves
		}
	}
	if open != nil {
		return *open
	}
	return KnownFact(false, s.decl.Origin)
}

// moves reports whether the policy is for the target: it names the target, or the same dimension of the same resource.
func (p *ScalingPolicy) moves(s *ScalableTarget) Fact[bool] {
	if p.Target.To != nil || p.Scaled.To == AnyResource(s) {
		return KnownFact(p.Target.To == AnyResource(s) || p.Scaled.To == AnyResource(s), p.decl.Origin)
	}
	if _, other := p.Scaled.To.(*ScalableTarget); other {
		return KnownFact(false, p.decl.Origin)
	}
	if given, _ := p.Target.Given(); given {
		return UnknownFact[bool](fmt.Sprintf("read the files that declare the target of %s too", p.Address()), p.Target.Origin)
	}
	return allTrue(sameText(p.Dimension, s.Dimension), sameResource(&p.Scaled, &s.Scaled))
}

func sameResource(a, b *Link[Resource]) Fact[bool] {
	switch {
	case a.To != nil && b.To != nil:
		return KnownFact(a.To == b.To, a.Origin)
	case a.State == Unknown && b.State == Unknown && a.Text != "" && a.Text == b.Text:
		return KnownFact(true, a.Origin)
	}
	return sameText(a.Fact, b.Fact)
}

func sameText(a, b Fact[string]) Fact[bool] {
	if b.State == Unknown {
		return UnknownLike[bool](b.Meta)
	}
	return isText(a, b.Value)
}
