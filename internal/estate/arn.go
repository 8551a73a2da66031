package estate

import "strings"

// Home is the account and region that resources are taken to be in where nothing says so: templates rarely do.
type Home struct{ Account, Region string }

// ARN returns the name AWS will know a resource by, empty for kinds that have none here. Where the author gave no name AWS
// makes one up; the logical name stands for it.
func ARN(r AnyResource, at Home) string {
	base := r.Base()
	form := base.kind.ARN
	if form == "" {
		return ""
	}
	path := "/"
	if p, ok := r.(interface{ path() *Fact[string] }); ok && p.path().State != Unknown && p.path().Value != "" {
		path = p.path().Value
	}
	for _, part := range [...]struct{ place, text string }{{"{region}", at.Region}, {"{account}", at.Account}, {"{path}", path}, {"{name}", ShortName(r)}} {
		form = strings.Replace(form, part.place, part.text, 1)
	}
	return "arn:aws:" + form
}

// ShortName returns the name of a resource as AWS knows it, or its logical name.
func ShortName(r AnyResource) string {
	base := r.Base()
	for _, a := range base.kind.Attributes {
		if f := nameFact(base, a); f != nil && f.About().State == Known {
			if s, ok := f.Any().(string); ok && s != "" {
				return s
			}
		}
	}
	return afterLast(base.Address(), '.')
}

func (p *IAMPolicy) path() *Fact[string] { return &p.Path }
func (u *IAMUser) path() *Fact[string]   { return &u.Path }
func (g *IAMGroup) path() *Fact[string]  { return &g.Path }
func (r *IAMRole) path() *Fact[string]   { return &r.Path }
