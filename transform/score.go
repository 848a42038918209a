package transform

import "fmt"

// LabelledUtterance is an utterance with the symptoms that it mentions, as a person or a program labelled them.
type LabelledUtterance struct {
	I        int            `json:"i"`
	Speaker  string         `json:"speaker"`
	Text     string         `json:"text"`
	Symptoms []LabelledName `json:"symptoms"`
}

// LabelledName is one labelled symptom; Start and End are offsets in code points.
type LabelledName struct {
	Name    string `json:"name"`
	Status  string `json:"status"`
	Mention string `json:"mention"`
	Start   int    `json:"start"`
	End     int    `json:"end"`
}

// LabelledDialogue is a dialogue with labels on both levels.
type LabelledDialogue struct {
	ID         string              `json:"id"`
	Utterances []LabelledUtterance `json:"utterances"`
	Symptoms   []LabelledName      `json:"symptoms"`
}

// Tally counts what is right, wrong (found and not so) and missed.
type Tally struct{ Right, Wrong, Missed int }

// Precision is the share of what was found that is right.
func (c Tally) Precision() float64 { return share(c.Right, c.Right+c.Wrong) }

// Recall is the share of what is there that was found.
func (c Tally) Recall() float64 { return share(c.Right, c.Right+c.Missed) }

// F1 is the harmonic mean of precision and recall.
func (c Tally) F1() float64 { return share(2*c.Right, 2*c.Right+c.Wrong+c.Missed) }

func (c Tally) String() string {
	return fmt.Sprintf("P %.3f R %.3f F1 %.3f", c.Precision(), c.Recall(), c.F1())
}

func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

func (c *Tally) compare(gold, found map[string]string, withStatus bool) {
	for name, status := range gold {
		if got, ok := found[name]; ok && (!withStatus || got == status) {
			c.Right++
		} else {
			c.Missed++
		}
	}
	for name, status := range found {
		if want, ok := gold[name]; !ok || withStatus && want != status {
			c.Wrong++
		}
	}
}

// Score compares predictions with labels, per dialogue and per utterance, by name alone and with the status.
type Score struct {
	Dialogue, DialogueStatus   Tally
	Utterance, UtteranceStatus Tally
	Confusion                  map[[2]string]int // dialogues' symptoms by labelled and found status; "" is none
}

// FalsePresent is the share of the symptoms labelled absent that are called present.
func (s *Score) FalsePresent() float64 {
	all := 0
	for _, found := range []string{"", StatusPresent, StatusAbsent, StatusUnknown} {
		all += s.Confusion[[2]string{StatusAbsent, found}]
	}
	return share(s.Confusion[[2]string{StatusAbsent, StatusPresent}], all)
}

// Add counts one dialogue. Utterances are joined by their number.
func (s *Score) Add(gold, found *LabelledDialogue) {
	if s.Confusion == nil {
		s.Confusion = map[[2]string]int{}
	}
	want, got := byName(gold.Symptoms), byName(found.Symptoms)
	s.Dialogue.compare(want, got, false)
	s.DialogueStatus.compare(want, got, true)
	for name, status := range want {
		s.Confusion[[2]string{status, got[name]}]++
	}
	for name, status := range got {
		if _, ok := want[name]; !ok {
			s.Confusion[[2]string{"", status}]++
		}
	}
	numbered := map[int][]LabelledName{}
	for _, u := range found.Utterances {
		numbered[u.I] = u.Symptoms
	}
	for _, u := range gold.Utterances {
		want, got := byName(u.Symptoms), byName(numbered[u.I])
		s.Utterance.compare(want, got, false)
		s.UtteranceStatus.compare(want, got, true)
	}
}

// byName keeps the last status of a name that is not unknown.
func byName(list []LabelledName) map[string]string {
	out := map[string]string{}
	for _, s := range list {
		if _, ok := out[s.Name]; !ok || s.Status != StatusUnknown {
			out[s.Name] = s.Status
		}
	}
	return out
}

// Label returns what was read in the form of labels.
func (r *DialogueReading) Label(id string) LabelledDialogue {
	out := LabelledDialogue{ID: id, Symptoms: []LabelledName{}}
	for _, s := range r.Symptoms {
		out.Symptoms = append(out.Symptoms, LabelledName{Name: s.Name, Status: s.Status})
	}
	for i, found := range r.Utterances {
		u := LabelledUtterance{I: i, Symptoms: []LabelledName{}}
		for j := range found {
			if f := &found[j]; isSymptom(f) {
				u.Symptoms = append(u.Symptoms, LabelledName{f.Name, f.Status, f.Mention, f.Start, f.End})
			}
		}
		out.Utterances = append(out.Utterances, u)
	}
	return out
}
