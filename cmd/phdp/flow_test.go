package main

import (
	"strings"
	"testing"
	"time"

	"phdp/pipelines"
)

func TestSizes(t *testing.T) {
	cases := []struct {
		text string
		want byteSize // 0 for an error
	}{
		{"256MB", 256_000_000}, {"256mb", 256_000_000}, {"1.5GiB", 3 << 29}, {"64 KiB", 64 << 10}, {"1000", 1000}, {"12B", 12},
		{"", 0}, {"MB", 0}, {"-1MB", 0}, {"0", 0}, {"NaNMB", 0}, {"InfMB", 0}, {"12 apples", 0},
	}
	for _, c := range cases {
		t.Run(c.text, func(t *testing.T) {
			var got byteSize
			if err := got.UnmarshalText([]byte(c.text)); got != c.want || (err == nil) != (c.want != 0) {
				t.Errorf("%d, %v; want %d", got, err, c.want)
			}
		})
	}
}

func TestAges(t *testing.T) {
	cases := []struct {
		text  string
		want  time.Duration
		isBad bool
	}{
		{"30d", 720 * time.Hour, false}, {"0d", 0, false}, {"1.5d", 36 * time.Hour, false}, {"90m", 90 * time.Minute, false},
		{"-1d", 0, true}, {"d", 0, true}, {"30", 0, true}, {"-5m", 0, true},
	}
	for _, c := range cases {
		t.Run(c.text, func(t *testing.T) {
			var got age
			if err := got.UnmarshalText([]byte(c.text)); time.Duration(got) != c.want || (err != nil) != c.isBad {
				t.Errorf("%v, %v; want %v", time.Duration(got), err, c.want)
			}
		})
	}
	if got := age(720 * time.Hour).String(); got != "30d" {
		t.Errorf("30 days print as %s", got)
	}
}

func TestFlowFlagsAreChecked(t *testing.T) {
	good := flowFlags{Budget: 256e6, FlushBytes: 64e6, FlushAge: time.Second, beliefFlags: beliefFlags{WindowAhead: time.Hour}}
	cases := []struct {
		name string
		with func(*flowFlags)
		want string // in the error, "" for none
	}{
		{"good", func(*flowFlags) {}, ""},
		{"budget alone", func(f *flowFlags) { f.Budget, f.FlushBytes = 10e6, 0 }, ""},
		{"small budget", func(f *flowFlags) { f.Budget = 1000 }, "--budget 1KB is too small"},
		{"large flush", func(f *flowFlags) { f.FlushBytes = 200e6 }, "--flush-bytes 200MB is more than half of --budget 256MB"},
		{"no age", func(f *flowFlags) { f.FlushAge = 0 }, "--flush-age 0s is too short"},
		{"nothing ahead", func(f *flowFlags) { f.WindowAhead = -time.Hour }, "--window-ahead -1h0m0s has to be positive"},
		{"from the future", func(f *flowFlags) { f.WindowFrom = day{time.Now().AddDate(1, 0, 0)} }, "every event would be refused"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := good
			c.with(&f)
			var s pipelines.Stream
			err := f.set(&s)
			switch {
			case c.want == "" && (err != nil || s.Budget != int64(f.Budget) || s.Window.Newest != f.WindowAhead):
				t.Errorf("%v, budget %d", err, s.Budget)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// The flags reach the stream from the command line and from the environment.
func TestFlowFlagsOfTheProcess(t *testing.T) {
	args := []string{"ingest", "--brokers", "127.0.0.1:1", "--data-dir", t.TempDir()}
	cases := []struct {
		name string
		args []string
		env  string
		want string
	}{
		{"flag", []string{"--budget", "100KB"}, "", "--budget 100KB is too small"},
		{"environment", nil, "PHDP_FLUSH_AGE=1ms", "--flush-age 1ms is too short"},
		{"no size", []string{"--flush-bytes", "many"}, "", `"many" is no size such as 64MB`},
		{"no date", []string{"--window-from", "1.1.2020"}, "", "is not a date like"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if name, value, ok := strings.Cut(c.env, "="); ok {
				t.Setenv(name, value)
			}
			if _, errs, code := phdp(t, append(args, c.args...)...); code == 0 || !strings.Contains(errs, c.want) {
				t.Errorf("exit code %d, printed %q; want %q", code, errs, c.want)
			}
		})
	}
}
