package main

import (
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"phdp/dashboards"
	"phdp/dashboards/delivery"
	"phdp/sql/duckdb"
)

// deliveryLake is a lake with one person who may be contacted and one who withdrew, built, and a tag of the first that may
// go to WeCom.
func deliveryLake(t *testing.T) (dir, tag string) {
	t.Helper()
	dir = t.TempDir()
	var lines []string
	for n, granted := range []string{"true", "false"} {
		who := fmt.Sprintf(`"patient":{"kind":"wecom","id":"wmSYN%d"}`, n)
		lines = append(lines,
			fmt.Sprintf(`{"v":1,"event_id":"c%d","type":"activity.consent","at":"2026-03-01T09:00:00+08:00",%s,"attributes":{"purpose":"service","granted":%q}}`, n, who, granted),
			fmt.Sprintf(`{"v":1,"event_id":"f%d","type":"activity.add_friend","at":"2026-03-02T09:00:00+08:00",%s,"staff_id":"pharm_lin"}`, n, who),
			fmt.Sprintf(`{"v":1,"event_id":"m%d","type":"chat.message","at":"2026-03-10T09:00:00+08:00",%s,"speaker":"patient","msg_type":"text","text":"最近膝盖疼"}`, n, who))
	}
	file := filepath.Join(dir, "events.ndjson")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	importAll(t, dir, file)
	if _, errs, code := phdp(t, "build", "--data-dir", dir); code != 0 {
		t.Fatal(errs)
	}
	db, err := duckdb.OpenReadOnly(filepath.Join(dir, "warehouse", "phdp.duckdb"), duckdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	row := db.QueryRowContext(t.Context(), `select tag_id from fct_patient_tags join dim_tags using (tag_id) join dim_patients using (patient_id)
		where has_service_consent and wecom_push in ('yes', 'code') order by tag_id limit 1`)
	if err := row.Scan(&tag); err != nil {
		t.Fatal(err)
	}
	segment := `[{"name":"全部","owner":"local","version":1,"query":"","definition_hash":"","saved_at":"2026-03-11T00:00:00Z"}]`
	if err := os.MkdirAll(filepath.Join(dir, "access"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "access", "segments.json"), []byte(segment), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, tag
}

// waitForFiles waits until a folder holds so many whole files and returns them by the end of their names.
func waitForFiles(t *testing.T, p *process, dir string, count int) map[string]string {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		names, err := filepath.Glob(filepath.Join(dir, "*[a-z]"))
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]string{}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err == nil && !strings.HasSuffix(name, ".part") {
				_, end, _ := strings.Cut(filepath.Base(name), ".")
				all[end] = string(data)
			}
		}
		if len(all) == count {
			return all
		}
	}
	t.Fatalf("the files did not come:\n%s", p.output())
	return nil
}

// The list, the WeCom tags and the report of a plan come out of the program, for the one person who may be contacted; who
// asked for identifiers is in both audit logs; and a second start sends nothing again.
func TestAPlanIsCarriedOut(t *testing.T) {
	dir, tag := deliveryLake(t)
	out := t.TempDir()
	china, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().In(china).Add(-time.Minute).Format("15:04")
	plan := filepath.Join(t.TempDir(), "delivery.yaml")
	text := fmt.Sprintf(`
account: local
targets:
  inbox: {folder: %q, identifiers: true}
lists:
  - {name: everybody, segment: 全部, purpose: follow_up, at: %q, to: [inbox]}
marks:
  - {name: tags, segment: 全部, purpose: follow_up, at: %[2]q, tags: {%s: etSYN1}, to: inbox}
reports:
  - {name: weekly, page: /adherence, at: %[2]q, to: [inbox]}
`, out, at, tag)
	if err := os.WriteFile(plan, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if printed, errs, code := phdp(t, "delivery", "check", plan); code != 0 || !strings.HasPrefix(printed, "1 targets, 1 lists, 1 WeCom orders, 0 alert rules, 1 reports") {
		t.Fatalf("check: %s%s", printed, errs)
	}
	args := []string{"serve", "--data-dir", dir, "--addr", "127.0.0.1:0", "--delivery", plan}
	p := start(t, args...)
	files := waitForFiles(t, p, out, 4)
	if got := files["jsonl"]; got != `{"userid":"pharm_lin","external_userid":"wmSYN0","add_tag":["etSYN1"]}`+"\n" {
		t.Errorf("tags for WeCom %q", got)
	}
	if strings.Count(files["csv"], "\r\n") != 2 || strings.Contains(files["csv"], "wmSYN") {
		t.Errorf("list %q, want a heading and one pseudonym", files["csv"])
	}
	if !strings.Contains(files["manifest.json"], `"no_consent": 1`) || !strings.Contains(files["html"], "<h1>") {
		t.Errorf("files %v", files)
	}
	for path, want := range map[string]string{"access/audit.jsonl": `"act":"identifiers","object":"marks tags","detail":"target=inbox people=1"`, "vault/audit.jsonl": `"reason":"delivery tags"`} {
		data, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil || !strings.Contains(string(data), want) || strings.Contains(string(data), "wmSYN") {
			t.Errorf("%s does not say who asked (%v)", path, err)
		}
	}
	for deadline := time.Now().Add(time.Minute); countWaiting(t, dir) > 0 && time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
	}
	p.stop(t, syscall.SIGKILL)
	for name := range files {
		found, err := filepath.Glob(filepath.Join(out, "*."+name))
		if err != nil || len(found) != 1 || os.Remove(found[0]) != nil {
			t.Fatalf("%s: %v (%v)", name, found, err)
		}
	}
	p = start(t, args...)
	place := p.await(t, `dashboards: (http\S+)`)[1]
	time.Sleep(2 * time.Second) // the first look is at once after the start, and would send again
	if left, err := os.ReadDir(out); err != nil || len(left) != 0 {
		t.Errorf("%d files came again (%v)", len(left), err)
	}
	if shown := fetch(t, place+"/deliveries?lang=en"); strings.Count(shown, `<span class="badge good">Delivered</span>`) != 4 || strings.Contains(shown, `id="carrier"`) {
		t.Errorf("the page of the process that carries out the plan shows\n%s", shown)
	}
	if code := p.stop(t, os.Interrupt); code != 0 {
		t.Errorf("ended with %d:\n%s", code, p.output())
	}
	printed, errs, code := phdp(t, "delivery", "--data-dir", dir)
	if code != 0 || strings.Count(printed, "delivered") != 4 {
		t.Errorf("status: %s%s", printed, errs)
	}
}

func fetch(t *testing.T, address string) string {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// A page finds the outbox whoever carries out the plan, and knows who does; looking makes no folder.
func TestAPageFindsTheOutbox(t *testing.T) {
	a := &app{dir: t.TempDir()}
	look := func(name string, found bool, want dashboards.Carrier) {
		t.Helper()
		box, carrier, err := a.outbox(t.Context())
		if err != nil || (box != nil) != found || carrier != want {
			t.Errorf("%s: found %t, carried %q (%v), want %t and %q", name, box != nil, carrier, err, found, want)
		}
		if box != nil {
			if err := box.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	look("no plan", false, dashboards.CarriedByNobody)
	if left, err := os.ReadDir(a.dir); err != nil || len(left) != 0 {
		t.Errorf("looking left %d entries (%v)", len(left), err)
	}
	if err := a.withOutbox(t.Context(), func(*delivery.Outbox) error { return nil }); err != nil {
		t.Fatal(err)
	}
	look("after the end of the plan's process", true, dashboards.CarriedByNobody)
	unlock, err := lock(a.path("delivery"))
	if err != nil {
		t.Fatal(err)
	}
	look("another process has it", true, dashboards.CarriedElsewhere)
	a.delivers.Store(true)
	look("this process has it", true, dashboards.CarriedHere)
	unlock()
	a.delivers.Store(false)
	look("it has ended", true, dashboards.CarriedByNobody)
}

func countWaiting(t *testing.T, dir string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "delivery", "outbox.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRowContext(t.Context(), "select count(*) from messages where state = 'waiting'").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// A plan that cannot be carried out stops the start and says why.
func TestAPlanThatCannotBeCarriedOut(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"unknown account", "account: anna", `"local"`},
		{"topic without a cluster", "account: local\ntargets: {bus: {topic: x}}", "phdp run"},
		{"secret that is not there", "account: local\ntargets: {hook: {webhook: 'https://example.org', secret: PHDP_NO_SUCH}}", "PHDP_NO_SUCH"},
	} {
		plan := filepath.Join(t.TempDir(), "delivery.yaml")
		if err := os.WriteFile(plan, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, errs, code := phdp(t, "serve", "--data-dir", t.TempDir(), "--addr", "127.0.0.1:0", "--delivery", plan); code != 1 || !strings.Contains(errs, c.want) {
			t.Errorf("%s: ended with %d: %s", c.name, code, errs)
		}
	}
}
