package rules

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/baileydb/bailey/iam/actions"
	"github.com/baileydb/bailey/internal/estate"
)

// functions declares what expressions can call beside the standard language. All are strict, so an unknown argument
// makes the result unknown.
func functions() []cel.EnvOption {
	str, boolean, integer := cel.StringType, cel.BoolType, cel.IntType
	return []cel.EnvOption{
		onCIDR("world", boolean, func(p netip.Prefix) ref.Val { return types.Bool(p.Bits() == 0) }),
		onCIDR("private_cidr", boolean, func(p netip.Prefix) ref.Val { return types.Bool(private(p)) }),
		onCIDR("cidr_size", integer, func(p netip.Prefix) ref.Val { return types.Int(p.Bits()) }),
		cel.Function("cidrs_within", cel.Overload("cidrs_within_list_list", []*cel.Type{cel.ListType(str), cel.ListType(str)}, boolean,
			cel.BinaryBinding(cidrsWithin))),
		cel.Function("grants", cel.Overload("grants_list_list", []*cel.Type{cel.ListType(str), cel.ListType(str)}, boolean, cel.BinaryBinding(grants))),
		cel.Function("grants_level", cel.Overload("grants_level_list_string", []*cel.Type{cel.ListType(str), str}, boolean, cel.BinaryBinding(grantsLevel))),
		cel.Function("limitable", cel.Overload("limitable_list", []*cel.Type{cel.ListType(str)}, boolean, cel.UnaryBinding(limitable))),
		cel.Function("escalates", cel.Overload("escalates_list", []*cel.Type{cel.ListType(cel.ListType(str))}, boolean, cel.UnaryBinding(escalates))),
		cel.Function("version_at_least", cel.Overload("version_at_least_string_string", []*cel.Type{str, str}, boolean,
			cel.BinaryBinding(func(a, b ref.Val) ref.Val {
				return types.Bool(estate.CompareVersions(string(a.(types.String)), string(b.(types.String))) >= 0)
			}))),
	}
}

// cidrsWithin reports whether each CIDR of one list lies in one of the other.
func cidrsWithin(a, b ref.Val) ref.Val {
	inner, unknown, err := prefixesOf(a)
	if err != nil || unknown != nil {
		return orError(unknown, err)
	}
	outer, unknown, err := prefixesOf(b)
	if err != nil || unknown != nil {
		return orError(unknown, err)
	}
	for _, p := range inner {
		if !slices.ContainsFunc(outer, func(o netip.Prefix) bool { return o.Bits() <= p.Bits() && o.Contains(p.Addr()) }) {
			return types.False
		}
	}
	return types.True
}

func orError(unknown *types.Unknown, err error) ref.Val {
	if unknown != nil {
		return unknown
	}
	return types.NewErr("%s", err)
}

func prefixesOf(v ref.Val) (out []netip.Prefix, unknown *types.Unknown, err error) {
	for it := v.(traits.Lister).Iterator(); it.HasNext() == types.True; {
		item := it.Next()
		if u := asUnknown(item); u != nil {
			return nil, u, nil
		}
		text, _ := item.(types.String)
		p, err := netip.ParsePrefix(string(text))
		if err != nil {
			return nil, nil, fmt.Errorf("%q is not a CIDR", string(text))
		}
		out = append(out, p)
	}
	return out, nil, nil
}

// onCIDR declares a function of one CIDR. A bare address counts as a prefix of its full length; what is neither is an
// error, and so unknown.
func onCIDR(name string, result *cel.Type, f func(netip.Prefix) ref.Val) cel.EnvOption {
	return cel.Function(name, cel.Overload(name+"_string", []*cel.Type{cel.StringType}, result,
		cel.UnaryBinding(func(v ref.Val) ref.Val {
			text := string(v.(types.String))
			if addr, err := netip.ParseAddr(text); err == nil {
				return f(netip.PrefixFrom(addr, addr.BitLen()))
			}
			p, err := netip.ParsePrefix(text)
			if err != nil {
				return types.NewErr("%q is not a CIDR", text)
			}
			return f(p)
		})))
}

// Private address space: RFC 1918, RFC 6598 (carrier-grade NAT), RFC 3927, RFC 4193, RFC 4291 and loopback.
var privateSpace = func() []netip.Prefix {
	var out []netip.Prefix
	for _, s := range []string{
		"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
		"fc00::/7", "fe80::/10", "::1/128",
	} {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}()

func private(p netip.Prefix) bool {
	return slices.ContainsFunc(privateSpace, func(space netip.Prefix) bool {
		return space.Bits() <= p.Bits() && space.Contains(p.Addr())
	})
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// grants reports whether any pattern of a policy's Action element means any of the actions named.
func grants(patterns, wanted ref.Val) ref.Val {
	list, unknown := textsOf(patterns)
	names, _ := textsOf(wanted)
	for _, p := range list {
		for _, n := range names {
			if actions.Means(p, n) {
				return types.True
			}
		}
	}
	return falseOr(unknown)
}

// grantsLevel reports whether the patterns mean any action of an access level that a policy could limit to a resource.
func grantsLevel(patterns, level ref.Val) ref.Val {
	list, unknown := textsOf(patterns)
	for _, p := range list {
		for a := range actions.Matching(p) {
			if a.Level.String() == string(level.(types.String)) && len(a.Resources) > 0 {
				return types.True
			}
		}
	}
	return falseOr(unknown)
}

// limitable reports whether the patterns mean any action that a policy could limit to a resource. Of a service that is
// not carried, and of an action that none is known by, it is taken that it could.
func limitable(patterns ref.Val) ref.Val {
	list, unknown := textsOf(patterns)
	for _, p := range list {
		if p == "*" {
			return types.True
		}
		known := false
		for a := range actions.Matching(p) {
			if known = true; len(a.Resources) > 0 {
				return types.True
			}
		}
		if !known {
			return types.True
		}
	}
	return falseOr(unknown)
}

// escalates reports whether the patterns of several statements together mean all that one of the known escalations takes.
func escalates(statements ref.Val) ref.Val {
	var patterns []string
	var unknown *types.Unknown
	for it := statements.(traits.Lister).Iterator(); it.HasNext() == types.True; {
		item := it.Next()
		if u := asUnknown(item); u != nil {
			unknown = types.MergeUnknowns(u, unknown)
			continue
		}
		list, u := textsOf(item)
		patterns = append(patterns, list...)
		if u != nil {
			unknown = types.MergeUnknowns(u, unknown)
		}
	}
	for _, e := range actions.Escalations() {
		if !slices.ContainsFunc(e.Needs, func(need string) bool {
			return !slices.ContainsFunc(patterns, func(p string) bool { return actions.Means(p, need) })
		}) {
			return types.True
		}
	}
	return falseOr(unknown)
}

func falseOr(unknown *types.Unknown) ref.Val {
	if unknown != nil {
		return unknown
	}
	return types.False
}

// textsOf are the texts of a list, and what of it is not known.
func textsOf(v ref.Val) (out []string, unknown *types.Unknown) {
	for it := v.(traits.Lister).Iterator(); it.HasNext() == types.True; {
		switch item := it.Next().(type) {
		case types.String:
			out = append(out, string(item))
		case *types.Unknown:
			unknown = types.MergeUnknowns(item, unknown)
		}
	}
	return out, unknown
}
