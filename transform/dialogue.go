package transform

import "phdp/ingest"

// Utterance is one message of a dialogue: who wrote it (patient, or any word for the care team) and what.
type Utterance struct{ Speaker, Text string }

// Symptom is what a dialogue concludes of one symptom.
type Symptom struct {
	Name   string // preferred name
	Status string // present, absent, unknown
}

// DialogueReading is what is read from one dialogue.
type DialogueReading struct {
	Symptoms   []Symptom   // in the order of their first mention
	Utterances [][]Finding // findings of each utterance, none of them asked any more
}

// StatusReader decides what the mentions of a dialogue mean together. With a model it weighs the words around
// a mention, the question before and the answer behind it; without one the rules alone speak. It does not
// change and may be used by many goroutines.
type StatusReader struct {
	t     *Transformer
	model *StatusModel
}

// NewStatusReader returns a reader; model may be nil.
func NewStatusReader(t *Transformer, model *StatusModel) *StatusReader {
	return &StatusReader{t: t, model: model}
}

// Read reads one dialogue. It looks at nothing but the dialogue, and gives the same result every time.
func (r *StatusReader) Read(utterances []Utterance) DialogueReading {
	d := newDialogue(r.t, utterances, r.model != nil)
	link(d)
	if r.model == nil {
		return d.conclude()
	}
	return r.model.conclude(d)
}

// dialogue is a dialogue with its mentions, in order.
type dialogue struct {
	utterances []spokenText
	mentions   []dialogueMention
}

type spokenText struct {
	patient bool
	runes   []rune
	first   int // index of its first mention, and one behind its last
	last    int
}

// dialogueMention is a finding where it stands in the dialogue.
type dialogueMention struct {
	Finding
	said   string // status by the utterance alone, asked included
	at     int    // utterance
	answer int    // utterance that settles a question, -1 for none
}

func newDialogue(t *Transformer, utterances []Utterance, hints bool) *dialogue {
	d := &dialogue{}
	for i, u := range utterances {
		speaker := ingest.SpeakerStaff
		if u.Speaker == ingest.SpeakerPatient {
			speaker = u.Speaker
		}
		s := spokenText{patient: speaker == ingest.SpeakerPatient, runes: []rune(u.Text), first: len(d.mentions)}
		for _, f := range t.findIn(speaker, u.Text, hints) {
			d.mentions = append(d.mentions, dialogueMention{Finding: f, said: f.Status, at: i, answer: -1})
		}
		s.last = len(d.mentions)
		d.utterances = append(d.utterances, s)
	}
	return d
}

// IsSymptom says that a finding is something that a patient has or has not, by name: a symptom or a disease, but
// not 不舒服.
func (f *Finding) IsSymptom() bool {
	return (f.Kind == KindSymptom || f.Kind == KindDisease) && !f.vague
}

func isSymptom(f *Finding) bool { return f.IsSymptom() }

// findings returns the findings of each utterance, without those that drop leaves out.
func (d *dialogue) findings(drop func(i int) bool) [][]Finding {
	out := make([][]Finding, len(d.utterances))
	for i := range d.mentions {
		m := &d.mentions[i]
		if drop != nil && drop(i) {
			continue
		}
		if m.Status == StatusAsked {
			m.Status = StatusUnknown
		}
		out[m.at] = append(out[m.at], m.Finding)
	}
	return out
}

// conclude lets later statements override earlier ones. A guess or a question without an answer changes nothing
// that was stated before.
func (d *dialogue) conclude() DialogueReading {
	out := DialogueReading{Utterances: d.findings(nil)}
	at := map[string]int{}
	for i := range d.mentions {
		m := &d.mentions[i]
		if !isSymptom(&m.Finding) {
			continue
		}
		k, seen := at[m.Name]
		if !seen {
			at[m.Name] = len(out.Symptoms)
			out.Symptoms = append(out.Symptoms, Symptom{m.Name, m.Status})
			continue
		}
		if s := &out.Symptoms[k]; d.overrides(m, s.Status) {
			s.Status = m.Status
		}
	}
	return out
}

// overrides says that a mention changes what was concluded before it.
func (d *dialogue) overrides(m *dialogueMention, before string) bool {
	switch {
	case m.Status == StatusUnknown:
		return false
	case before == StatusUnknown:
		return true
	}
	return d.utterances[m.at].patient || m.answer >= 0
}
