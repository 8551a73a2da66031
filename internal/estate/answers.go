package estate

import "strings"

// Answerer answers what no file says by itself: what follows from all policies, or from the whole network. The estate
// hands the questions of its safeguards on to it; see [Estate.Answer].
type Answerer interface {
	// WhoCan says who can do something to a resource: a verb such as destroy, or an action. It is unknown where the input has
	// no principals at all.
	WhoCan(r AnyResource, do string) Fact[[]Grantee]
	// Administers reports whether a role, as it is, destroys a store of the estate.
	Administers(r *IAMRole) Fact[bool]
	// Sources say who can open a connection to a store. It is unknown where the input has no network around it.
	Sources(r AnyResource) Fact[[]Source]
	// InternetPorts are the ports on which the internet can open a connection to what stands in a network.
	InternetPorts(r AnyResource) Fact[Strings]
}

// Answer says who answers for the estate. Without one, those facts are unknown.
func (e *Estate) Answer(a Answerer) { e.answerer = a }

// Grantee is a principal that can do something, or may.
type Grantee struct {
	Name Fact[string]
	Kind Fact[string] // user, role, account, service, anyone, …
	// Can is true of one that surely can, and unknown of one of which it hangs on something.
	Can      Fact[bool]
	NeedsMFA Fact[bool]
	// Direct is true where it can as it is, without becoming another.
	Direct Fact[bool]
	// Escalates is true where it gives itself more than it was given, by one of the known ways.
	Escalates Fact[bool]
	// Ends is true where a condition of time ends it.
	Ends Fact[bool]
	// Standing is true of a user, and of a role that a service runs as; a role that people assume lasts for a session.
	Standing Fact[bool]
	// Wildcard is true where the statement that allows it names the action with a *.
	Wildcard Fact[bool]
	Outside  Fact[bool] // of another account
}

func (g Grantee) String() string {
	s := g.Kind.Value + " " + g.Name.Value
	var words []string
	if g.Can.State == Unknown {
		words = append(words, "perhaps")
	}
	if g.NeedsMFA.Value {
		words = append(words, "with MFA")
	}
	if g.Escalates.Value {
		words = append(words, "by escalation")
	} else if !g.Direct.Value {
		words = append(words, "through a role")
	}
	if len(words) > 0 {
		s += " (" + strings.Join(words, ", ") + ")"
	}
	return s
}

// Source is where connections to a store can come from, or may.
type Source struct {
	Name Fact[string]
	Kind Fact[string] // internet, subnet, security group, site, load balancer
	Can  Fact[bool]   // true of one that surely can, unknown of one of which it hangs on something
	// Addresses are those connections can come from; of a group, all of its network's.
	Addresses Fact[Strings]
	// FromInternet is true where the internet can open a connection to the source itself, on any port.
	FromInternet Fact[bool]
	// Earlier is true where the source can also connect to another source of the same store, so that it is a tier before it.
	Earlier Fact[bool]
}

func (s Source) String() string {
	text := s.Kind.Value
	if s.Name.Value != s.Kind.Value {
		text += " " + s.Name.Value
	}
	if s.Can.State == Unknown {
		text += " (perhaps)"
	}
	return text
}

const unanswered = "ask with a command that evaluates policies and networks"

// WhoCan says who can do something to the resource; see [Answerer].
func (r *Resource) WhoCan(do string) Fact[[]Grantee] {
	if r.estate.answerer == nil {
		return UnknownFact[[]Grantee](unanswered, r.decl.Origin)
	}
	return r.estate.answerer.WhoCan(r.self, do)
}

// Sources say who can open a connection to the resource; see [Answerer].
func (r *Resource) Sources() Fact[[]Source] {
	if r.estate.answerer == nil {
		return UnknownFact[[]Source](unanswered, r.decl.Origin)
	}
	return r.estate.answerer.Sources(r.self)
}

// InternetPorts are the ports on which the internet can open a connection to the resource; see [Answerer].
func (r *Resource) InternetPorts() Fact[Strings] {
	if r.estate.answerer == nil {
		return UnknownFact[Strings](unanswered, r.decl.Origin)
	}
	return r.estate.answerer.InternetPorts(r.self)
}

// Administers reports whether the role, as it is, destroys a store of the estate; see [Answerer].
func (r *IAMRole) Administers() Fact[bool] {
	if r.estate.answerer == nil {
		return UnknownFact[bool](unanswered, r.decl.Origin)
	}
	return r.estate.answerer.Administers(r)
}
