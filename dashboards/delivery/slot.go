package delivery

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (s *Slot) check() error {
	if _, err := time.Parse("15:04", s.At); err != nil {
		return errors.New("at is a time such as 07:30")
	}
	for _, d := range s.Days {
		if !slices.Contains(weekdays, d) {
			return fmt.Errorf("no day %q: %s", d, strings.Join(weekdays, ", "))
		}
	}
	return nil
}

// last is the newest moment not after now at which the slot was due, in the zone of now. A time that a clock change
// leaves out moves to the other side of the change.
func (s *Slot) last(now time.Time) time.Time {
	at, _ := time.Parse("15:04", s.At) // checked when the plan was read
	for back := range 8 {
		day := now.AddDate(0, 0, -back)
		due := time.Date(day.Year(), day.Month(), day.Day(), at.Hour(), at.Minute(), 0, 0, now.Location())
		if !due.After(now) && (len(s.Days) == 0 || slices.Contains(s.Days, weekdays[due.Weekday()])) {
			return due
		}
	}
	return time.Time{}
}

// parseQuiet reads 21:00-08:00 as minutes of the day; both are 0 when there are no quiet hours.
func parseQuiet(text string) (from, to int, err error) {
	if text == "" {
		return 0, 0, nil
	}
	first, second, _ := strings.Cut(text, "-")
	a, err1 := time.Parse("15:04", first)
	b, err2 := time.Parse("15:04", second)
	if err1 != nil || err2 != nil || a.Equal(b) {
		return 0, 0, errors.New("quiet is two times such as 21:00-08:00")
	}
	return a.Hour()*60 + a.Minute(), b.Hour()*60 + b.Minute(), nil
}

// afterQuiet is when something may be told: now, or the end of the quiet hours.
func (p *Plan) afterQuiet(now time.Time) time.Time {
	from, to, _ := parseQuiet(p.Quiet) // checked when the plan was read
	local := now.In(p.zone)
	minute := local.Hour()*60 + local.Minute()
	inside := from < to && minute >= from && minute < to || from > to && (minute >= from || minute < to)
	if !inside {
		return now
	}
	day := local
	if from > to && minute >= from {
		day = local.AddDate(0, 0, 1)
	}
	return time.Date(day.Year(), day.Month(), day.Day(), to/60, to%60, 0, 0, p.zone)
}
