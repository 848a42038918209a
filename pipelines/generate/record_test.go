package generate

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"phdp/ingest"
)

// wire is a canonical event as encoding/json reads it.
type wire struct {
	V       int       `json:"v"`
	EventID string    `json:"event_id"`
	Type    string    `json:"type"`
	At      time.Time `json:"at"`
	Patient wireID    `json:"patient"`
	Links   []wireID  `json:"links"`
	Line    string    `json:"line"`
	StaffID string    `json:"staff_id"`
	Speaker string    `json:"speaker"`
	MsgType string    `json:"msg_type"`
	Text    string    `json:"text"`
	Recalls string    `json:"recalls"`
	Channel string    `json:"channel"`
	Items   []struct {
		ClaimID    string  `json:"claim_id"`
		SKU        string  `json:"sku"`
		Drug       string  `json:"drug"`
		Quantity   float64 `json:"quantity"`
		DaysSupply float64 `json:"days_supply"`
		AmountFen  int64   `json:"amount_fen"`
	} `json:"items"`
	Attributes   map[string]string `json:"attributes"`
	Measurements []struct {
		Kind  string  `json:"kind"`
		Value float64 `json:"value"`
		Unit  string  `json:"unit"`
	} `json:"measurements"`
}

type wireID struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

var typePrefix = map[ingest.Stream]string{ingest.Chats: "chat.", ingest.Prescriptions: "prescription.", ingest.Activities: "activity."}

// fault says what is missing, "" when the record is as the format demands.
func (w *wire) fault(r Record) string {
	switch {
	case w.V != 1:
		return "v"
	case w.EventID == "":
		return "event_id"
	case w.At.IsZero():
		return "at"
	case w.Patient.Kind == "" || w.Patient.ID == "":
		return "patient"
	case w.Patient.ID != string(r.Key):
		return "key"
	case !strings.HasPrefix(w.Type, typePrefix[r.Stream]):
		return "type"
	case w.Type == "chat.message" && w.Speaker == "":
		return "speaker"
	case w.Type == "chat.message" && w.MsgType == "" && w.Text == "":
		return "text"
	case w.Type == "chat.recall" && w.Recalls == "":
		return "recalls"
	case r.Stream == ingest.Prescriptions && (w.Channel == "" || len(w.Items) == 0):
		return "items"
	case w.Type == "activity.measurement" && len(w.Measurements) == 0:
		return "measurements"
	}
	for _, item := range w.Items {
		if item.ClaimID == "" || item.SKU == "" && item.Drug == "" || item.Quantity <= 0 {
			return "item"
		}
	}
	return ""
}

// The numbers of sound, repeated, late and broken records, counted from the records, are those of the
// truth; every record that is not broken has what the format demands, and the decoder agrees.
func TestRecordsAreSoundOrBrokenAsCounted(t *testing.T) {
	g := newGenerator(t, 600, 12, 11)
	got := newStats()
	got.Persons = 600
	seen := map[string][]byte{}
	broken := 0
	var last time.Time
	for r := range g.Records() {
		if r.At.Before(last) {
			t.Fatal("a record arrives before the one in front of it")
		}
		last = r.At
		got.Records[r.Stream]++
		var w wire
		fault := "json"
		if json.Unmarshal(r.Value, &w) == nil {
			fault = w.fault(r)
		}
		err := ingest.DecodeCanonical(&ingest.Record{Value: r.Value}, func(*ingest.Event) {})
		if (err == nil) != (fault == "") {
			t.Fatalf("fault %q, but the decoder says %v", fault, err)
		}
		if fault != "" {
			broken++
			continue
		}
		if before, isRepeat := seen[w.EventID]; isRepeat {
			if !bytes.Equal(before, r.Value) {
				t.Fatal("a repeat is not the same, byte for byte")
			}
			got.Repeated++
			continue
		}
		seen[w.EventID] = r.Value
		got.Events[r.Stream]++
		if r.At.Sub(w.At) >= 24*time.Hour {
			got.Late++
		}
	}
	want := countsOf(g.Truth())
	for _, c := range got.counts() {
		if !strings.HasPrefix(c.Name, "broken") && c.Value != want[c.Name] {
			t.Errorf("%s: %d in the records, %d in the truth", c.Name, c.Value, want[c.Name])
		}
	}
	if broken != want["broken"] || broken == 0 {
		t.Errorf("%d broken records, %d in the truth", broken, want["broken"])
	}
}

func countsOf(t Truth) map[string]int {
	counts := map[string]int{}
	for _, c := range t.Counts {
		counts[c.Name] = c.Value
	}
	return counts
}

func TestBrokenRecordsBreakInTheirWay(t *testing.T) {
	g := newGenerator(t, 3000, 12, 5)
	people, events := g.population(0, 1)
	w := writer{g: g, people: people}
	found := map[fault]int{}
	reasons := map[fault]string{badJSON: ingest.ReasonBadJSON, missingPatient: ingest.ReasonMissingField,
		badTime: ingest.ReasonBadTime, unknownType: ingest.ReasonUnknownType, missingEventID: ingest.ReasonMissingField,
		itemWithoutDrug: ingest.ReasonMissingField, badQuantity: ingest.ReasonBadValue, emptyText: ingest.ReasonMissingField}
	for i := range events {
		e := &events[i]
		if e.fault <= repeated {
			continue
		}
		found[e.fault]++
		err := ingest.DecodeCanonical(&ingest.Record{Value: w.record(e).Value}, func(*ingest.Event) {})
		reject, ok := err.(*ingest.Reject)
		if !ok || reject.Reason != reasons[e.fault] {
			t.Fatalf("%s is rejected with %v, want reason %s", faultNames[e.fault], err, reasons[e.fault])
		}
	}
	for f := badJSON; f < faults; f++ {
		if found[f] == 0 {
			t.Errorf("no record with %s", faultNames[f])
		}
	}
}

func TestAllArriveInsideTheWindow(t *testing.T) {
	g := newGenerator(t, 3000, 3, 2)
	_, events := g.population(0, 1)
	for i := range events {
		if e := &events[i]; e.arrive < startOf(g.firstDay) || e.arrive >= startOf(g.endDay+1) || e.arrive < e.at {
			t.Fatalf("event of %s arrives at %s", time.UnixMilli(e.at), time.UnixMilli(e.arrive))
		}
	}
}

func TestWindow(t *testing.T) {
	g := newGenerator(t, 1, 12, 1)
	if first, end := Date(g.firstDay).String(), Date(g.endDay).String(); first != "2025-07-01" || end != "2026-06-30" {
		t.Errorf("window %s to %s", first, end)
	}
}

var leftover = regexp.MustCompile(`[{}]|undefined|%!`)

// Every message of every line can be written, with nothing left unfilled.
func TestEveryTemplateComposes(t *testing.T) {
	g := newGenerator(t, 1, 1, 1)
	different := map[string]bool{}
	for topic := range g.texts.templates {
		for line := range g.lines {
			if len(g.texts.templates[topic][line]) == 0 {
				continue
			}
			for seed := range uint32(60) {
				e := event{kind: chatPatient, topic: uint16(topic), seed: seed*77 + uint32(line)<<20, staff: 1, a: 1 + int32(seed%9), b: 74, c: 1, person: 1}
				text := string(g.appendText(nil, &e, &person{no: 1, line: uint8(line)}))
				if text == "" || leftover.MatchString(text) || !utf8.ValidString(text) {
					t.Fatalf("topic %s: %q", g.texts.names[topic], text)
				}
				different[text] = true
			}
		}
	}
	if len(different) < 6000 {
		t.Errorf("%d different messages", len(different))
	}
}

func TestTextFilesAreChecked(t *testing.T) {
	cases := []struct{ name, message, want string }{
		{"unknown slot", "今天{nonsense}", "unknown slot {nonsense}"},
		{"open brace", "今天{drug", "a { without }"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			texts := &texts{slots: map[string]int{}}
			if _, err := texts.cut(c.message); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestEscapes(t *testing.T) {
	for _, text := range []string{"", "a\"b\\c", "行\n\t\r\x01\x7f", "坏\xff了", "表情🙏", "<&>\u2028"} {
		b := append(appendEscaped([]byte{'"'}, text), '"')
		var got string
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if want := strings.ToValidUTF8(text, "\uFFFD"); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}
