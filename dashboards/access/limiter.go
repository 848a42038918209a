package access

import (
	"sync"
	"time"
)

// What a limiter allows: freeTries failures, then a pause that doubles with each further one.
const (
	freeTries  = 5
	firstPause = 30 * time.Second
	longPause  = 15 * time.Minute
	forgetting = time.Hour
)

// Limiter slows down guessing: after some failures of a key nothing is tried for a while. A pause ends by
// itself, so that nobody can lock somebody else out for good.
type Limiter struct {
	now func() time.Time

	mu   sync.Mutex
	keys map[string]*failures
}

type failures struct {
	count int
	last  time.Time
	until time.Time
}

// NewLimiter makes a limiter without failures.
func NewLimiter(now func() time.Time) *Limiter {
	return &Limiter{now: now, keys: map[string]*failures{}}
}

// Wait is how long the longest pause of the keys still is; 0 when one may try.
func (l *Limiter) Wait(keys ...string) time.Duration {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	var wait time.Duration
	for _, key := range keys {
		if f, ok := l.keys[key]; ok {
			wait = max(wait, f.until.Sub(now))
		}
	}
	return wait
}

// Fail counts a failure of a key that is allowed so many times the usual failures, and tells whether a pause begins.
func (l *Limiter) Fail(key string, times int) bool {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	for other, f := range l.keys {
		if now.Sub(f.last) > forgetting {
			delete(l.keys, other)
		}
	}
	f, ok := l.keys[key]
	if !ok {
		f = &failures{}
		l.keys[key] = f
	}
	f.count, f.last = f.count+1, now
	over := f.count - freeTries*times
	if over < 0 {
		return false
	}
	f.until = now.Add(min(firstPause<<min(over, 10), longPause))
	return true
}

// Forget clears the failures of a key after a success.
func (l *Limiter) Forget(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.keys, key)
}
