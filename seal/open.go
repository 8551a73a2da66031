package seal

import (
	"context"
	"crypto/ecdsa"
	"crypto/hmac"
	"errors"
	"fmt"
	"maps"
	"strings"
)

// Opened is an item with what its header says.
type Opened struct {
	Item Item
	// Plaintext is true for an item that was never sealed, which the table's configuration lets through. All below is
	// empty then.
	Plaintext bool
	// Actions are those the item was sealed with, of its signed attributes.
	Actions map[string]Action
	Suite   Suite
	// Keys are the wrapped data keys, one for each recipient.
	Keys []EncryptedKey
	// Context is the whole encryption context.
	Context Context
}

// Open verifies a sealed item and gives it back as it was before [Sealer.Seal], without the attributes that the format
// added. The error is ErrRefused if it does not
// verify, ErrPlaintext if it was never sealed and the table does not allow that, and the keyring's own if the keyring
// could not be asked.
func (s *Sealer) Open(ctx context.Context, item Item) (Item, error) {
	plain, _, err := s.openItem(ctx, item)
	return plain, err
}

// OpenDetailed is Open for those who want to know how the item was sealed.
func (s *Sealer) OpenDetailed(ctx context.Context, item Item) (*Opened, error) {
	plain, p, err := s.openItem(ctx, item)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return &Opened{Item: plain, Plaintext: true}, nil
	}
	o := &Opened{Item: plain, Actions: make(map[string]Action, len(p.fields)), Keys: p.header.keys, Context: p.context}
	if p.header.flavor == HMACSuite.flavor() {
		o.Suite = HMACSuite
	}
	for i := range p.fields {
		o.Actions[p.fields[i].name] = p.fields[i].action
	}
	return o, nil
}

// openItem gives the plain item, and of a sealed one what it was made of.
func (s *Sealer) openItem(ctx context.Context, item Item) (Item, *parcel, error) {
	if !Sealed(item) {
		if s.table.Plaintext == ForbidPlaintext {
			return nil, nil, ErrPlaintext
		}
		return maps.Clone(item), nil, nil
	}
	p, err := s.parse(item)
	if err != nil {
		if keys, derived := deriveWrapKeys(freshKey()); derived == nil {
			s.decoy(item).verify(keys.wrap, keys.tag, 0)
		}
		return nil, nil, err
	}
	plain, err := s.open(ctx, item, p)
	if err != nil {
		return nil, nil, err
	}
	return plain, p, nil
}

// parcel is a sealed item taken apart, before anything in it has been believed.
type parcel struct {
	prefix  string
	header  *header
	head    []byte // header as stored
	foot    []byte // footer as stored
	fields  []field
	context Context
	public  *ecdsa.PublicKey // of the SignedSuite
}

// parse checks everything about an item that needs no key.
func (s *Sealer) parse(item Item) (*parcel, error) {
	head, ok := item[headerName].(Binary)
	if !ok {
		return nil, malformed("the attribute " + headerName + " is missing or not binary")
	}
	foot, ok := item[footerName].(Binary)
	if !ok {
		return nil, malformed("the attribute " + footerName + " is missing or not binary")
	}
	h, err := parseHeader(head)
	if err != nil {
		return nil, err
	}
	want := tagLen * len(h.keys)
	if h.flavor == SignedSuite.flavor() {
		want += signatureLen
	}
	if len(foot) != want {
		return nil, malformed("the footer does not have the length that the header asks for")
	}
	p := &parcel{prefix: s.prefix, header: h, head: head, foot: foot}
	if p.fields, err = s.fieldsToOpen(item, h); err != nil {
		return nil, err
	}
	if p.context, err = h.context(s.table.baseContext(p.fields, h.version == 2)); err != nil {
		return nil, err
	}
	public, ok := p.context.Get(publicKeyKey)
	if ok != (h.flavor == SignedSuite.flavor()) {
		return nil, malformed("the header's suite and its public key do not go together")
	}
	if ok {
		p.public, err = verificationKey(public)
	}
	return p, err
}

// fieldsToOpen are the signed attributes, sorted and with the actions that the header's legend gives them.
func (s *Sealer) fieldsToOpen(item Item, h *header) ([]field, error) {
	for _, key := range []string{s.table.PartitionKey, s.table.SortKey} {
		if _, ok := item[key]; !ok && key != "" {
			return nil, malformed(fmt.Sprintf("its key attribute %q is missing", key))
		}
	}
	fields := make([]field, 0, len(item))
	for name, v := range item {
		if s.table.signed(name) {
			fields = append(fields, field{name: name, value: v})
		}
	}
	if len(fields) != len(h.legend) {
		return nil, malformed(fmt.Sprintf("it was sealed with %d signed attributes and has %d", len(h.legend), len(fields)))
	}
	sortFields(fields)
	for i := range fields {
		f := &fields[i]
		switch h.legend[i] {
		case 'e':
			f.action = EncryptAndSign
			if b, ok := f.value.(Binary); !ok || len(b) < 2+16 {
				return nil, malformed(fmt.Sprintf("attribute %q should be encrypted and is not", f.name))
			}
		case 'c':
			f.action = SignAndInclude
		default:
			f.action = SignOnly
		}
	}
	return fields, serialize(fields, ErrRefused, true)
}

// open verifies and decrypts. What depends on a key is judged once and at the end: a key that does not unwrap is
// replaced by a random one, so that the refusal comes no sooner.
func (s *Sealer) open(ctx context.Context, item Item, p *parcel) (Item, error) {
	i, dataKey, tagKey, err := s.unwrap(ctx, p)
	if err != nil && !errors.Is(err, ErrRefused) {
		return nil, fmt.Errorf("unwrap the item's data key: %w", err)
	}
	refused := err
	if refused != nil {
		if !errors.Is(err, ErrNoKey) {
			refused = errUnverified
		}
		keys, err := deriveWrapKeys(freshKey())
		if err != nil {
			return nil, err
		}
		i, dataKey, tagKey = 0, keys.wrap, keys.tag
	}
	defer clear(dataKey)
	defer clear(tagKey)
	keys, whole := p.verify(dataKey, tagKey, i)
	if refused != nil {
		return nil, refused
	}
	if !whole {
		return nil, errUnverified
	}
	out := make(Item, len(item))
	for name, v := range item {
		if !strings.HasPrefix(name, reservedPrefix) {
			out[name] = v
		}
	}
	if err := decryptFields(keys, p, out); err != nil {
		return nil, err
	}
	return out, nil
}

// unwrap asks the keyring for one intermediate key and unwraps the data key with it.
func (s *Sealer) unwrap(ctx context.Context, p *parcel) (i int, dataKey, tagKey []byte, err error) {
	inner := make([]EncryptedKey, 0, len(p.header.keys))
	places := make([]int, 0, len(p.header.keys))
	for i, k := range p.header.keys {
		if len(k.Ciphertext) > wrappedLen {
			inner = append(inner, EncryptedKey{k.Provider, k.Info, k.Ciphertext[wrappedLen:]})
			places = append(places, i)
		}
	}
	n, intermediate, err := s.table.Keyring.Unwrap(ctx, inner, p.context)
	if err != nil {
		return 0, nil, nil, err
	}
	defer clear(intermediate)
	if n < 0 || n >= len(places) || len(intermediate) != keyLen {
		return 0, nil, nil, fmt.Errorf("the keyring gave key %d of %d with %d bytes", n+1, len(places), len(intermediate))
	}
	keys, err := deriveWrapKeys(intermediate)
	if err != nil {
		return 0, nil, nil, err
	}
	defer clear(keys.wrap)
	i = places[n]
	dataKey, err = keys.unwrapDataKey(p.header.keys[i].Ciphertext[:wrappedLen], p.context)
	if err != nil {
		clear(keys.tag)
		return 0, nil, nil, errUnverified
	}
	return i, dataKey, keys.tag, nil
}

// verify checks commitment, the tag of recipient i and the signature, all three whatever the others say.
func (p *parcel) verify(dataKey, tagKey []byte, i int) (*itemKeys, bool) {
	keys, err := deriveItemKeys(dataKey, p.header.messageID)
	if err != nil {
		return nil, false
	}
	partial, stored := p.head[:len(p.head)-commitmentLen], p.head[len(p.head)-commitmentLen:]
	whole := hmac.Equal(stored, keys.commitment(partial))
	hash := canonicalHash(p.head, p.context, p.prefix, p.fields)
	whole = hmac.Equal(p.foot[i*tagLen:(i+1)*tagLen], recipientTag(tagKey, hash)) && whole
	if p.public != nil {
		whole = verifies(p.public, hash, p.foot[len(p.foot)-signatureLen:]) && whole
	}
	return keys, whole
}

func decryptFields(keys *itemKeys, p *parcel, out Item) error {
	path, n := make([]byte, 0, 256), 0
	var nonce [12]byte
	var plain []byte
	for i := range p.fields {
		f := &p.fields[i]
		if f.action != EncryptAndSign {
			continue
		}
		aead, err := keys.gcm(n, &nonce)
		if err != nil {
			return err
		}
		n++
		path = appendPath(path[:0], p.prefix, f.name)
		if plain, err = aead.Open(plain[:0], nonce[:], f.data, path); err != nil {
			return errUnverified
		}
		v, err := decodeValue(f.kind, plain)
		clear(plain)
		if err != nil {
			return attributeError(ErrRefused, f.name, err)
		}
		out[f.name] = v
	}
	return nil
}

// decoy is a parcel that verify refuses after the work it would have had with a well-formed item of this content, so
// that a malformed one is refused no sooner.
func (s *Sealer) decoy(item Item) *parcel {
	p := &parcel{prefix: s.prefix, header: &header{messageID: make([]byte, messageIDLen)}, head: make([]byte, 2+commitmentLen), foot: s.decoyFoot}
	if head, ok := item[headerName].(Binary); ok && len(head) > commitmentLen {
		p.head = head
	}
	for name, v := range item {
		if s.table.signed(name) && v != nil {
			p.fields = append(p.fields, field{name: name, value: v, action: SignOnly})
		}
	}
	sortFields(p.fields)
	if serialize(p.fields, ErrRefused, false) != nil {
		p.fields = nil
	}
	pairs := s.table.baseContext(p.fields, false)
	p.context, _ = newContext(pairs)
	if p.head[1] == SignedSuite.flavor() {
		p.public = s.decoyKey
	}
	return p
}
