package app

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// BenchmarkGuard compares requests through the guard with the same ones asked directly, in turns, and tells what the guard's
// process takes of the processor for a request. internal/bench prints the figures.
func BenchmarkGuard(b *testing.B) {
	if os.Getenv("BAILEY_BIN") == "" {
		b.Skip("run by internal/bench: it takes DynamoDB Local and half a minute")
	}
	f := newFort(b, "", "suite: ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_SYMSIG_HMAC_SHA384")
	f.start()
	through := f.client(f.login("loader"))
	item := texts("id", "1", "note", "a note of some length, as they are written", "amount", "12")
	put := func(db *dynamodb.Client, table string) error {
		_, err := db.PutItem(b.Context(), &dynamodb.PutItemInput{TableName: &table, Item: item})
		return err
	}
	get := func(db *dynamodb.Client, table string) error {
		_, err := db.GetItem(b.Context(), &dynamodb.GetItemInput{TableName: &table, Key: texts("id", "1")})
		return err
	}
	timed := func(do func(*dynamodb.Client, string) error, db *dynamodb.Client, table string) time.Duration {
		start := time.Now()
		if err := do(db, table); err != nil {
			b.Fatal(err)
		}
		return time.Since(start)
	}
	for b.Loop() {
		for name, do := range map[string]func(*dynamodb.Client, string) error{"put": put, "get": get} {
			var direct, guarded []time.Duration
			for i := range 3300 {
				d, g := timed(do, f.direct, "plain"), timed(do, through, "plain")
				if i >= 300 { // DynamoDB Local warms up
					direct, guarded = append(direct, d), append(guarded, g)
				}
			}
			slices.Sort(direct)
			slices.Sort(guarded)
			for share, unit := range map[int]string{50: "median", 99: "99th"} {
				at := len(direct) * share / 100
				b.ReportMetric((guarded[at]-direct[at]).Seconds()*1000, name+"-"+unit+"-added-ms")
			}
		}
		// Sixteen at once, on a table that is sealed and on one that is not.
		for table, unit := range map[string]string{"plain": "requests/core-s", "orders": "sealed-requests/core-s"} {
			if err := put(through, table); err != nil {
				b.Fatal(err)
			}
			before := f.processor(b)
			const each, at = 500, 16
			var all sync.WaitGroup
			for range at {
				all.Go(func() {
					for range each {
						if err := get(through, table); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
			b.ReportMetric(each*at/(f.processor(b)-before).Seconds(), unit)
		}
	}
}

// processor is how much of the processor the guard has taken.
func (f *fort) processor(tb testing.TB) time.Duration {
	tb.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", f.process.Process.Pid))
	if err != nil {
		tb.Skip("how much of the processor a process takes is not told here")
	}
	// After the name, which is in brackets: the state, and then by number; user and system are the twelfth and thirteenth.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	user, err1 := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	if errors.Join(err1, err2) != nil {
		tb.Fatal(err1, err2)
	}
	const perSecond = 100 // USER_HZ, the same on every Linux
	return time.Duration(user+system) * time.Second / perSecond
}
