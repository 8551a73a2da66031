package seal

import (
	"context"
	"crypto/ecdsa"
	"encoding/binary"
	"fmt"
	"maps"
	"strings"
	"unicode/utf8"
)

// Seal gives the item as it is to be stored: encrypted attributes as binary, and two more, header and footer. The item
// itself stays as it is; values that are not encrypted are shared with it. The error is ErrInput if the item does not
// fit the configuration, and the keyring's if it could not wrap.
func (s *Sealer) Seal(ctx context.Context, item Item) (Item, error) {
	if s.table.Plaintext == ForcePlaintextWrite {
		return maps.Clone(item), nil
	}
	fields, err := s.fieldsToSeal(item)
	if err != nil {
		return nil, err
	}
	if err := serialize(fields, ErrInput, false); err != nil {
		return nil, err
	}
	sealed, err := s.seal(ctx, item, fields)
	if err == nil && s.table.Search != nil {
		err = s.table.Search.addTo(ctx, sealed, item)
	}
	if err != nil {
		return nil, err
	}
	return sealed, nil
}

// fieldsToSeal are the signed attributes, sorted, with their actions.
func (s *Sealer) fieldsToSeal(item Item) ([]field, error) {
	for _, key := range []string{s.table.PartitionKey, s.table.SortKey} {
		if _, ok := item[key]; !ok && key != "" {
			return nil, inputf("its key attribute %q is missing", key)
		}
	}
	fields := make([]field, 0, len(item))
	for name, v := range item {
		action, ok := s.table.Actions[name]
		switch {
		case strings.HasPrefix(name, reservedPrefix):
			return nil, inputf("attribute %q: names beginning with %s belong to the format; the item may be sealed already", name, reservedPrefix)
		case !ok && !s.table.signed(name):
			continue
		case !ok:
			return nil, inputf("attribute %q has no action; add it to the table's actions", name)
		case !utf8.ValidString(name):
			return nil, inputf("attribute %q has a name that is not valid UTF-8", name)
		case action != DoNothing:
			fields = append(fields, field{name: name, value: v, action: action})
		}
	}
	if s.second {
		for name, action := range s.table.Actions {
			if _, ok := item[name]; !ok && action == SignAndInclude {
				return nil, inputf("attribute %q belongs to the encryption context but is missing", name)
			}
		}
	}
	sortFields(fields)
	return fields, nil
}

func (s *Sealer) seal(ctx context.Context, item Item, fields []field) (Item, error) {
	h := &header{version: 1, flavor: s.table.Suite.flavor(), messageID: freshKey(), legend: make([]byte, len(fields))}
	if s.second {
		h.version = 2
	}
	for i := range fields {
		h.legend[i] = fields[i].action.legend()
	}
	pairs := s.table.baseContext(fields, s.second)
	var signer *ecdsa.PrivateKey
	if s.table.Suite == SignedSuite {
		key, public, err := signingKey()
		if err != nil {
			return nil, err
		}
		signer = key
		h.stored = []pair{{publicKeyKey, public}}
		pairs = append(pairs, h.stored[0])
	}
	c, ok := newContext(pairs)
	if !ok {
		return nil, inputf("its encryption context does not fit the format: keys and attributes in the context may have 65535 bytes")
	}
	dataKey := freshKey()
	defer clear(dataKey)
	tags, err := s.wrap(ctx, h, dataKey, c)
	defer clearAll(tags)
	if err != nil {
		return nil, err
	}
	keys, err := deriveItemKeys(dataKey, h.messageID)
	if err != nil {
		return nil, err
	}
	if err := encryptFields(keys, s.prefix, fields); err != nil {
		return nil, err
	}
	head, err := h.appendTo(make([]byte, 0, 512))
	if err != nil {
		return nil, err
	}
	head = append(head, keys.commitment(head)...)
	foot, err := makeFooter(canonicalHash(head, c, s.prefix, fields), tags, signer)
	if err != nil {
		return nil, err
	}
	out := make(Item, len(item)+2)
	maps.Copy(out, item)
	for i := range fields {
		if f := &fields[i]; f.action == EncryptAndSign {
			out[f.name] = Binary(f.sealed)
		}
	}
	out[headerName], out[footerName] = Binary(head), Binary(foot)
	return out, nil
}

// wrap has the keyring wrap an intermediate key for every recipient, and these wrap the data key. It gives the keys of
// the recipients' tags in the order of the header.
func (s *Sealer) wrap(ctx context.Context, h *header, dataKey []byte, c Context) (tags [][]byte, err error) {
	wrapped, err := s.table.Keyring.Wrap(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("wrap the item's data key: %w", err)
	}
	defer func() {
		for _, w := range wrapped {
			clear(w.Key)
		}
	}()
	for _, w := range wrapped {
		if len(w.Key) != keyLen {
			return tags, fmt.Errorf("wrap the item's data key: the keyring gave a key of %d bytes, not %d", len(w.Key), keyLen)
		}
		derived, err := deriveWrapKeys(w.Key)
		if err != nil {
			return tags, err
		}
		ciphertext, err := derived.wrapDataKey(make([]byte, 0, wrappedLen+len(w.Ciphertext)), dataKey, c)
		clear(derived.wrap)
		if err != nil {
			return tags, err
		}
		h.keys = append(h.keys, EncryptedKey{w.Provider, w.Info, append(ciphertext, w.Ciphertext...)})
		tags = append(tags, derived.tag)
	}
	return tags, nil
}

// encryptFields replaces the data of encrypted fields by ciphertext and tag, and sets what the item will hold.
func encryptFields(keys *itemKeys, prefix string, fields []field) error {
	size := 0
	for i := range fields {
		if fields[i].action == EncryptAndSign {
			size += 2 + len(fields[i].data) + 16
		}
	}
	out, path, n := make([]byte, 0, size), make([]byte, 0, 256), 0
	var nonce [12]byte
	for i := range fields {
		f := &fields[i]
		if f.action != EncryptAndSign {
			continue
		}
		aead, err := keys.gcm(n, &nonce)
		if err != nil {
			return err
		}
		n++
		path = appendPath(path[:0], prefix, f.name)
		from := len(out)
		out = binary.BigEndian.AppendUint16(out, uint16(f.kind))
		out = aead.Seal(out, nonce[:], f.data, path)
		clear(f.data)
		f.sealed = out[from:len(out):len(out)]
		f.data = f.sealed[2:]
	}
	return nil
}

func makeFooter(hash []byte, tags [][]byte, signer *ecdsa.PrivateKey) ([]byte, error) {
	foot := make([]byte, 0, len(tags)*tagLen+signatureLen)
	for _, key := range tags {
		foot = append(foot, recipientTag(key, hash)...)
	}
	if signer == nil {
		return foot, nil
	}
	signature, err := sign(signer, hash)
	return append(foot, signature...), err
}

func clearAll(keys [][]byte) {
	for _, k := range keys {
		clear(k)
	}
}
