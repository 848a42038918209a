package lake

import (
	"cmp"
	"fmt"
	"time"

	icetable "github.com/apache/iceberg-go/table"

	"github.com/apache/iceberg-go"
)

// Partition specifications of every table, in the order in which createTable makes them. Days are the
// default; history, which arrives in bulk and changes no more, is kept by month: a file a day of twenty
// years would be thousands of files of a few rows.
const (
	monthSpec = 0
	daySpec   = 1
)

// HistoryAfter is how old an event is when it counts as history as it arrives.
const HistoryAfter = 60 * 24 * time.Hour

// span is one partition: a UTC day or a UTC month, counted from January 1970 as Iceberg does.
type span struct {
	isMonth bool
	number  int32
}

// spans decides the partition of an event: by month before the limit, else by day.
type spans struct{ history time.Time }

func (s spans) of(at time.Time) span {
	if at.Before(s.history) {
		return span{true, monthOf(at)}
	}
	return span{false, dayOf(at)}
}

// dayOf is Iceberg's day transform: whole days since the epoch, rounded down.
func dayOf(at time.Time) int32 {
	seconds := at.Unix()
	day := seconds / 86400
	if seconds%86400 < 0 {
		day--
	}
	return int32(day)
}

// monthOf is Iceberg's month transform: whole months since the epoch.
func monthOf(at time.Time) int32 {
	y, m, _ := at.UTC().Date()
	return int32((y-1970)*12 + int(m) - 1)
}

func (s span) start() time.Time {
	if s.isMonth {
		return time.Date(1970, time.January+time.Month(s.number), 1, 0, 0, 0, 0, time.UTC)
	}
	return time.Unix(int64(s.number)*86400, 0).UTC()
}

func (s span) end() time.Time {
	if s.isMonth {
		return s.start().AddDate(0, 1, 0)
	}
	return s.start().AddDate(0, 0, 1)
}

func (s span) folder() string {
	if s.isMonth {
		return "event_at_month=" + s.start().Format("2006-01")
	}
	return "event_at_day=" + s.start().Format(time.DateOnly)
}

func (s span) compare(o span) int {
	return cmp.Or(s.start().Compare(o.start()), s.end().Compare(o.end()))
}

func (s span) spec(tbl *icetable.Table) (iceberg.PartitionSpec, error) {
	id := daySpec
	if s.isMonth {
		id = monthSpec
	}
	spec := tbl.Metadata().PartitionSpecByID(id)
	if spec == nil {
		return iceberg.PartitionSpec{}, fmt.Errorf("table %v has no partition specification %d; it was made by another version", tbl.Identifier(), id)
	}
	return *spec, nil
}
