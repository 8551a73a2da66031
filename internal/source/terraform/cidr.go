package terraform

import (
	"errors"
	"fmt"
	"math/big"
	"net/netip"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

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
	addr := after(p.Masked().Addr(), new(big.Int).Lsh(big.NewInt(num), uint(size-bits))) //nolint:gosec // a prefix is not longer than its address
	return netip.PrefixFrom(addr, int(bits)).String(), nil
}

// after is the address n further on.
func after(a netip.Addr, n *big.Int) netip.Addr {
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
		hosts := new(big.Int).Lsh(big.NewInt(1), uint(p.Addr().BitLen()-p.Bits()))
		n := big.NewInt(num)
		if num < 0 { // counted from the end
			n.Add(n, hosts)
		}
		if n.Sign() < 0 || n.Cmp(hosts) >= 0 {
			return cty.NilVal, fmt.Errorf("%s has no host %d", p, num)
		}
		return cty.StringVal(after(p.Masked().Addr(), n).String()), nil
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
			if n < 0 || n > int64(base.Addr().BitLen()-base.Bits()) {
				return cty.NilVal, errors.New("the networks do not fit")
			}
			bits := base.Bits() + int(n)
			p := netip.PrefixFrom(next, bits)
			if p.Masked().Addr() != next { // the next boundary of that size
				next = after(p.Masked().Addr(), new(big.Int).Lsh(big.NewInt(1), uint(base.Addr().BitLen()-bits)))
				p = netip.PrefixFrom(next, bits)
			}
			if !base.Contains(next) {
				return cty.NilVal, errors.New("the networks do not fit")
			}
			out = append(out, cty.StringVal(p.String()))
			next = after(next, new(big.Int).Lsh(big.NewInt(1), uint(base.Addr().BitLen()-bits)))
		}
		if len(out) == 0 {
			return cty.ListValEmpty(cty.String), nil
		}
		return cty.ListVal(out), nil
	},
})
