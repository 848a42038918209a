package delivery

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

const alertPlan = `
account: lead
quiet: "21:00-08:00"
targets:
  hook: {webhook: URL, secret: S}
alerts:
  - {name: due, metric: alert.refill_due, RULE, to: [hook]}
`

func newAlertDesk(t *testing.T, r *receiver, rule string) *desk {
	d := newDesk(t, strings.NewReplacer("URL", r.URL, "RULE", rule).Replace(alertPlan))
	d.clock.at = time.Date(2026, 4, 1, 9, 0, 0, 0, china)
	return d
}

// built is a new build with a value for the rule.
func (d *desk) built(day string, value float64) {
	d.t.Helper()
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		d.t.Fatal(err)
	}
	d.build, d.value = Build{ID: day + "b", AsOf: at}, value
	d.ticks(1, time.Minute)
}

// said is what the receiver was told: the state and the condition of each alert.
func (r *receiver) said(t *testing.T) string {
	t.Helper()
	var all []string
	for _, body := range r.bodies {
		var n notice
		if err := json.Unmarshal([]byte(body), &n); err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.TrimSpace(n.State+" "+n.Why))
	}
	return strings.Join(all, ", ")
}

func TestRules(t *testing.T) {
	type reading struct {
		day   string
		value float64
	}
	for _, c := range []struct {
		name, rule string
		readings   []reading
		want       string
	}{
		{"above and back", "above: 10", []reading{{"2026-03-01", 10}, {"2026-03-02", 10.5}, {"2026-03-03", 12}, {"2026-03-04", 9}}, "begins above, over"},
		{"at the limits", "above: 10, below: 10", []reading{{"2026-03-01", 10}}, ""},
		{"below", "below: 0.6", []reading{{"2026-03-01", 0.6}, {"2026-03-02", 0.59}}, "begins below"},
		{"change of a fifth in a week", "change: 20", []reading{{"2026-03-01", 100}, {"2026-03-07", 130}, {"2026-03-08", 119}, {"2026-03-15", 95}}, "begins change"},
		{"a fall only", "change: -20", []reading{{"2026-03-01", 100}, {"2026-03-08", 130}, {"2026-03-15", 104}}, "begins change"},
		{"the period before is too long ago", "change: 20", []reading{{"2026-01-01", 100}, {"2026-03-08", 200}}, ""},
		{"nothing before", "change: 20, over_days: 1", []reading{{"2026-03-01", 0}, {"2026-03-02", 200}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newReceiver(t, nil)
			d := newAlertDesk(t, r, c.rule)
			for _, x := range c.readings {
				d.built(x.day, x.value)
			}
			if got := r.said(t); got != c.want {
				t.Errorf("told %q, want %q", got, c.want)
			}
		})
	}
}

// An alert is told again every day until somebody acknowledges it, and then when it is over.
func TestAlertsAreRepeatedUntilAcknowledged(t *testing.T) {
	r := newReceiver(t, nil)
	d := newAlertDesk(t, r, "above: 10")
	d.built("2026-03-01", 11)
	d.ticks(48, time.Hour)
	if got := r.said(t); got != "begins above, goes on" && got != "begins above, goes on, goes on" {
		t.Errorf("told %q", got)
	}
	if found, err := d.Outbox.Acknowledge(t.Context(), "due", "anna"); err != nil || !found {
		t.Fatalf("acknowledge: %v %v", found, err)
	}
	before := len(r.bodies)
	d.ticks(48, time.Hour)
	if len(r.bodies) != before {
		t.Error("told after it was acknowledged")
	}
	d.built("2026-03-02", 1)
	d.ticks(30, time.Hour)
	if got := r.said(t); !strings.HasSuffix(got, ", over") {
		t.Errorf("told %q, want that it is over", got)
	}
	if found, err := d.Outbox.Acknowledge(t.Context(), "due", "anna"); err != nil || found {
		t.Errorf("an alert that is over was acknowledged: %v %v", found, err)
	}
}

func TestQuietHours(t *testing.T) {
	for _, c := range []struct {
		name, rule, night, morning string
		over                       bool
	}{
		{"waits for the morning", "above: 10", "", "begins above", false},
		{"urgent does not wait", "above: 10, urgent: true", "begins above", "begins above", false},
		{"over before anybody was told", "above: 10", "", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newReceiver(t, nil)
			d := newAlertDesk(t, r, c.rule)
			d.clock.at = time.Date(2026, 4, 1, 23, 0, 0, 0, china)
			d.built("2026-03-01", 11)
			if c.over {
				d.built("2026-03-02", 1)
			}
			if got := r.said(t); got != c.night {
				t.Errorf("told %q at night, want %q", got, c.night)
			}
			d.clock.at = time.Date(2026, 4, 2, 8, 1, 0, 0, china)
			d.ticks(1, 0)
			if got := r.said(t); got != c.morning {
				t.Errorf("told %q in the morning, want %q", got, c.morning)
			}
		})
	}
}

// A build is looked at once, also after a restart.
func TestABuildIsJudgedOnce(t *testing.T) {
	r := newReceiver(t, nil)
	d := newAlertDesk(t, r, "above: 10")
	d.built("2026-03-01", 11)
	if err := d.Outbox.Close(); err != nil {
		t.Fatal(err)
	}
	d.open()
	d.ticks(3, time.Minute)
	if len(r.bodies) != 1 || d.measured != 1 {
		t.Errorf("told %d times, measured %d times", len(r.bodies), d.measured)
	}
}

func TestARobotGetsMarkdown(t *testing.T) {
	r := newReceiver(t, nil)
	d := newAlertDesk(t, r, "above: 10")
	d.Senders["hook"] = &robot{r.Client(), r.URL}
	d.built("2026-03-01", 11)
	var got struct {
		Kind     string `json:"msgtype"`
		Markdown struct{ Content string }
	}
	if len(r.bodies) != 1 || json.Unmarshal([]byte(r.bodies[0]), &got) != nil || got.Kind != "markdown" {
		t.Fatalf("got %q", r.bodies)
	}
	want := "<font color=\"warning\">告警 · due</font>\n> 当前值: 11（高于阈值 10）\n> 指标: alert.refill_due\n> 数据截至: 2026-03-01\n[PHDP](https://phdp.example.org/alerts)"
	if got.Markdown.Content != want {
		t.Errorf("got\n%s\nwant\n%s", got.Markdown.Content, want)
	}
	r.answer = `{"errcode":45009}`
	d.built("2026-03-02", 1)
	if !strings.Contains(d.states(), "waiting") {
		t.Errorf("outbox %q, want that a robot with too many messages gets it later", d.states())
	}
}

func TestAnAlertEndsWithItsRule(t *testing.T) {
	r := newReceiver(t, nil)
	d := newAlertDesk(t, r, "above: 10")
	d.built("2026-03-01", 11)
	if n := len(d.alerts()); n != 1 {
		t.Fatalf("%d alerts are open, want 1", n)
	}
	d.plan.Alerts = nil
	d.built("2026-03-02", 11)
	if n := len(d.alerts()); n != 0 {
		t.Errorf("%d alerts are open of a plan without rules", n)
	}
}

func (d *desk) alerts() []Alert {
	d.t.Helper()
	all, err := d.Outbox.Alerts(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	return all
}
