package access

import (
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"
)

// A session ends after sessionIdle without a request, and in any case after sessionLife.
const (
	sessionIdle = 30 * time.Minute
	sessionLife = 12 * time.Hour
)

// Session is somebody's sign-in.
type Session struct {
	Who      Identity
	Local    bool // signed in with a local account, whose changes end the session
	Started  time.Time
	lastSeen time.Time
}

// Sessions are kept in memory only; a restart asks everybody to sign in again.
type Sessions struct {
	now func() time.Time

	mu   sync.Mutex
	byID map[[32]byte]*Session
}

// NewSessions makes an empty set of sessions.
func NewSessions(now func() time.Time) *Sessions {
	return &Sessions{now: now, byID: map[[32]byte]*Session{}}
}

// Start makes a session and returns its id, which is never kept: only its hash is.
func (s *Sessions) Start(who Identity, local bool) string {
	id, now := rand.Text(), s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, one := range s.byID {
		if one.over(now) {
			delete(s.byID, key)
		}
	}
	s.byID[sha256.Sum256([]byte(id))] = &Session{Who: who, Local: local, Started: now, lastSeen: now}
	return id
}

// Get returns the session of an id when it is not over, and counts as a sign of life.
func (s *Sessions) Get(id string) (Session, bool) {
	now, key := s.now(), sha256.Sum256([]byte(id))
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.byID[key]
	if !ok {
		return Session{}, false
	}
	if one.over(now) {
		delete(s.byID, key)
		return Session{}, false
	}
	one.lastSeen = now
	return *one, true
}

// End forgets a session.
func (s *Sessions) End(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byID, sha256.Sum256([]byte(id)))
}

func (s *Session) over(now time.Time) bool {
	return now.Sub(s.lastSeen) > sessionIdle || now.Sub(s.Started) > sessionLife
}
