package delivery

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"strings"
	"sync"
	"time"
)

// Build names the published warehouse: its id, and the business day that it shows.
type Build struct {
	ID   string
	AsOf time.Time
}

// File is a list that was made and kept, with what it is.
type File struct {
	Path, Name, ContentType string
	Manifest                []byte // JSON
}

// Source is where everything comes from. Each function keeps to the rights and row rules of the account, and writes its
// audit row before it returns anything about people.
type Source struct {
	Build   func() (Build, bool) // false before the first build
	List    func(ctx context.Context, account string, l List) (File, error)
	Wanted  func(ctx context.Context, account string, m Marks) ([]Wanted, error)
	Measure func(ctx context.Context, account string, r Rule) (float64, error)
	Page    func(ctx context.Context, account string, r Report) (title string, html []byte, err error)
	// Reveal returns the external_userid behind patient keys, of those that are known.
	Reveal func(ctx context.Context, account, job, target string, keys []string) (map[string]string, error)
}

// Config is what a Service needs.
type Config struct {
	Plan    *Plan
	Outbox  *Outbox
	Source  Source
	Senders map[string]Sender // by the name of the target
	Log     *slog.Logger
	Now     func() time.Time
	URL     string // where people find the pages
}

// Service makes what is due and hands on what waits. One service at a time may use an outbox.
type Service struct {
	Config
	plan  *Plan
	again map[string]time.Time // when a job that failed is tried again
}

// New makes a service.
func New(cfg Config) *Service {
	return &Service{Config: cfg, plan: cfg.Plan, again: map[string]time.Time{}}
}

// How often the service looks, how late a job may still be done, after what time one that failed is tried again, and
// how long a receiver may take.
const (
	lookEvery  = 10 * time.Second
	latest     = 12 * time.Hour
	againAfter = 5 * time.Minute
	sendTime   = 60 * time.Second
)

// Run works until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	for {
		s.Tick(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(lookEvery):
		}
	}
}

// Tick makes what is due and sends what waits, once. What fails is logged and tried again later.
func (s *Service) Tick(ctx context.Context) {
	if build, ok := s.Source.Build(); ok {
		s.attempt(ctx, "alerts", func() error { return s.evaluate(ctx, build) })
		for _, l := range s.plan.Lists {
			s.scheduled(ctx, l.Name, l.Slot, func(due time.Time) ([]Message, error) { return s.makeList(ctx, l, due) })
		}
		for _, m := range s.plan.Marks {
			s.scheduled(ctx, m.Name, m.Slot, func(due time.Time) ([]Message, error) { return s.makeMarks(ctx, m, due) })
		}
		for _, r := range s.plan.Reports {
			s.scheduled(ctx, r.Name, r.Slot, func(due time.Time) ([]Message, error) { return s.makeReport(ctx, r, due) })
		}
	}
	var all sync.WaitGroup
	for name := range s.plan.Targets {
		all.Go(func() {
			if err := s.send(ctx, name); err != nil && ctx.Err() == nil {
				s.Log.Error("delivery failed", "target", name, "error", err)
			}
		})
	}
	all.Wait()
}

// attempt runs work that may fail, and not again for a while when it has.
func (s *Service) attempt(ctx context.Context, name string, do func() error) {
	if s.Now().Before(s.again[name]) {
		return
	}
	if err := do(); err != nil && ctx.Err() == nil {
		s.again[name] = s.Now().Add(againAfter)
		s.Log.Error("delivery not made", "job", name, "error", err)
	}
}

// errLater tells that a job cannot be done yet, and that this is no fault.
var errLater = errors.New("later")

// scheduled does a job when its time has come and it was not done. The result and the note that it was done go into the
// outbox together.
func (s *Service) scheduled(ctx context.Context, name string, slot Slot, do func(due time.Time) ([]Message, error)) {
	now := s.Now().In(s.plan.zone)
	due := slot.last(now)
	if due.IsZero() || now.Sub(due) > latest {
		return
	}
	s.attempt(ctx, name, func() error {
		if done, err := s.Outbox.ran(ctx, name, due); err != nil || done {
			return err
		}
		messages, err := do(due)
		if errors.Is(err, errLater) {
			return nil
		}
		if err != nil {
			return err
		}
		return s.Outbox.once(ctx, name, due, messages)
	})
}

// keyOf names a message of a job.
func keyOf(job string, at time.Time, parts ...string) string {
	sum := sha256.Sum256([]byte(job + "\n" + at.UTC().Format(time.RFC3339) + "\n" + strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:16])
}

// makeList makes a list and puts the file and its manifest into the outbox for each target.
func (s *Service) makeList(ctx context.Context, l List, due time.Time) ([]Message, error) {
	file, err := s.Source.List(ctx, s.plan.Account, l)
	if err != nil {
		return nil, fmt.Errorf("make list: %w", err)
	}
	var all []Message
	for _, to := range l.To {
		one := Message{Key: keyOf(l.Name, due, to, "list"), Job: l.Name, Target: to, Kind: kindList, Subject: l.Name, Name: file.Name, ContentType: file.ContentType, File: file.Path}
		about := Message{Key: keyOf(l.Name, due, to, "manifest"), Job: l.Name, Target: to, Kind: kindList, Subject: l.Name,
			Name: strings.TrimSuffix(file.Name, path.Ext(file.Name)) + ".manifest.json", ContentType: "application/json", Body: file.Manifest}
		all = append(all, one, about)
	}
	return all, nil
}

// makeMarks compares the tags that people have here with those that WeCom has.
func (s *Service) makeMarks(ctx context.Context, m Marks, due time.Time) ([]Message, error) {
	wanted, err := s.Source.Wanted(ctx, s.plan.Account, m)
	if err != nil {
		return nil, fmt.Errorf("find tags for WeCom: %w", err)
	}
	all, ok, err := s.Outbox.changes(ctx, m, wanted)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errLater
	}
	return s.markMessages(m, due, all)
}

// makeReport makes a page as HTML.
func (s *Service) makeReport(ctx context.Context, r Report, due time.Time) ([]Message, error) {
	title, html, err := s.Source.Page(ctx, s.plan.Account, r)
	if err != nil {
		return nil, fmt.Errorf("make report: %w", err)
	}
	var all []Message
	for _, to := range r.To {
		all = append(all, Message{Key: keyOf(r.Name, due, to), Job: r.Name, Target: to, Kind: kindReport, Subject: title,
			Name: fmt.Sprintf("phdp-%s-%s.html", r.Name, due.Format("20060102-1504")), ContentType: "text/html; charset=utf-8", Body: html})
	}
	return all, nil
}

// send sends what waits for a target until one message fails, which the target's next messages may outrun.
func (s *Service) send(ctx context.Context, target string) error {
	all, err := s.Outbox.due(ctx, target)
	if err != nil {
		return err
	}
	for _, w := range all {
		missing, err := s.sendOne(ctx, w)
		if err == nil {
			if err := s.Outbox.delivered(ctx, w, missing); err != nil {
				return err
			}
			continue
		}
		if ctx.Err() != nil {
			return nil
		}
		if noted := s.Outbox.failed(ctx, w, err); noted != nil {
			return errors.Join(err, noted)
		}
		var never permanent
		if s.Log.Warn("message not delivered", "job", w.Job, "target", target, "attempts", w.attempts+1, "error", err); !errors.As(err, &never) {
			return nil
		}
	}
	return nil
}

func (s *Service) sendOne(ctx context.Context, w waiting) (missing map[Pair]bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	sender, ok := s.Senders[w.Target]
	if !ok {
		return nil, errors.New("this process cannot reach the target")
	}
	p := Parcel{Message: w.Message}
	if w.Kind != kindMarks {
		return nil, sender.Send(ctx, p)
	}
	if p.Marks, missing, err = s.reveal(ctx, w); err != nil || len(p.Marks) == 0 {
		return missing, err
	}
	err = sender.Send(ctx, p)
	if errors.Is(err, errNoFriends) { // the only pair of the message
		var changes []Change
		if err := json.Unmarshal(w.Body, &changes); err != nil {
			return nil, permanent{fmt.Errorf("read marks: %w", err)}
		}
		return map[Pair]bool{changes[0].Pair: true}, nil
	}
	return missing, err
}

// reveal puts external_userid in the place of pseudonyms. Pairs of people whom nobody knows any more are missing.
func (s *Service) reveal(ctx context.Context, w waiting) (marks []Mark, missing map[Pair]bool, err error) {
	var changes []Change
	if err := json.Unmarshal(w.Body, &changes); err != nil {
		return nil, nil, permanent{fmt.Errorf("read marks: %w", err)}
	}
	keys := make([]string, len(changes))
	for i, c := range changes {
		keys[i] = c.PatientKey
	}
	known, err := s.Source.Reveal(ctx, s.plan.Account, w.Job, w.Target, keys)
	if err != nil {
		return nil, nil, fmt.Errorf("ask for identifiers: %w", err)
	}
	missing = map[Pair]bool{}
	for _, c := range changes {
		if id := known[c.PatientKey]; id != "" {
			marks = append(marks, Mark{Staff: c.Staff, External: id, Add: c.Add, Remove: c.Remove})
		} else {
			missing[c.Pair] = true
		}
	}
	return marks, missing, nil
}
