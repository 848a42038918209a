package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The stored messages are read again: PHDP's own catalogue changes nothing, a customer's finds its new concept, and the
// tags that rest on it, one by words and one by a number, are given without a new program.
func TestRetag(t *testing.T) {
	dir := t.TempDir()
	event := func(id, person, rest string) string {
		return `{"v":1,"event_id":"` + id + `","at":"2026-01-0` + id + `T09:00:00+08:00","patient":{"kind":"wecom","id":"wmSYN` + person + `"},"line":"onfh",` + rest + "}\n"
	}
	file := writeFile(t, "events.ndjson",
		event("1", "1", `"type":"chat.message","speaker":"patient","text":"昨天忘了吃药"`)+
			event("2", "1", `"type":"chat.message","speaker":"patient","text":"最近开始打陀螺"`)+
			event("3", "2", `"type":"chat.message","speaker":"staff","text":"您打陀螺吗"`)+
			event("4", "2", `"type":"activity.measurement","measurements":[{"kind":"vas","value":9,"unit":"score"}]`)+
			event("5", "1", `"type":"activity.measurement","measurements":[{"kind":"vas","value":8,"unit":"score"}]`))
	if records, _, rejected, _ := importFiles(t, dir, "--format", "canonical", file); records != 5 || rejected != 0 {
		t.Fatalf("%d records, %d rejected", records, rejected)
	}
	out, errs, code := phdp(t, "tags", "retag", "--data-dir", dir)
	if lines := strings.Split(out, "\n"); code != 0 || !strings.HasPrefix(out, "concept") || !strings.HasPrefix(lines[1], "3 messages") {
		t.Fatalf("PHDP's own catalogue: exit code %d\n%s%s", code, out, errs)
	}
	out, errs, code = phdp(t, "tags", "retag", "--data-dir", dir, "--catalogue", customersCatalogue(t))
	if code != 0 || !strings.Contains(out, "spinning_top") || strings.Contains(out, "missed_dose") {
		t.Fatalf("a customer's catalogue: exit code %d\n%s%s", code, out, errs)
	}
	out, errs, _ = phdp(t, "sql", "--data-dir", dir, "--csv",
		"select tag_id, patient_count from dim_tags where tag_id in ('does_spinning_top', 'pain_nine', 'self_report_missed') order by tag_id")
	if want := "tag_id,patient_count\ndoes_spinning_top,1\npain_nine,1\nself_report_missed,1\n"; out != want {
		t.Errorf("tags %q %s, want %q", out, errs, want)
	}
}

// A catalogue in the data folder is the one in use: an ordinary build gives its tags, and a wrong line stops it.
func TestCataloguePerDataFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "catalogue"), os.DirFS(customersCatalogue(t))); err != nil {
		t.Fatal(err)
	}
	file := writeFile(t, "events.ndjson", `{"v":1,"event_id":"1","type":"activity.measurement","at":"2026-01-04T09:00:00+08:00",`+
		`"patient":{"kind":"wecom","id":"wmSYN2"},"line":"onfh","measurements":[{"kind":"vas","value":9,"unit":"score"}]}`+"\n")
	importFiles(t, dir, "--format", "canonical", file)
	out, errs, _ := phdp(t, "sql", "--data-dir", dir, "--csv", "select patient_count from dim_tags where tag_id = 'pain_nine'")
	if want := "patient_count\n1\n"; out != want {
		t.Errorf("%q %s, want %q", out, errs, want)
	}
	rules := filepath.Join(dir, "catalogue", "tag_rules.tsv")
	if err := os.WriteFile(rules, []byte("tag_id\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errs, code := phdp(t, "build", "--data-dir", dir); code != 1 || !strings.Contains(errs, "tag_rules.tsv:1: ") {
		t.Errorf("a wrong file: exit code %d, %s", code, errs)
	}
}

// customersCatalogue is PHDP's own with one more concept and two more tags.
func customersCatalogue(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files, err := filepath.Glob("../../transform/catalogue/*.tsv")
	if err != nil {
		t.Fatal(err)
	}
	more := map[string]string{
		"lexicon.tsv":      "spinning_top\tlife\t打陀螺\t打陀螺\t\n",
		"tag_concepts.tsv": "does_spinning_top\tspinning_top\tlife\tpresent\tpatient\tself\t30\t1\t1\n",
		"tag_rules.tsv":    "pain_nine\tall\tmeasurement\tvas\t\t>=\t9\tnewest\t30\t1\t1\n",
		"tags.tsv": "does_spinning_top\t打陀螺\tlifestyle\tall\tchat\tSays so in 30 d.\t\t30\tyes\n" +
			"pain_nine\t疼痛九分\tmonitoring\tall\tmeasurement\tLatest VAS within 30 d >= 9.\t\t30\tyes\n",
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		if err := os.WriteFile(filepath.Join(dir, name), append(text, more[name]...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
