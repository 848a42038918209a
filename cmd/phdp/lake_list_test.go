package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestLakeSnapshotsAndFiles(t *testing.T) {
	dir := t.TempDir()
	for _, command := range []string{"snapshots", "files"} {
		if out, errs, code := phdp(t, "lake", command, "--data-dir", dir); code != 0 || !strings.Contains(out, "the lake is empty") {
			t.Errorf("%s of an empty lake: exit %d: %s%s", command, code, out, errs)
		}
	}
	wholeLake(t, dir, nil)
	out, errs, code := phdp(t, "lake", "snapshots", "chats", "--data-dir", dir)
	if code != 0 || strings.Count(out, "append") != 2 || !strings.Contains(out, "chats.t/0                40") {
		t.Errorf("snapshots: exit %d: %s%s", code, out, errs)
	}
	out, _, _ = phdp(t, "lake", "snapshots", "findings", "--json", "--data-dir", dir)
	var last snapshotLine
	if err := json.Unmarshal([]byte(strings.Split(out, "\n")[1]), &last); err != nil || last.Rows != 19 || last.AddedRows != 10 || !last.IsCurrent || last.NextOffsets["chats.t/0"] != 40 {
		t.Errorf("snapshot %+v, %v; want 10 of 19 rows and offset 40", last, err)
	}
	out, errs, code = phdp(t, "lake", "files", "--day", "2026-01-01", "--data-dir", dir)
	if code != 0 || !strings.Contains(out, "4 files, 57 rows") {
		t.Errorf("files: exit %d: %s%s", code, out, errs)
	}
	if out, _, _ := phdp(t, "lake", "files", "--day", "2025-01-01", "--data-dir", dir); out != "no file holds 2025-01-01\n" {
		t.Errorf("files of another day: %s", out)
	}
	if _, errs, code := phdp(t, "lake", "files", "chat", "--data-dir", dir); code != 1 || !strings.Contains(errs, "no table \"chat\"") {
		t.Errorf("files of no table: exit %d: %s", code, errs)
	}
}
