package transform

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"phdp/ingest"
)

// goldMessage is one invented message with what a reader finds in it.
type goldMessage struct {
	text   string
	labels map[string][]string // by kind
}

// sameInGold are concepts that a reader does not tell apart.
var sameInGold = map[string]string{"forget_dose": "missed_dose"}

func readGold(t *testing.T, c *Catalogue) (messages []goldMessage, judged map[string]bool) {
	t.Helper()
	file, err := readTable(os.DirFS("testdata"), "gold.tsv", "labels", "text")
	if err != nil {
		t.Fatal(err)
	}
	judged = map[string]bool{}
	for _, line := range file.lines {
		m := goldMessage{text: line.text("text"), labels: map[string][]string{}}
		for _, label := range strings.Split(line.text("labels"), ",") {
			if label == "-" {
				continue
			}
			if strings.Contains(label, "=") {
				m.labels["measurement"] = append(m.labels["measurement"], goldReadings(label)...)
				continue
			}
			concept, ok := c.Concept(label)
			if !ok && label != ConceptReaction {
				t.Fatalf("%v", line.fail("labels", "%q is no concept", label))
			}
			kind := concept.Kind
			if !ok {
				kind = KindReaction
			}
			judged[label] = true
			m.labels[kind] = append(m.labels[kind], label)
		}
		messages = append(messages, m)
	}
	return messages, judged
}

// goldReadings writes bp=150/95 as the two readings that it is.
func goldReadings(label string) []string {
	kind, value, _ := strings.Cut(label, "=")
	names := map[string]string{"glu": "glucose", "a1c": "hba1c", "temp": "temperature", "wt": "weight", "hr": "heart_rate", "ht": "height"}
	if name, ok := names[kind]; ok {
		kind = name
	}
	if kind != "bp" {
		return []string{kind + " " + value}
	}
	upper, lower, _ := strings.Cut(value, "/")
	out := []string{"bp_systolic " + upper}
	if lower != "" {
		out = append(out, "bp_diastolic "+lower)
	}
	return out
}

// foundIn returns what the rules find in a message, by kind.
func foundIn(tr *Transformer, text string, judged map[string]bool) map[string][]string {
	out := map[string][]string{}
	for _, f := range tr.Findings(ingest.SpeakerPatient, text) {
		if same, ok := sameInGold[f.Concept]; ok {
			f.Concept = same
		}
		if judged[f.Concept] && f.Status == StatusPresent && !slices.Contains(out[f.Kind], f.Concept) {
			out[f.Kind] = append(out[f.Kind], f.Concept)
		}
	}
	for _, m := range tr.Measurements(text) {
		out["measurement"] = append(out["measurement"], fmt.Sprintf("%s %v", m.Kind, m.Value))
	}
	return out
}

// TestScoreOnInventedMessages measures what public consultations hardly hold. The messages were written from how
// patients write; the lexicon was then mended on it, so its floors guard against going back.
func TestScoreOnInventedMessages(t *testing.T) {
	tr := testTransformer(t)
	messages, judged := readGold(t, tr.Catalogue())
	if len(messages) < 600 {
		t.Errorf("%d messages, want at least 600", len(messages))
	}
	tallies := map[string]*Tally{}
	for _, kind := range []string{KindBarrier, KindReaction, KindIntent, "measurement"} {
		tallies[kind] = &Tally{}
	}
	for _, m := range messages {
		found := foundIn(tr, m.text, judged)
		for kind, tally := range tallies {
			before := *tally
			tally.compareLists(m.labels[kind], found[kind])
			if tally.Wrong+tally.Missed > before.Wrong+before.Missed {
				t.Logf("%s: %s: want %q, found %q", kind, m.text, m.labels[kind], found[kind])
			}
		}
	}
	for kind, tally := range tallies {
		t.Logf("%-12s %v (%d right, %d wrong, %d missed)", kind, tally, tally.Right, tally.Wrong, tally.Missed)
		if tally.Precision() < 0.9 || tally.Recall() < 0.9 {
			t.Errorf("%s: %v; both must be at least 0.9", kind, tally)
		}
	}
}

// compareLists counts each item once per side.
func (c *Tally) compareLists(gold, found []string) {
	for _, g := range gold {
		if slices.Contains(found, g) {
			c.Right++
		} else {
			c.Missed++
		}
	}
	for _, f := range found {
		if !slices.Contains(gold, f) {
			c.Wrong++
		}
	}
}
