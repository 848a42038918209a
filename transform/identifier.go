package transform

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"phdp/ingest"
)

// Identified is an identifier of a person beside its pseudonym.
type Identified struct {
	Key string // patient_key
	ingest.Identifier
}

// identify notes who is behind a key. Events of one person often follow each other, so the same key twice
// in a row is noted once.
func (r *Rows) identify(key string, id ingest.Identifier) {
	if n := len(r.Identifiers); key == "" || n > 0 && r.Identifiers[n-1].Key == key {
		return
	}
	r.Identifiers = append(r.Identifiers, Identified{key, id})
}

// Normal returns the identifier in the one form that its pseudonym is made from.
func Normal(id ingest.Identifier) ingest.Identifier {
	return ingest.Identifier{Kind: normalKind(id.Kind), Value: ingest.PatientID(normalIdentifier(id))}
}

// normalKind is the kind as it enters the pseudonym: lower case, without spaces around it.
func normalKind(kind string) string { return strings.ToLower(strings.TrimSpace(kind)) }

// normalIdentifier brings an identifier into the one form that its pseudonym is made from: NFKC, without
// invisible characters and spaces around it, and for phones the bare digits without the country code.
// Accounts keep their case, as WeCom's do differ by case.
func normalIdentifier(id ingest.Identifier) string {
	value := plainIdentifier(string(id.Value))
	if normalKind(id.Kind) == ingest.KindPhone {
		return normalPhone(value)
	}
	return value
}

func plainIdentifier(value string) string {
	for i := range len(value) {
		if c := value[i]; c <= ' ' || c >= 0x7f {
			value = norm.NFKC.String(strings.Map(dropInvisible, value))
			return strings.TrimSpace(value)
		}
	}
	return value
}

// normalPhone keeps the digits of a telephone number and drops the country code 86 in front of a mobile
// number or of a landline with its area code. What has no digits is returned as it is.
func normalPhone(value string) string {
	digits := make([]byte, 0, 16)
	for i := range len(value) {
		if c := value[i]; c >= '0' && c <= '9' {
			digits = append(digits, c)
		}
	}
	if len(digits) == 0 {
		return value
	}
	number := string(digits)
	number = strings.TrimPrefix(number, "00")
	if rest, ok := strings.CutPrefix(number, "86"); ok {
		switch {
		case len(rest) == 11 && rest[0] == '1', len(rest) >= 9 && rest[0] == '0':
			return rest
		case strings.HasPrefix(value, "+") || strings.HasPrefix(string(digits), "0086"):
			return "0" + rest
		}
	}
	return string(digits)
}
