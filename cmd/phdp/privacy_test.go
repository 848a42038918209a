package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"phdp/ingest"
	"phdp/sql/duckdb"
	"phdp/sql/queries"
)

func TestPrivacyCheckCounts(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lines.txt")
	text := "谢谢医生\n我的电话13800000001，微信li_lei01\n谢谢王医生\n血压150/95\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out, errs, code := phdp(t, "privacy", "check", file)
	want := "2 of 4 lines change\n       1  [微信]\n       1  [电话]\n       1  names before a role\n"
	if code != 0 || out != want {
		t.Errorf("printed %q %s", out, errs)
	}
	if strings.Contains(out, "13800000001") {
		t.Error("an identifier was printed without --show")
	}
}

// consentLake is a lake with a person who grants the service, refuses it and grants it again, and says nothing else.
func consentLake(t *testing.T, last string) string {
	t.Helper()
	dir := t.TempDir()
	var lines []string
	for i, granted := range []string{"true", "true", "false", last} {
		lines = append(lines, fmt.Sprintf(`{"v":1,"event_id":"c%d","type":"activity.consent","at":"2026-03-0%dT09:00:00+08:00","patient":{"kind":"wecom","id":%q},"attributes":{"purpose":"service","granted":%q}}`, i, i+1, stayingID, granted))
	}
	file := filepath.Join(dir, "events.ndjson")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	importAll(t, dir, file)
	return dir
}

func TestConsentsOverTime(t *testing.T) {
	dir := consentLake(t, "true")
	out, errs, code := phdp(t, "privacy", "consents", "--data-dir", dir, "--patient", "wecom:"+stayingID)
	want := `service        granted    from 2026-03-01 09:00:00 to 2026-03-03 09:00:00
service        withdrawn  from 2026-03-03 09:00:00 to 2026-03-04 09:00:00
service        granted    from 2026-03-04 09:00:00 to now
`
	if code != 0 || out != want {
		t.Errorf("printed %s%s", out, errs)
	}
}

// Whoever did not grant the service, or no more does, is on no list that leaves and no identifier of theirs is read.
func TestOnlyWhoConsentsIsOnAList(t *testing.T) {
	dir := t.TempDir()
	consent := func(n int, day, more string) string {
		return fmt.Sprintf(`{"v":1,"event_id":"c%d%s","type":"activity.consent","at":"2026-03-%sT09:00:00+08:00","patient":{"kind":"wecom","id":"wmSYN%d"},"attributes":{%s}}`, n, day, day, n, more)
	}
	const granted, withdrawn = `"purpose":"service","granted":"true"`, `"purpose":"service","granted":"false"`
	people := []string{"granted", "withdrawn", "never asked", "ran out", "archive by default", "withdrawn in words"}
	lines := []string{
		consent(0, "01", granted), consent(1, "01", granted), consent(1, "02", withdrawn),
		consent(3, "01", granted+`,"due_at":"2026-03-05"`), consent(4, "01", `"purpose":"archive","granted":"true","reason":"default"`), consent(5, "01", granted),
	}
	for n, text := range []string{"您好", "您好", "您好", "您好", "您好", "请删除我的信息"} {
		lines = append(lines, fmt.Sprintf(`{"v":1,"event_id":"m%d","type":"chat.message","at":"2026-03-10T09:00:00+08:00","patient":{"kind":"wecom","id":"wmSYN%d"},"speaker":"patient","msg_type":"text","text":%q}`, n, n, text),
			fmt.Sprintf(`{"v":1,"event_id":"f%d","type":"activity.add_friend","at":"2026-02-01T09:00:00+08:00","patient":{"kind":"wecom","id":"wmSYN%d"},"staff_id":"pharm_lin"}`, n, n))
	}
	file := filepath.Join(dir, "events.ndjson")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	importAll(t, dir, file)
	if _, errs, code := phdp(t, "build", "--data-dir", dir); code != 0 {
		t.Fatal(errs)
	}
	listed := membersOf(t, dir)
	key, err := testApp(dir).loadKey()
	if err != nil {
		t.Fatal(err)
	}
	for n, name := range people {
		who := key.Pseudonym(ingest.Identifier{Kind: "wecom", Value: ingest.PatientID(fmt.Sprint("wmSYN", n))})
		if listed[who] != (n == 0) {
			t.Errorf("%s: listed %v", name, listed[who])
		}
		_, errs, code := phdp(t, "vault", "read", "--data-dir", dir, "--purpose", "service", "--reason", "TICKET-1", who)
		if (code == 0) != (n == 0) {
			t.Errorf("%s: vault read ended with %d: %s", name, code, errs)
		}
	}
}

// membersOf are the people of the segment of everybody, as a list that leaves has them.
func membersOf(t *testing.T, dir string) map[string]bool {
	t.Helper()
	db, err := duckdb.OpenReadOnly(filepath.Join(dir, "warehouse", "phdp.duckdb"), duckdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	query, err := queries.Get("segments.Members")
	if err != nil {
		t.Fatal(err)
	}
	args := []any{sql.Named("contactable", true), sql.Named("limit", 100)}
	for _, name := range []string{"line", "stage", "lost", "low", "left_min", "left_max", "seen_min", "seen_max", "known_min", "known_max", "pdc_min", "pdc_max", "age_min", "age_max"} {
		args = append(args, sql.Named(name, ""))
	}
	rows, err := db.QueryContext(t.Context(), "select m.patient_id, array_to_string(p.tags, ',') from ("+strings.ReplaceAll(query, "$satisfied", "true")+") as m join dim_patients as p using (patient_id)", args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	listed := map[string]bool{}
	for rows.Next() {
		var id, tags string
		if err := rows.Scan(&id, &tags); err != nil {
			t.Fatal(err)
		}
		if listed[id] = true; tags == "" {
			t.Error("a person without tags")
		}
	}
	return listed
}

// An identifier is not read for a purpose that its person did not grant.
func TestVaultReadNeedsConsent(t *testing.T) {
	for _, c := range []struct {
		name, last, purpose string
		allowed             bool
	}{
		{"granted", "true", "service", true},
		{"refused", "false", "service", false},
		{"another purpose", "true", "marketing", false},
		{"their own request", "false", "request", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := consentLake(t, c.last)
			key, err := testApp(dir).loadKey()
			if err != nil {
				t.Fatal(err)
			}
			who := key.Pseudonym(ingest.Identifier{Kind: "wecom", Value: stayingID})
			out, errs, code := phdp(t, "vault", "read", "--data-dir", dir, "--purpose", c.purpose, "--reason", "TICKET-1", who)
			if got := code == 0 && strings.Contains(out, stayingID); got != c.allowed {
				t.Errorf("exit code %d: %s%s", code, out, errs)
			}
			if !c.allowed && !strings.Contains(errs, "no consent") {
				t.Errorf("it does not say why: %s", errs)
			}
		})
	}
}
