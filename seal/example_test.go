package seal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/baileydb/bailey/seal"
)

func table(keyring seal.Keyring) seal.Table {
	return seal.Table{
		Name: "orders", PartitionKey: "customer", SortKey: "order",
		Actions: map[string]seal.Action{
			"customer": seal.SignOnly,
			"order":    seal.SignOnly,
			"status":   seal.SignOnly,
			"card":     seal.EncryptAndSign,
		},
		UnsignedPrefix: ":", // :views and the like may be counted up by anyone
		Keyring:        keyring,
	}
}

// An item is sealed, changed by someone who can write the table, and refused.
func Example() {
	file := seal.NewKeyFile(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	keyring, err := file.Keyring(false)
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := seal.New(table(keyring))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	item := seal.Item{"customer": seal.String("ann"), "order": seal.Number("17"), "status": seal.String("open"), "card": seal.String("4111 1111 1111 1111")}
	sealed, err := s.Seal(ctx, item)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("in the table the card is a %T\n", sealed["card"])

	plain, err := s.Open(ctx, sealed)
	fmt.Println(plain["card"], err)

	sealed["status"] = seal.String("paid")
	_, err = s.Open(ctx, sealed)
	fmt.Println(errors.Is(err, seal.ErrRefused), err)
	// Output:
	// in the table the card is a seal.Binary
	// 4111 1111 1111 1111 <nil>
	// true the sealed item is refused: it was changed or moved since it was sealed, or sealed under other keys
}

// Every tenant's items are sealed under a branch key of their own, chosen by the item's key.
func ExampleNewHierarchy() {
	store := tenants{"ann": bytes.Repeat([]byte{1}, 32), "bob": bytes.Repeat([]byte{2}, 32)}
	keyring, err := seal.NewHierarchy(seal.HierarchyConfig{
		Store:  store,
		Period: time.Hour,
		Clock:  time.Now,
		IDFor: func(c seal.Context) (string, error) {
			attributes, err := c.Attributes()
			customer, _ := attributes["customer"].(seal.String)
			return string(customer), err
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := seal.New(table(keyring))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, customer := range []seal.String{"ann", "bob", "eve"} {
		sealed, err := s.Seal(context.Background(), seal.Item{"customer": customer, "order": seal.Number("1"), "card": seal.String("4111")})
		if err != nil {
			fmt.Println(err)
			continue
		}
		o, err := s.OpenDetailed(context.Background(), sealed)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s: %s\n", o.Keys[0].Provider, o.Keys[0].Info)
	}
	// Output:
	// aws-kms-hierarchy: ann
	// aws-kms-hierarchy: bob
	// wrap the item's data key: branch key eve: there is no such branch key
}

// tenants is a store of branch keys with one version each.
type tenants map[string][]byte

func (t tenants) Active(_ context.Context, id string) (seal.BranchKey, error) {
	key, ok := t[id]
	if !ok {
		return seal.BranchKey{}, seal.ErrNoBranchKey
	}
	return seal.BranchKey{ID: id, Version: "00000000-0000-4000-8000-000000000001", Key: key}, nil
}

func (t tenants) Version(ctx context.Context, id, _ string) (seal.BranchKey, error) {
	return t.Active(ctx, id)
}

// A beacon finds sealed cards by equality, and says little to whoever reads the table.
func ExampleNewSearch() {
	search, err := seal.NewSearch(seal.SearchConfig{
		Beacons: []seal.Beacon{{Name: "card", Bits: 20}},
		Keys:    seal.FixedBeaconKey(bytes.Repeat([]byte{7}, 32)),
		Period:  time.Hour,
		Clock:   time.Now,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	b, _ := search.For("card")
	a, err := search.Value(context.Background(), b, seal.String("4111"))
	fmt.Println(b.AttributeName(), a, err)
	// Output: aws_dbe_b_card 44d1f <nil>
}

func ExampleAdviseBits() {
	shortest, longest := seal.AdviseBits(100_000) // as many as there are postal codes
	fmt.Printf("%d to %d bits\n", shortest, longest)
	// Output: 9 to 15 bits
}
