package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// TestFlood floods the guard from one principal at ten times its limit, while another works: the flood is refused at the
// door, and the other's latency stays near its quiet value. The margin is wide, as other tests run on the machine.
func TestFlood(t *testing.T) {
	const limit = 100
	f := newFort(t, fmt.Sprintf("limits: {principal: {requests: %d, concurrent: 16}}", limit))
	f.start()
	calm, wild := f.client(f.login("adam")), f.client(f.login("loader"))
	if _, err := calm.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("plain"), Item: texts("id", "1")}); err != nil {
		t.Fatal(err)
	}
	get := func(ctx context.Context, db *dynamodb.Client) error {
		_, err := db.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String("plain"), Key: texts("id", "1")})
		return err
	}
	// measure is the 99th percentile of 150 requests, 50 a second.
	measure := func() time.Duration {
		t.Helper()
		var took []time.Duration
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for range 150 {
			<-tick.C
			start := time.Now()
			if err := get(t.Context(), calm); err != nil {
				t.Fatalf("the other is refused: %v", err)
			}
			took = append(took, time.Since(start))
		}
		slices.Sort(took)
		return took[len(took)*99/100]
	}
	measure() // warms up
	quiet := measure()
	ctx, stop := context.WithCancel(t.Context())
	var served, refused atomic.Int64
	var flood sync.WaitGroup
	for range 10 {
		flood.Go(func() {
			tick := time.NewTicker(10 * time.Millisecond) // 100 a second each
			defer tick.Stop()
			for ctx.Err() == nil {
				<-tick.C
				switch err := get(ctx, wild); {
				case err == nil:
					served.Add(1)
				case codeOf(err) == "ThrottlingException":
					refused.Add(1)
				case ctx.Err() == nil:
					t.Errorf("the flood is answered with %v", err)
					return
				}
			}
		})
	}
	time.Sleep(2 * time.Second) // what may be taken at once is used up
	start := time.Now()
	before := served.Load()
	loud := measure()
	rate := float64(served.Load()-before) / time.Since(start).Seconds()
	stop()
	flood.Wait()
	t.Logf("99th percentile %s quiet, %s in the flood; %d of the flood served and %d refused, %.0f a second served", quiet, loud, served.Load(), refused.Load(), rate)
	if rate > 1.2*limit || refused.Load() < 5*served.Load()/2 {
		t.Errorf("%d of the flood were served and %d refused", served.Load(), refused.Load())
	}
	if loud > 2*quiet+20*time.Millisecond {
		t.Errorf("the other's 99th percentile went from %s to %s", quiet, loud)
	}
}

// TestKill kills the guard while programs write through it: what was acknowledged is in the table and in the audit.
func TestKill(t *testing.T) {
	f := newFort(t)
	f.start()
	c := f.login("loader")
	var mu sync.Mutex
	var done []string
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			db := f.client(c)
			for i := 0; ; i++ {
				id := fmt.Sprintf("w%d-%d", w, i)
				if _, err := db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("orders"), Item: texts("id", id, "card", "planted-"+id)}); err != nil {
					return // the guard is gone
				}
				mu.Lock()
				done = append(done, id)
				mu.Unlock()
			}
		})
	}
	time.Sleep(2 * time.Second)
	f.kill()
	writers.Wait()
	if len(done) < 100 {
		t.Fatalf("only %d writes before the end:\n%s", len(done), f.said)
	}
	f.start() // it goes on from what is there, a line half written included
	if out := f.run(nil, "audit", "verify"); !strings.Contains(out, "as they were written") {
		t.Error(out)
	}
	records := strings.Count(f.run(nil, "audit", "--action", "dynamodb:PutItem", "--format", "json"), "\n")
	if records < len(done) {
		t.Errorf("%d writes were acknowledged, and %d are in the audit", len(done), records)
	}
	db := f.client(f.login("loader"))
	for chunk := range slices.Chunk(done, 100) {
		var keys []map[string]types.AttributeValue
		for _, id := range chunk {
			keys = append(keys, texts("id", id))
		}
		found := map[string]bool{}
		for len(keys) > 0 {
			out, err := db.BatchGetItem(t.Context(), &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{"orders": {Keys: keys}}})
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range out.Responses["orders"] {
				id := item["id"].(*types.AttributeValueMemberS).Value
				found[id] = item["card"].(*types.AttributeValueMemberS).Value == "planted-"+id
			}
			keys = out.UnprocessedKeys["orders"].Keys
		}
		for _, id := range chunk {
			if !found[id] {
				t.Errorf("the acknowledged write of %s is lost", id)
			}
		}
	}
	t.Logf("%d writes were acknowledged before the end, all of them are there", len(done))
	f.end()
}
