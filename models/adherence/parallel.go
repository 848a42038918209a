package adherence

import (
	"io"
	"runtime"
	"sync/atomic"
)

// WriteParallel writes the lines of n patients in order, worked out by all processors. Each processor has a
// worker of its own from newWorker, which appends the lines of patient i.
func WriteParallel(w io.Writer, n int, newWorker func() func(to []byte, i int) []byte) error {
	const chunk = 2048
	chunks := (n + chunk - 1) / chunk
	done := make([]chan []byte, chunks)
	for i := range done {
		done[i] = make(chan []byte, 1)
	}
	var next atomic.Int64
	for range min(runtime.GOMAXPROCS(0), chunks) {
		go func() {
			work := newWorker()
			for {
				c := int(next.Add(1)) - 1
				if c >= chunks {
					return
				}
				var to []byte
				for i := c * chunk; i < min(n, (c+1)*chunk); i++ {
					to = work(to, i)
				}
				done[c] <- to
			}
		}()
	}
	var failed error
	for _, lines := range done {
		text := <-lines
		if failed == nil {
			_, failed = w.Write(text)
		}
	}
	return failed
}
