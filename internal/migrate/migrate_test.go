package migrate_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/baileydb/bailey/internal/migrate"
	"github.com/baileydb/bailey/internal/parts"
	"github.com/baileydb/bailey/seal"
	"github.com/baileydb/bailey/seal/sealaws"
)

const table = "orders"

func database(t *testing.T) *dynamodb.Client {
	t.Helper()
	endpoint := parts.DynamoDB(t, "../..")
	client := dynamodb.New(dynamodb.Options{Region: "eu-west-1", BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("local", "local", "")})
	_, err := client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String(table), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func put(t *testing.T, client *dynamodb.Client, item seal.Item) {
	t.Helper()
	if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(table), Item: sealaws.FromItem(item)}); err != nil {
		t.Fatal(err)
	}
}

func aes(t *testing.T, name string) seal.Keyring {
	t.Helper()
	key := make([]byte, 32)
	_, _ = rand.Read(key) // it does not fail
	k, err := seal.NewAES("test", name, key)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func sealer(t *testing.T, k seal.Keyring) *seal.Sealer {
	t.Helper()
	s, err := seal.New(seal.Table{
		Name: table, PartitionKey: "id", Keyring: k, Unsigned: []string{"seen"}, Suite: seal.HMACSuite,
		Actions: map[string]seal.Action{"id": seal.SignOnly, "card": seal.EncryptAndSign, "note": seal.EncryptAndSign, "seen": seal.DoNothing},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// raw is the table as it lies there.
func raw(t *testing.T, client *dynamodb.Client) []map[string]types.AttributeValue {
	t.Helper()
	var out []map[string]types.AttributeValue
	for pages := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{TableName: aws.String(table)}); pages.HasMorePages(); {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, page.Items...)
	}
	return out
}

// TestMigration seals a table while others change it, is stopped, goes on from what it noted, and changes the key.
func TestMigration(t *testing.T) {
	client := database(t)
	const n = 700
	for i := range n {
		put(t, client, seal.Item{"id": seal.String(fmt.Sprint(i)), "card": seal.String(fmt.Sprintf("planted-%d", i)), "seen": seal.Number("0")})
	}
	first, second := aes(t, "first"), aes(t, "second")
	before := sealer(t, first)

	// Others count in an attribute that is not signed, on every item, and one item gets its note only now.
	ctx, stop := context.WithCancel(t.Context())
	var others sync.WaitGroup
	counted := make([]int, n)
	others.Go(func() {
		for i := 0; ctx.Err() == nil; i = (i + 1) % n {
			_, err := client.UpdateItem(context.WithoutCancel(ctx), &dynamodb.UpdateItemInput{
				TableName: aws.String(table), Key: sealaws.FromItem(seal.Item{"id": seal.String(fmt.Sprint(i))}), UpdateExpression: aws.String("ADD seen :one"),
				ExpressionAttributeValues: sealaws.FromItem(seal.Item{":one": seal.Number("1")}),
			})
			if err != nil {
				t.Error(err)
				return
			}
			counted[i]++
		}
	})

	// It is stopped after two pages, and the state goes through its written form.
	var noted []byte
	pages := 0
	halt := errors.New("the machine went down")
	m := &migrate.Migration{Client: client, Sealer: before, Table: table, Save: func(s migrate.State) (err error) {
		if noted, err = json.Marshal(s); err != nil {
			return err
		}
		if pages++; pages == 2 {
			return halt
		}
		return nil
	}}
	if _, err := m.Seal(t.Context(), migrate.State{}); !errors.Is(err, halt) {
		t.Fatal(err)
	}
	var state migrate.State
	if err := json.Unmarshal(noted, &state); err != nil || state.Report.Seen != 400 || state.Done {
		t.Fatalf("%s: %v", noted, err)
	}
	m.Save = nil
	state, err := m.Seal(t.Context(), state)
	if err != nil {
		t.Fatal(err)
	}
	stop()
	others.Wait()
	if r := state.Report; r.Seen != n || r.Sealed != n || r.Failed != 0 {
		t.Errorf("%+v", r)
	}
	check := func(s *seal.Sealer) {
		t.Helper()
		r, err := m.Verify(t.Context(), s)
		if err != nil || r.Sealed != n || r.Failed != 0 {
			t.Errorf("%+v %v", r, err)
		}
		for _, item := range raw(t, client) {
			it, err := sealaws.ToItem(item)
			if err != nil {
				t.Fatal(err)
			}
			if text, _ := json.Marshal(it); bytes.Contains(text, []byte("planted")) {
				t.Fatalf("a value is in the clear: %s", text)
			}
			plain, err := s.Open(t.Context(), it)
			if err != nil {
				t.Fatal(err)
			}
			var i int
			if _, err := fmt.Sscan(string(plain["id"].(seal.String)), &i); err != nil {
				t.Fatal(err)
			}
			if plain["card"] != seal.Value(seal.String(fmt.Sprintf("planted-%d", i))) || plain["seen"] != seal.Value(seal.Number(fmt.Sprint(counted[i]))) {
				t.Errorf("item %d came out as %v, counted %d times", i, plain, counted[i])
			}
		}
	}
	check(before)

	// Again it finds nothing to do.
	if again, err := m.Seal(t.Context(), migrate.State{}); err != nil || again.Report.Already != n {
		t.Errorf("%+v %v", again.Report, err)
	}

	// The key is changed: the new one alone opens, the old one no more.
	m.All, m.Sealer = true, sealer(t, migrate.Change(first, second))
	if _, err := m.Seal(t.Context(), state); err == nil {
		t.Error("a migration of another kind goes on from this one's state")
	}
	changed, err := m.Seal(t.Context(), migrate.State{})
	if err != nil || changed.Report.Sealed != n {
		t.Errorf("%+v %v", changed.Report, err)
	}
	check(sealer(t, second))
	if r, err := m.Verify(t.Context(), before); err != nil || r.Failed != n {
		t.Errorf("the old key still opens %d items: %v", r.Sealed, err)
	}
}

// TestWhatCannotBeSealed goes on with the rest, and names what failed by its key.
func TestWhatCannotBeSealed(t *testing.T) {
	client := database(t)
	put(t, client, seal.Item{"id": seal.String("1"), "card": seal.String("planted")})
	put(t, client, seal.Item{"id": seal.String("2"), "surprise": seal.String("planted")})
	other, err := sealer(t, aes(t, "other")).Seal(t.Context(), seal.Item{"id": seal.String("3"), "card": seal.String("planted")})
	if err != nil {
		t.Fatal(err)
	}
	put(t, client, other)
	s := sealer(t, aes(t, "mine"))
	dry := &migrate.Migration{Client: client, Sealer: s, Table: table, Try: true}
	state, err := dry.Seal(t.Context(), migrate.State{})
	if err != nil || state.Report.Sealed != 1 || state.Report.Already != 1 || state.Report.Failed != 1 {
		t.Errorf("%+v %v", state.Report, err)
	}
	if left := raw(t, client); len(left[0])+len(left[1])+len(left[2]) != 8 {
		t.Errorf("a trial changed the table: %v", left)
	}
	m := &migrate.Migration{Client: client, Sealer: s, Table: table, All: true}
	if state, err = m.Seal(t.Context(), migrate.State{}); err != nil || state.Report.Sealed != 1 || state.Report.Failed != 2 {
		t.Errorf("%+v %v", state.Report, err)
	}
	text, err := json.Marshal(state)
	if err != nil || strings.Contains(string(text), "planted") || !strings.Contains(string(text), `"key":{"id":{"S":"2"}}`) {
		t.Errorf("%s %v", text, err)
	}
	if r, err := m.Verify(t.Context(), s); err != nil || r.Sealed != 1 || r.Failed != 2 {
		t.Errorf("%+v %v", r, err)
	}
}

// TestConcurrentAddition adds a signed attribute between the reading and the writing: the write does not happen, and the
// item is read again.
func TestConcurrentAddition(t *testing.T) {
	client := database(t)
	put(t, client, seal.Item{"id": seal.String("1"), "card": seal.String("x")})
	stale := raw(t, client)[0]
	put(t, client, seal.Item{"id": seal.String("1"), "card": seal.String("x"), "note": seal.String("y")})
	s := sealer(t, aes(t, "mine"))
	if used, err := sealaws.Reseal(t.Context(), client, s, table, stale); err != nil || used <= 0 {
		t.Fatal(used, err)
	}
	it, err := sealaws.ToItem(raw(t, client)[0])
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := s.Open(t.Context(), it); err != nil || plain["note"] != seal.Value(seal.String("y")) {
		t.Errorf("%v %v", plain, err)
	}
	if _, err := client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: aws.String(table), Key: sealaws.FromItem(seal.Item{"id": seal.String("1")})}); err != nil {
		t.Fatal(err)
	}
	if _, err := sealaws.Reseal(t.Context(), client, s, table, stale); !errors.Is(err, sealaws.ErrGone) {
		t.Errorf("an item that was deleted: %v", err)
	}
	if left := raw(t, client); len(left) != 0 {
		t.Errorf("it is back: %v", left)
	}
}
