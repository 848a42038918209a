package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

func testData(t *testing.T, path string) string {
	t.Helper()
	root := os.Getenv("PHDP_TESTDATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	found, err := filepath.Abs(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(found); err != nil {
		t.Skipf("no %s; set PHDP_TESTDATA to the folder of test data", path)
	}
	return found
}

var imported = regexp.MustCompile(`imported (\d+) files: (\d+) records = (\d+) accepted \+ (\d+) rejected; (\d+) events`)

func importFiles(t *testing.T, dir string, args ...string) (records, accepted, rejected, events int) {
	t.Helper()
	out, errs, code := phdp(t, append([]string{"import", "--data-dir", dir}, args...)...)
	found := imported.FindStringSubmatch(out)
	if code != 0 || found == nil {
		t.Fatalf("import: exit code %d\n%s%s", code, out, errs)
	}
	var n [4]int
	for i := range n {
		n[i], _ = strconv.Atoi(found[i+2]) // digits by the pattern
	}
	return n[0], n[1], n[2], n[3]
}

// Real dialogues: what comes in is what is in the lake, and the same files again bring nothing.
func TestImportOfRealDialogues(t *testing.T) {
	dir := t.TempDir()
	files := []string{testData(t, "chats/dialmed.ndjson"), testData(t, "chats/meddg.ndjson")}
	records, _, rejected, events := importFiles(t, dir, append([]string{"--format", "dialogue"}, files...)...)
	if records != 6738 {
		t.Errorf("%d records, the files have 6738 lines", records)
	}
	out, errs, _ := phdp(t, "sql", "--data-dir", dir, "--csv", `select
		(select rows from meta.sources where table_name = 'chats') as chats,
		(select rows from meta.sources where table_name = 'deadletters') as letters,
		(select count(*) > 0 from fct_findings) as has_findings`)
	if want := fmt.Sprintf("chats,letters,has_findings\n%d,%d,true\n", events, rejected); out != want {
		t.Errorf("the warehouse has %q %s, want %q", out, errs, want)
	}
	if again, _, _, _ := importFiles(t, dir, append([]string{"--format", "dialogue"}, files...)...); again != 0 {
		t.Errorf("the same files again brought %d records", again)
	}
}

// Synthea's orders become fills, and adherence is computed per drug.
func TestImportOfSynthea(t *testing.T) {
	dir := t.TempDir()
	records, accepted, rejected, events := importFiles(t, dir, "--format", "synthea", testData(t, "prescriptions/synthea27"))
	if records == 0 || records != accepted+rejected || events < accepted {
		t.Errorf("%d records, %d accepted, %d rejected, %d events", records, accepted, rejected, events)
	}
	out, errs, code := phdp(t, "sql", "--data-dir", dir, "--csv", "select count(*) > 100 as fills from fct_fills")
	if code != 0 || out != "fills\ntrue\n" {
		t.Errorf("sql printed %q %s", out, errs)
	}
}
