package adherence

import "fmt"

// Day is a calendar day as the number of days since 1970-01-01.
type Day int32

// NoDay stands for a missing date.
const NoDay Day = -1 << 31

// daysBefore1970 is the number of days from 0000-03-01 to 1970-01-01 in the Gregorian calendar.
const daysBefore1970 = 719468

// DayOf returns the day of a date of the Gregorian calendar; day may lie outside the month and counts on.
func DayOf(year, month, day int) Day {
	month--
	year += floorDiv(month, 12)
	month -= 12 * floorDiv(month, 12)
	// Years that start in March put the leap day last.
	shifted := (month + 10) % 12
	if month < 2 {
		year--
	}
	era := floorDiv(year, 400)
	yearOfEra := year - era*400
	dayOfYear := (153*shifted+2)/5 + day - 1
	return Day(era*146097 + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear - daysBefore1970)
}

// Date returns the calendar date of a day.
func (d Day) Date() (year, month, day int) {
	z := int(d) + daysBefore1970
	era := floorDiv(z, 146097)
	dayOfEra := z - era*146097
	yearOfEra := (dayOfEra - dayOfEra/1460 + dayOfEra/36524 - dayOfEra/146096) / 365
	dayOfYear := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	shifted := (5*dayOfYear + 2) / 153
	year, month, day = yearOfEra+era*400, (shifted+2)%12+1, dayOfYear-(153*shifted+2)/5+1
	if month <= 2 {
		year++
	}
	return year, month, day
}

// ParseDay reads a date like 2026-01-31.
func ParseDay(text []byte) (Day, bool) {
	if len(text) != 10 || text[4] != '-' || text[7] != '-' {
		return NoDay, false
	}
	year, ok1 := digits(text[0:4])
	month, ok2 := digits(text[5:7])
	day, ok3 := digits(text[8:10])
	if !ok1 || !ok2 || !ok3 || year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return NoDay, false
	}
	return DayOf(year, month, day), true
}

// Append writes the day like 2026-01-31 and NoDay as nothing.
func (d Day) Append(to []byte) []byte {
	if d == NoDay {
		return to
	}
	year, month, day := d.Date()
	if year < 0 || year > 9999 {
		return fmt.Appendf(to, "%d-%02d-%02d", year, month, day)
	}
	return append(to, byte('0'+year/1000), byte('0'+year/100%10), byte('0'+year/10%10), byte('0'+year%10), '-',
		byte('0'+month/10), byte('0'+month%10), '-', byte('0'+day/10), byte('0'+day%10))
}

// String is the day like 2026-01-31.
func (d Day) String() string { return string(d.Append(nil)) }

// Unit is a unit of time: days and weeks have a fixed length, months and years follow the calendar.
type Unit string

// The units of windows.
const (
	Days   Unit = "days"
	Weeks  Unit = "weeks"
	Months Unit = "months"
	Years  Unit = "years"
)

// Add returns the day n units later. A day that the month does not have becomes the first of the next
// month: 31 January and one month is 1 March.
func (d Day) Add(n int, unit Unit) Day {
	switch unit {
	case Weeks:
		return d + Day(7*n)
	case Years:
		return d.Add(12*n, Months)
	case Months:
		year, month, day := d.Date()
		month += n - 1
		year += floorDiv(month, 12)
		month = month - 12*floorDiv(month, 12) + 1
		if day > daysIn(year, month) {
			return DayOf(year, month+1, 1)
		}
		return DayOf(year, month, day)
	}
	return d + Day(n)
}

func daysIn(year, month int) int {
	switch {
	case month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0):
		return 29
	case month == 2:
		return 28
	case month == 4 || month == 6 || month == 9 || month == 11:
		return 30
	}
	return 31
}

func digits(text []byte) (n int, ok bool) {
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, true
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
