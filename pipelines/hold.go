package pipelines

import (
	"context"
	"sync"
	"time"
)

const holdLook = 300 * time.Millisecond // between looks whether reading is on hold

// gate stops readers while a stream is on hold.
type gate struct {
	ctx  context.Context
	hold func() bool // nil for never

	mu      sync.Mutex
	open    context.Context // ends when the hold begins
	close   context.CancelFunc
	release chan struct{} // closed when the hold ends
}

// newGate returns a gate that follows hold until ctx ends; nil for hold keeps it open.
func newGate(ctx context.Context, hold func() bool) *gate {
	g := &gate{ctx: ctx, hold: hold, release: make(chan struct{})}
	close(g.release)
	g.open, g.close = context.WithCancel(ctx)
	if hold != nil {
		go g.follow()
	}
	return g
}

// follow ends a fetch that waits for records when the hold begins.
func (g *gate) follow() {
	for {
		select {
		case <-g.ctx.Done():
			return
		case <-time.After(holdLook):
			g.look()
		}
	}
}

// look opens or closes the gate.
func (g *gate) look() {
	if g.hold == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	isHeld, wasHeld := g.hold(), g.open.Err() != nil
	switch {
	case isHeld && !wasHeld:
		g.close()
		g.release = make(chan struct{})
	case !isHeld && wasHeld && g.ctx.Err() == nil:
		g.open, g.close = context.WithCancel(g.ctx)
		close(g.release)
	}
}

// pass waits until the gate is open and returns a context that ends when it closes; false when ctx ended.
func (g *gate) pass(ctx context.Context) (context.Context, bool) {
	for {
		g.look()
		g.mu.Lock()
		open, release := g.open, g.release
		g.mu.Unlock()
		if ctx.Err() != nil {
			return nil, false
		}
		if open.Err() == nil {
			return open, true
		}
		select {
		case <-ctx.Done():
			return nil, false
		case <-release:
		}
	}
}
