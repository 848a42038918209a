package delivery

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const marksPlan = `
account: lead
targets:
  wecom: {wecom: URL, corp_id: ww1, secret: APP, identifiers: true}
  inbox: {folder: DIR, identifiers: true}
marks:
  - {name: tags, segment: 全部, purpose: follow_up, at: "07:30", tags: {adh_low: et1, adh_high: et2}, to: TO}
`

func wantedOf(staff, key string, tags ...string) Wanted {
	return Wanted{Pair: Pair{Staff: staff, PatientKey: key}, Tags: tags}
}

// nextDay lets the clock go to the same time of the next day and the service work.
func (d *desk) nextDay() {
	d.clock.move(24 * time.Hour)
	d.ticks(1, 0)
}

// Day by day only what changed since the day before reaches WeCom, as its API takes it.
func TestOnlyChangesReachWeCom(t *testing.T) {
	r := newReceiver(t, nil)
	r.answer = `{"errcode":0,"access_token":"tk","expires_in":7200}`
	d := newDesk(t, strings.NewReplacer("URL", r.URL, "DIR", t.TempDir(), "TO", "wecom").Replace(marksPlan))
	d.known = map[string]string{"k1": "wmSYN1", "k2": "wmSYN2"}
	steps := []struct {
		name   string
		wanted []Wanted
		want   []string
	}{
		{"first day", []Wanted{wantedOf("lin", "k1", "adh_low", "smoker"), wantedOf("lin", "k2", "adh_high")}, []string{
			`{"userid":"lin","external_userid":"wmSYN1","add_tag":["et1"]}`, `{"userid":"lin","external_userid":"wmSYN2","add_tag":["et2"]}`}},
		{"nothing new", []Wanted{wantedOf("lin", "k1", "adh_low"), wantedOf("lin", "k2", "adh_high")}, nil},
		{"a tag turns", []Wanted{wantedOf("lin", "k1", "adh_high"), wantedOf("lin", "k2", "adh_high")}, []string{
			`{"userid":"lin","external_userid":"wmSYN1","add_tag":["et2"],"remove_tag":["et1"]}`}},
		{"another care worker", []Wanted{wantedOf("lin", "k1", "adh_high"), wantedOf("wu", "k2", "adh_high")}, []string{
			`{"userid":"lin","external_userid":"wmSYN2","remove_tag":["et2"]}`, `{"userid":"wu","external_userid":"wmSYN2","add_tag":["et2"]}`}},
		{"no consent any more", []Wanted{wantedOf("wu", "k2", "adh_high")}, []string{`{"userid":"lin","external_userid":"wmSYN1","remove_tag":["et2"]}`}},
	}
	d.clock.move(-24 * time.Hour)
	for _, s := range steps {
		d.wanted = s.wanted
		r.bodies, r.paths = nil, nil
		d.nextDay()
		var marks []string
		for i, body := range r.bodies {
			if strings.HasSuffix(r.paths[i], "/mark_tag") {
				marks = append(marks, body)
			}
		}
		if !slices.Equal(marks, s.want) {
			t.Errorf("%s: %q, want %q", s.name, marks, s.want)
		}
	}
	if !slices.Contains(d.asked, "k1") {
		t.Error("identifiers were not asked for")
	}
}

// While changes wait, no new ones are made, and what was not acknowledged is in the next difference.
func TestChangesWaitForTheirAcknowledgement(t *testing.T) {
	broken := true
	r := newReceiver(t, func(int) string { return map[bool]string{true: "500"}[broken] })
	r.answer = `{"errcode":0,"access_token":"tk"}`
	d := newDesk(t, strings.NewReplacer("URL", r.URL, "DIR", t.TempDir(), "TO", "wecom").Replace(marksPlan))
	d.known["k1"] = "wmSYN1"
	d.wanted = []Wanted{wantedOf("lin", "k1", "adh_low")}
	d.ticks(2, time.Minute)
	d.wanted = []Wanted{wantedOf("lin", "k1", "adh_high")}
	d.clock.move(24*time.Hour - 2*time.Minute)
	d.ticks(1, 0)
	if d.states() != "waiting" {
		t.Fatalf("outbox %q, want the first difference alone", d.states())
	}
	broken = false
	d.ticks(3, 2*time.Hour)
	if last := r.bodies[len(r.bodies)-1]; last != `{"userid":"lin","external_userid":"wmSYN1","add_tag":["et2"],"remove_tag":["et1"]}` || d.states() != "delivered delivered" {
		t.Errorf("last %s, outbox %q", last, d.states())
	}
}

// What the API answers decides: a token that is over is asked for anew, friends who are no more have no tags, a wrong tag
// is given up, and a busy API is tried again.
func TestAnswersOfWeCom(t *testing.T) {
	for _, c := range []struct {
		code  int
		state string
		marks int
	}{{0, "delivered", 1}, {84061, "delivered", 0}, {40068, "failed", 0}, {45009, "waiting", 0}, {42001, "waiting", 0}} {
		t.Run(fmt.Sprint(c.code), func(t *testing.T) {
			r := newReceiver(t, nil)
			r.answer = `{"errcode":0,"access_token":"tk"}`
			d := newDesk(t, strings.NewReplacer("URL", r.URL, "DIR", t.TempDir(), "TO", "wecom").Replace(marksPlan))
			d.known["k1"], d.wanted = "wmSYN1", []Wanted{wantedOf("lin", "k1", "adh_low")}
			d.Senders["wecom"].(*wecom).token = "old"
			r.answer = fmt.Sprintf(`{"errcode":%d,"access_token":"tk"}`, c.code)
			d.ticks(1, 0)
			has, err := d.Outbox.marks(t.Context(), "tags")
			if err != nil || d.states() != c.state || len(has) != c.marks {
				t.Errorf("outbox %q with %d pairs marked (%v), want %s and %d", d.states(), len(has), err, c.state, c.marks)
			}
		})
	}
}

// Nobody's identifier lies in the outbox, and people who were erased are left out and forgotten.
func TestTheOutboxHoldsNoIdentifier(t *testing.T) {
	inbox := t.TempDir()
	d := newDesk(t, strings.NewReplacer("URL", "https://example.org", "DIR", inbox, "TO", "inbox").Replace(marksPlan))
	d.known["k1"] = "wmSYN1"
	d.wanted = []Wanted{wantedOf("lin", "k1", "adh_low"), wantedOf("lin", "k2", "adh_low")}
	d.ticks(1, 0)
	files, err := filepath.Glob(filepath.Join(inbox, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %v (%v)", files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	var one Mark
	if err := json.Unmarshal(data, &one); err != nil || one.External != "wmSYN1" || strings.Count(string(data), "\n") != 1 {
		t.Errorf("file %q (%v), want one line", data, err)
	}
	boxes, err := filepath.Glob(filepath.Join(d.dir, "*"))
	if err != nil || len(boxes) == 0 {
		t.Fatal("no outbox", err)
	}
	for _, box := range boxes {
		if data, err := os.ReadFile(box); err != nil || strings.Contains(string(data), "wmSYN1") {
			t.Errorf("%s holds an identifier (%v)", filepath.Base(box), err)
		}
	}
	if has, err := d.Outbox.marks(t.Context(), "tags"); err != nil || len(has) != 1 {
		t.Errorf("marks of %d pairs (%v), want of the one who is known", len(has), err)
	}
}
