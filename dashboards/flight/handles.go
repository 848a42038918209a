package flight

import (
	"crypto/rand"
	"sync"
	"time"
)

// How many statements are kept at once for all clients, and for how long after they were last used.
const (
	keptStatements = 1000
	statementLife  = 30 * time.Minute
)

// handles keep statements between the call that sends one and the calls that run it. A handle is random and
// belongs to one reader; a ticket never has the text of the statement in it.
type handles struct {
	now func() time.Time

	mu   sync.Mutex
	byID map[string]*handle
}

type handle struct {
	owner, text string
	used        time.Time
}

func newHandles(now func() time.Time) *handles {
	return &handles{now: now, byID: map[string]*handle{}}
}

// keep keeps a statement and returns its handle. When there are too many, the one that was not used for longest goes.
func (h *handles) keep(owner, text string) []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	now, oldest := h.now(), ""
	for id, one := range h.byID {
		if now.Sub(one.used) > statementLife {
			delete(h.byID, id)
		} else if oldest == "" || one.used.Before(h.byID[oldest].used) {
			oldest = id
		}
	}
	if len(h.byID) >= keptStatements {
		delete(h.byID, oldest)
	}
	id := rand.Text()
	h.byID[id] = &handle{owner: owner, text: text, used: now}
	return []byte(id)
}

// get returns the statement of a handle of its owner.
func (h *handles) get(owner string, id []byte) (text string, found bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	one, ok := h.byID[string(id)]
	if !ok || one.owner != owner {
		return "", false
	}
	one.used = h.now()
	return one.text, true
}

// drop forgets a statement of its owner.
func (h *handles) drop(owner string, id []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if one, ok := h.byID[string(id)]; ok && one.owner == owner {
		delete(h.byID, string(id))
	}
}
