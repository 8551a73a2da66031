package seal

import (
	"math"
	"slices"
	"strings"
)

const (
	messageIDLen  = 32
	commitmentLen = 32
)

// EncryptedKey is one wrapping of an item's data key, as the header keeps it.
type EncryptedKey struct {
	Provider   string // which kind of keyring wrapped it, or the namespace of a raw keyring
	Info       []byte // which key wrapped it
	Ciphertext []byte
}

// header is the content of the attribute aws_dbe_head.
type header struct {
	version   byte // 1, or 2 if an attribute is SignAndInclude
	flavor    byte // 0 HMACSuite, 1 SignedSuite
	messageID []byte
	legend    []byte // one of e, s and c for each signed attribute in canonical order
	stored    []pair // the part of the encryption context that readers cannot compute
	keys      []EncryptedKey
}

// appendTo appends the header without its commitment. It fails for what the length fields cannot say.
func (h *header) appendTo(dst []byte) ([]byte, error) {
	if len(h.legend) > math.MaxUint16 {
		return nil, inputf("it has more than %d signed attributes", math.MaxUint16)
	}
	if len(h.keys) == 0 || len(h.keys) >= math.MaxUint8 {
		return nil, inputf("the keyring wrapped its data key %d times; the format takes 1 to %d", len(h.keys), math.MaxUint8-1)
	}
	for _, k := range h.keys {
		if len(k.Provider) > math.MaxUint16 || len(k.Info) > math.MaxUint16 || len(k.Ciphertext) > math.MaxUint16 {
			return nil, inputf("the keyring of provider %q gave a wrapped key that is too long for the format", k.Provider)
		}
	}
	dst = append(dst, h.version, h.flavor)
	dst = append(dst, h.messageID...)
	dst = appendShort(dst, h.legend)
	dst = appendPairs(dst, h.stored)
	dst = append(dst, byte(len(h.keys))) //nolint:gosec // checked above
	for _, k := range h.keys {
		dst = appendShort(dst, k.Provider)
		dst = appendShort(dst, k.Info)
		dst = appendShort(dst, k.Ciphertext)
	}
	return dst, nil
}

// parseHeader reads a whole header with its commitment, which stays the last 32 bytes of b. It takes nothing that
// appendTo would not have written the same way. The result shares memory with b.
func parseHeader(b []byte) (*header, error) {
	r := &reader{rest: b}
	h := &header{version: byte(r.uint8()), flavor: byte(r.uint8()), messageID: r.take(messageIDLen)} //nolint:gosec // uint8 gives bytes
	switch {
	case r.bad:
		return nil, malformed("the header is cut short")
	case h.version != 1 && h.version != 2:
		return nil, malformed("the header is of a version that is not known")
	case h.flavor > 1:
		return nil, malformed("the header names an algorithm suite that is not known")
	}
	h.legend = r.short()
	for _, c := range h.legend {
		if c != 'e' && c != 's' && (c != 'c' || h.version == 1) {
			return nil, malformed("the header's legend holds a letter that means nothing")
		}
	}
	if !h.readPairs(r) {
		return nil, malformed("the header's encryption context cannot be read")
	}
	if !h.readKeys(r) {
		return nil, malformed("the header's list of data keys cannot be read")
	}
	if r.take(commitmentLen); r.bad || len(r.rest) != 0 {
		return nil, malformed("the header is not as long as it says")
	}
	return h, nil
}

func (h *header) readPairs(r *reader) bool {
	n := r.uint16()
	if n > len(r.rest)/4 {
		return false
	}
	h.stored = make([]pair, 0, n)
	for i := range n {
		p := pair{r.text(r.short()), r.text(r.short())}
		if r.bad || i > 0 && strings.Compare(h.stored[i-1].key, p.key) >= 0 {
			return false
		}
		h.stored = append(h.stored, p)
	}
	return !r.bad
}

func (h *header) readKeys(r *reader) bool {
	n := r.uint8()
	if n == 0 || n > len(r.rest)/6 {
		return false
	}
	h.keys = make([]EncryptedKey, 0, n)
	for range n {
		h.keys = append(h.keys, EncryptedKey{Provider: r.text(r.short()), Info: r.short(), Ciphertext: r.short()})
	}
	return !r.bad
}

// context joins the stored pairs with those that were computed. A key on both sides must say the same.
func (h *header) context(computed []pair) (Context, error) {
	all := slices.Clone(computed)
	for _, s := range h.stored {
		i := slices.IndexFunc(computed, func(p pair) bool { return p.key == s.key })
		if i < 0 {
			all = append(all, s)
		} else if computed[i].value != s.value {
			return Context{}, malformed("the header's encryption context contradicts the item")
		}
	}
	c, ok := newContext(all)
	if !ok {
		return Context{}, malformed("the encryption context is too long")
	}
	return c, nil
}
