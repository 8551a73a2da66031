package terraform

import (
	"crypto/md5"  //nolint:gosec // Terraform's function of that name, not a protection
	"crypto/sha1" //nolint:gosec // likewise
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"net/url"
	"path"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

func toBool(v cty.Value) (bool, error) {
	b, err := convert.Convert(v, cty.Bool)
	if err != nil || b.IsNull() || !b.IsKnown() {
		return false, errors.New("not a boolean")
	}
	return b.True(), nil
}

// functions are those of a module: the pure ones are shared, the file ones know the module's folder.
func (m *module) functions() map[string]function.Function {
	if m.s.funcs == nil {
		m.s.funcs = pure()
		m.s.files(m.s.funcs)
	}
	return m.s.funcs
}

func pure() map[string]function.Function {
	f := map[string]function.Function{
		"abs": stdlib.AbsoluteFunc, "ceil": stdlib.CeilFunc, "chomp": stdlib.ChompFunc, "chunklist": stdlib.ChunklistFunc,
		"coalesce": stdlib.CoalesceFunc, "coalescelist": stdlib.CoalesceListFunc, "compact": stdlib.CompactFunc,
		"concat": stdlib.ConcatFunc, "contains": stdlib.ContainsFunc, "csvdecode": stdlib.CSVDecodeFunc,
		"distinct": stdlib.DistinctFunc, "element": stdlib.ElementFunc, "flatten": stdlib.FlattenFunc, "floor": stdlib.FloorFunc,
		"format": stdlib.FormatFunc, "formatdate": stdlib.FormatDateFunc, "formatlist": stdlib.FormatListFunc,
		"indent": stdlib.IndentFunc, "index": stdlib.IndexFunc, "join": stdlib.JoinFunc, "jsondecode": stdlib.JSONDecodeFunc,
		"jsonencode": stdlib.JSONEncodeFunc, "keys": stdlib.KeysFunc, "length": stdlib.LengthFunc, "log": stdlib.LogFunc,
		"lookup": stdlib.LookupFunc, "lower": stdlib.LowerFunc, "max": stdlib.MaxFunc, "merge": stdlib.MergeFunc,
		"min": stdlib.MinFunc, "parseint": stdlib.ParseIntFunc, "pow": stdlib.PowFunc, "range": stdlib.RangeFunc,
		"regex": stdlib.RegexFunc, "regexall": stdlib.RegexAllFunc, "replace": stdlib.ReplaceFunc, "reverse": stdlib.ReverseListFunc,
		"setintersection": stdlib.SetIntersectionFunc, "setproduct": stdlib.SetProductFunc, "setsubtract": stdlib.SetSubtractFunc,
		"setunion": stdlib.SetUnionFunc, "signum": stdlib.SignumFunc, "slice": stdlib.SliceFunc, "sort": stdlib.SortFunc,
		"split": stdlib.SplitFunc, "strrev": stdlib.ReverseFunc, "substr": stdlib.SubstrFunc, "timeadd": stdlib.TimeAddFunc,
		"title": stdlib.TitleFunc, "trim": stdlib.TrimFunc, "trimprefix": stdlib.TrimPrefixFunc, "trimspace": stdlib.TrimSpaceFunc,
		"trimsuffix": stdlib.TrimSuffixFunc, "try": tryfunc.TryFunc, "can": tryfunc.CanFunc, "upper": stdlib.UpperFunc,
		"values": stdlib.ValuesFunc, "zipmap": stdlib.ZipmapFunc,
		"tobool": stdlib.MakeToFunc(cty.Bool), "tolist": stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)),
		"tomap": stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)), "tonumber": stdlib.MakeToFunc(cty.Number),
		"toset": stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)), "tostring": stdlib.MakeToFunc(cty.String),
		"sensitive": same1(), "nonsensitive": same1(), "one": oneFunc, "sum": sumFunc,
		"alltrue": boolsFunc(true), "anytrue": boolsFunc(false),
		"cidrhost": cidrHost, "cidrnetmask": text1(netmask), "cidrsubnet": cidrSubnet, "cidrsubnets": cidrSubnets,
		"base64encode": text1(func(s string) (string, error) { return base64.StdEncoding.EncodeToString([]byte(s)), nil }),
		"base64decode": text1(func(s string) (string, error) { b, err := base64.StdEncoding.DecodeString(s); return string(b), err }),
		"urlencode":    text1(func(s string) (string, error) { return url.QueryEscape(s), nil }),
		"md5":          hash(func(b []byte) []byte { h := md5.Sum(b); return h[:] }),  //nolint:gosec // see the import
		"sha1":         hash(func(b []byte) []byte { h := sha1.Sum(b); return h[:] }), //nolint:gosec // see the import
		"sha256":       hash(func(b []byte) []byte { h := sha256.Sum256(b); return h[:] }),
		"sha512":       hash(func(b []byte) []byte { h := sha512.Sum512(b); return h[:] }),
		"basename":     text1(func(s string) (string, error) { return path.Base(s), nil }),
		"dirname":      text1(func(s string) (string, error) { return path.Dir(s), nil }),
		"abspath":      text1(func(s string) (string, error) { return s, nil }),
		"pathexpand":   text1(func(s string) (string, error) { return s, nil }),
		"startswith":   texts2(strings.HasPrefix), "endswith": texts2(strings.HasSuffix), "strcontains": texts2(strings.Contains),
	}
	for _, name := range []string{"timestamp", "plantimestamp", "uuid", "uuidv5", "bcrypt", "base64gzip", "rsadecrypt", "textencodebase64", "textdecodebase64", "ephemeralasnull", "filebase64sha256", "filebase64sha512", "filemd5", "filesha1", "filesha256", "filesha512", "base64sha256", "base64sha512", "yamlencode", "yamldecode", "type", "fileset", "matchkeys", "transpose", "timecmp", "issensitive", "provider"} {
		f[name] = later
	}
	return f
}

// later is for what is computed only when Terraform runs, or that no verdict rests on: its result is unknown.
var later = function.New(&function.Spec{
	VarParam: &function.Parameter{Name: "args", Type: cty.DynamicPseudoType, AllowNull: true, AllowUnknown: true, AllowDynamicType: true, AllowMarked: true},
	Type:     function.StaticReturnType(cty.DynamicPseudoType),
	Impl: func([]cty.Value, cty.Type) (cty.Value, error) {
		return unknown(mark{why: "it is computed when the configuration is applied"}), nil
	},
})

func same1() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowNull: true, AllowUnknown: true, AllowDynamicType: true}},
		Type:   func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
		Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return args[0], nil },
	})
}

func text1(f func(string) (string, error)) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "text", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			s, err := f(args[0].AsString())
			return cty.StringVal(s), err
		},
	})
}

func hash(f func([]byte) []byte) function.Function {
	return text1(func(s string) (string, error) { return hex.EncodeToString(f([]byte(s))), nil })
}

func texts2(f func(a, b string) bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "text", Type: cty.String}, {Name: "part", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(f(args[0].AsString(), args[1].AsString())), nil
		},
	})
}

var oneFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}},
	Type:   function.StaticReturnType(cty.DynamicPseudoType),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		v := args[0]
		if !v.CanIterateElements() || v.LengthInt() > 1 {
			return cty.NilVal, errors.New("one takes a list of at most one element")
		}
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			return e, nil
		}
		return cty.NullVal(cty.DynamicPseudoType), nil
	},
})

var sumFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "list", Type: cty.List(cty.Number)}},
	Type:   function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		total := cty.Zero
		for it := args[0].ElementIterator(); it.Next(); {
			_, e := it.Element()
			total = total.Add(e)
		}
		return total, nil
	},
})

func boolsFunc(all bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.List(cty.Bool)}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			result := cty.BoolVal(all)
			for it := args[0].ElementIterator(); it.Next(); {
				_, e := it.Element()
				if all {
					result = result.And(e)
				} else {
					result = result.Or(e)
				}
			}
			return result, nil
		},
	})
}

func netmask(s string) (string, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil || !p.Addr().Is4() {
		return "", fmt.Errorf("%q is not an IPv4 prefix", s)
	}
	var mask [4]byte
	for i := range p.Bits() {
		mask[i/8] |= 1 << (7 - i%8)
	}
	return netip.AddrFrom4(mask).String(), nil
}

// subnet is the num-th network of newbits more bits within a prefix.
func subnet(prefix string, newbits, num int64) (string, error) {
	p, err := netip.ParsePrefix(prefix)
	if err != nil {
		return "", fmt.Errorf("%q is not a network prefix", prefix)
	}
	bits := int64(p.Bits()) + newbits
	size := int64(p.Addr().BitLen())
	if newbits < 0 || bits > size || num < 0 || newbits < 62 && num >= 1<<newbits {
		return "", fmt.Errorf("%s has no network %d of %d more bits", prefix, num, newbits)
	}
	addr := addTo(p.Masked().Addr(), new(big.Int).Lsh(big.NewInt(num), uint(size-bits))) //nolint:gosec // bits is between 0 and size, checked above
	return netip.PrefixFrom(addr, int(bits)).String(), nil
}

func addTo(a netip.Addr, n *big.Int) netip.Addr {
	sum := new(big.Int).Add(new(big.Int).SetBytes(a.AsSlice()), n)
	raw := make([]byte, a.BitLen()/8)
	if sum.BitLen() > a.BitLen() {
		return a
	}
	out, _ := netip.AddrFromSlice(sum.FillBytes(raw))
	return out
}

var cidrSubnet = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "prefix", Type: cty.String}, {Name: "newbits", Type: cty.Number}, {Name: "netnum", Type: cty.Number}},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		newbits, _ := args[1].AsBigFloat().Int64()
		num, _ := args[2].AsBigFloat().Int64()
		s, err := subnet(args[0].AsString(), newbits, num)
		return cty.StringVal(s), err
	},
})

var cidrHost = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "prefix", Type: cty.String}, {Name: "hostnum", Type: cty.Number}},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		p, err := netip.ParsePrefix(args[0].AsString())
		if err != nil {
			return cty.NilVal, err
		}
		num, _ := args[1].AsBigFloat().Int64()
		return cty.StringVal(addTo(p.Masked().Addr(), big.NewInt(num)).String()), nil
	},
})

var cidrSubnets = function.New(&function.Spec{
	Params:   []function.Parameter{{Name: "prefix", Type: cty.String}},
	VarParam: &function.Parameter{Name: "newbits", Type: cty.Number},
	Type:     function.StaticReturnType(cty.List(cty.String)),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		base, err := netip.ParsePrefix(args[0].AsString())
		if err != nil {
			return cty.NilVal, err
		}
		next := base.Masked().Addr()
		var out []cty.Value
		for _, a := range args[1:] {
			n, _ := a.AsBigFloat().Int64()
			bits := base.Bits() + int(n)
			if n < 0 || bits > base.Addr().BitLen() {
				return cty.NilVal, errors.New("the networks do not fit")
			}
			p := netip.PrefixFrom(next, bits)
			if p.Masked().Addr() != next { // the next boundary of that size
				next = addTo(p.Masked().Addr(), new(big.Int).Lsh(big.NewInt(1), uint(base.Addr().BitLen()-bits)))
				p = netip.PrefixFrom(next, bits)
			}
			out = append(out, cty.StringVal(p.String()))
			next = addTo(next, new(big.Int).Lsh(big.NewInt(1), uint(base.Addr().BitLen()-bits)))
		}
		if len(out) == 0 {
			return cty.ListValEmpty(cty.String), nil
		}
		return cty.ListVal(out), nil
	},
})

// files adds the functions that read files. They read only below the root folder and its modules' folders.
func (s *session) files(f map[string]function.Function) {
	read := func(name string) ([]byte, error) {
		clean := path.Clean(strings.ReplaceAll(name, "\\", "/"))
		if path.IsAbs(clean) != path.IsAbs(s.root) || strings.HasPrefix(clean, "..") && !strings.HasPrefix(s.root, "..") {
			return nil, fmt.Errorf("%s lies outside the configuration", name)
		}
		data, err := s.opts.FS.ReadFile(clean)
		if err != nil {
			return nil, fmt.Errorf("%s: %s", name, cause(err))
		}
		if len(data) > maxFile {
			return nil, fmt.Errorf("%s is too large", name)
		}
		return data, nil
	}
	f["file"] = text1(func(name string) (string, error) { b, err := read(name); return string(b), err })
	f["filebase64"] = text1(func(name string) (string, error) {
		b, err := read(name)
		return base64.StdEncoding.EncodeToString(b), err
	})
	f["fileexists"] = function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			_, err := read(args[0].AsString())
			return cty.BoolVal(err == nil), nil
		},
	})
	f["templatefile"] = function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "vars", Type: cty.DynamicPseudoType}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			data, err := read(args[0].AsString())
			if err != nil {
				return cty.NilVal, err
			}
			return renderTemplate(args[0].AsString(), data, args[1], f)
		},
	})
}

func renderTemplate(name string, data []byte, vars cty.Value, f map[string]function.Function) (cty.Value, error) {
	if _, bad := unreadable(name, data); bad {
		return cty.NilVal, fmt.Errorf("%s cannot be read as a template", name)
	}
	expr, diags := hclsyntax.ParseTemplate(data, name, hcl.InitialPos)
	if diags.HasErrors() {
		return cty.NilVal, diags
	}
	ctx := &hcl.EvalContext{Variables: map[string]cty.Value{}, Functions: map[string]function.Function{}}
	for k, v := range f {
		if k != "templatefile" { // a template does not call itself
			ctx.Functions[k] = v
		}
	}
	if vars.CanIterateElements() {
		for it := vars.ElementIterator(); it.Next(); {
			k, v := it.Element()
			ctx.Variables[k.AsString()] = v
		}
	}
	v, diags := expr.Value(ctx)
	if diags.HasErrors() {
		return cty.NilVal, diags
	}
	return v, nil
}
