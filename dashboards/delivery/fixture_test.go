package delivery

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is a clock that stands still until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

var china = time.FixedZone("CST", 8*3600)

// receiver is a server that notes what it gets. trouble says what happens to a request, by its number from 0: "" takes
// it, "500" refuses it, "lost" takes it and breaks the connection before it answers, "slow" takes it and never answers.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	trouble func(n int) string
	bodies  []string
	headers []http.Header
	paths   []string
	count   int
	answer  string
}

// withHost are the headers of a request, with those that the server keeps apart.
func withHost(rq *http.Request) http.Header {
	all := rq.Header.Clone()
	all.Set("Host", rq.Host)
	all.Set("Content-Length", strconv.FormatInt(rq.ContentLength, 10))
	return all
}

func newReceiver(t *testing.T, trouble func(n int) string) *receiver {
	r := &receiver{trouble: trouble, answer: `{"errcode":0}`}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, rq *http.Request) {
		body, _ := io.ReadAll(rq.Body)
		r.mu.Lock()
		what := ""
		if r.trouble != nil {
			what = r.trouble(r.count)
		}
		r.count++
		if what != "500" {
			r.bodies, r.headers, r.paths = append(r.bodies, string(body)), append(r.headers, withHost(rq)), append(r.paths, rq.Method+" "+rq.URL.Path)
		}
		answer := r.answer
		r.mu.Unlock()
		switch what {
		case "500":
			w.WriteHeader(http.StatusInternalServerError)
		case "lost":
			panic(http.ErrAbortHandler)
		case "slow":
			<-rq.Context().Done()
		default:
			fmt.Fprint(w, answer)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// different are the messages that a receiver has, each once, as one that knows keys keeps them.
func (r *receiver) different() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, h := range r.headers {
		all = append(all, h.Get("Idempotency-Key"))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (r *receiver) taken() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.bodies)
}

// desk is a service over a plan with a source of invented people.
type desk struct {
	*Service
	t        *testing.T
	clock    *clock
	dir      string
	text     string
	wanted   []Wanted
	value    float64
	build    Build
	known    map[string]string
	asked    []string
	lists    int
	measured int
	mu       sync.Mutex
}

func newDesk(t *testing.T, plan string) *desk {
	d := &desk{t: t, clock: &clock{at: time.Date(2026, 4, 1, 7, 30, 30, 0, china)}, dir: t.TempDir(), text: plan,
		build: Build{ID: "b1", AsOf: time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC)}, known: map[string]string{}}
	d.open()
	return d
}

// open starts the service, as after a kill: only the file is there.
func (d *desk) open() {
	d.t.Helper()
	plan, err := ParsePlan([]byte(d.text))
	if err != nil {
		d.t.Fatal(err)
	}
	box, err := OpenOutbox(d.t.Context(), d.dir, d.clock.now)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { box.Close() })
	senders, err := plan.Senders(func(name string) string { return "secret of " + name }, nil, d.clock.now)
	if err != nil {
		d.t.Fatal(err)
	}
	d.Service = New(Config{Plan: plan, Outbox: box, Senders: senders, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: d.clock.now, URL: "https://phdp.example.org", Source: d.source()})
}

func (d *desk) source() Source {
	return Source{
		Build: func() (Build, bool) { return d.build, true },
		List: func(context.Context, string, List) (File, error) {
			d.lists++
			return File{Path: d.file("patient_code\r\nsyn1\r\n"), Name: "list.csv", ContentType: "text/csv", Manifest: []byte(`{"rows":1}`)}, nil
		},
		Wanted:  func(context.Context, string, Marks) ([]Wanted, error) { return d.wanted, nil },
		Measure: func(context.Context, string, Rule) (float64, error) { d.measured++; return d.value, nil },
		Page: func(context.Context, string, Report) (string, []byte, error) {
			return "依从性", []byte("<h1>依从性</h1>"), nil
		},
		Reveal: func(_ context.Context, _, _, _ string, keys []string) (map[string]string, error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.asked = append(d.asked, keys...)
			found := map[string]string{}
			for _, k := range keys {
				if d.known[k] != "" {
					found[k] = d.known[k]
				}
			}
			return found, nil
		},
	}
}

// ticks lets the service work, with time going by between.
func (d *desk) ticks(n int, every time.Duration) {
	for range n {
		d.Tick(d.t.Context())
		d.clock.move(every)
	}
}

func (d *desk) states() string {
	d.t.Helper()
	all, err := d.Outbox.Messages(d.t.Context(), Which{Limit: 100})
	if err != nil {
		d.t.Fatal(err)
	}
	var text []string
	for _, m := range all {
		text = append(text, m.State)
	}
	slices.Sort(text)
	return strings.Join(text, " ")
}
