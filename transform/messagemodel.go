package transform

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// messageWeights is the optional table of a catalogue that holds a MessageModel.
const messageWeights = "message_weights.tsv"

// MessageModel weighs how a patient says things: which barriers, intents and reactions stand in a message also where no
// form of the lexicon does, and which findings of the rules are better left out. For each concept it is two logistic
// models, one over the other: the first weighs pieces of one to three characters of a sentence, in which the names of
// drugs, symptoms and relatives are one sign each; the second weighs the first against what the rules say, and was
// trained on messages that the rules had not been made for. It is part of a catalogue; without it the rules decide alone.
type MessageModel struct {
	concepts []modelConcept
	at       map[string]int // index in concepts, by code
	pieces   []string
	from     []int32       // by piece, where its weights begin; one more at the end
	weights  []pieceWeight // of all pieces, one after the other
	chars    *automaton    // classes of characters alone
	table    []uint64      // pieces by hash: key, where their weights begin, how many there are; 0 is free
	rowOf    []int32       // by class: where the row of a piece of one character begins, -1 for none
	rows     []uint64      // weights for all concepts, four in a word
}

// Pieces of one character have a weight for most concepts, so theirs are added four at once: each is a lane of 16 bits and
// stands laneBias higher, by which none is negative; a unit has too few characters to fill a lane.
const (
	lanes    = 4
	laneBits = 16
	laneBias = 512
)

// A piece's key are the classes of its characters, 12 bits each; a slot of the table holds it above the number of the first weight and how many there are.
const (
	classBits = 12
	fromBits  = 17
	countBits = 6
)

// modelConcept is a concept and the second model's weights.
type modelConcept struct {
	Concept
	bias, score, present float64 // of 1, the first model's sum, a finding by rule
}

// pieceWeight is what a piece adds for a concept, in hundredths. It is small, as a text reads many of them.
type pieceWeight struct {
	concept uint16
	weight  int16
}

// maxModelConcepts is how many concepts a model may know.
const maxModelConcepts = 64

// loadMessageModel reads the model of a catalogue, or nil when it has none.
func (c *Catalogue) loadMessageModel(fsys fs.FS) (*MessageModel, error) {
	if _, err := fs.Stat(fsys, messageWeights); err != nil {
		return nil, nil //nolint:nilerr // a catalogue need not have one
	}
	t, err := readTable(fsys, messageWeights, "piece", "weights")
	if err != nil {
		return nil, err
	}
	m := &MessageModel{at: map[string]int{}, from: []int32{0}}
	for _, line := range t.lines {
		if code, ok := strings.CutPrefix(line.text("piece"), "concept "); ok {
			err = m.addConcept(c, line, code)
		} else {
			err = m.addPiece(line)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := m.compile(); err != nil {
		return nil, fmt.Errorf("%s: %w", messageWeights, err)
	}
	return m, nil
}

// compile puts all pieces into the table, which is at most a third full.
func (m *MessageModel) compile() error {
	m.chars = &automaton{runes: make([][256]runeInfo, 1)}
	m.chars.nameClasses(m.pieces)
	size := 1 << 10
	for size < 3*len(m.pieces) {
		size *= 2
	}
	m.table = make([]uint64, size)
	m.rowOf = slices.Repeat([]int32{-1}, 1<<classBits)
	for i, piece := range m.pieces {
		if utf8.RuneCountInString(piece) == 1 && piece != string(signStart) {
			if err := m.addRow(piece, m.weights[m.from[i]:m.from[i+1]]); err != nil {
				return err
			}
			continue
		}
		key := uint64(0)
		for _, r := range piece {
			class := m.chars.class(r)
			if class >= 1<<classBits {
				return fmt.Errorf("more than %d different characters", 1<<classBits)
			}
			key = key<<classBits | uint64(class)
		}
		from, count := m.from[i], m.from[i+1]-m.from[i]
		if from >= 1<<fromBits || count >= 1<<countBits || utf8.RuneCountInString(piece) > longPiece {
			return fmt.Errorf("more than %d weights, or %q is longer than %d characters", 1<<fromBits, piece, longPiece)
		}
		at := m.slot(key)
		for m.table[at] != 0 {
			at = (at + 1) & (len(m.table) - 1)
		}
		m.table[at] = key<<(fromBits+countBits) | uint64(from)<<countBits | uint64(count)
	}
	return nil
}

// addRow keeps the weights of a character.
func (m *MessageModel) addRow(char string, weights []pieceWeight) error {
	r, _ := utf8.DecodeRuneInString(char)
	class := m.chars.class(r)
	if class >= 1<<classBits {
		return fmt.Errorf("more than %d different characters", 1<<classBits)
	}
	m.rowOf[class] = int32(len(m.rows))
	row := make([]uint64, (len(m.concepts)+lanes-1)/lanes)
	for lane := range len(row) * lanes {
		row[lane/lanes] |= laneBias << (lane % lanes * laneBits)
	}
	for _, w := range weights {
		if w.weight <= -laneBias || w.weight >= laneBias {
			return fmt.Errorf("a weight of %q is not between -%d and %d", char, laneBias, laneBias)
		}
		row[w.concept/lanes] += uint64(int64(w.weight) << (w.concept % lanes * laneBits))
	}
	m.rows = append(m.rows, row...)
	return nil
}

// slot is where the search for a key begins (Fibonacci hashing).
func (m *MessageModel) slot(key uint64) int {
	return int(key*0x9e3779b97f4a7c15>>32) & (len(m.table) - 1)
}

// of returns the weights of the piece with a key.
func (m *MessageModel) of(key uint64) []pieceWeight {
	for at := m.slot(key); ; at = (at + 1) & (len(m.table) - 1) {
		entry := m.table[at]
		if entry == 0 {
			return nil
		}
		if entry>>(fromBits+countBits) == key {
			from := entry >> countBits & (1<<fromBits - 1)
			return m.weights[from : from+entry&(1<<countBits-1)]
		}
	}
}

// RulesAlone returns the catalogue without its model of messages.
func (c *Catalogue) RulesAlone() *Catalogue {
	alone := *c
	alone.messages = nil
	return &alone
}

func (m *MessageModel) addConcept(c *Catalogue, line tableLine, code string) error {
	concept, ok := c.Concept(code)
	if !ok {
		return line.fail("piece", "%q is not in lexicon.tsv; train the model again with this lexicon", code)
	}
	mc := modelConcept{Concept: concept}
	fields := strings.Fields(line.text("weights"))
	into := []*float64{&mc.bias, &mc.score, &mc.present}
	if len(fields) != len(into) {
		return line.fail("weights", "%d numbers; a concept has three: bias, score, present", len(fields))
	}
	for i, field := range fields {
		var err error
		if *into[i], err = strconv.ParseFloat(field, 64); err != nil {
			return line.fail("weights", "number %d is none", i+1)
		}
	}
	if len(m.concepts) == maxModelConcepts {
		return line.fail("piece", "more than %d concepts; leave the rarest to the rules", maxModelConcepts)
	}
	m.at[code] = len(m.concepts)
	m.concepts = append(m.concepts, mc)
	return nil
}

// addPiece reads weights as hundredths: 3:52 adds 0.52 for the fourth concept of the file.
func (m *MessageModel) addPiece(line tableLine) error {
	for _, field := range strings.Fields(line.text("weights")) {
		at, hundredths, _ := strings.Cut(field, ":")
		concept, err := strconv.Atoi(at)
		if err != nil || concept < 0 || concept >= len(m.concepts) {
			return line.fail("weights", "%q names no concept; its number must be from 0 to %d", field, len(m.concepts)-1)
		}
		weight, err := strconv.ParseInt(hundredths, 10, 16)
		if err != nil {
			return line.fail("weights", "%q has no whole number from -32768 to 32767 behind the colon", field)
		}
		m.weights = append(m.weights, pieceWeight{uint16(concept), int16(weight)})
	}
	m.keep(line.text("piece"))
	return nil
}

// keep ends the weights of a piece.
func (m *MessageModel) keep(piece string) {
	m.pieces, m.from = append(m.pieces, piece), append(m.from, int32(len(m.weights)))
}

// modelScratch is the memory of one message.
type modelScratch struct {
	unit   []rune
	sums   weightSums              // of a unit
	clause weightSums              // of a clause
	said   [maxModelConcepts]uint8 // by concept, what the rules say of it in a unit
}

// weightSums are by concept, in hundredths.
type weightSums [maxModelConcepts]int32

// sum sets sums to the weights of all pieces of the unit in ms.
func (m *MessageModel) sum(ms *modelScratch, sums *weightSums) {
	*sums = weightSums{}
	sums.add(m.of(uint64(m.chars.class(signStart))))
	before, last := uint64(0), uint64(0) // classes of the two characters before, 0 for none that pieces have
	all, count := [maxModelConcepts / lanes]uint64{}, int32(0)
	words := (len(m.concepts) + lanes - 1) / lanes
	for _, r := range ms.unit {
		class := uint64(m.chars.class(r))
		if at := m.rowOf[class&(1<<classBits-1)]; at >= 0 {
			for k, w := range m.rows[at : int(at)+words] {
				all[k] += w
			}
			count++
		}
		if class != 0 && last != 0 {
			key := last<<classBits | class
			sums.add(m.of(key))
			if before != 0 {
				sums.add(m.of(before<<(2*classBits) | key))
			}
		}
		before, last = last, class
	}
	for k := range m.concepts {
		sums[k] += int32(all[k/lanes]>>(k%lanes*laneBits)&(1<<laneBits-1)) - count*laneBias
	}
}

func (s *weightSums) add(weights []pieceWeight) {
	for _, w := range weights {
		s[w.concept%maxModelConcepts] += int32(w.weight)
	}
}
