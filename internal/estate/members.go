package estate

import "strings"

// clusterMember is an instance of any family as its cluster counts it.
type clusterMember struct {
	decl    *Declaration
	to      AnyResource   // the cluster it names, where that is in the estate
	cluster *Fact[string] // how it names it
	zone    *Fact[string]
}

// spansZones reports whether a cluster has instances in two zones at least. AWS places instances that name no zone in
// different ones. Without any instance in the estate the cluster's are elsewhere, and it cannot be told.
func spansZones(cluster AnyResource, members []clusterMember) Fact[bool] {
	base := cluster.Base()
	var sure int
	var open, zone *Fact[string]
	sameZone := true
	for _, m := range members {
		switch {
		case m.to == cluster && m.decl.Conditional == "":
			sure++
			if m.zone.State != Known || zone != nil && zone.Value != m.zone.Value {
				sameZone = false
			}
			zone = m.zone
		case m.to == cluster:
			open = &Fact[string]{Meta: Meta{Origin: m.decl.Origin, Why: m.decl.Conditional}}
		case m.to == nil && m.cluster.State == Unknown:
			open = m.cluster
		}
	}
	switch {
	case sure >= 2 && !sameZone:
		return KnownFact(true, base.decl.Origin)
	case open != nil:
		return UnknownLike[bool](open.Meta)
	case sure == 0:
		return UnknownFact[bool]("read the files that declare its instances too", base.decl.Origin)
	}
	return KnownFact(false, base.decl.Origin)
}

// passwordWritten reports whether a password stands in the template, or comes in by a parameter that is not declared
// secret and so shows it to whoever may read the stack. A dynamic reference to Secrets Manager or Parameter Store, and
// anything made at deployment, is no password written.
func passwordWritten(f *Fact[string]) Fact[bool] {
	switch {
	case f.Param != "":
		// A secret parameter with a default has the password in the default.
		return KnownFact(!f.NoEcho || f.State == Known && f.Value != "", f.Origin)
	case f.State == Unknown && !madeElsewhere(f):
		return UnknownLike[bool](f.Meta)
	case f.State != Known || f.Ref != nil || f.Value == "":
		return KnownFact(false, f.Origin)
	}
	return KnownFact(!strings.HasPrefix(f.Value, "{{resolve:"), f.Origin)
}

// madeElsewhere reports whether an unknown value is one that a data source or another resource gives, or a dynamic
// reference: whatever it is, it does not stand in the template. A choice between values that is not decided may.
func madeElsewhere(f *Fact[string]) bool {
	one := strings.HasPrefix(f.Text, "${") && strings.IndexByte(f.Text, '}') == len(f.Text)-1
	return one || strings.HasPrefix(f.Text, "{{resolve:") || strings.HasPrefix(f.Why, "data.")
}
