package migrate

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/baileydb/bailey/seal"
	"github.com/baileydb/bailey/seal/sealaws"
)

// Client is what is used of *dynamodb.Client. It must not be one that seals by itself.
type Client interface {
	sealaws.UpdateClient
	Scan(context.Context, *dynamodb.ScanInput, ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error)
}

// Migration is the sealing of one table.
type Migration struct {
	Client Client
	Sealer *seal.Sealer
	Table  string
	// All seals again what is sealed already: under other keys, another suite or other actions. Otherwise such items are
	// left as they are.
	All bool
	// Try writes nothing: it only says what would be done.
	Try bool
	// Units is how much capacity, read and written together, may be taken in a second; 0 for no bound.
	Units float64
	// Writers is how many items are written at once; 0 means 8.
	Writers int
	// Save is called after every page with how far it came; nil forgets.
	Save func(State) error
	// Progress, where given, hears of the items done so far.
	Progress func(items int64)
}

// State is how far a migration came. It holds keys of items and nothing else of them.
type State struct {
	Table string `json:"table"`
	All   bool   `json:"all"`
	// Next is where the scan goes on, as DynamoDB's JSON; nil at the beginning.
	Next seal.Item `json:"next,omitempty"`
	// Done is set once all was sealed and only the reading is left.
	Done   bool   `json:"done"`
	Report Report `json:"report"`
}

// Report is what became of the items.
type Report struct {
	Seen    int64 `json:"seen"`
	Sealed  int64 `json:"sealed"`
	Already int64 `json:"already"` // were sealed before and left
	Gone    int64 `json:"gone"`    // were deleted in the meantime
	Failed  int64 `json:"failed"`
	// Failures are the first of those that failed.
	Failures []Failure `json:"failures,omitempty"`
}

// Failure is an item that could not be sealed or opened.
type Failure struct {
	Key    seal.Item `json:"key"`
	Reason string    `json:"reason"`
}

// maxFailures bounds how many failures are kept by name.
const maxFailures = 1000

func (r *Report) fail(s *seal.Sealer, item map[string]types.AttributeValue, err error) {
	r.Failed++
	if len(r.Failures) >= maxFailures {
		return
	}
	key := map[string]types.AttributeValue{}
	for _, name := range s.Keys() {
		key[name] = item[name]
	}
	k, kerr := sealaws.ToItem(key)
	if kerr != nil {
		k = nil
	}
	r.Failures = append(r.Failures, Failure{k, err.Error()})
}

// Seal seals the table from where a state stands. What cannot be sealed is in the report; the error is of what ends the
// migration before its end, and the state returned is then where to go on.
func (m *Migration) Seal(ctx context.Context, from State) (State, error) {
	if from.Table != "" && (from.Table != m.Table || from.All != m.All) {
		return from, errors.New("it is of another table or of a migration of another kind")
	}
	state := from
	state.Table, state.All = m.Table, m.All
	for !state.Done {
		page, err := m.page(ctx, state.Next)
		if err != nil {
			return state, err
		}
		report, used, err := m.items(ctx, page.Items, state.Report)
		if err != nil {
			return state, err // the page is done again: what was sealed of it is then sealed already
		}
		state.Report = report
		if state.Next, state.Done, err = next(page); err != nil {
			return state, err
		}
		if m.Save != nil {
			if err := m.Save(state); err != nil {
				return state, fmt.Errorf("keeping how far it came: %w", err)
			}
		}
		if m.Progress != nil {
			m.Progress(state.Report.Seen)
		}
		if err := m.wait(ctx, used+capacity(page)); err != nil {
			return state, err
		}
	}
	return state, nil
}

func next(page *dynamodb.ScanOutput) (at seal.Item, done bool, err error) {
	if len(page.LastEvaluatedKey) == 0 {
		return nil, true, nil
	}
	at, err = sealaws.ToItem(page.LastEvaluatedKey)
	return at, false, err
}

func (m *Migration) page(ctx context.Context, at seal.Item) (*dynamodb.ScanOutput, error) {
	in := &dynamodb.ScanInput{TableName: &m.Table, ConsistentRead: aws.Bool(true), ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal, Limit: aws.Int32(200)}
	if at != nil {
		in.ExclusiveStartKey = sealaws.FromItem(at)
	}
	return m.Client.Scan(ctx, in)
}

func capacity(page *dynamodb.ScanOutput) float64 {
	if page.ConsumedCapacity == nil {
		return 0
	}
	return aws.ToFloat64(page.ConsumedCapacity.CapacityUnits)
}

// items seals the items of a page, several at once. Its error is one that would meet every item.
func (m *Migration) items(ctx context.Context, items []map[string]types.AttributeValue, r Report) (Report, float64, error) {
	writers := m.Writers
	if writers <= 0 {
		writers = 8
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var total float64
	var fatal error
	work := make(chan map[string]types.AttributeValue)
	for range writers {
		wg.Go(func() {
			for item := range work {
				sealed, used, err := m.item(ctx, item)
				mu.Lock()
				r.Seen++
				total += used
				switch {
				case err == nil && sealed:
					r.Sealed++
				case err == nil:
					r.Already++
				case errors.Is(err, sealaws.ErrGone):
					r.Gone++
				case ours(err):
					r.fail(m.Sealer, item, err)
				case fatal == nil:
					fatal = err
				}
				mu.Unlock()
			}
		})
	}
	for _, item := range items {
		mu.Lock()
		stop := fatal != nil
		mu.Unlock()
		if stop {
			break
		}
		work <- item
	}
	close(work)
	wg.Wait()
	return r, total, fatal
}

// ours reports whether an error is of the item and not of DynamoDB or KMS.
func ours(err error) bool {
	var validation interface{ ErrorCode() string }
	return errors.Is(err, seal.ErrInput) || errors.Is(err, seal.ErrRefused) || errors.Is(err, seal.ErrPlaintext) ||
		errors.As(err, &validation) && validation.ErrorCode() == "ValidationException"
}

func (m *Migration) item(ctx context.Context, stored map[string]types.AttributeValue) (sealed bool, used float64, err error) {
	item, err := sealaws.ToItem(stored)
	if err != nil {
		return false, 0, fmt.Errorf("%w: %w", seal.ErrInput, err)
	}
	if seal.Sealed(item) && !m.All {
		return false, 0, nil
	}
	if m.Try {
		plain := item
		if seal.Sealed(item) {
			if plain, err = m.Sealer.Open(ctx, item); err != nil {
				return false, 0, err
			}
		}
		_, err = m.Sealer.Seal(ctx, plain)
		return err == nil, 0, err
	}
	used, err = sealaws.Reseal(ctx, m.Client, m.Sealer, m.Table, stored)
	return err == nil, used, err
}

// Verify reads the table and opens every item with a sealer, which holds only the keys that are to open it from now on. In
// its report, Sealed are those that opened.
func (m *Migration) Verify(ctx context.Context, with *seal.Sealer) (Report, error) {
	var r Report
	var at seal.Item
	for done := false; !done; {
		page, err := m.page(ctx, at)
		if err != nil {
			return r, err
		}
		for _, stored := range page.Items {
			r.Seen++
			item, err := sealaws.ToItem(stored)
			if err == nil {
				_, err = with.Open(ctx, item)
			}
			switch {
			case err == nil:
				r.Sealed++
			case ours(err):
				r.fail(with, stored, err)
			default:
				return r, err
			}
		}
		if at, done, err = next(page); err != nil {
			return r, err
		}
		if m.Progress != nil {
			m.Progress(r.Seen)
		}
		if err := m.wait(ctx, capacity(page)); err != nil {
			return r, err
		}
	}
	return r, nil
}

// wait lets pass the time in which what was used may be used.
func (m *Migration) wait(ctx context.Context, used float64) error {
	if m.Units <= 0 || used <= 0 {
		return ctx.Err()
	}
	select {
	case <-time.After(time.Duration(used / m.Units * float64(time.Second))):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
