package ingest

import (
	"fmt"
	"strings"
)

// fillTypes and fillChannels are the words that a drug line may have as type and as channel.
var (
	fillTypes    = []string{Prescribed, Dispensed, Paid, Returned, Cancelled}
	fillChannels = []string{"wecom_shop", "youzan", "jd", "taobao", "pharmacy", "hospital"}
)

// ownWords are the faults in the words that the mapping itself gives, as constants and as values: such a word
// would refuse every row that has it.
func (m *Mapping) ownWords() (faults []error) {
	for _, field := range sortedNames(m.constants) {
		if _, isColumn := m.columns[field]; isColumn {
			continue // told already
		}
		if wanted := m.wantedWord(field, m.constants[field]); wanted != "" {
			faults = append(faults, fmt.Errorf("%s:%d: %s is %s", m.name, m.lines[field], field, wanted))
		}
	}
	for _, field := range sortedNames(m.values) {
		for _, from := range sortedNames(m.values[field]) {
			if wanted := m.wantedWord(field, m.values[field][from]); wanted != "" {
				faults = append(faults, fmt.Errorf("%s: values of %s: %s becomes no word of ours: %s is %s", m.name, field, from, field, wanted))
			}
		}
	}
	return faults
}

// wantedWord says what a field may be, "" when the word is one of that.
func (m *Mapping) wantedWord(field, value string) string {
	var allowed []string
	switch {
	case m.kind == mapFills && field == "type":
		allowed = fillTypes
	case m.kind == mapFills && field == "channel":
		allowed = fillChannels
	case field != "type" && field != "line" && field != "patient_kind":
		return ""
	case isWord(value):
		return ""
	default:
		return "a lower-case word"
	}
	if oneOf(field, value, allowed...) == nil {
		return ""
	}
	return "one of " + strings.Join(allowed, ", ")
}
