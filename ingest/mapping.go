package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Kinds of a Mapping.
const (
	mapFills      = "fills"
	mapActivities = "activities"
)

// Mapping says what the columns of a CSV file mean (docs/formats/csv.md): which column is which field,
// which fields are the same in every row, and how the file is written. It does not change after loading.
type Mapping struct {
	name      string // file that it was loaded from
	text      []byte
	kind      string // fills or activities
	encoding  string // utf-8, utf-16 or gb18030
	skipped   int    // rows before the header
	delimiter rune
	layouts   []string // of time, in order of trial
	zone      *time.Location
	columns   map[string]string            // field to column
	lines     map[string]int               // field to its line in the file
	constants map[string]string            // field to value
	values    map[string]map[string]string // field to (word of the file to word of ours)
}

const (
	excelFormat = "excel" // date format of numbers: days since 30 December 1899
	maxSkipped  = 20      // rows before the header
)

// mappingFields are the fields that both kinds have, fillFields and activityFields those of one kind.
var (
	mappingFields = []string{
		"patient", "patient_kind", "phone", "unionid", "wecom", "at", "time", "type", "event_id", "channel", "staff_id", "line",
	}
	fillFields = []string{
		"order_id", "claim_id", "rx_id", "icd10", "sku", "drug", "quantity", "days_supply", "daily_dose", "amount_yuan", "amount_fen",
	}
	measurementUnits = map[string]string{
		"bp_systolic": "mmHg", "bp_diastolic": "mmHg", "heart_rate": "bpm", "glucose": "mmol/L", "hba1c": "%",
		"temperature": "°C", "weight": "kg", "height": "cm", "bmi": "kg/m2", "vas": "score", "harris": "score",
		"ldl": "mmol/L", "egfr": "mL/min/1.73m2", "uacr": "mg/g", "alt": "U/L", "tscore": "SD", "lvef": "%",
	}
)

// LoadMapping reads a mapping file. It is strict: an unknown name, a name that is there twice or a value
// that does not fit is an error with the file and the line.
func LoadMapping(path string) (*Mapping, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("load mapping: %w", err)
	}
	m, err := parseMapping(path, text)
	if err != nil {
		return nil, fmt.Errorf("load mapping: %w", err)
	}
	return m, nil
}

// parseMapping reads the text of a mapping; name is for errors.
func parseMapping(name string, text []byte) (*Mapping, error) {
	var document yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(text)).Decode(&document); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	m := &Mapping{
		name: name, text: text, encoding: "utf-8", delimiter: ',', zone: chinaTime,
		columns: map[string]string{}, lines: map[string]int{}, constants: map[string]string{}, values: map[string]map[string]string{},
	}
	if len(document.Content) != 1 {
		return nil, fmt.Errorf("%s: no mapping in it; phdp import --guess writes a first one", name)
	}
	if err := m.eachEntry(document.Content[0], m.entry); err != nil {
		return nil, err
	}
	return m, m.complete()
}

// eachEntry hands out the names and values of an object, each name once.
func (m *Mapping) eachEntry(node *yaml.Node, take func(name string, at, value *yaml.Node) error) error {
	if node.Tag == "!!null" {
		return nil
	}
	if node.Kind != yaml.MappingNode {
		return m.fault(node, "names with values are wanted here")
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name := node.Content[i]
		if seen[name.Value] {
			return m.fault(name, name.Value+" is there twice")
		}
		seen[name.Value] = true
		if err := take(name.Value, name, node.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func (m *Mapping) fault(at *yaml.Node, text string) error {
	return fmt.Errorf("%s:%d: %s", m.name, at.Line, text)
}

// entry reads one name of the top.
func (m *Mapping) entry(name string, at, value *yaml.Node) error {
	switch name {
	case "date_formats":
		return m.dateFormats(value)
	case "columns":
		return m.eachEntry(value, func(field string, at, value *yaml.Node) error {
			m.lines[field] = at.Line
			return m.word(m.columns, field, at, value)
		})
	case "constants":
		return m.eachEntry(value, func(field string, at, value *yaml.Node) error {
			if m.lines[field] == 0 {
				m.lines[field] = at.Line
			}
			return m.word(m.constants, field, at, value)
		})
	case "values":
		return m.eachEntry(value, func(field string, at, value *yaml.Node) error {
			words := map[string]string{}
			m.values[field] = words
			return m.eachEntry(value, func(from string, at, value *yaml.Node) error { return m.word(words, from, at, value) })
		})
	}
	if value.Kind != yaml.ScalarNode {
		return m.fault(value, "a single value is wanted for "+name)
	}
	return m.setting(name, at, value)
}

// word keeps a single value that is not empty.
func (m *Mapping) word(in map[string]string, name string, at, value *yaml.Node) error {
	if value.Kind != yaml.ScalarNode || value.Value == "" {
		return m.fault(at, "a value is wanted for "+name)
	}
	in[name] = value.Value
	return nil
}

// setting reads a name of the top with a single value.
func (m *Mapping) setting(name string, at, value *yaml.Node) error {
	switch name {
	case "of":
		m.kind = value.Value
		if m.kind != mapFills && m.kind != mapActivities {
			return m.fault(value, "of is fills or activities")
		}
	case "encoding":
		return m.setEncoding(value)
	case "skip_rows":
		rows, err := strconv.Atoi(value.Value)
		if err != nil || rows < 0 || rows > maxSkipped {
			return m.fault(value, "skip_rows is a number from 0 to "+strconv.Itoa(maxSkipped))
		}
		m.skipped = rows
	case "delimiter":
		runes := []rune(strings.ReplaceAll(value.Value, "tab", "\t"))
		if len(runes) != 1 || !strings.ContainsRune(",;|\t", runes[0]) {
			return m.fault(value, `delimiter is ",", ";", "|" or tab`)
		}
		m.delimiter = runes[0]
	case "utc_offset":
		at, err := time.Parse("-07:00", value.Value)
		if err != nil {
			return m.fault(value, "utc_offset is like +08:00")
		}
		_, seconds := at.Zone()
		m.zone = time.FixedZone(value.Value, seconds)
	default:
		return m.fault(at, "no such name: "+name)
	}
	return nil
}

// setEncoding takes the names that an encoding goes by.
func (m *Mapping) setEncoding(value *yaml.Node) error {
	switch strings.ToLower(value.Value) {
	case "utf-8", "utf8":
		m.encoding = "utf-8"
	case "gb18030", "gbk", "gb2312":
		m.encoding = "gb18030"
	case "utf-16", "utf16":
		m.encoding = "utf-16"
	default:
		return m.fault(value, "encoding is utf-8, utf-16 or gb18030 (also for gbk and gb2312)")
	}
	return nil
}

func (m *Mapping) dateFormats(list *yaml.Node) error {
	if list.Kind != yaml.SequenceNode || len(list.Content) == 0 {
		return m.fault(list, "a list of formats is wanted for date_formats")
	}
	for _, format := range list.Content {
		layout, isKnown := layoutOf(format.Value)
		if !isKnown {
			return m.fault(format, "no date format: write it like yyyy-MM-dd HH:mm:ss, or excel for numbers of days")
		}
		m.layouts = append(m.layouts, layout)
	}
	return nil
}

// layoutOf makes Go's layout of a format in letters. It is unknown when anything but separators is left,
// or the year, the month or the day is not in it.
func layoutOf(format string) (string, bool) {
	if format == excelFormat {
		return excelFormat, true
	}
	layout := strings.NewReplacer("yyyy", "2006", "MM", "01", "M", "1", "dd", "02", "d", "2",
		"HH", "15", "H", "15", "mm", "04", "ss", "05").Replace(format)
	rest := strings.Trim(layout, "0123456789-/. :年月日T")
	hasAll := strings.Contains(format, "yyyy") && strings.Contains(format, "M") && strings.Contains(format, "d")
	return layout, rest == "" && hasAll
}

// complete checks what only the whole file can tell: known fields, each once, and the needed ones.
func (m *Mapping) complete() error {
	var faults []error
	if m.kind == "" {
		faults = append(faults, fmt.Errorf("%s:1: of is missing: fills or activities", m.name))
	}
	for _, field := range sortedNames(m.lines) {
		_, isColumn := m.columns[field]
		_, isConstant := m.constants[field]
		switch {
		case m.kind != "" && !slices.Contains(m.fields(), field):
			faults = append(faults, fmt.Errorf("%s:%d: %s has no field %s", m.name, m.lines[field], m.kind, field))
		case isColumn && isConstant:
			faults = append(faults, fmt.Errorf("%s:%d: %s is a column and a constant", m.name, m.lines[field], field))
		}
	}
	for _, field := range sortedNames(m.values) {
		if _, isColumn := m.columns[field]; !isColumn {
			faults = append(faults, fmt.Errorf("%s: values of %s, which is no column", m.name, field))
		}
	}
	needed := [][]string{{"patient", "phone", "wecom", "unionid"}, {"at"}}
	if m.kind == mapFills {
		needed = append(needed, []string{"sku", "drug"}, []string{"quantity"})
	} else if m.kind == mapActivities {
		needed = append(needed, append([]string{"type"}, sortedNames(measurementUnits)...))
	}
	for _, any := range needed {
		if !slices.ContainsFunc(any, func(field string) bool { return m.lines[field] > 0 }) {
			faults = append(faults, fmt.Errorf("%s: one of these fields is needed: %s", m.name, strings.Join(any, ", ")))
		}
	}
	if len(m.layouts) == 0 {
		m.layouts = platformLayouts
	}
	return errors.Join(append(faults, m.ownWords()...)...)
}

// fields lists the fields that a mapping of this kind may have.
func (m *Mapping) fields() []string {
	if m.kind == mapFills {
		return slices.Concat(mappingFields, fillFields)
	}
	return slices.Concat(mappingFields, []string{"campaign"}, attributeNames, sortedNames(measurementUnits))
}

func sortedNames[V any](of map[string]V) []string {
	names := make([]string, 0, len(of))
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
