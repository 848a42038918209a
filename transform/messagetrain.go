package transform

import (
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"phdp/ingest"
)

// LabelledMessage is a message of a patient with the codes of the barriers, intents and reactions that it states.
type LabelledMessage struct {
	Text   string
	Labels []string
	Fresh  bool // no rule was mended on it, so it tells how far the rules can be trusted
}

// ReadLabelledMessages reads a table of labels and texts, like those that the rules are scored on: codes with commas
// between them, - for none; numbers (glu=7.8) are left out, and @relative behind a code does not matter.
func ReadLabelledMessages(fsys fs.FS, file string, fresh bool) ([]LabelledMessage, error) {
	t, err := readTable(fsys, file, "labels", "text")
	if err != nil {
		return nil, err
	}
	var out []LabelledMessage
	for _, line := range t.lines {
		m := LabelledMessage{Text: line.text("text"), Fresh: fresh}
		for _, label := range strings.Split(line.text("labels"), ",") {
			label, _, _ = strings.Cut(label, "@")
			if label != "-" && !strings.Contains(label, "=") && !slices.Contains(m.Labels, label) {
				m.Labels = append(m.Labels, label)
			}
		}
		out = append(out, m)
	}
	return out, nil
}

// Background returns a message as the rules read it. Many of them show the model how patients write of everything else;
// what the rules miss there is few.
func Background(t *Transformer, text string) LabelledMessage {
	m := LabelledMessage{Text: text}
	for _, f := range t.Findings(ingest.SpeakerPatient, text) {
		isTaught := f.Kind == KindBarrier || f.Kind == KindIntent || f.Kind == KindReaction
		if code := sameConcept(f.Concept); isTaught && f.Status == StatusPresent && !slices.Contains(m.Labels, code) {
			m.Labels = append(m.Labels, code)
		}
	}
	return m
}

// Settings of the training, chosen on the training messages with one author held out at a time.
const (
	messageRounds  = 8
	messageRate    = 0.1
	messagePenalty = 1e-4
	rarePiece      = 3    // a piece in fewer messages is left out
	rareLabel      = 12   // a concept with fewer messages is left to the rules
	smallPiece     = 0.20 // a smaller weight is left out
	secondRounds   = 40
)

// messageExample is a message as both models see it.
type messageExample struct {
	pieces  []int32
	labels  []bool // by concept
	present []bool
	fresh   bool
}

// messageTrainer holds what all steps of the training need.
type messageTrainer struct {
	concepts []Concept
	pieces   []string
	examples []messageExample
}

// TrainMessages trains the model that a catalogue keeps; t must have none. The same messages in the same order give the
// same weights.
func TrainMessages(t *Transformer, messages []LabelledMessage) (*MessageModel, error) {
	if t.catalogue.messages != nil {
		return nil, fmt.Errorf("train messages: the catalogue has %s already; train with one that has not", messageWeights)
	}
	tr := &messageTrainer{}
	if err := tr.chooseConcepts(t.catalogue, messages); err != nil {
		return nil, err
	}
	tr.read(t, messages)
	sums := tr.crossSums()
	m := tr.model(tr.fit(func(int) bool { return true }))
	for i := range m.concepts {
		tr.second(&m.concepts[i], i, sums)
	}
	return m, nil
}

func (tr *messageTrainer) chooseConcepts(c *Catalogue, messages []LabelledMessage) error {
	counts := map[string]int{}
	for i := range messages {
		for _, label := range messages[i].Labels {
			if !messages[i].Fresh {
				continue // what is taught only by what the rules find already is left to them
			}
			if _, ok := c.Concept(label); !ok {
				return fmt.Errorf("train messages: %q is no concept of the lexicon", label)
			}
			counts[label]++
		}
	}
	for _, concept := range c.concepts {
		if counts[concept.Code] >= rareLabel {
			tr.concepts = append(tr.concepts, concept)
		}
	}
	if len(tr.concepts) > maxModelConcepts {
		return fmt.Errorf("train messages: %d concepts with %d messages or more, at most %d", len(tr.concepts), rareLabel, maxModelConcepts)
	}
	return nil
}

// read turns messages into numbers of pieces and what the rules say.
func (tr *messageTrainer) read(t *Transformer, messages []LabelledMessage) {
	units := make([][]string, len(messages))
	tr.examples = make([]messageExample, len(messages))
	counts := map[string]int{}
	for i := range messages {
		sc := new(scratch)
		text, _ := t.cleanAndRedact(messages[i].Text)
		t.find(ingest.SpeakerPatient, text, sc)
		units[i] = piecesOf(unitOf(text, sc, 0, int32(len(sc.classes)), nil))
		for _, piece := range slices.Compact(slices.Sorted(slices.Values(units[i]))) {
			counts[piece]++
		}
		tr.examples[i] = tr.example(&messages[i], sc)
	}
	at := map[string]int32{}
	for piece, n := range counts {
		if n >= rarePiece {
			tr.pieces = append(tr.pieces, piece)
		}
	}
	slices.Sort(tr.pieces)
	for i, piece := range tr.pieces {
		at[piece] = int32(i)
	}
	for i := range units {
		for _, piece := range units[i] {
			if number, ok := at[piece]; ok {
				tr.examples[i].pieces = append(tr.examples[i].pieces, number)
			}
		}
	}
}

func (tr *messageTrainer) example(m *LabelledMessage, sc *scratch) messageExample {
	n := len(tr.concepts)
	e := messageExample{labels: make([]bool, n), present: make([]bool, n), fresh: m.Fresh}
	for i, c := range tr.concepts {
		e.labels[i] = slices.Contains(m.Labels, c.Code)
		for k := range sc.findings {
			if f := &sc.findings[k]; sameConcept(f.Concept) == c.Code {
				e.present[i] = e.present[i] || f.Status == StatusPresent
			}
		}
	}
	return e
}

// piecesOf are all pieces of one to three characters, each as often as it stands there.
func piecesOf(unit []rune) []string {
	runes := unit
	var out []string
	for from := range runes {
		for to := from + 1; to <= min(len(runes), from+longPiece); to++ {
			if piece := string(runes[from:to]); strings.TrimSpace(piece) == piece && piece[0] != '#' {
				out = append(out, piece)
			}
		}
	}
	return out
}

// crossSums are the first model's sums for every message, by a model that has not seen it.
func (tr *messageTrainer) crossSums() [][]float32 {
	sums := make([][]float32, len(tr.examples))
	fold := make([]int, len(tr.examples))
	for k, i := range rand.New(rand.NewPCG(3, 4)).Perm(len(fold)) {
		fold[i] = k % trainFolds
	}
	for n := range trainFolds {
		weights := tr.fit(func(i int) bool { return fold[i] != n })
		for i := range tr.examples {
			if fold[i] == n {
				sums[i] = make([]float32, len(tr.concepts))
				tr.sum(weights, &tr.examples[i], sums[i])
			}
		}
	}
	return sums
}

func (tr *messageTrainer) sum(weights [][]float32, e *messageExample, sums []float32) {
	clear(sums)
	for _, piece := range e.pieces {
		for k, w := range weights[piece] {
			sums[k] += w
		}
	}
}

// fit minimises the logistic loss of each concept by stochastic gradients whose step shrinks per weight (AdaGrad).
func (tr *messageTrainer) fit(take func(int) bool) [][]float32 {
	n := len(tr.concepts)
	weights, squares := make([][]float32, len(tr.pieces)), make([][]float32, len(tr.pieces))
	for i := range weights {
		weights[i], squares[i] = make([]float32, n), make([]float32, n)
	}
	tr.begin(weights, take)
	sums := make([]float32, n)
	random := rand.New(rand.NewPCG(1, 2))
	for range messageRounds {
		for _, i := range random.Perm(len(tr.examples)) {
			if take(i) {
				tr.step(weights, squares, &tr.examples[i], sums)
			}
		}
	}
	return weights
}

// begin gives the sign that every unit begins with what a message says before anything is read of it: the logarithm of
// the odds of each concept.
func (tr *messageTrainer) begin(weights [][]float32, take func(int) bool) {
	start, ok := slices.BinarySearch(tr.pieces, string(signStart))
	if !ok {
		return
	}
	for k := range tr.concepts {
		yes, all := 0.5, 1.0
		for i := range tr.examples {
			if take(i) {
				yes, all = yes+one(tr.examples[i].labels[k]), all+1
			}
		}
		weights[start][k] = float32(math.Log(yes / (all - yes)))
	}
}

func (tr *messageTrainer) step(weights, squares [][]float32, e *messageExample, sums []float32) {
	tr.sum(weights, e, sums)
	for k := range sums {
		sums[k] = float32(logistic(float64(sums[k])))
		if e.labels[k] {
			sums[k]--
		}
	}
	for _, piece := range e.pieces {
		w, sq := weights[piece], squares[piece]
		for k, g := range sums {
			if g < 1e-3 && g > -1e-3 {
				continue
			}
			g += messagePenalty * w[k]
			sq[k] += g * g
			w[k] -= messageRate * g / (0.1 + float32(math.Sqrt(float64(sq[k]))))
		}
	}
}

func logistic(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

// second fits the three weights of the second model by gradients over all fresh messages.
func (tr *messageTrainer) second(c *modelConcept, k int, sums [][]float32) {
	into := [3]*float64{&c.bias, &c.score, &c.present}
	c.score = 1
	var squares [3]float64
	for range secondRounds {
		for i := range tr.examples {
			e := &tr.examples[i]
			if !e.fresh {
				continue
			}
			x := [3]float64{1, float64(sums[i][k]), one(e.present[k])}
			z := 0.0
			for j := range x {
				z += x[j] * *into[j]
			}
			g := logistic(z) - one(e.labels[k])
			for j := range x {
				d := g * x[j]
				squares[j] += d * d
				*into[j] -= 0.3 * d / (1 + math.Sqrt(squares[j]))
			}
		}
	}
	for j := range into {
		*into[j] = math.Round(*into[j]*1000) / 1000
	}
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// model leaves out what weighs little and rounds to hundredths.
func (tr *messageTrainer) model(weights [][]float32) *MessageModel {
	m := &MessageModel{from: []int32{0}}
	for _, c := range tr.concepts {
		m.concepts = append(m.concepts, modelConcept{Concept: c})
	}
	for i, piece := range tr.pieces {
		before := len(m.weights)
		for k, w := range weights[i] {
			if math.Abs(float64(w)) >= smallPiece {
				m.weights = append(m.weights, pieceWeight{uint16(k), int16(math.Round(float64(w) * 100))})
			}
		}
		if len(m.weights) > before {
			m.keep(piece)
		}
	}
	return m
}

// WriteTo writes the table that a catalogue keeps as message_weights.tsv.
func (m *MessageModel) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	b.WriteString("piece\tweights\n")
	for _, c := range m.concepts {
		fmt.Fprintf(&b, "concept %s\t%g %g %g\n", c.Code, c.bias, c.score, c.present)
	}
	for i, piece := range m.pieces {
		b.WriteString(piece)
		for k, weight := range m.weights[m.from[i]:m.from[i+1]] {
			b.WriteString([]string{"\t", " "}[min(k, 1)])
			fmt.Fprintf(&b, "%d:%d", weight.concept, weight.weight)
		}
		b.WriteByte('\n')
	}
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}
