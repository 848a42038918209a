package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// byteSize is a number of bytes that people write as 256MB; 0 when it is not given.
type byteSize int64

// byteUnits are what may stand behind the number, the longer ones first.
var byteUnits = []struct {
	name  string
	bytes float64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}, {"", 1},
}

// UnmarshalText reads a size such as 64MB, 1.5GiB or 1000000.
func (b *byteSize) UnmarshalText(text []byte) error {
	for _, unit := range byteUnits {
		number, ok := strings.CutSuffix(strings.ToLower(string(text)), strings.ToLower(unit.name))
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || !(n > 0) || n*unit.bytes > 1<<50 {
			break
		}
		*b = byteSize(n * unit.bytes)
		return nil
	}
	return fmt.Errorf("%q is no size such as 64MB or 1GiB", text)
}

// String writes a size as people do.
func (b byteSize) String() string {
	for _, unit := range []struct {
		name  string
		bytes byteSize
	}{{"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}} {
		if b >= unit.bytes {
			return strconv.FormatFloat(float64(b)/float64(unit.bytes), 'f', -1, 64) + unit.name
		}
	}
	return strconv.FormatInt(int64(b), 10) + "B"
}

// age is a duration that may be written in days: 30d.
type age time.Duration

// UnmarshalText reads 30d, or what Go's durations look like (90m, 1h30m).
func (a *age) UnmarshalText(text []byte) error {
	if days, ok := strings.CutSuffix(string(text), "d"); ok {
		n, err := strconv.ParseFloat(days, 64)
		if err != nil || !(n >= 0) || n > 36500 {
			return fmt.Errorf("%q is no age such as 30d or 12h", text)
		}
		*a = age(n * 24 * float64(time.Hour))
		return nil
	}
	d, err := time.ParseDuration(string(text))
	if err != nil || d < 0 {
		return fmt.Errorf("%q is no age such as 30d or 12h", text)
	}
	*a = age(d)
	return nil
}

// String writes whole days as days.
func (a age) String() string {
	const day = age(24 * time.Hour)
	if a >= day && a%day == 0 {
		return strconv.FormatInt(int64(a/day), 10) + "d"
	}
	return time.Duration(a).String()
}

// day is a date such as 2026-01-31, the zero time when it is not given.
type day struct{ time.Time }

// UnmarshalText reads a date.
func (d *day) UnmarshalText(text []byte) (err error) {
	if d.Time, err = time.Parse(time.DateOnly, string(text)); err != nil {
		return fmt.Errorf("%q is not a date like 2026-01-31", text)
	}
	return nil
}
