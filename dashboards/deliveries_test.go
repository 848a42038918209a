package dashboards

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"phdp/dashboards/delivery"
)

// outboxOf gives a server an outbox with these statements carried out in it, and returns it to compare with.
func (p peopled) outboxOf(carrier Carrier, statements ...string) *sql.DB {
	p.t.Helper()
	dir, now := p.t.TempDir(), func() time.Time { return *p.clock }
	p.server.cfg.Outbox = func(ctx context.Context) (*delivery.Outbox, Carrier, error) {
		box, err := delivery.OpenOutbox(ctx, dir, now)
		return box, carrier, err
	}
	box, err := delivery.OpenOutbox(p.t.Context(), dir, now)
	if err != nil {
		p.t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "outbox.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { db.Close(); box.Close() })
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			p.t.Fatalf("%s: %v", statement, err)
		}
	}
	return db
}

// millis is a time of the test's day as the outbox writes it.
func millis(hour, minute int) int64 {
	return time.Date(2026, 4, 1, hour, minute, 0, 0, shanghai).UnixMilli()
}

// Three open alerts, of which ben acknowledged one and one is told when the quiet hours end; 250 messages, of which every
// tenth waits and every hundredth was given up.
func sampleOutbox() []string {
	return []string{
		fmt.Sprintf("insert into alerts (rule, since, value, told_at, told) values ('few', %d, 5, %d, 1)", millis(1, 0), millis(10, 0)),
		fmt.Sprintf("insert into alerts (rule, since, value, told_at, told, acked_by, acked_at) values ('many', %d, 512, %d, 3, 'ben', %d)", millis(2, 0), millis(3, 4), millis(5, 6)),
		fmt.Sprintf("insert into alerts (rule, since, value, told_at, told) values ('share', %d, 0.615384615, %d, 2)", millis(2, 0), millis(8, 30)),
		fmt.Sprintf(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 250)
			insert into messages (key, job, target, kind, subject, name, content_type, file, made_at, next_at, attempts, state, done_at, error)
			select 'k' || i, 'job' || (i %% 3), 'crm', case i %% 4 when 0 then 'list' when 1 then 'marks' when 2 then 'alert' else 'report' end, '', 'file' || i, '', '',
				%d + 60000 * i, %d, i %% 7, case when i %% 100 = 0 then 'failed' when i %% 10 = 0 then 'waiting' else 'delivered' end, %[1]d,
				case when i %% 10 = 0 then 'status 503' else '' end from n`, millis(1, 0), millis(9, 45)),
	}
}

func TestDeliveriesOfEachRole(t *testing.T) {
	p := newPeople(t, 60)
	db := p.outboxOf(CarriedHere, sampleOutbox()...)
	for name, allowed := range map[string]bool{"analyst": false, "limited": false, "pharma": false, "ops": false, "limited_lead": false, "ops_lead": true, "admin": true, "dpo": true} {
		r := p.as(name)
		if !allowed {
			r.get("/deliveries", http.StatusForbidden)
			r.fetch(http.MethodPost, "/deliveries/acknowledge", url.Values{"rule": {"few"}}, http.StatusForbidden)
			r.fetch(http.MethodPost, "/deliveries/again", url.Values{"id": {"100"}}, http.StatusForbidden)
		} else if doc := parse(t, r.get("/deliveries", http.StatusOK)); doc.Find("nav.sub a[href='/deliveries'][aria-current=page]").Length() != 1 {
			t.Errorf("%s: the page is not in the navigation", name)
		}
		if links := parse(t, r.get("/segments", http.StatusOK)).Find("nav.sub a[href='/deliveries']").Length(); links == 1 != allowed {
			t.Errorf("%s: %d links in the navigation", name, links)
		}
	}
	p.stranger().fetch(http.MethodPost, "/deliveries/again", url.Values{"id": {"100"}}, http.StatusSeeOther)
	var changed int
	if err := db.QueryRow("select (select count(*) from alerts where acked_by not in ('', 'ben')) + (select count(*) from messages where id = 100 and state <> 'failed')").Scan(&changed); err != nil || changed != 0 {
		t.Errorf("somebody without the right changed %d rows (%v)", changed, err)
	}
	newFixture(t, 60).get("/deliveries", http.StatusOK) // the owner of the machine
}

// Every number of the page is that of the outbox: what is open, how many there are of each state, which are the newest.
func TestDeliveriesShowTheOutbox(t *testing.T) {
	p := newPeople(t, 60)
	db := p.outboxOf(CarriedHere, sampleOutbox()...)
	lead := p.as("ops_lead")
	doc := parse(t, lead.get("/deliveries", http.StatusOK))
	alerts := doc.Find("#alerts tbody tr")
	for rule, want := range map[string][]string{
		"few":   {"few", "2026-04-01 01:00", "5", "2026-04-01 10:00 静默时段后通知", "待确认", "确认 few"},
		"many":  {"many", "2026-04-01 02:00", "512", "2026-04-01 03:04（第 3 次）", "ben 2026-04-01 05:06", "–"},
		"share": {"share", "2026-04-01 02:00", "0.6154", "2026-04-01 08:30（第 2 次）", "待确认", "确认 share"},
	} {
		if got := rowOf(alerts, rule); !slices.Equal(got, want) {
			t.Errorf("alert %v, want %v", got, want)
		}
	}
	for state, where := range map[string]string{"": "true", "waiting": "state = 'waiting'", "delivered": "state = 'delivered'", "failed": "state = 'failed'"} {
		var total, newest int
		if err := db.QueryRow("select count(*), max(id) from messages where "+where).Scan(&total, &newest); err != nil {
			t.Fatal(err)
		}
		doc := parse(t, lead.get(deliveriesIn(state), http.StatusOK))
		rows := doc.Find("#messages tbody tr")
		if rows.Length() != min(total, 200) || rows.First().Find("th").Text() != fmt.Sprint(newest) {
			t.Errorf("state %q: %d rows, the first is %s, want %d and %d", state, rows.Length(), rows.First().Find("th").Text(), min(total, 200), newest)
		}
		if got := text(doc, "section[aria-labelledby=sent] .reading"); !strings.HasSuffix(got, fmt.Sprintf("显示 %d 条，共 %d 条。", min(total, 200), total)) {
			t.Errorf("state %q: the page says %q", state, got)
		}
		if got := text(doc, ".pills a[aria-current]"); !strings.HasSuffix(got, fmt.Sprintf(" %d", total)) {
			t.Errorf("state %q: the choice says %q", state, got)
		}
	}
	rows := doc.Find("#messages tbody tr")
	for id, want := range map[string][]string{
		"250": {"250", "2026-04-01 05:10", "crm", "告警", "job1", "等待", "5", "2026-04-01 09:45", "status 503", "–"},
		"249": {"249", "2026-04-01 05:09", "crm", "企微标签", "job0", "已送达", "4", "–", "–", "–"},
		"200": {"200", "2026-04-01 04:20", "crm", "名单", "job2", "已放弃", "4", "–", "status 503", "重新发送 200"},
	} {
		if got := rowOf(rows, id); !slices.Equal(got, want) {
			t.Errorf("message %v, want %v", got, want)
		}
	}
}

// Readers of totals see bands and rounded numbers in the place of what the account of the plan sees.
func TestDeliveriesProtectTheValues(t *testing.T) {
	p := newPeople(t, 60)
	p.outboxOf(CarriedHere, sampleOutbox()...)
	for _, name := range []string{"admin", "dpo"} {
		rows := parse(t, p.as(name).get("/deliveries", http.StatusOK)).Find("#alerts tbody tr")
		for rule, want := range map[string]string{"few": "<11", "many": "511", "share": "0.62"} { // 512 is between 506 and 516
			if got := rowOf(rows, rule); len(got) < 3 || got[2] != want {
				t.Errorf("%s sees %v, want %s", name, got, want)
			}
		}
	}
}

func TestAnAlertIsAcknowledgedOnThePage(t *testing.T) {
	p := newPeople(t, 60)
	db := p.outboxOf(CarriedHere, sampleOutbox()...)
	lead, dpo := p.as("ops_lead"), p.as("dpo")
	_, header := lead.fetch(http.MethodPost, "/deliveries/acknowledge", url.Values{"rule": {"few"}, "state": {"failed"}}, http.StatusSeeOther)
	if to := header.Get("Location"); to != "/deliveries?state=failed" {
		t.Errorf("leads to %q", to)
	}
	dpo.fetch(http.MethodPost, "/deliveries/acknowledge", url.Values{"rule": {"few"}}, http.StatusSeeOther) // a page that was opened before
	dpo.fetch(http.MethodPost, "/deliveries/acknowledge", url.Values{"rule": {"none"}, "state": {"//example.org"}}, http.StatusNotFound)
	_, header = dpo.fetch(http.MethodPost, "/deliveries/acknowledge", url.Values{"rule": {"many"}, "state": {"//example.org"}}, http.StatusSeeOther)
	if to := header.Get("Location"); to != "/deliveries" {
		t.Errorf("leads to %q", to)
	}
	for rule, want := range map[string]string{"few": fmt.Sprintf("ops_lead %d", p.clock.UnixMilli()), "many": fmt.Sprintf("ben %d", millis(5, 6)), "share": " 0"} {
		var got string
		if err := db.QueryRow("select acked_by || ' ' || acked_at from alerts where rule = ?", rule).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %q (%v), want %q", rule, got, err, want)
		}
	}
	if got := rowOf(parse(t, dpo.get("/deliveries", http.StatusOK)).Find("#alerts tbody tr"), "few"); len(got) < 6 || got[4] != "ops_lead 2026-04-01 09:00" || got[5] != "–" {
		t.Errorf("the page shows %v", got)
	}
	if got := p.acts("acknowledge_alert"); !slices.Equal(got, []string{"ops_lead few "}) {
		t.Errorf("the audit log holds %q", got)
	}
}

func TestAMessageIsSentAgainFromThePage(t *testing.T) {
	p := newPeople(t, 60)
	db := p.outboxOf(CarriedElsewhere, sampleOutbox()...)
	admin := p.as("admin")
	_, header := admin.fetch(http.MethodPost, "/deliveries/again", url.Values{"id": {"100"}, "state": {"failed"}}, http.StatusSeeOther)
	if to := header.Get("Location"); to != "/deliveries?state=failed" {
		t.Errorf("leads to %q", to)
	}
	for id, want := range map[string]int{"100": 404, "10": 404, "1": 404, "9999": 404, "": 400, "x": 400, "-1": 400, "0": 400} { // waits now, waits, delivered, unknown, no number
		admin.fetch(http.MethodPost, "/deliveries/again", url.Values{"id": {id}}, want)
	}
	var got string
	if err := db.QueryRow("select group_concat(id || ' ' || state || ' ' || attempts || ' ' || next_at) from messages where id in (100, 200)").Scan(&got); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("100 waiting 0 %d,200 failed 4 %d", p.clock.UnixMilli(), millis(9, 45)); got != want {
		t.Errorf("the outbox holds %s, want %s", got, want)
	}
	if got := p.acts("send_again"); !slices.Equal(got, []string{"admin message 100 kind=list job=job1 target=crm"}) {
		t.Errorf("the audit log holds %q", got)
	}
}

// acts are the rows of the audit log of one kind.
func (p peopled) acts(act string) (all []string) {
	p.t.Helper()
	rows, err := p.audit.Last(200)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, row := range rows {
		if row.Act == act {
			all = append(all, row.Who+" "+row.Object+" "+row.Detail)
		}
	}
	return all
}

// What cannot be written into the audit log does not happen.
func TestDeliveriesAreAuditedFirst(t *testing.T) {
	p := newPeople(t, 60)
	db := p.outboxOf(CarriedHere, sampleOutbox()...)
	lead := p.as("ops_lead")
	if err := errors.Join(os.Remove(filepath.Join(p.dir, "audit.jsonl")), os.Mkdir(filepath.Join(p.dir, "audit.jsonl"), 0o700)); err != nil {
		t.Fatal(err)
	}
	lead.get("/deliveries", http.StatusInternalServerError)
	lead.fetch(http.MethodPost, "/deliveries/acknowledge", url.Values{"rule": {"few"}}, http.StatusInternalServerError)
	lead.fetch(http.MethodPost, "/deliveries/again", url.Values{"id": {"100"}}, http.StatusInternalServerError)
	var changed int
	if err := db.QueryRow("select (select count(*) from alerts where rule = 'few' and acked_by <> '') + (select count(*) from messages where id = 100 and state <> 'failed')").Scan(&changed); err != nil || changed != 0 {
		t.Errorf("%d rows changed without an audit row (%v)", changed, err)
	}
}

// An empty page says why it is empty and what to do.
func TestDeliveriesWithNothing(t *testing.T) {
	p := newPeople(t, 60)
	lead := p.as("ops_lead")
	doc := parse(t, lead.get("/deliveries", http.StatusOK))
	if got := text(doc, "#no-plan"); !strings.Contains(got, "phdp run --delivery FILE") || doc.Find("#carrier, #sent").Length() != 0 || doc.Find("#page a[href='/glossary#delivery']").Length() != 1 {
		t.Errorf("without a plan: %q", got)
	}
	lead.fetch(http.MethodPost, "/deliveries/again", url.Values{"id": {"1"}}, http.StatusSeeOther)
	for carrier, want := range map[Carrier]string{CarriedHere: "", CarriedElsewhere: zh(t, "deliveries.elsewhere"), CarriedByNobody: zh(t, "deliveries.nobody") + " phdp run --delivery FILE"} {
		p.outboxOf(carrier)
		doc := parse(t, lead.get("/deliveries", http.StatusOK))
		if got := text(doc, "#carrier"); got != want {
			t.Errorf("carried %q: %q", carrier, got)
		}
		if doc.Find("#no-plan").Length() != 0 || doc.Find(".empty").Length() != 2 || !strings.Contains(doc.Find(".empty").Text(), "phdp delivery check FILE") {
			t.Errorf("carried %q: %q", carrier, doc.Find(".empty").Text())
		}
	}
	if got := parse(t, lead.get("/deliveries?state=failed", http.StatusOK)).Find("section[aria-labelledby=sent] .empty").Text(); !strings.HasPrefix(got, zh(t, "deliveries.none_in_state")) {
		t.Errorf("nothing in a state: %q", got)
	}
	if got := parse(t, lead.get("/deliveries?state=lost", http.StatusOK)).Find(".notice.warn[role=status]").Length(); got != 1 {
		t.Error("a wrong state is not said")
	}
}
