package generate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"phdp/pipelines/lines"
)

// Config says how many invented people to make and over which time. Equal configurations give equal
// bytes, whatever the machine.
type Config struct {
	Patients int // 1 to 9,999,999
	Months   int // length of the observed window, 1 to 120
	Seed     uint64
	End      time.Time // last day of the window; its date in Asia/Shanghai counts
	Lines    []lines.Line
	Only     []string // codes of the lines to use; empty means all of Lines
	// ActiveShare is the share of people who are treated and talk, above 0 and at most 1; 0 means all. The others
	// have an account, consents, sometimes a form, and read an article now and then.
	ActiveShare float64
}

// Generator makes records and the truth about them from one Config. It holds no patients itself: each
// call of Records, Truth or Stats lives all the lives again, so that any of them can be had alone.
type Generator struct {
	cfg      Config
	firstDay int // first and last day of the window
	endDay   int
	lines    []lineInfo
	weights  []float64
	drugs    []drugInfo
	products []productInfo
	staff    []staffInfo
	load     []float64
	texts    *texts
	topics   topics
}

// New checks the configuration and reads the chat texts; nobody is born yet.
func New(cfg Config) (*Generator, error) {
	if cfg.Patients < 1 || cfg.Patients > 9_999_999 {
		return nil, fmt.Errorf("generate: %d patients, want 1 to 9,999,999", cfg.Patients)
	}
	if cfg.Months < 1 || cfg.Months > 120 {
		return nil, fmt.Errorf("generate: %d months, want 1 to 120", cfg.Months)
	}
	if cfg.End.IsZero() {
		return nil, fmt.Errorf("generate: the end date is missing")
	}
	if cfg.ActiveShare == 0 {
		cfg.ActiveShare = 1
	}
	if !(cfg.ActiveShare > 0 && cfg.ActiveShare <= 1) {
		return nil, fmt.Errorf("generate: active share %v, want above 0 and at most 1", cfg.ActiveShare)
	}
	chosen, err := choose(cfg.Lines, cfg.Only)
	if err != nil {
		return nil, err
	}
	g := &Generator{cfg: cfg}
	g.endDay = dayOf(cfg.End.UnixMilli())
	end := cfg.End.In(shanghai)
	y, m, d := end.Date()
	g.firstDay = dayOf(time.Date(y, m-time.Month(cfg.Months), d+1, 0, 0, 0, 0, shanghai).UnixMilli())
	if err := g.stock(chosen); err != nil {
		return nil, err
	}
	g.staff, g.load = hire(cfg.Patients)
	codes := make([]string, len(chosen))
	for i, l := range chosen {
		codes[i] = l.Code
	}
	if g.texts, err = loadTexts(codes); err != nil {
		return nil, err
	}
	if g.topics, err = g.texts.topics(); err != nil {
		return nil, err
	}
	return g, nil
}

func choose(all []lines.Line, only []string) ([]lines.Line, error) {
	if len(all) == 0 {
		return nil, fmt.Errorf("generate: no disease line")
	}
	if len(only) == 0 {
		return all, nil
	}
	var chosen []lines.Line
	for _, l := range all {
		if slices.Contains(only, l.Code) {
			chosen = append(chosen, l)
		}
	}
	for _, code := range only {
		if !slices.ContainsFunc(all, func(l lines.Line) bool { return l.Code == code }) {
			return nil, fmt.Errorf("generate: unknown disease line %q, there are: %s", code, codes(all))
		}
	}
	return chosen, nil
}

func codes(all []lines.Line) string {
	var names []string
	for _, l := range all {
		names = append(names, l.Code)
	}
	return strings.Join(names, ", ")
}
