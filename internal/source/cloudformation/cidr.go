package cloudformation

import (
	"net/netip"

	"github.com/baileydb/bailey/internal/estate"
)

// cidr evaluates Fn::Cidr: the first count blocks of so many host bits within a block.
func (u *unit) cidr(at position, arg *node, sc *scope) estate.Value {
	if arg.kind != nodeList || len(arg.items) < 2 || len(arg.items) > 3 {
		return u.broken(arg.at, "Fn::Cidr takes a block, a count and the number of host bits; correct it")
	}
	var args [3]estate.Value
	for i := range arg.items {
		args[i] = u.eval(&arg.items[i], sc)
		if _, ok := args[i].Scalar(); ok {
			continue
		}
		if why := whyUnknown(args[i]); why != "" {
			return estate.UnknownBecause(why, at.in(u.t.file))
		}
		return u.broken(arg.items[i].at, "Fn::Cidr takes a block, a count and the number of host bits; correct it")
	}
	if len(arg.items) == 2 {
		return estate.UnknownBecause("give Fn::Cidr the number of host bits", at.in(u.t.file))
	}
	text, _ := args[0].Scalar()
	block, err := netip.ParsePrefix(text)
	if err != nil {
		return u.broken(arg.items[0].at, "%q is not a block of addresses such as 10.0.0.0/16; correct it", text)
	}
	count, okCount := args[1].AsInt()
	host, okHost := args[2].AsInt()
	size := int64(block.Addr().BitLen())
	if !okCount || count < 1 || count > 256 || !okHost || host < 1 || host > size-int64(block.Bits()) {
		return u.broken(arg.at, "Fn::Cidr takes a count from 1 to 256 and host bits that fit into %s; correct them", text)
	}
	spare := size - int64(block.Bits()) - host // bits that number the blocks
	if spare < 9 && count > int64(1)<<spare {
		return u.broken(arg.at, "%s has no room for %d blocks of %d host bits; ask for fewer or smaller ones", text, count, host)
	}
	if !u.s.spend(int(count)) {
		return u.tooMuch(at)
	}
	items := make([]estate.Value, 0, count)
	addr := block.Masked().Addr()
	for range count {
		items = append(items, estate.String(netip.PrefixFrom(addr, int(size-host)).String(), at.in(u.t.file)))
		addr = plusPower(addr, int(host))
	}
	return estate.List(items, at.in(u.t.file))
}

// plusPower adds 2^bits to an address.
func plusPower(addr netip.Addr, bits int) netip.Addr {
	raw := addr.AsSlice()
	i := len(raw) - 1 - bits/8
	carry := 1 << (bits % 8)
	for ; i >= 0 && carry > 0; i-- {
		sum := int(raw[i]) + carry
		raw[i], carry = byte(sum&0xFF), sum>>8
	}
	out, _ := netip.AddrFromSlice(raw)
	return out
}
