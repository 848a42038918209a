package transform

import (
	"bufio"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"math"
	"sort"
	"strconv"
	"strings"
)

//go:embed status_weights.tsv
var statusWeights string

// Classes of the status model. A mention of class none is no statement about the patient at all.
const (
	classDrop = iota
	classPresent
	classAbsent
	classUnknown
	classCount
)

var classStatus = [classCount]string{"", StatusPresent, StatusAbsent, StatusUnknown}

func statusClass(status string) int {
	for i, s := range classStatus {
		if s == status {
			return i
		}
	}
	return classUnknown
}

type scores [classCount]float64

// softmax turns scores into probabilities.
func (s *scores) softmax() {
	top := math.Max(math.Max(s[0], s[1]), math.Max(s[2], s[3]))
	sum := 0.0
	for i := range s {
		s[i] = math.Exp(s[i] - top)
		sum += s[i]
	}
	for i := range s {
		s[i] /= sum
	}
}

// Weights of the decision, chosen on the training dialogues: a symptom is dropped when that is clearly more likely
// than not, and absent is preferred to present when both are near, as a wrong present does more harm.
const (
	dropGain   = 0.7
	absentGain = 1.5 // of a mention
	absentMore = 2   // of a dialogue, once more
)

func (s *scores) best() int {
	weighed := *s
	weighed[classDrop] *= dropGain
	weighed[classAbsent] *= absentGain
	best := classPresent
	for i := range weighed {
		if weighed[i] > weighed[best] {
			best = i
		}
	}
	return best
}

// feature is something that is true of a mention or a dialogue, and how much of it.
type feature struct {
	name  string
	value float64
}

// linearModel is a softmax over weighted features: four weights for each.
type linearModel map[string]*scores

func (m linearModel) score(features []feature) scores {
	var s scores
	for _, f := range features {
		if w := m[f.name]; w != nil {
			for i := range s {
				s[i] += w[i] * f.value
			}
		}
	}
	s.softmax()
	return s
}

// StatusModel decides the status of mentions and the conclusion of a dialogue. It is two logistic models, one
// over the other: the first weighs the words around one mention, the second what the first says of all mentions
// of a symptom. It speaks only of symptoms that it was trained on; the rules decide the others.
type StatusModel struct {
	mention, dialogue linearModel
	known             map[string]bool // preferred names
}

// DefaultStatusModel returns the model that comes with the product.
func DefaultStatusModel() (*StatusModel, error) {
	return ReadStatusModel(strings.NewReader(statusWeights))
}

// ReadStatusModel reads weights that WriteTo wrote.
func ReadStatusModel(r io.Reader) (*StatusModel, error) {
	m := &StatusModel{linearModel{}, linearModel{}, map[string]bool{}}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		if n == 1 || lines.Text() == "" {
			continue
		}
		if err := m.readLine(lines.Text()); err != nil {
			return nil, fmt.Errorf("read status weights: line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read status weights: %w", err)
	}
	return m, nil
}

func (m *StatusModel) readLine(line string) error {
	fields := strings.Split(line, "\t")
	if len(fields) != 2+classCount {
		return errors.New("level, feature and four weights are needed, with tabs between them")
	}
	w := new(scores)
	for i := range w {
		v, err := strconv.ParseFloat(fields[2+i], 64)
		if err != nil {
			return fmt.Errorf("weight %d is no number", i+1)
		}
		w[i] = v
	}
	switch fields[0] {
	case "mention":
		m.mention[fields[1]] = w
	case "dialogue":
		m.dialogue[fields[1]] = w
	case "known":
		m.known[fields[1]] = true
	default:
		return fmt.Errorf("level %q is not known; use mention, dialogue or known", fields[0])
	}
	return nil
}

// WriteTo writes the weights, sorted, with two decimals.
func (m *StatusModel) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	b.WriteString("level\tfeature\tnone\tpresent\tabsent\tunknown\n")
	known := make(linearModel)
	for name := range m.known {
		known[name] = new(scores)
	}
	for _, part := range []struct {
		level string
		model linearModel
	}{{"known", known}, {"mention", m.mention}, {"dialogue", m.dialogue}} {
		names := make([]string, 0, len(part.model))
		for name := range part.model {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			b.WriteString(part.level + "\t" + name)
			for _, v := range part.model[name] {
				b.WriteString("\t" + strconv.FormatFloat(math.Round(v*100)/100+0, 'f', -1, 64))
			}
			b.WriteByte('\n')
		}
	}
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}

// conclude decides every mention and every symptom of a linked dialogue.
func (m *StatusModel) conclude(d *dialogue) DialogueReading {
	said := m.judge(d)
	groups := d.symptoms()
	out := DialogueReading{}
	for _, g := range groups {
		if !m.known[g.name] {
			if d.onlyAdvice(g) {
				continue
			}
			out.Symptoms = append(out.Symptoms, Symptom{g.name, g.status})
			continue
		}
		s := m.dialogue.score(d.groupFeatures(g, said))
		s[classAbsent] *= absentMore
		if best := s.best(); best != classDrop {
			out.Symptoms = append(out.Symptoms, Symptom{g.name, classStatus[best]})
		}
	}
	for i := range d.mentions {
		if said[i].best() != classDrop && m.speaksOf(&d.mentions[i]) {
			d.mentions[i].Status = classStatus[said[i].best()]
		}
	}
	out.Utterances = d.findings(func(i int) bool { return m.speaksOf(&d.mentions[i]) && said[i].best() == classDrop })
	return out
}

func (m *StatusModel) speaksOf(f *dialogueMention) bool {
	return isSymptom(&f.Finding) && m.known[f.Name]
}

// judge returns the probabilities of each mention.
func (m *StatusModel) judge(d *dialogue) []scores {
	out := make([]scores, len(d.mentions))
	for i := range d.mentions {
		if isSymptom(&d.mentions[i].Finding) {
			out[i] = m.mention.score(d.mentionFeatures(i))
		}
	}
	return out
}
