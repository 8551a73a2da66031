package guard

import (
	"fmt"
	"sync"
	"time"
)

// Limit bounds what one principal, address or resource may take; zero is no bound.
type Limit struct {
	Requests   float64 // a second, with as many at once
	Bytes      float64 // a second, with as many at once
	Concurrent int
}

// Limits are the bounds of a listener. They are kept in memory, by the machine.
type Limits struct {
	Address, Principal, Resource Limit

	mu      sync.Mutex
	buckets map[string]*bucket
	swept   time.Time
}

// bucket is what is left of one holder's bounds.
type bucket struct {
	requests, bytes float64
	concurrent      int
	at              time.Time
}

// LimitError is the refusal of a request that is too much.
type LimitError struct {
	What string // "requests of ann"
	Wait time.Duration
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("too many %s; try again in %s", e.What, e.Wait.Round(time.Millisecond))
}

// maxBuckets bounds the memory of a flood from many addresses.
const maxBuckets = 100_000

// Kind is what a limit is by.
type Kind string

// The kinds.
const (
	ByAddress   Kind = "address"
	ByPrincipal Kind = "principal"
	ByResource  Kind = "resource"
)

// Set changes the bounds; what was taken stays taken.
func (l *Limits) Set(address, principal, resource Limit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Address, l.Principal, l.Resource = address, principal, resource
}

func (l *Limits) of(k Kind) Limit {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch k {
	case ByAddress:
		return l.Address
	case ByPrincipal:
		return l.Principal
	case ByResource:
		return l.Resource
	}
	return Limit{}
}

// Take takes one request of so many bytes. release gives its place back when the request is done.
func (l *Limits) Take(k Kind, name string, bytes int, now time.Time) (release func(), err error) {
	bound := l.of(k)
	if bound == (Limit{}) {
		return func() {}, nil
	}
	key := string(k) + " " + name
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(key, bound, now)
	if b == nil {
		return nil, &LimitError{"requests from too many places", time.Second}
	}
	switch {
	case bound.Concurrent > 0 && b.concurrent >= bound.Concurrent:
		return nil, &LimitError{"requests at once by " + key, 50 * time.Millisecond}
	case bound.Requests > 0 && b.requests < 1:
		return nil, &LimitError{"requests by " + key, time.Duration((1 - b.requests) / bound.Requests * float64(time.Second))}
	case bound.Bytes > 0 && b.bytes <= 0:
		return nil, &LimitError{"bytes by " + key, time.Duration(-b.bytes/bound.Bytes*float64(time.Second)) + time.Millisecond}
	}
	b.requests--
	b.bytes -= float64(bytes)
	b.concurrent++
	return func() {
		l.mu.Lock()
		b.concurrent--
		l.mu.Unlock()
	}, nil
}

// Spend takes bytes that only the answer told of; what was overspent is waited for by the next request.
func (l *Limits) Spend(k Kind, name string, bytes int) {
	bound := l.of(k)
	if bound.Bytes <= 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.buckets[string(k)+" "+name]; b != nil {
		b.bytes -= float64(bytes)
	}
}

// bucket fills up what time has brought, or makes one that is full; nil where there is no room for another.
func (l *Limits) bucket(key string, bound Limit, now time.Time) *bucket {
	if l.buckets == nil {
		l.buckets = map[string]*bucket{}
	}
	b, ok := l.buckets[key]
	if !ok {
		if len(l.buckets) >= maxBuckets && !l.sweep(now) {
			return nil
		}
		b = &bucket{requests: max(1, bound.Requests), bytes: bound.Bytes, at: now}
		l.buckets[key] = b
		return b
	}
	if passed := now.Sub(b.at).Seconds(); passed > 0 {
		b.requests = min(max(1, bound.Requests), b.requests+passed*bound.Requests)
		b.bytes = min(bound.Bytes, b.bytes+passed*bound.Bytes)
		b.at = now
	}
	return b
}

// sweep forgets who was quiet for long enough to have everything again; at most once a second.
func (l *Limits) sweep(now time.Time) bool {
	if now.Sub(l.swept) < time.Second {
		return false
	}
	l.swept = now
	for key, b := range l.buckets {
		if b.concurrent == 0 && now.Sub(b.at) > 10*time.Second && b.bytes >= 0 {
			delete(l.buckets, key)
		}
	}
	return len(l.buckets) < maxBuckets
}
