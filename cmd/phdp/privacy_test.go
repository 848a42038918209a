package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"phdp/ingest"
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
	want := `service        granted  from 2026-03-01 09:00:00 to 2026-03-03 09:00:00
service        refused  from 2026-03-03 09:00:00 to 2026-03-04 09:00:00
service        granted  from 2026-03-04 09:00:00 to now
`
	if code != 0 || out != want {
		t.Errorf("printed %s%s", out, errs)
	}
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
