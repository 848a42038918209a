package adherence

import (
	"testing"
	"time"
)

func TestDaysAgreeWithTheCalendar(t *testing.T) {
	first := time.Date(1600, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 366 * 900 {
		want := first.AddDate(0, 0, i)
		d := DayOf(want.Year(), int(want.Month()), want.Day())
		if int64(d)*86400 != want.Unix() {
			t.Fatalf("%s is day %d", want.Format(time.DateOnly), d)
		}
		if year, month, day := d.Date(); year != want.Year() || month != int(want.Month()) || day != want.Day() {
			t.Fatalf("day %d is %d-%d-%d", d, year, month, day)
		}
		if i%97 == 0 && d.String() != want.Format(time.DateOnly) {
			t.Fatalf("%s prints %s", want.Format(time.DateOnly), d)
		}
	}
}

func TestAddUnits(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int
		unit Unit
		want string
	}{
		{"2023-01-31", 1, Months, "2023-03-01"}, {"2024-01-31", 1, Months, "2024-03-01"}, {"2024-01-29", 1, Months, "2024-02-29"},
		{"2024-02-29", 1, Years, "2025-03-01"}, {"2024-02-29", 4, Years, "2028-02-29"}, {"2023-12-31", 2, Months, "2024-03-01"},
		{"2023-11-30", 13, Months, "2024-12-30"}, {"2023-12-25", 2, Weeks, "2024-01-08"}, {"2024-02-28", 2, Days, "2024-03-01"},
		{"2023-05-31", 6, Months, "2023-12-01"}, {"2023-05-15", 0, Months, "2023-05-15"},
	} {
		if got := dayOf(c.from).Add(c.n, c.unit).String(); got != c.want {
			t.Errorf("%s and %d %s is %s, want %s", c.from, c.n, c.unit, got, c.want)
		}
	}
}

func TestParseDay(t *testing.T) {
	for text, want := range map[string]bool{
		"2024-02-29": true, "2023-02-29": false, "1900-02-29": false, "2000-02-29": true, "2024-13-01": false, "2024-00-01": false,
		"2024-04-31": false, "2024-4-01": false, "24-04-01": false, "2024/04/01": false, "": false, "0000-01-01": false, "2024-01-0x": false,
	} {
		if _, ok := ParseDay([]byte(text)); ok != want {
			t.Errorf("%q: %v", text, ok)
		}
	}
}
