package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/bytedance/sonic"
	"github.com/bytedance/sonic/decoder"
)

// Limits of a record. A value above its limit makes a reject with reason too_large.
const (
	MaxValueBytes = 4 << 20 // one Kafka value or one line
	MaxTextBytes  = 100_000 // the text of one message
	MaxIDBytes    = 512     // an identifier
	MaxListLength = 1000    // items, links, measurements, utterances are listed at most this often
)

// Decode turns one record into events and hands each to emit. A record that is bad data gives a *Reject
// (errors.As) and no event at all: emit is called only after the whole record has been checked. The
// strings of the events may be parts of rec.Value, which must not change after. Decode keeps
// nothing between calls and may run in many goroutines.
type Decode func(rec *Record, emit func(*Event)) error

// format is a wire format and its decoder.
type format struct {
	name   string
	decode Decode
}

func formats() []format {
	return []format{
		{"canonical", DecodeCanonical},
		{"wecom", DecodeWeCom},
		{"dialogue", DecodeDialogue},
		{"synthea", DecodeSynthea},
		{"cloudevents", DecodeCloudEvent},
		{"wecom_contact", DecodeWeComContact},
		{"wecom_callback", DecodeWeComCallback},
		{"wecom_consent", DecodeWeComConsent},
		{"youzan", DecodeYouzan},
		{"jd", DecodeJD},
		{"taobao", DecodeTaobao},
		{"alihealth", DecodeAlihealth},
		{"alihealth_0male", AlihealthWithSex(SexZeroMale)},
		{"alihealth_0female", AlihealthWithSex(SexZeroFemale)},
		{"fhir", DecodeFHIR},
		{"segment", DecodeSegment},
	}
}

// DecodeByName returns the decoder of one of FormatNames. A CSV file has a decoder of its own, that of
// its Mapping.
func DecodeByName(name string) (Decode, error) {
	for _, f := range formats() {
		if f.name == name {
			return f.decode, nil
		}
	}
	if name == "" {
		return nil, fmt.Errorf("no wire format is named, there are: %s", strings.Join(FormatNames(), ", "))
	}
	return nil, fmt.Errorf("no wire format %q, there are: %s", name, strings.Join(FormatNames(), ", "))
}

// FormatNames lists what DecodeByName knows.
func FormatNames() []string {
	var names []string
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return names
}

// checkValue looks at a value as a whole, before any of it is read.
func checkValue(value []byte) *Reject {
	switch {
	case len(value) == 0:
		return &Reject{ReasonTombstone, "", "no value"}
	case len(value) > MaxValueBytes:
		return tooLarge("", "bytes", MaxValueBytes)
	case !utf8.Valid(value):
		return &Reject{ReasonBadEncoding, "", "not UTF-8"}
	case !bytes.HasPrefix(bytes.TrimLeft(value, " \t\r\n"), []byte("{")):
		return &Reject{ReasonBadJSON, "", "not a JSON object"}
	}
	return nil
}

// inspect checks a value and returns its outline; after it the value is ready for unmarshal.
func inspect(value []byte) (outline, *Reject) {
	if reject := checkValue(value); reject != nil {
		return outline{}, reject
	}
	found := scan(value)
	if found.fault != "" {
		return found, &Reject{ReasonBadJSON, pathAt(value, found.faultAt), found.fault}
	}
	return found, nil
}

// strict is the JSON that producers have to write: exact names, valid strings.
var strict = sonic.Config{CaseSensitive: true, ValidateString: true}.Froze()

// unmarshal decodes a value that checkValue has passed. Unknown names are ignored, null is as good as
// absent, and decoded strings are parts of the value, which must not change any more.
func unmarshal(value []byte, into any) *Reject {
	err := strict.UnmarshalFromString(unsafe.String(unsafe.SliceData(value), len(value)), into)
	if err == nil {
		return nil
	}
	var mismatch *decoder.MismatchTypeError
	if errors.As(err, &mismatch) {
		if field := pathAt(value, mismatch.Pos); field != "" {
			return badValue(field, "another JSON type, or a number out of range")
		}
	}
	return &Reject{ReasonBadJSON, "", "not a JSON object"}
}
