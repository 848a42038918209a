package transform

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"phdp/ingest"
)

// goldMessage is one invented message with what a reader finds in it.
type goldMessage struct {
	text     string
	labels   map[string][]string // by group
	relative map[string]bool     // concepts that are about somebody else
}

// sameInGold are concepts that a reader does not tell apart.
var sameInGold = map[string]string{"forget_dose": "missed_dose"}

// goldGroups are what the messages are scored by.
var goldGroups = []string{KindBarrier, KindReaction, KindIntent, "measurement", "regimen"}

func readGold(t *testing.T, c *Catalogue, name string) (messages []goldMessage, judged map[string]bool) {
	t.Helper()
	file, err := readTable(os.DirFS("testdata"), name, "labels", "text")
	if err != nil {
		t.Fatal(err)
	}
	judged = map[string]bool{}
	for _, line := range file.lines {
		m := goldMessage{text: line.text("text"), labels: map[string][]string{}, relative: map[string]bool{}}
		for _, label := range strings.Split(line.text("labels"), ",") {
			if label == "-" {
				continue
			}
			if strings.Contains(label, "=") {
				group, readings := goldReadings(label)
				m.labels[group] = append(m.labels[group], readings...)
				continue
			}
			label, relative := strings.CutSuffix(label, "@relative")
			concept, ok := c.Concept(label)
			if !ok {
				t.Fatalf("%v", line.fail("labels", "%q is no concept", label))
			}
			judged[label] = true
			m.relative[label] = relative
			m.labels[concept.Kind] = append(m.labels[concept.Kind], label)
		}
		messages = append(messages, m)
	}
	return messages, judged
}

// goldReadings writes bp=150/95 as the two readings that it is, and says to which group they belong.
func goldReadings(label string) (group string, readings []string) {
	kind, value, _ := strings.Cut(label, "=")
	names := map[string]string{"glu": "glucose", "a1c": "hba1c", "temp": "temperature", "wt": "weight", "hr": "heart_rate", "ht": "height",
		"freq": "dose_frequency", "dur": "duration"}
	if name, ok := names[kind]; ok {
		kind = name
	}
	if kind != "bp" {
		return goldGroup(kind), []string{kind + " " + value}
	}
	upper, lower, _ := strings.Cut(value, "/")
	out := []string{"bp_systolic " + upper}
	if lower != "" {
		out = append(out, "bp_diastolic "+lower)
	}
	return "measurement", out
}

func goldGroup(kind string) string {
	if kind == "dose" || kind == "dose_frequency" || kind == "duration" {
		return "regimen"
	}
	return "measurement"
}

// foundIn returns what the rules find in a message, by group, and which of it is about somebody else.
func foundIn(tr *Transformer, text string, judged map[string]bool) (found map[string][]string, relative map[string]bool) {
	found, relative = map[string][]string{}, map[string]bool{}
	findings := tr.Findings(ingest.SpeakerPatient, text)
	for _, f := range findings {
		if same, ok := sameInGold[f.Concept]; ok {
			f.Concept = same
		}
		if judged[f.Concept] && f.Status == StatusPresent && !slices.Contains(found[f.Kind], f.Concept) {
			found[f.Kind] = append(found[f.Kind], f.Concept)
			relative[f.Concept] = f.Subject == SubjectRelative
		}
	}
	for _, m := range tr.Measurements(text) {
		group := goldGroup(m.Kind)
		if group == "measurement" && relativeAt(findings, m.Start) {
			continue // as at ingest
		}
		found[group] = append(found[group], fmt.Sprintf("%s %v", m.Kind, m.Value))
	}
	return found, relative
}

// TestScoreOnInventedMessages measures what public consultations hardly hold. The lexicon was mended on three of the files, so their
// floors guard against going back; no rule and no weight comes from the last two, whose mistakes are not printed.
func TestScoreOnInventedMessages(t *testing.T) {
	tr := testTransformer(t)
	for _, tc := range []struct {
		file  string
		least int
		floor float64
		show  bool
	}{
		{"gold.tsv", 1400, 0.94, true},
		{"gold_held_out.tsv", 240, 0.92, true},
		{"gold_reserve.tsv", 560, 0.93, true},
		{"gold_reserve_2.tsv", 330, 0, false},
		{"gold_reserve_3.tsv", 600, 0, false},
	} {
		t.Run(tc.file, func(t *testing.T) {
			messages, judged := readGold(t, tr.Catalogue(), tc.file)
			if len(messages) < tc.least {
				t.Errorf("%d messages, want at least %d", len(messages), tc.least)
			}
			groups, subject := scoreGold(t, tr, messages, judged, tc.show)
			for _, group := range goldGroups {
				tally := groups[group]
				t.Logf("%-12s %v (%d right, %d wrong, %d missed), 95%% %s %s", group, tally, tally.Right, tally.Wrong, tally.Missed,
					wilson(tally.Right, tally.Right+tally.Wrong), wilson(tally.Right, tally.Right+tally.Missed))
				if tally.Precision() < tc.floor || tally.Recall() < tc.floor {
					t.Errorf("%s: %v; both must be at least %v", group, tally, tc.floor)
				}
			}
			t.Logf("whose it is: %d right, %d wrong", subject.Right, subject.Wrong)
		})
	}
}

// scoreGold counts by group, and whether the subject of what was found right is right.
func scoreGold(t *testing.T, tr *Transformer, messages []goldMessage, judged map[string]bool, show bool) (groups map[string]*Tally, subject Tally) {
	groups = map[string]*Tally{}
	for _, group := range goldGroups {
		groups[group] = &Tally{}
	}
	for _, m := range messages {
		found, relative := foundIn(tr, m.text, judged)
		for group, tally := range groups {
			before := *tally
			tally.compareLists(m.labels[group], found[group])
			if show && tally.Wrong+tally.Missed > before.Wrong+before.Missed {
				t.Logf("%s: %s: want %q, found %q", group, m.text, m.labels[group], found[group])
			}
		}
		for concept, want := range m.relative {
			got, ok := relative[concept]
			switch {
			case !ok:
			case got == want:
				subject.Right++
			default:
				subject.Wrong++
				if show {
					t.Logf("whose: %s: %s: want relative %v", m.text, concept, want)
				}
			}
		}
	}
	return groups, subject
}

// wilson is the interval that holds a share of k among n in 95 of 100 cases.
func wilson(k, n int) string {
	if n == 0 {
		return "none"
	}
	const z = 1.96
	p, m := float64(k)/float64(n), float64(n)
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return fmt.Sprintf("%.3f-%.3f", middle-half, middle+half)
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
