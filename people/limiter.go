package people

import (
	"container/list"
	"crypto/sha256"
	"math"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits say how many attempts are heard for each key.
type Limits struct {
	Burst int           // so many at once
	Every time.Duration // and one more after each of these
	Keys  int           // so many keys are remembered; the one longest unused is forgotten first
}

// DefaultLimits let a tired surgeon mistype ten times, and a machine try 2,880 passwords a day for one name.
var DefaultLimits = Limits{Burst: 10, Every: 30 * time.Second, Keys: 20_000}

// Limiter counts attempts in memory: a token bucket for each key. It is safe for use by several goroutines.
type Limiter struct {
	limits Limits

	mu      sync.Mutex
	buckets map[[32]byte]*list.Element // of *bucket
	order   *list.List                 // most recently used first
}

type bucket struct {
	key    [32]byte
	tokens *rate.Limiter
}

// NewLimiter makes a limiter that has seen nothing yet.
func NewLimiter(l Limits) *Limiter {
	l.Burst = max(l.Burst, 1) // a limit of none would wait for ever
	return &Limiter{limits: l, buckets: map[[32]byte]*list.Element{}, order: list.New()}
}

// Allow counts one attempt for all the keys together. If one of them has none left, nothing is counted, and
// ErrRateLimited says how long to wait.
func (l *Limiter) Allow(now time.Time, keys ...string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	reserved := make([]*rate.Reservation, 0, len(keys))
	var wait time.Duration
	for _, key := range keys {
		r := l.bucket(key).tokens.ReserveN(now, 1)
		reserved = append(reserved, r)
		wait = max(wait, r.DelayFrom(now))
	}
	if wait == 0 {
		return nil
	}
	for _, r := range reserved {
		r.CancelAt(now)
	}
	// Whole seconds, rounded up: what a page and a Retry-After header can say.
	return ErrRateLimited{RetryAfter: time.Duration(math.Ceil(wait.Seconds())) * time.Second}
}

// Forgive forgets the attempts counted for a key: its owner has shown who they are.
func (l *Limiter) Forgive(key string) { l.forgive(sha256.Sum256([]byte(key))) }

func (l *Limiter) forgive(hash [32]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.buckets[hash]; ok {
		l.forget(e)
	}
}

// count counts attempts that another node has allowed, or (a negative number) gave back.
func (l *Limiter) count(now time.Time, hash [32]byte, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bucketOf(hash).tokens.AllowN(now, n)
}

// Return gives one attempt back that was counted for a key.
func (l *Limiter) Return(now time.Time, key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.buckets[sha256.Sum256([]byte(key))]; ok {
		e.Value.(*bucket).tokens.AllowN(now, -1)
	}
}

// Len is the number of keys that are remembered.
func (l *Limiter) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.order.Len()
}

// bucket finds or makes the bucket of a key. Keys are hashed, so that long ones take no more room.
func (l *Limiter) bucket(key string) *bucket { return l.bucketOf(sha256.Sum256([]byte(key))) }

func (l *Limiter) bucketOf(hash [32]byte) *bucket {
	if e, ok := l.buckets[hash]; ok {
		l.order.MoveToFront(e)
		return e.Value.(*bucket)
	}
	b := &bucket{key: hash, tokens: rate.NewLimiter(rate.Every(l.limits.Every), l.limits.Burst)}
	l.buckets[hash] = l.order.PushFront(b)
	for l.order.Len() > max(l.limits.Keys, 2) { // two, so that the keys of one attempt do not push each other out
		l.forget(l.order.Back())
	}
	return b
}

func (l *Limiter) forget(e *list.Element) {
	l.order.Remove(e)
	delete(l.buckets, e.Value.(*bucket).key)
}

// addressKey is what counts as one address: an IPv4 address, or the /64 network that one IPv6 customer has.
func addressKey(address string) string {
	if port, err := netip.ParseAddrPort(address); err == nil {
		address = port.Addr().String()
	}
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	network, err := ip.Prefix(64)
	if err != nil {
		return ip.String()
	}
	return network.String()
}
