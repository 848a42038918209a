package generate

import (
	"math"
	"strconv"
	"time"
)

// Days are counted from 1 January 1970 in Asia/Shanghai, moments in Unix milliseconds. Shanghai has had
// no summer time since 1991, so that a fixed offset is exact.
const (
	dayMS    = 86_400_000
	offsetMS = 8 * 3_600_000
	minuteMS = 60_000
	hourMS   = 60 * minuteMS
)

var shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

func dayOf(ms int64) int { return int(math.Floor(float64(ms+offsetMS) / dayMS)) }

// startOf is the first millisecond of a day.
func startOf(day int) int64 { return int64(day)*dayMS - offsetMS }

// Date is a day of the Shanghai calendar.
type Date int32

// String is the date as 2006-01-02.
func (d Date) String() string { return string(appendDate(nil, int(d))) }

func appendDate(b []byte, day int) []byte {
	y, m, d := civil(day)
	b = appendPadded(b, y, 4)
	b = append(b, '-')
	b = appendPadded(b, m, 2)
	b = append(b, '-')
	return appendPadded(b, d, 2)
}

// civil turns a day number into year, month and day (the usual algorithm over eras of 400 years).
func civil(day int) (y, m, d int) {
	z := day + 719468
	era := z / 146097
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d = doy - (153*mp+2)/5 + 1
	m = mp + 3
	if m > 12 {
		m -= 12
	}
	y = yoe + era*400
	if m <= 2 {
		y++
	}
	return y, m, d
}

// appendPadded writes n >= 0 with leading zeros.
func appendPadded(b []byte, n, width int) []byte {
	for limit := 10; width > 1; width-- {
		if n < limit {
			b = append(b, '0')
		}
		limit *= 10
	}
	return strconv.AppendInt(b, int64(n), 10)
}

// campaignOf names the sales campaign that a day belongs to: 618 from 1 to 20 June, double eleven from
// 20 October to 12 November; "" on other days.
func campaignOf(day int) string {
	y, m, d := civil(day)
	switch {
	case m == 6 && d <= 20:
		return strconv.Itoa(y) + "-618"
	case m == 10 && d >= 20, m == 11 && d <= 12:
		return strconv.Itoa(y) + "-1111"
	}
	return ""
}

// hourWeights is when patients write: little before seven, a peak at nine and another after supper, and
// a few who cannot sleep.
var hourWeights = [24]float64{1, .6, .4, .3, .4, 1, 3, 6, 9, 10, 9, 7, 6, 5, 6, 6, 6, 6, 7, 9, 10, 8, 5, 2}
