package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// WeCom messages are imported with the wrong format, so all are refused; replayed with the right one, the
// sound ones are in the lake once, and the broken one stays a dead letter.
func TestReplayMovesExactlyTheMendedLetters(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "archive.ndjson")
	message := `{"msgid":"m%d_external","action":"send","from":"wmSYN000000000000000000000000001","tolist":["pharm_lin"],"roomid":"","msgtime":1735707600123,"msgtype":"text","text":{"content":"昨天忘了吃药"}}`
	var lines []string
	for _, n := range []string{"1", "2", "3"} {
		lines = append(lines, strings.Replace(message, "%d", n, 1))
	}
	lines = append(lines, `{"msgid":`)
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	if records, accepted, rejected, _ := importFiles(t, data, "--format", "canonical", file); records != 4 || accepted != 0 || rejected != 4 {
		t.Fatalf("%d records, %d accepted, %d rejected; want 4, 0, 4", records, accepted, rejected)
	}
	for _, c := range []struct{ flag, want string }{
		{"--dry-run", "3 dead letters are sound now, 1 are not"},
		{"", "3 dead letters are sound now, 1 are not"},
		{"", "0 dead letters are sound now, 1 are not"},
	} {
		args := []string{"deadletters", "replay", "--data-dir", data, "--format", "wecom"}
		if c.flag != "" {
			args = append(args, c.flag)
		}
		if out, errs, code := phdp(t, args...); code != 0 || !strings.Contains(out, c.want) {
			t.Fatalf("replay %s printed %q %s, want %q", c.flag, out, errs, c.want)
		}
	}
	if out, errs, code := phdp(t, "deadletters", "--data-dir", data); code != 0 || strings.Count(out, " 0/3 ") != 1 || strings.Contains(out, " 0/0 ") {
		t.Errorf("the list does not say where the letter that waits is: %s%s", out, errs)
	}
	if _, errs, code := phdp(t, "build", "--data-dir", data); code != 0 {
		t.Fatalf("build: %s", errs)
	}
	out, errs, _ := phdp(t, "sql", "--data-dir", data, "--csv", "select count(*) as chats, count(distinct event_id) as ids from fct_timeline where kind = 'chat'")
	if out != "chats,ids\n3,3\n" {
		t.Errorf("the warehouse has %q %s", out, errs)
	}
	if out, errs, code := phdp(t, "lake", "verify", "--data-dir", data); code != 0 {
		t.Errorf("verify: %s%s", out, errs)
	}
}

// The payload of a dead letter can be read with the key and stands nowhere in the data without it.
func TestShowOpensTheSealedPayload(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "events.ndjson")
	secret := `{"v":1,"phone":"19900001234"`
	if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	importFiles(t, data, "--format", "canonical", file)
	out, _, _ := phdp(t, "sql", "--data-dir", data, "--csv", "select 1 as one")
	if out != "one\n1\n" {
		t.Fatalf("no warehouse: %q", out)
	}
	list, _, _ := phdp(t, "lake", "--data-dir", data)
	topic := ""
	for _, line := range strings.Split(list, "\n") {
		if strings.HasPrefix(line, "file:") {
			topic, _, _ = strings.Cut(line, "/")
		}
	}
	if out, errs, code := phdp(t, "deadletters", "show", "--data-dir", data, "--topic", topic, "--partition", "0", "--offset", "0"); code != 0 || out != secret+"\n" {
		t.Errorf("show printed %q %s", out, errs)
	}
	err := filepath.WalkDir(data, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if strings.Contains(string(content), "19900001234") {
			t.Errorf("%s holds the phone number", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Rows of a CSV file that a wrong mapping refused are replayed with the mended one, and only those that it
// mends; rows with a time that nobody believes stay refused although they can be decoded.
func TestReplayWithAMendedMapping(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	fills := write("fills.csv", "card,day,item,packs,receipt\nC1,2026-01-05,SKU-HTN-01,1,R1\nC2,06.01.2026,SKU-HTN-01,1,R2\nC3,07.01.2026,SKU-HTN-01,2,R3\nC4,soon,SKU-HTN-01,1,R4\nC5,08.01.1850,SKU-HTN-01,1,R5\n")
	mapping := "of: fills\ncolumns: {patient: card, at: day, sku: item, quantity: packs, order_id: receipt}\nconstants: {patient_kind: member}\ndate_formats: ["
	wrong, mended := write("wrong.yaml", mapping+"yyyy-MM-dd]\n"), write("mended.yaml", mapping+"yyyy-MM-dd, dd.MM.yyyy]\n")
	data := filepath.Join(dir, "data")
	if records, accepted, rejected, _ := importFiles(t, data, "--mapping", wrong, fills); records != 5 || accepted != 1 || rejected != 4 {
		t.Fatalf("%d records, %d accepted, %d rejected; want 5, 1, 4", records, accepted, rejected)
	}
	for _, want := range []string{"2 dead letters are sound now, 2 are not", "0 dead letters are sound now, 2 are not"} {
		if out, errs, code := phdp(t, "deadletters", "replay", "--data-dir", data, "--mapping", mended); code != 0 || !strings.Contains(out, want) {
			t.Fatalf("replay printed %q %s, want %q", out, errs, want)
		}
	}
	if _, errs, code := phdp(t, "build", "--data-dir", data); code != 0 {
		t.Fatalf("build: %s", errs)
	}
	out, errs, _ := phdp(t, "sql", "--data-dir", data, "--csv", "select count(*) as fills, min(fill_date) as first, max(fill_date) as last from fct_fills")
	if out != "fills,first,last\n3,2026-01-05,2026-01-07\n" {
		t.Errorf("the warehouse has %q %s", out, errs)
	}
	if out, errs, code := phdp(t, "lake", "verify", "--data-dir", data); code != 0 {
		t.Errorf("verify: %s%s", out, errs)
	}
}
