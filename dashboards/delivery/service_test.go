package delivery

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func (d *desk) file(text string) string {
	path := filepath.Join(d.t.TempDir(), "list.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return path
}

const listPlan = `
account: lead
targets:
  crm: {webhook: URL, secret: CRM}
lists:
  - {name: daily, segment: 低依从, purpose: refill_reminder, at: "07:30", to: [crm]}
`

// Whatever the receiver does, it has in the end the list and its manifest of the day, and nothing else.
func TestEachListIsDeliveredOnce(t *testing.T) {
	for _, c := range []struct {
		name    string
		trouble func(n int) string
	}{
		{"no trouble", nil},
		{"refuses four times", func(n int) string { return map[bool]string{true: "500"}[n < 4] }},
		{"takes it and breaks off", func(n int) string { return map[bool]string{true: "lost"}[n%2 == 0 && n < 5] }},
		{"refuses every second", func(n int) string { return map[bool]string{true: "500"}[n%2 == 0 && n < 9] }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newReceiver(t, c.trouble)
			d := newDesk(t, strings.ReplaceAll(listPlan, "URL", r.URL))
			d.ticks(60, time.Minute)
			if got := r.different(); len(got) != 2 {
				t.Errorf("%d different messages, want the list and its manifest", len(got))
			}
			if d.states() != "delivered delivered" || d.lists != 1 {
				t.Errorf("outbox %q after %d lists", d.states(), d.lists)
			}
			before := r.taken()
			d.ticks(3, time.Minute)
			if r.taken() != before {
				t.Error("what was delivered was sent again")
			}
			d.clock.move(23 * time.Hour) // the next day
			d.ticks(3, time.Minute)
			if got := r.different(); len(got) != 4 {
				t.Errorf("%d different messages after two days, want 4", len(got))
			}
		})
	}
}

// The receiver checks the signature with nothing but the key and what it got.
func TestWebhookIsSigned(t *testing.T) {
	r := newReceiver(t, nil)
	d := newDesk(t, strings.ReplaceAll(listPlan, "URL", r.URL))
	d.ticks(1, 0)
	if len(r.bodies) != 2 || r.bodies[0] != "patient_code\r\nsyn1\r\n" || r.bodies[1] != `{"rows":1}` {
		t.Fatalf("got %q", r.bodies)
	}
	for i, h := range r.headers {
		mac := hmac.New(sha256.New, []byte("secret of CRM"))
		mac.Write([]byte(h.Get("X-PHDP-Timestamp") + "." + h.Get("Idempotency-Key") + "." + r.bodies[i]))
		if want := "sha256=" + hex.EncodeToString(mac.Sum(nil)); h.Get("X-PHDP-Signature") != want {
			t.Errorf("signature %s, want %s", h.Get("X-PHDP-Signature"), want)
		}
	}
}

// A process that is killed after the receiver took a message, and before that is noted, sends it again under the same key.
func TestAKillRepeatsAndLosesNothing(t *testing.T) {
	r := newReceiver(t, func(n int) string { return map[bool]string{true: "slow"}[n == 0] })
	d := newDesk(t, strings.ReplaceAll(listPlan, "URL", r.URL))
	ctx, kill := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { d.Tick(ctx); close(done) }()
	for r.taken() == 0 {
		time.Sleep(time.Millisecond)
	}
	kill()
	<-done
	if err := d.Outbox.Close(); err != nil {
		t.Fatal(err)
	}
	d.open()
	d.ticks(2, time.Minute)
	if r.taken() != 3 || len(r.different()) != 2 || d.states() != "delivered delivered" || d.lists != 1 {
		t.Errorf("%d messages, %d different, outbox %q, %d lists", r.taken(), len(r.different()), d.states(), d.lists)
	}
}

func TestAMessageIsGivenUpAndRetried(t *testing.T) {
	r := newReceiver(t, func(int) string { return "500" })
	d := newDesk(t, strings.ReplaceAll(listPlan, "URL", r.URL))
	d.ticks(1, 0)
	d.clock.move(73 * time.Hour)
	d.ticks(4, 0)
	if got := d.states(); !strings.HasPrefix(got, "failed failed") {
		t.Fatalf("outbox %q after three days", got)
	}
	r.trouble = nil
	if found, err := d.Outbox.Retry(t.Context(), 1); err != nil || !found {
		t.Fatalf("retry: %v %v", found, err)
	}
	d.ticks(1, 0)
	if !strings.HasPrefix(d.states(), "delivered") {
		t.Errorf("outbox %q", d.states())
	}
}

// A list that is no longer there is not tried again for ever.
func TestAnExpiredListIsGivenUp(t *testing.T) {
	r := newReceiver(t, func(n int) string { return map[bool]string{true: "500"}[n == 0] })
	d := newDesk(t, strings.ReplaceAll(listPlan, "URL", r.URL))
	d.ticks(1, 0)
	if _, err := d.Outbox.db.Exec("update messages set file = '/nowhere' where file <> ''"); err != nil {
		t.Fatal(err)
	}
	d.clock.move(time.Minute)
	d.ticks(1, 0)
	if d.states() != "delivered failed" {
		t.Errorf("outbox %q, want the manifest delivered and the list given up", d.states())
	}
}

func TestSlots(t *testing.T) {
	at := func(text string) time.Time {
		x, err := time.ParseInLocation("2006-01-02 15:04", text, china)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for _, c := range []struct {
		name, now, want string
		slot            Slot
	}{
		{"later today is yesterday's", "2026-04-01 07:29", "2026-03-31 07:30", Slot{At: "07:30"}},
		{"the minute itself", "2026-04-01 07:30", "2026-04-01 07:30", Slot{At: "07:30"}},
		{"a day of the week", "2026-04-01 07:30", "2026-03-30 07:30", Slot{At: "07:30", Days: []string{"mon"}}}, // a Wednesday
		{"the same day a week before", "2026-03-30 07:00", "2026-03-23 07:30", Slot{At: "07:30", Days: []string{"mon"}}},
	} {
		if got := c.slot.last(at(c.now)); !got.Equal(at(c.want)) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	p := &Plan{Quiet: "21:00-08:00", zone: china}
	for now, want := range map[string]string{"2026-04-01 20:59": "2026-04-01 20:59", "2026-04-01 21:00": "2026-04-02 08:00", "2026-04-02 07:59": "2026-04-02 08:00", "2026-04-02 08:00": "2026-04-02 08:00"} {
		if got := p.afterQuiet(at(now)); !got.Equal(at(want)) {
			t.Errorf("quiet at %s: %s, want %s", now, got, want)
		}
	}
}

func TestPlansThatAreRefused(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"unknown field", "account: a\nlist: []", "list"},
		{"no account", "lists: []", "account"},
		{"plain http", "account: a\ntargets: {x: {webhook: 'http://crm.example.org', secret: S}}", "https"},
		{"unsigned webhook", "account: a\ntargets: {x: {webhook: 'https://crm.example.org'}}", "secret"},
		{"two kinds", "account: a\ntargets: {x: {webhook: 'https://crm.example.org', secret: S, folder: /tmp}}", "one of"},
		{"list to a robot", "account: a\ntargets: {x: {robot: R}}\nlists: [{name: l, segment: s, purpose: p, at: '07:30', to: [x]}]", "do not go to robot"},
		{"unknown target", "account: a\nlists: [{name: l, segment: s, purpose: p, at: '07:30', to: [x]}]", `no target "x"`},
		{"no such time", "account: a\ntargets: {x: {folder: /tmp}}\nlists: [{name: l, segment: s, purpose: p, at: '7.30', to: [x]}]", "07:30"},
		{"identifiers not allowed", "account: a\ntargets: {x: {folder: /tmp}}\nmarks: [{name: m, segment: s, purpose: p, at: '07:30', tags: {a: b}, to: x}]", "identifiers"},
		{"rule without a condition", "account: a\ntargets: {x: {robot: R}}\nalerts: [{name: r, metric: pdc, to: [x]}]", "above, below or change"},
		{"names twice", "account: a\ntargets: {x: {robot: R}}\nalerts: [{name: r, metric: pdc, below: 1, to: [x]}, {name: r, metric: pdc, below: 1, to: [x]}]", "taken"},
	} {
		if _, err := ParsePlan([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}
