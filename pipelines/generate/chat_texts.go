package generate

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
)

//go:embed texts/*.tsv
var textFiles embed.FS

// texts are the chat messages, read from texts/*.tsv once per generator.
type texts struct {
	lines       []string // codes of the chosen lines
	names       []string // topic names; the first is the harmless one
	index       map[string]uint16
	templates   [][][]template // by topic and line
	slots       map[string]int
	values      [][][]string // by slot and line
	isOpening   []bool       // by topic: a question or report, which may begin with an address and end with thanks
	calling     int          // slots of such addresses and endings
	ending      int
	closing     int
	flows       []flow
	flowWeights [][phases][]float64 // by line
}

// template is a message cut into literal pieces and slots.
type template []piece

type piece struct {
	text string // the literal, when slot is literal
	slot int
}

// Slots that are filled from the event; the others count from slotCount.
const (
	literal = iota
	slotDrug
	slotStaff
	slotSys
	slotDia
	slotGlu
	slotGlu2
	slotA1c
	slotVAS
	slotPlanted
	slotCount
)

var ownSlots = map[string]int{"drug": slotDrug, "staff": slotStaff, "sys": slotSys, "dia": slotDia, "glu": slotGlu,
	"glu2": slotGlu2, "a1c": slotA1c, "vas": slotVAS, "planted": slotPlanted}

// flow is a conversation that a patient begins.
type flow struct {
	topic, answer uint16
	reading       reading
	isImage       bool
}

// reading is the value that a message carries.
type reading uint8

const (
	readNothing reading = iota
	readBP
	readGlucose
	readHbA1c
	readVAS
)

var readings = map[string]reading{"-": readNothing, "image": readNothing, "bp": readBP, "glucose": readGlucose,
	"hba1c": readHbA1c, "vas": readVAS}

func loadTexts(lineCodes []string) (*texts, error) {
	t := &texts{lines: lineCodes, index: map[string]uint16{}, slots: map[string]int{}}
	t.flowWeights = make([][phases][]float64, len(lineCodes))
	for _, file := range []struct {
		name   string
		fields int
		add    func([]string) error
	}{
		{"slots.tsv", 3, t.addSlot}, {"messages.tsv", 3, t.addMessage}, {"flows.tsv", 7, t.addFlow},
	} {
		if err := readTSV(file.name, file.fields, file.add); err != nil {
			return nil, fmt.Errorf("read chat texts: %w", err)
		}
	}
	return t, t.decorate()
}

// decorate finds the slots of addresses and endings; greetings and small talk stay without.
func (t *texts) decorate() error {
	for name, slot := range map[string]*int{"call": &t.calling, "end": &t.ending, "close": &t.closing} {
		i, ok := t.slots[name]
		if !ok {
			return fmt.Errorf("read chat texts: slots.tsv has no slot %s", name)
		}
		*slot = i
	}
	t.isOpening = make([]bool, len(t.names))
	for _, f := range t.flows {
		name := t.names[f.topic]
		t.isOpening[f.topic] = name != "hello" && name != "chatter"
	}
	return nil
}

// readTSV calls add for each row below the header; comments begin with #.
func readTSV(name string, fields int, add func([]string) error) error {
	data, err := textFiles.ReadFile("texts/" + name)
	if err != nil {
		return err
	}
	isHeader := true
	for i, row := range strings.Split(string(data), "\n") {
		if row == "" || row[0] == '#' {
			continue
		}
		if isHeader {
			isHeader = false
			continue
		}
		cells := strings.Split(row, "\t")
		if len(cells) != fields {
			return fmt.Errorf("%s:%d: %d fields, want %d", name, i+1, len(cells), fields)
		}
		if err := add(cells); err != nil {
			return fmt.Errorf("%s:%d: %w", name, i+1, err)
		}
	}
	return nil
}

// forLines calls do for each chosen line that a line cell means.
func (t *texts) forLines(cell string, do func(line int)) {
	for i, code := range t.lines {
		if cell == "*" || cell == code {
			do(i)
		}
	}
}

// addSlot takes a row of values; those of the line itself stand instead of those for all.
func (t *texts) addSlot(cells []string) error {
	values := strings.Fields(cells[2])
	if len(values) == 0 {
		return fmt.Errorf("slot %s has no values", cells[0])
	}
	i, ok := t.slots[cells[0]]
	if !ok {
		i = len(t.values)
		t.slots[cells[0]] = i
		t.values = append(t.values, make([][]string, len(t.lines)))
	}
	t.forLines(cells[1], func(line int) {
		if cells[1] != "*" || t.values[i][line] == nil {
			t.values[i][line] = values
		}
	})
	return nil
}

func (t *texts) addMessage(cells []string) error {
	cut, err := t.cut(cells[2])
	if err != nil {
		return err
	}
	topic, ok := t.index[cells[0]]
	if !ok {
		topic = uint16(len(t.names))
		t.index[cells[0]] = topic
		t.names = append(t.names, cells[0])
		t.templates = append(t.templates, make([][]template, len(t.lines)))
	}
	t.forLines(cells[1], func(line int) {
		t.templates[topic][line] = append(t.templates[topic][line], cut)
	})
	return nil
}

// cut splits a message at its {slots}.
func (t *texts) cut(text string) (template, error) {
	var pieces template
	for text != "" {
		open := strings.IndexByte(text, '{')
		if open < 0 {
			return append(pieces, piece{text: text}), nil
		}
		if open > 0 {
			pieces = append(pieces, piece{text: text[:open]})
		}
		end := strings.IndexByte(text, '}')
		if end < open {
			return nil, fmt.Errorf("a { without }")
		}
		name := text[open+1 : end]
		slot, ok := ownSlots[name]
		if i, listed := t.slots[name]; !ok && listed {
			slot, ok = slotCount+i, true
		}
		if !ok {
			return nil, fmt.Errorf("unknown slot {%s}", name)
		}
		pieces = append(pieces, piece{slot: slot})
		text = text[end+1:]
	}
	return pieces, nil
}

func (t *texts) addFlow(cells []string) error {
	topic, ok := t.index[cells[0]]
	answer, ok2 := t.index[cells[5]]
	if !ok || !ok2 {
		return fmt.Errorf("topic %s or answer %s has no message", cells[0], cells[5])
	}
	with, ok := readings[cells[6]]
	if !ok {
		return fmt.Errorf("unknown reading %s", cells[6])
	}
	var weights [phases]float64
	for i := range weights {
		w, err := strconv.ParseFloat(cells[2+i], 64)
		if err != nil || w < 0 {
			return fmt.Errorf("weight %s is not a number of 0 or more", cells[2+i])
		}
		weights[i] = w
	}
	n := len(t.flows)
	t.flows = append(t.flows, flow{topic: topic, answer: answer, reading: with, isImage: cells[6] == "image"})
	for i := range t.flowWeights {
		for phase := range phases {
			t.flowWeights[i][phase] = append(t.flowWeights[i][phase], 0)
		}
	}
	t.forLines(cells[1], func(line int) {
		for phase, w := range weights {
			t.flowWeights[line][phase][n] = w
		}
	})
	for line, code := range t.lines {
		used := t.flowWeights[line]
		if used[0][n]+used[1][n]+used[2][n] > 0 && (len(t.templates[topic][line]) == 0 || len(t.templates[answer][line]) == 0) {
			return fmt.Errorf("line %s has no message for %s or %s", code, cells[0], cells[5])
		}
	}
	return nil
}
