package classify

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// checkBitcoin: Base58Check with a double SHA-256, or the polymod of BIP-173 and BIP-350.
func checkBitcoin(v []byte) bool {
	if len(v) > 3 && (v[0] == 'b' || v[0] == 'B') {
		return bech32(v)
	}
	if len(v) < 26 || len(v) > 35 {
		return false
	}
	var raw [25]byte
	for _, b := range v {
		carry := bytes.IndexByte([]byte(base58), b)
		if carry < 0 {
			return false
		}
		for i := len(raw) - 1; i >= 0; i-- {
			carry += int(raw[i]) * 58
			raw[i] = byte(carry & 0xff)
			carry >>= 8
		}
		if carry != 0 {
			return false
		}
	}
	first := sha256.Sum256(raw[:21])
	second := sha256.Sum256(first[:])
	return (raw[0] == 0 || raw[0] == 5) && [4]byte(second[:4]) == [4]byte(raw[21:])
}

func bech32(v []byte) bool {
	const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	if len(v) < 14 || len(v) > 90 {
		return false
	}
	sum := uint32(1)
	step := func(x uint32) {
		top := sum >> 25
		sum = (sum&0x1ffffff)<<5 ^ x
		for i, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	for _, x := range []uint32{'b' >> 5, 'c' >> 5, 0, 'b' & 31, 'c' & 31} {
		step(x)
	}
	lower, upper := false, false
	for i, b := range v {
		lower = lower || b >= 'a' && b <= 'z'
		if b >= 'A' && b <= 'Z' {
			upper = true
			b += 'a' - 'A'
		}
		if i < 3 {
			if b != "bc1"[i] {
				return false
			}
			continue
		}
		x := bytes.IndexByte([]byte(alphabet), b)
		if x < 0 {
			return false
		}
		step(uint32(x)) //nolint:gosec // below 32
	}
	return (sum == 1 || sum == 0x2bc830a3) && (!lower || !upper)
}

// checkEthereum: the letters' case is a checksum when both cases appear (EIP-55).
func checkEthereum(v []byte) bool {
	if len(v) != 42 || v[0] != '0' || v[1] != 'x' {
		return false
	}
	var low [40]byte
	lower, upper := false, false
	for i, b := range v[2:] {
		switch {
		case digitByte(b):
		case b >= 'a' && b <= 'f':
			lower = true
		case b >= 'A' && b <= 'F':
			upper = true
			b += 'a' - 'A'
		default:
			return false
		}
		low[i] = b
	}
	if !lower || !upper {
		return true
	}
	sum := keccak256(low[:])
	for i, b := range v[2:] {
		if digitByte(b) {
			continue
		}
		nibble := sum[i/2] >> (4 - i%2*4) & 15
		if (nibble >= 8) != (b < 'a') {
			return false
		}
	}
	return true
}

// keccak256 is Keccak with the padding from before FIPS 202, for at most 135 bytes: one block.
func keccak256(data []byte) (sum [32]byte) {
	var block [136]byte
	n := copy(block[:135], data)
	block[n] ^= 1
	block[135] ^= 0x80
	var a [25]uint64
	for i := range 17 {
		a[i] = binary.LittleEndian.Uint64(block[8*i:])
	}
	keccakF(&a)
	for i := range 4 {
		binary.LittleEndian.PutUint64(sum[8*i:], a[i])
	}
	return sum
}

// keccakF is the permutation Keccak-f[1600], with round constants from its shift register (FIPS 202, 3.2).
func keccakF(a *[25]uint64) {
	lfsr := uint8(1)
	for range 24 {
		var c [5]uint64
		for x := range 5 {
			c[x] = a[x] ^ a[x+5] ^ a[x+10] ^ a[x+15] ^ a[x+20]
		}
		for x := range 5 {
			d := c[(x+4)%5] ^ bits.RotateLeft64(c[(x+1)%5], 1)
			for y := 0; y < 25; y += 5 {
				a[x+y] ^= d
			}
		}
		x, y, current := 1, 0, a[1]
		for t := range 24 {
			x, y = y, (2*x+3*y)%5
			current, a[x+5*y] = a[x+5*y], bits.RotateLeft64(current, (t+1)*(t+2)/2%64)
		}
		for y := 0; y < 25; y += 5 {
			row := [5]uint64(a[y : y+5])
			for x := range 5 {
				a[x+y] = row[x] ^ ^row[(x+1)%5]&row[(x+2)%5]
			}
		}
		for j := range 7 {
			if lfsr&1 == 1 {
				a[0] ^= 1 << (1<<j - 1)
			}
			lfsr = lfsr<<1 ^ lfsr>>7*0x71
		}
	}
}

// The values of a vehicle identification number's letters, A to Z; zero for I, O and Q, which it does not use.
var vinValue = [26]int{1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 0, 7, 0, 9, 2, 3, 4, 5, 6, 7, 8, 9}

// checkVIN: 49 CFR 565; the sum is mandatory in North America only.
func checkVIN(v []byte) bool {
	s, ok := squeeze(v)
	if !ok || s.n != 17 || s.same() {
		return false
	}
	sum := 0
	for i, w := range [17]int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2} {
		b := s.b[i]
		switch {
		case digitByte(b):
			sum += int(b-'0') * w
		case b == 'I' || b == 'O' || b == 'Q':
			return false
		default:
			sum += vinValue[b-'A'] * w
		}
	}
	return s.b[8] == "0123456789X"[sum%11]
}
