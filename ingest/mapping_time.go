package ingest

import (
	"math"
	"strconv"
	"time"
)

// time reads a time by the formats of the mapping, or RFC 3339. The time of day may be in a column of its
// own; where that is empty there is only the day.
func (r *mappedRow) time(field string) (time.Time, *Reject) {
	value := string(r.get(field))
	if value == "" {
		return time.Time{}, missing(field)
	}
	since, reject := clockOf(string(r.get("time")))
	if reject != nil {
		return time.Time{}, reject
	}
	for _, layout := range r.mapping.layouts {
		if at, isRead := readTime(layout, value, r.mapping.zone); isRead {
			return inRange(field, at.Add(since))
		}
	}
	if at, err := time.Parse(time.RFC3339, value); err == nil {
		return inRange(field, at)
	}
	return time.Time{}, &Reject{ReasonBadTime, field, "in none of the date formats of the mapping"}
}

// clockLayouts are times of day.
var clockLayouts = []string{"15:04:05", "15:04"}

// clockOf reads a time of day that may be absent.
func clockOf(value string) (time.Duration, *Reject) {
	if value == "" {
		return 0, nil
	}
	for _, layout := range clockLayouts {
		if c, err := time.Parse(layout, value); err == nil {
			return time.Duration(c.Hour())*time.Hour + time.Duration(c.Minute())*time.Minute + time.Duration(c.Second())*time.Second, nil
		}
	}
	return 0, &Reject{ReasonBadTime, "time", "not a time of day like 09:30"}
}

func isClock(value string) bool {
	_, reject := clockOf(value)
	return value != "" && reject == nil
}

// readTime reads a time in a layout of a mapping. A date that Excel has not written as one is a number of
// days since 30 December 1899; numbers far from today are something else.
func readTime(layout, value string, zone *time.Location) (time.Time, bool) {
	if layout != excelFormat {
		at, err := time.ParseInLocation(layout, value, zone)
		return at, err == nil
	}
	days, err := strconv.ParseFloat(value, 64)
	if err != nil || !(days >= 20_000 && days < 70_000) { // 1954 to 2091
		return time.Time{}, false
	}
	seconds := time.Duration(math.Round(days * 24 * 60 * 60))
	return time.Date(1899, 12, 30, 0, 0, 0, 0, zone).Add(seconds * time.Second), true
}
