package access

import (
	"sync"
	"time"
)

// A budget: so many requests at once, and one more after each pause. A key that asked for nothing for a while is
// forgotten.
const (
	budgetSize  = 120
	budgetPause = 100 * time.Millisecond // 600 a minute
	budgetIdle  = 30 * time.Minute
)

// Budgets bound how often somebody may ask. They are kept in memory.
type Budgets struct {
	now func() time.Time

	mu   sync.Mutex
	keys map[string]*budget
}

type budget struct {
	free float64
	last time.Time
}

// NewBudgets makes budgets that are whole.
func NewBudgets(now func() time.Time) *Budgets {
	return &Budgets{now: now, keys: map[string]*budget{}}
}

// Take takes one request from the budget of a key. It returns how long to wait when nothing is left, and whether
// the key was unknown, which is so at its first request and after a while without any.
func (b *Budgets) Take(key string) (wait time.Duration, first bool) {
	now := b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	one, known := b.keys[key]
	if !known {
		b.forget(now)
		one = &budget{free: budgetSize, last: now}
		b.keys[key] = one
	}
	idle := now.Sub(one.last)
	one.free, one.last = min(budgetSize, one.free+float64(idle)/float64(budgetPause)), now
	if one.free < 1 {
		return time.Duration((1 - one.free) * float64(budgetPause)), false
	}
	one.free--
	return 0, !known || idle > budgetIdle
}

func (b *Budgets) forget(now time.Time) {
	for key, one := range b.keys {
		if now.Sub(one.last) > budgetIdle {
			delete(b.keys, key)
		}
	}
}
