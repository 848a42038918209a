package dashboards

import (
	"context"
	"slices"
	"sync"
)

// What a build keeps of its answers: results of so many rows in all, and none that is longer than a page ever shows.
const (
	keptRows   = 200_000
	longAnswer = 2_000
)

// answers are the results of queries on one build. A build never changes, so each is looked for once, by the first
// who asks, while others who ask the same wait. They go with the build.
type answers struct {
	mu   sync.Mutex
	all  map[string]*answer
	rows int // of all that are known
}

// answer is one result. turn is held by whoever looks for it and guards the rest but size, which belongs to answers.mu.
type answer struct {
	turn   chan struct{}
	rows   any // a slice of the query's rows
	known  bool
	isLong bool // too long to keep; everybody looks for it alone
	size   int  // rows, and one for itself
}

// remember returns the rows for a key, found by find when nobody has. The slice is the caller's own; its rows are
// shared and not to be changed.
func remember[T any](ctx context.Context, kept *answers, key string, find func() ([]T, error)) ([]T, error) {
	a := kept.of(key)
	select {
	case a.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if a.isLong {
		<-a.turn
		return find()
	}
	defer func() { <-a.turn }()
	if a.known {
		return slices.Clone(a.rows.([]T)), nil
	}
	rows, err := find()
	if err != nil {
		return nil, err
	}
	if a.isLong = len(rows) > longAnswer; a.isLong {
		return rows, nil
	}
	a.rows, a.known = rows, true
	kept.add(key, a, len(rows))
	return slices.Clone(rows), nil
}

// of returns the place of a key. When there is too much, others make room, whichever come first.
func (k *answers) of(key string) *answer {
	k.mu.Lock()
	defer k.mu.Unlock()
	if a := k.all[key]; a != nil {
		return a
	}
	if k.all == nil {
		k.all = map[string]*answer{}
	}
	for other, a := range k.all {
		if k.rows < keptRows {
			break
		}
		k.rows -= a.size
		delete(k.all, other)
	}
	a := &answer{turn: make(chan struct{}, 1), size: 1}
	k.all[key] = a
	k.rows++
	return a
}

// add counts the rows of a result that became known, unless it has made room meanwhile.
func (k *answers) add(key string, a *answer, rows int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all[key] == a {
		a.size += rows
		k.rows += rows
	}
}
