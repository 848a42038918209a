package ingest

import (
	"math"
	"strconv"
	"time"
)

// The checks of single fields. Each returns nil or the reject, and takes the path of the field first.

// required checks an identifier or a code that has to be there.
func required(field, value string) *Reject {
	if value == "" {
		return missing(field)
	}
	return optional(field, value)
}

// optional checks an identifier or a code that may be absent: not above MaxIDBytes, no control characters.
func optional(field, value string) *Reject {
	if len(value) > MaxIDBytes {
		return tooLarge(field, "bytes", MaxIDBytes)
	}
	for i := range len(value) {
		if value[i] < ' ' || value[i] == 0x7f {
			return badValue(field, "a control character")
		}
	}
	return nil
}

// word checks a code of ours: it begins with a lower-case letter and goes on with those, digits and "_".
func word(field, value string) *Reject {
	if value == "" {
		return missing(field)
	}
	if !isWord(value) {
		return badValue(field, "not a lower-case word")
	}
	return nil
}

func isWord(value string) bool {
	if value == "" || len(value) > 64 || value[0] < 'a' || value[0] > 'z' {
		return false
	}
	for i := range len(value) {
		c := value[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}

// oneOf checks a required field that has few values.
func oneOf(field, value string, allowed ...string) *Reject {
	if value == "" {
		return missing(field)
	}
	for _, a := range allowed {
		if value == a {
			return nil
		}
	}
	return badValue(field, "none of the values that it may have")
}

// checkText checks the length of a message.
func checkText(field, value string) *Reject {
	if len(value) > MaxTextBytes {
		return tooLarge(field, "bytes", MaxTextBytes)
	}
	return nil
}

// count checks the length of a list.
func count(field string, length int) *Reject {
	if length > MaxListLength {
		return tooLarge(field, "entries", MaxListLength)
	}
	return nil
}

// above0 checks a number that may be absent and is else above zero and at most limit.
func above0(field string, value *float64, limit float64) *Reject {
	if value == nil {
		return nil
	}
	if !(*value > 0) || *value > limit {
		return badValue(field, "not above 0 or at most "+strconv.FormatFloat(limit, 'f', -1, 64))
	}
	return nil
}

// finite checks a number that has to be there.
func finite(field string, value *float64) *Reject {
	if value == nil {
		return missing(field)
	}
	if math.IsNaN(*value) || math.Abs(*value) > 1e9 {
		return badValue(field, "not within 1,000,000,000 of zero")
	}
	return nil
}

// instant reads RFC 3339 with an offset and returns UTC.
func instant(field, value string) (time.Time, *Reject) {
	if value == "" {
		return time.Time{}, missing(field)
	}
	at, err := time.Parse(time.RFC3339, value)
	if err != nil || !isStrict(value) {
		return time.Time{}, &Reject{ReasonBadTime, field, "not RFC 3339 with an offset"}
	}
	return inRange(field, at)
}

// isStrict refuses what time.Parse takes beyond RFC 3339: an hour of one digit and a decimal comma.
func isStrict(value string) bool {
	return len(value) > 19 && len(value) <= 64 && value[13] == ':' && value[19] != ','
}

// inRange refuses times that no record of a patient can have; a lost digit makes such times.
func inRange(field string, at time.Time) (time.Time, *Reject) {
	at = at.UTC()
	if year := at.Year(); year < 1900 || year > 2100 {
		return time.Time{}, &Reject{ReasonBadTime, field, "outside 1900 to 2100"}
	}
	return at, nil
}

// first returns the first reject that is one. Checks of one level are listed in it.
func first(rejects ...*Reject) *Reject {
	for _, r := range rejects {
		if r != nil {
			return r
		}
	}
	return nil
}
