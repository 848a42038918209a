package ingest

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// scalar is a JSON string or number as text. Platforms write the same field one way or the other, by
// version and by type of record. null is "", and anything else is notScalar, which every check refuses.
type scalar string

const notScalar scalar = "\x00"

// UnmarshalJSON takes any JSON value.
func (s *scalar) UnmarshalJSON(data []byte) error {
	*s = notScalar
	switch c := data[0]; {
	case c == '"':
		var text string
		if err := json.Unmarshal(data, &text); err == nil {
			*s = scalar(strings.TrimSpace(text))
		}
	case c == '-' || c >= '0' && c <= '9', string(data) == "true", string(data) == "false":
		*s = scalar(data)
	case string(data) == "null":
		*s = ""
	}
	return nil
}

// optional and required are the checks of an identifier or a code.
func (s scalar) optional(field string) *Reject {
	if s == notScalar {
		return badValue(field, "another JSON type, or a number out of range")
	}
	return optional(field, string(s))
}

func (s scalar) required(field string) *Reject {
	if s == "" {
		return missing(field)
	}
	return s.optional(field)
}

// number reads a number that may be absent and is else above 0 and at most limit.
func (s scalar) number(field string, limit float64) (*float64, *Reject) {
	if s == "" {
		return nil, nil
	}
	number, err := strconv.ParseFloat(string(s), 64)
	if err != nil || strings.ContainsAny(string(s), "xX_") {
		return nil, badValue(field, "not a number")
	}
	if reject := above0(field, &number, limit); reject != nil {
		return nil, reject
	}
	return &number, nil
}

// fen reads an amount in yuan, absent is 0: digits, and at most two behind the point that are not 0. It
// reads the digits as they stand, since 1.15 yuan in binary are 114.99 fen.
func (s scalar) fen(field string) (int64, *Reject) {
	if s == "" {
		return 0, nil
	}
	whole, part, _ := strings.Cut(string(s), ".")
	part = strings.TrimRight(part, "0")
	yuan, err := strconv.ParseUint(whole, 10, 32)
	if err != nil || len(part) > 2 || strings.Trim(part, "0123456789") != "" {
		return 0, badValue(field, "not an amount in yuan with two decimals")
	}
	cents, _ := strconv.ParseUint((part + "00")[:2], 10, 8) // two digits, checked above
	amount := int64(yuan)*100 + int64(cents)
	if amount > maxAmountFen {
		return 0, badValue(field, "not an amount in yuan with two decimals")
	}
	return amount, nil
}

// chinaTime is the time of all Chinese platforms: no summer time since 1991, no offset written.
var chinaTime = time.FixedZone("+08:00", 8*60*60)

// platformLayouts are how platforms write a time of China.
var platformLayouts = []string{time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04:05.000", "2006-01-02 15:04", time.DateOnly}

// platformTime reads a time of a Chinese platform: local without an offset, or RFC 3339.
func (s scalar) platformTime(field string) (time.Time, *Reject) {
	if s == "" {
		return time.Time{}, missing(field)
	}
	if at, err := time.Parse(time.RFC3339, string(s)); err == nil && isStrict(string(s)) {
		return inRange(field, at)
	}
	for _, layout := range platformLayouts {
		if at, err := time.ParseInLocation(layout, string(s), chinaTime); err == nil {
			return inRange(field, at)
		}
	}
	return time.Time{}, &Reject{ReasonBadTime, field, "not like 2025-01-31 09:30:00"}
}

// unixTime reads a time in seconds or milliseconds, by size.
func (s scalar) unixTime(field string) (time.Time, *Reject) {
	if s == "" {
		return time.Time{}, missing(field)
	}
	number, err := strconv.ParseFloat(string(s), 64)
	if err != nil || math.IsNaN(number) {
		return time.Time{}, &Reject{ReasonBadTime, field, "not a time in milliseconds or seconds"}
	}
	return weComTime(field, &number)
}

// phoneLink adds a mobile number to the links when all of it is there. Platforms mask most of them
// (138****0000), and a masked number is of many people.
func phoneLink(links []Identifier, number scalar) []Identifier {
	digits := strings.NewReplacer(" ", "", "-", "", "+", "").Replace(string(number))
	digits = strings.TrimPrefix(digits, "86")
	if len(digits) != 11 || digits[0] != '1' || strings.Trim(digits, "0123456789") != "" {
		return links
	}
	return append(links, Identifier{Kind: KindPhone, Value: PatientID(digits)})
}

// link adds an identifier to the links when it is there.
func link(links []Identifier, kind string, value scalar) []Identifier {
	if value == "" || value.optional("") != nil {
		return links
	}
	return append(links, Identifier{Kind: kind, Value: PatientID(value)})
}

// codeWord makes a lower-case word of ours of a code or a name of another system: "Live Viewed" and
// LIVE_VIEWED are live_viewed. It is "" when nothing of it is a Latin letter.
func codeWord(name string) string {
	var word []byte
	wasLower := false
	for i := range len(name) {
		c := name[i]
		isUpper := c >= 'A' && c <= 'Z'
		isLower := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		switch {
		case isUpper && wasLower, !isUpper && !isLower && len(word) > 0 && word[len(word)-1] != '_':
			word = append(word, '_')
		}
		if isUpper {
			word = append(word, c+'a'-'A')
		} else if isLower {
			word = append(word, c)
		}
		wasLower = isLower
	}
	text := strings.Trim(string(word), "_")
	if !isWord(text) {
		return ""
	}
	return text
}
