package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// progress shows one changing line on a terminal, and a line every few seconds anywhere else.
type progress struct {
	mu    sync.Mutex
	out   io.Writer
	live  bool
	last  time.Time
	dirty bool
}

func newProgress(out *os.File) *progress {
	info, err := out.Stat()
	return &progress{out: out, live: err == nil && info.Mode()&os.ModeCharDevice != 0}
}

func (p *progress) show(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	pause := 5 * time.Second
	if p.live {
		pause = 100 * time.Millisecond
	}
	if time.Since(p.last) < pause {
		return
	}
	p.last = time.Now()
	text := fmt.Sprintf(format, args...)
	if p.live {
		fmt.Fprintf(p.out, "\r\x1b[K%s", text)
		p.dirty = true
		return
	}
	fmt.Fprintln(p.out, text)
}

// say prints a line that stays.
func (p *progress) say(format string, args ...any) {
	p.end()
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.out, format+"\n", args...)
}

// end clears the changing line.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dirty {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.dirty = false
	}
	p.last = time.Time{}
}
