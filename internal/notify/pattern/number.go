package pattern

import (
	"encoding/json"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// numeric compiles ["=", 5], ["<", 10] or [">", 0, "<=", 5].
func numeric(arg any, path []string) (func(any) bool, error) {
	list, ok := arg.([]any)
	if !ok || len(list) != 2 && len(list) != 4 {
		return nil, wrong(path, `numeric takes a comparison such as ["<", 10] or a range such as [">", 0, "<=", 5]`)
	}
	type bound struct {
		op string
		n  float64
	}
	var bounds []bound
	for i := 0; i < len(list); i += 2 {
		op, _ := list[i].(string)
		n, ok := number(list[i+1])
		if !slices.Contains([]string{"=", "<", "<=", ">", ">="}, op) || !ok {
			return nil, wrong(path, "numeric: %s %s is no comparison with a number of at most 17 digits", show(list[i]), show(list[i+1]))
		}
		bounds = append(bounds, bound{op, n})
	}
	if len(bounds) == 2 && (bounds[0].op[0] != '>' || bounds[1].op[0] != '<' || bounds[0].n >= bounds[1].n) {
		return nil, wrong(path, "numeric: a range goes from below to above: [\">\", 0, \"<=\", 5]")
	}
	return func(v any) bool {
		x, ok := number(v)
		return ok && !slices.ContainsFunc(bounds, func(b bound) bool { return !compare(x, b.op, b.n) })
	}, nil
}

func compare(x float64, op string, n float64) bool {
	switch op {
	case "<":
		return x < n
	case "<=":
		return x <= n
	case ">":
		return x > n
	case ">=":
		return x >= n
	}
	return x == n
}

// number is what a number means. One that a float of 64 bits would round is not compared: 2^53+1 is not 2^53.
func number(v any) (float64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(n), 64)
	if err != nil || math.IsInf(f, 0) {
		return 0, false
	}
	d1, e1, ok1 := decimal(string(n))
	d2, e2, ok2 := decimal(strconv.FormatFloat(f, 'e', -1, 64))
	return f, ok1 && ok2 && d1 == d2 && (e1 == e2 || d1 == "")
}

// decimal takes a number apart: its digits without zeros at either end, as the fraction after "0.", and the power of ten
// that it is multiplied with.
func decimal(s string) (digits string, power int64, ok bool) {
	s = strings.TrimPrefix(s, "-")
	mantissa := s
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		var err error
		if power, err = strconv.ParseInt(strings.TrimPrefix(s[i+1:], "+"), 10, 32); err != nil {
			return "", 0, false
		}
		mantissa = s[:i]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits = whole + fraction
	short := strings.TrimLeft(digits, "0")
	power += int64(len(whole)) - int64(len(digits)-len(short))
	return strings.TrimRight(short, "0"), power, true
}

// network compiles a network, which EventBridge takes down to two addresses.
func network(s string, path []string) (func(any) bool, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return nil, wrong(path, "cidr takes a network such as 10.0.0.0/24, not %s", show(s))
	}
	if p.IsSingleIP() {
		return nil, wrong(path, "cidr takes networks of two addresses or more; write the address itself: [%q]", p.Addr())
	}
	p = p.Masked()
	return texts(func(v string) bool {
		a, ok := address(v)
		return ok && p.Contains(a)
	}), nil
}

// address reads an address as event-ruler does: version 6 without dots and zones, version 4 of four decimal numbers that may
// begin with zeros.
func address(s string) (netip.Addr, bool) {
	if strings.Contains(s, ":") {
		a, err := netip.ParseAddr(s)
		return a.Unmap(), err == nil && !strings.ContainsAny(s, ".%")
	}
	if len(s) > len("255.255.255.255") {
		return netip.Addr{}, false
	}
	var b [4]byte
	parts := strings.Split(s, ".")
	if len(parts) != len(b) {
		return netip.Addr{}, false
	}
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 8)
		if err != nil {
			return netip.Addr{}, false
		}
		b[i] = byte(n)
	}
	return netip.AddrFrom4(b), true
}
