package estate

// KeptOnDelete reports whether CloudFormation keeps the resource, or a last snapshot of it, when it goes from the
// template. Where nothing is written it deletes, but for RDS, of which it takes a snapshot.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
func (r *Resource) KeptOnDelete() Fact[bool] {
	byDefault := r.decl.Type == "AWS::RDS::DBCluster"
	if d, ok := r.self.(*DBInstance); ok {
		member := names(&d.Cluster.Fact)
		if member.State == Unknown && r.DeletionPolicy.State == Absent {
			return member
		}
		byDefault = !member.Value
	}
	return keeps(&r.DeletionPolicy, byDefault)
}

// KeptOnReplace reports whether CloudFormation keeps the old resource, or a last snapshot of it, when a change replaces
// it. Where nothing is written it deletes.
func (r *Resource) KeptOnReplace() Fact[bool] { return keeps(&r.UpdateReplacePolicy, false) }

func keeps(policy *Fact[string], byDefault bool) Fact[bool] {
	switch policy.State {
	case Unknown:
		return UnknownLike[bool](policy.Meta)
	case Absent:
		return KnownFact(byDefault, policy.Origin)
	default:
		return KnownFact(policy.Value != "Delete", policy.Origin)
	}
}
