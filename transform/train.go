package transform

import (
	"math"
	"math/rand/v2"
	"sort"
)

// example is a list of features with the class that a person gave.
type example struct {
	features []feature
	class    int
}

// Settings of the training; they were chosen on the training dialogues.
const (
	trainRounds  = 4
	trainFolds   = 5
	trainRate    = 0.08
	trainPenalty = 3e-3
	rareFeature  = 8    // a feature seen less often is left out
	smallWeight  = 0.15 // a feature with no larger weight is left out
)

// TrainStatus trains the model on labelled dialogues. The same dialogues in the same order give the same weights.
func TrainStatus(t *Transformer, labelled []LabelledDialogue) *StatusModel {
	read := make([]*dialogue, len(labelled))
	for i := range labelled {
		read[i] = newDialogue(t, labelled[i].texts(), true)
		link(read[i])
	}
	m := &StatusModel{known: map[string]bool{}}
	for i := range labelled {
		for _, s := range labelled[i].Symptoms {
			m.known[s.Name] = true
		}
	}
	all := make([][]example, len(read))
	for i := range read {
		all[i] = mentionExamples(read[i], &labelled[i], m.known)
	}
	m.mention = fit(join(all, func(int) bool { return true }), smallWeight)
	m.dialogue = fit(dialogueExamples(read, labelled, all, m.known), 0)
	return m
}

func (l *LabelledDialogue) texts() []Utterance {
	out := make([]Utterance, len(l.Utterances))
	for i, u := range l.Utterances {
		out[i] = Utterance{u.Speaker, u.Text}
	}
	return out
}

func mentionExamples(d *dialogue, l *LabelledDialogue, known map[string]bool) []example {
	var out []example
	for i := range d.mentions {
		if m := &d.mentions[i]; isSymptom(&m.Finding) && known[m.Name] {
			out = append(out, example{d.mentionFeatures(i), labelOf(m, l.Utterances[m.at].Symptoms)})
		}
	}
	return out
}

// labelOf returns the class of the label that overlaps a mention, or else of one with its name.
func labelOf(m *dialogueMention, labels []LabelledName) int {
	class := classDrop
	for _, s := range labels {
		if s.Name != m.Name {
			continue
		}
		class = statusClass(s.Status)
		if s.Start < m.End && m.Start < s.End {
			break
		}
	}
	return class
}

// dialogueExamples are made with mention models that did not see the dialogue, as it will be with new ones.
func dialogueExamples(read []*dialogue, labelled []LabelledDialogue, all [][]example, known map[string]bool) []example {
	var out []example
	for fold := range trainFolds {
		m := &StatusModel{mention: fit(join(all, func(i int) bool { return i%trainFolds != fold }), smallWeight), known: known}
		for i := fold; i < len(read); i += trainFolds {
			said := m.judge(read[i])
			want := byName(labelled[i].Symptoms)
			for _, g := range read[i].symptoms() {
				if known[g.name] {
					out = append(out, example{read[i].groupFeatures(g, said), statusClass(want[g.name])})
				}
			}
		}
	}
	return out
}

func join(all [][]example, take func(int) bool) []example {
	var out []example
	for i := range all {
		if take(i) {
			out = append(out, all[i]...)
		}
	}
	return out
}

// fit minimises the logistic loss by stochastic gradients whose step shrinks per weight (AdaGrad).
func fit(examples []example, small float64) linearModel {
	counts := map[string]int{}
	for i := range examples {
		for _, f := range examples[i].features {
			counts[f.name]++
		}
	}
	m, squares := linearModel{}, map[string]*scores{}
	names := make([]string, 0, len(counts))
	for name, n := range counts {
		if n >= rareFeature {
			names = append(names, name)
			m[name], squares[name] = new(scores), new(scores)
		}
	}
	sort.Strings(names)
	random := rand.New(rand.NewPCG(1, 2))
	for range trainRounds {
		for _, i := range random.Perm(len(examples)) {
			step(m, squares, &examples[i])
		}
	}
	for name, w := range m {
		if max(math.Abs(w[0]), math.Abs(w[1]), math.Abs(w[2]), math.Abs(w[3])) < small {
			delete(m, name)
		}
	}
	return m
}

func step(m linearModel, squares map[string]*scores, e *example) {
	p := m.score(e.features)
	for _, f := range e.features {
		w := m[f.name]
		if w == nil {
			continue
		}
		sq := squares[f.name]
		for k := range w {
			g := p[k]
			if k == e.class {
				g--
			}
			g = g*f.value + trainPenalty*w[k]
			sq[k] += g * g
			w[k] -= trainRate * g / (1e-2 + math.Sqrt(sq[k]))
		}
	}
}
